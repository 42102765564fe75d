//===- ModelTypes.h - Types of a model's weights, activations and state
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_MODELTYPES_H
#define DSV4C_LIB_IMPORT_MODELTYPES_H

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Import/ModelConfig.h"

namespace dsv4c {

/// FP8 weight as the checkpoint stores it: e4m3 (OCP), one e8m0 scale per
/// block of the configuration (spec 2.3).
fp8::ScaledType getFp8WeightType(mlir::MLIRContext *context,
                                 const ModelConfig &config,
                                 llvm::ArrayRef<int64_t> shape);

/// All routed experts' matrices of one kind, [E, rows, columns]
/// (spec 2.3, 1.5).
fp8::ScaledType getExpertWeightType(mlir::MLIRContext *context,
                                    const ModelConfig &config, int64_t rows,
                                    int64_t columns);

/// Input of a product with an FP8 or FP4 weight: e4m3, 1x128 (spec 3.3).
fp8::ScaledType getFp8ActivationType(mlir::MLIRContext *context,
                                     llvm::ArrayRef<int64_t> shape);

/// Indexer queries: e2m1, 1x32 (spec 3.5).
fp8::ScaledType getIndexQueryType(mlir::MLIRContext *context, int64_t width);

/// Keys of positions: e4m3 1x64 and an unquantised rotary tail (spec 4.6, 5.4).
dsv4::CacheType getWindowType(mlir::MLIRContext *context,
                              const ModelConfig &config);
/// Compressed entries, with rows as in the window (spec 4.7).
dsv4::CacheType getEntriesType(mlir::MLIRContext *context,
                               const ModelConfig &config, int64_t ratio);
/// Indexer entries: e2m1 1x32, no tail (spec 4.8).
dsv4::CacheType getIndexType(mlir::MLIRContext *context,
                             const ModelConfig &config, int64_t ratio);
/// Open rows of a compressor whose entries have `width` channels (spec 4.7).
dsv4::OpenRowsType getOpenRowsType(mlir::MLIRContext *context, int64_t ratio,
                                   int64_t width);

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_MODELTYPES_H
