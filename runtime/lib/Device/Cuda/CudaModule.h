//===- CudaModule.h - Kernels that the driver has compiled ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_CUDA_CUDAMODULE_H
#define DSV4RUN_LIB_DEVICE_CUDA_CUDAMODULE_H

#include <list>
#include <map>
#include <memory>
#include <vector>

#include "CudaApi.h"
#include "absl/types/span.h"

namespace dsv4run::cuda {

/// A kernel with what its launches need.
struct Function {
  void *function = nullptr;
  unsigned shared_bytes = 0; ///< that a launch adds to what is static
};

/// The PTX modules of one code object (Bundle/PtxModules.h).
class Module {
public:
  /// Compiles the modules side by side, in `context`. INVALID_ARGUMENT for what
  /// is no sequence of modules; errors of the driver have its compiler's log.
  static absl::StatusOr<std::unique_ptr<Module>>
  Load(const Api &api, void *context, absl::Span<const std::byte> code);
  absl::Status Unload();

  /// NOT_FOUND if no module has it. The function lives as long as the module.
  absl::StatusOr<Function *> Find(absl::string_view kernel);

private:
  explicit Module(const Api &api) : api_(api) {}
  absl::StatusOr<Function *> Describe(void *module, void *function,
                                      const std::string &name,
                                      bool asks_shared);

  const Api &api_;
  struct Entry {
    void *module = nullptr;
    bool asks_shared = false; ///< has a constant with its shared memory
  };

  std::vector<void *> modules_;
  std::map<std::string, Entry, std::less<>> entries_; ///< by name in PTX
  std::list<Function> functions_;
};

} // namespace dsv4run::cuda

#endif // DSV4RUN_LIB_DEVICE_CUDA_CUDAMODULE_H
