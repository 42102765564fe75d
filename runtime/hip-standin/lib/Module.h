//===- Module.h - Code loaded on one device ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_MODULE_H
#define HIPSTANDIN_MODULE_H

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4emu/Device.h"
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hipstandin {

class Engine;

class Module;

/// A kernel of a module: what a hipFunction_t stands for. Of use as long as its
/// module lives.
struct Function {
  dsv4emu::LoadedKernel kernel;
  int device = 0;
  std::weak_ptr<Module> module;
  const std::string &name() const { return kernel.info->name; }
};

/// A code object on one device; launches in flight keep it.
class Module : public std::enable_shared_from_this<Module> {
public:
  /// `image` is an ELF file or an offload bundle.
  static absl::StatusOr<std::shared_ptr<Module>>
  load(Engine &engine, int device, absl::Span<const uint8_t> image,
       std::string label);
  ~Module();

  int device() const { return device_; }
  const std::string &label() const { return label_; }
  size_t functionCount() const;
  /// The same Function for the same name; NOT_FOUND lists the kernels.
  absl::StatusOr<std::shared_ptr<Function>> function(const std::string &name);
  struct Variable {
    uint64_t address, bytes;
  };
  absl::StatusOr<Variable> variable(const std::string &name) const;
  std::map<std::string, std::shared_ptr<Function>> functions() const;

private:
  Module(Engine &engine, int device, const dsv4emu::Program *program,
         std::string label)
      : engine_(engine), device_(device), program_(program),
        label_(std::move(label)) {}

  Engine &engine_;
  int device_;
  const dsv4emu::Program *program_;
  std::string label_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Function>> functions_;
};

/// Bytes of the code object or bundle that starts at `image`, from its own
/// header: what hipModuleLoadData, which gets no size, has to trust.
absl::StatusOr<size_t> imageBytes(const void *image);

} // namespace hipstandin

#endif // HIPSTANDIN_MODULE_H
