//===- StaticCode.h - What a program registers before main ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_STATICCODE_H
#define HIPSTANDIN_STATICCODE_H

#include "Module.h"
#include <list>
#include <unordered_map>

namespace hipstandin {

/// The fat binaries that clang embeds, and the host addresses by which programs
/// name their kernels and variables. Loaded on a device when first needed.
class StaticCode {
public:
  static StaticCode &get();

  void **add(const void *wrapper);
  void remove(void **handle);
  void addFunction(void **handle, const void *host, const char *name);
  void addVariable(void **handle, const void *host, const char *name,
                   size_t bytes);

  /// NOT_FOUND if nothing of that address is registered; other errors are those
  /// of the code object.
  absl::StatusOr<std::shared_ptr<Function>> function(Engine &engine, int device,
                                                     const void *host);
  absl::StatusOr<Module::Variable> variable(Engine &engine, int device,
                                            const void *host);
  bool knows(const void *host) const;

private:
  struct Binary {
    const void *image = nullptr;
    std::unordered_map<int, std::shared_ptr<Module>> loaded; ///< By device.
  };
  struct Symbol {
    Binary *binary;
    std::string name;
  };
  absl::StatusOr<std::shared_ptr<Module>> load(Engine &engine, int device,
                                               Binary &binary);

  mutable std::mutex mutex_;
  std::list<Binary> binaries_;
  std::unordered_map<const void *, Symbol> functions_, variables_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_STATICCODE_H
