//===- WeightReport.h - Bytes of the checkpoint by group --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_BUNDLE_WEIGHTREPORT_H
#define DSV4C_BUNDLE_WEIGHTREPORT_H

#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace dsv4c::bundle {

/// Bytes by group of spec 2.4.
struct WeightBytes {
  llvm::MapVector<llvm::StringRef, int64_t> checkpoint;
  llvm::MapVector<llvm::StringRef, int64_t> oneToken;
};

/// Counts the tensors of all packs; `oneToken` only those in `readBuffers`.
WeightBytes countWeights(mlir::ModuleOp module,
                         const llvm::StringSet<> &readBuffers,
                         int64_t expertsPerToken);

} // namespace dsv4c::bundle

#endif // DSV4C_BUNDLE_WEIGHTREPORT_H
