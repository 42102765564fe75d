//===- DotOperands.h - What the factors of a product are --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tile.dot is defined on f32. Its factors often are narrower numbers, exactly,
// which matrix instructions take as they are.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_CONVERSION_TILETOGPU_DOTOPERANDS_H
#define DSV4C_LIB_CONVERSION_TILETOGPU_DOTOPERANDS_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"

namespace dsv4c::tile_to_gpu {

/// Is every element of the f32 tile a bf16 number?
bool isBf16(mlir::Value tile);

/// Is every element the number of an e4m3 or e2m1 code, or of the latter times
/// 2^-14, which f16 has too?
bool isF16(mlir::Value tile);

/// Is every element the number of an e4m3 or e2m1 code?
bool isCode(mlir::Value tile);

/// The conversion of e4m3 codes that `tile` is; null if it is something else.
fp8::ExtendOp getExtendedCodes(mlir::Value tile);

/// Are they codes that FP4 has been widened to, or those times 2^-14?
bool isWidenedFp4(mlir::Value tile);

} // namespace dsv4c::tile_to_gpu

#endif // DSV4C_LIB_CONVERSION_TILETOGPU_DOTOPERANDS_H
