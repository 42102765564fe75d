//===- TinyBundle.h - A hand-made bundle with host kernels ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_EXECUTOR_TINYBUNDLE_H
#define DSV4RUN_UNITTEST_EXECUTOR_TINYBUNDLE_H

#include <memory>
#include <string>
#include <vector>

#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Device/EmulatorDevice.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run::testing {

/// Sizes of the tiny model; those of the pool are also in TinyKernels.c.
struct TinyPool {
  int max_batch = 3;
  int max_context = 32;
  int window_pages = 9;
  int entry_pages = 12;
  std::string target = "host"; ///< or gfx942
  std::string level = "x86-64";
  std::string format = "ocp";
  std::string hip_source; ///< kept with the code object, unless empty
  /// What the step's first launch runs and what it is called.
  std::string insert_kernel = "tiny_insert";
  std::string label = "tiny_insert";
};

/// Programs `step` for up to 1 token and 1 row of logits, and 6 tokens and 2
/// rows; `draft` likewise; `double` with an input "x" and an output "y" of
/// three columns. Vocabulary 16, pages of 4, window 5, entries of ratio 2.
/// `file` receives the bundle's bytes.
absl::StatusOr<Bundle> MakeTinyBundle(const TinyPool &pool = {},
                                      std::vector<std::byte> *file = nullptr);

/// The bytes of TinyKernels.c, compiled for the host and for gfx942.
std::string TinyCode();
std::string TinyGpuCode();

/// Everything that a session of the tiny model needs: for the host, on a device
/// whose addresses the host can't dereference; for gfx942, on the emulator.
struct TinyModel {
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Device> device;
  std::unique_ptr<Model> model;
  std::unique_ptr<Session> session;

  static absl::StatusOr<TinyModel> Create(const TinyPool &pool = {},
                                          const EmulatorOptions &emulator = {});
};

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_EXECUTOR_TINYBUNDLE_H
