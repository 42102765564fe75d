//===- BuildManifest.h - From the exec dialect to a bundle ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_BUNDLE_BUILDMANIFEST_H
#define DSV4C_BUNDLE_BUILDMANIFEST_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dsv4c::bundle {

/// Attributes of the module that describe what the exec dialect doesn't.
///
/// dsv4.config (written by the importer): integers vocab, hidden, layers,
///   streams, bos, eos; strings name and text (config.json).
/// exec.pool: integers max_batch, max_context, page, window, window_pages,
///   window_pages_per_sequence, entry_pages, entry_pages_per_sequence.
inline constexpr char kConfigAttrName[] = "dsv4.config";
inline constexpr char kPoolAttrName[] = "exec.pool";

/// Compiled kernels for one kind of device.
struct CodeObject {
  std::string target; ///< a name of the table of targets
  std::string level;  ///< host: x86-64-v3, x86-64-v4; others: the target
  std::string format; ///< ocp or fnuz: the FP8 dialect of its codes
  std::vector<char> bytes;
  /// The same kernels as HIP C++; empty to keep none.
  std::string hipSource = {};
};

struct ManifestOptions {
  std::string producer = "dsv4c";
  bool observed = false; ///< the graph was imported with observed values
  /// Threads of a workgroup by kernel; 1 for kernels that are not here.
  llvm::StringMap<uint32_t> threads;
};

/// The manifest (a FlatBuffer of runtime/schema/Bundle.fbs) of a module with
/// exec ops, planned memory and the tile.kernels that its launches name.
/// Kernels keep their names; those that nothing launches are left out. Fails
/// with a diagnostic.
llvm::FailureOr<std::vector<uint8_t>>
buildManifest(mlir::ModuleOp module, llvm::ArrayRef<CodeObject> codeObjects,
              const ManifestOptions &options = {});

/// What a bundle holds for one target.
struct Image {
  std::vector<uint8_t> manifest;
  std::vector<CodeObject> codeObjects;
};

/// Writes the file, which is validated as the runtime would and appears
/// complete or not at all. Errors are reported at `location`.
llvm::LogicalResult writeBundle(llvm::ArrayRef<Image> images,
                                llvm::StringRef path, mlir::Location location);

} // namespace dsv4c::bundle

#endif // DSV4C_BUNDLE_BUILDMANIFEST_H
