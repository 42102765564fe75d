//===- E2M1AsF16.h - The bits of e2m1 codes as f16 --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bits s ee m of an e2m1 code, at s000 eem0 0000 0000 of an f16, are the
// code's number times 2^-14: exponents differ by the biases 15 and 1, and both
// formats' smallest exponent is that of their subnormal numbers. So a product
// with 2^-14 makes a conversion to f16 a matter of moving bits.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_DIALECT_FP8_IR_E2M1ASF16_H
#define DSV4C_DIALECT_FP8_IR_E2M1ASF16_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"

namespace dsv4c::fp8 {

/// Logarithm of what the bits as f16 are times the number.
constexpr int64_t kE2M1AsF16Exponent = -14;
constexpr double kE2M1AsF16Factor = 1.0 / (1 << -kE2M1AsF16Exponent);

/// x if `value`, f32 or several, is x times 2^-14; null otherwise.
inline mlir::Value getTimesE2M1AsF16Factor(mlir::Value value) {
  auto product = value.getDefiningOp<mlir::arith::MulFOp>();
  mlir::APFloat factor(0.0f);
  if (product &&
      mlir::matchPattern(product.getRhs(), mlir::m_ConstantFloat(&factor)) &&
      factor.convertToDouble() == kE2M1AsF16Factor)
    return product.getLhs();
  return {};
}

} // namespace dsv4c::fp8

#endif // DSV4C_DIALECT_FP8_IR_E2M1ASF16_H
