//===- Norms.cpp - RMS norms (spec 4.4) -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/Fragments.h"

using namespace mlir;
using namespace dsv4c::kernels;

Value dsv4c::kernels::rowRsqrt(TileBuilder &b, Value x, double eps) {
  int64_t columns = TileBuilder::shapeOf(x)[1];
  Value mean = b.mul(b.sum(b.mul(x, x), 1), 1.0 / double(columns));
  return b.rsqrt(b.add(mean, eps));
}

Value dsv4c::kernels::rmsNorm(TileBuilder &b, Value x, Value weight,
                              double eps) {
  Shape shape = TileBuilder::shapeOf(x);
  x = b.toF32(x);
  Value factor = b.alongRows(rowRsqrt(b, x, eps), shape);
  return b.toBf16(b.mul(b.alongColumns(weight, shape), b.mul(x, factor)));
}

Value dsv4c::kernels::headNorm(TileBuilder &b, Value x, double eps) {
  Shape shape = TileBuilder::shapeOf(x);
  x = b.toF32(x);
  Value squares = b.roundToBf16(b.mul(x, x));
  Value mean = b.roundToBf16(b.mul(b.sum(squares, 1), 1.0 / double(shape[1])));
  Value factor = b.roundToBf16(b.rsqrt(b.roundToBf16(b.add(mean, eps))));
  return b.toBf16(b.mul(x, b.alongRows(factor, shape)));
}
