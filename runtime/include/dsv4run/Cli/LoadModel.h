//===- LoadModel.h - From a command line to a model that runs -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_LOADMODEL_H
#define DSV4RUN_CLI_LOADMODEL_H

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Cli/Options.h"
#include "dsv4run/Device/EmulatorDevice.h"
#include "dsv4run/Device/GpuOptions.h"
#include "dsv4run/Executor/Model.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run {

/// Options of every command that runs a bundle.
struct ModelOptions {
  std::string bundle;
  std::string weights; ///< a path, or "synthetic"
  std::string device = "auto";
  int ordinal = 0; ///< of a GPU: N of hip:N or cuda:N
  GpuOptions gpu;
  std::string kernels = "auto";
  PoolLimits limits;
  std::optional<int64_t> threads;
  /// Commands set their default before AddTo.
  std::string emulator_checks = "none";
  std::optional<int64_t> emulator_threads;
  bool emulator_keep_steps = false;
  std::string counters; ///< a path, or empty
  bool progress = true; ///< shown while loading, on a terminal

  void AddTo(OptionTable &table);
  /// --counters, for the commands that write it.
  void AddCountersTo(OptionTable &table);
  /// Takes the bundle from the positional arguments; usage errors for a missing
  /// bundle, missing weights, an unknown device or options of another one.
  absl::Status Finish(std::vector<std::string> &positional);
  bool synthetic() const { return weights == "synthetic"; }

private:
  absl::Status FinishDevice();
  bool no_graph_ = false;
};

/// What was loaded, in the order in which it must be destroyed last.
struct LoadedModel {
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Device> device;
  EmulatorDevice *emulator = nullptr; ///< the device, if it is one
  std::unique_ptr<TensorSource> weights;
  std::unique_ptr<Model> model;
  double seconds = 0;
};

absl::StatusOr<LoadedModel> LoadModel(const ModelOptions &options);

} // namespace dsv4run

#endif // DSV4RUN_CLI_LOADMODEL_H
