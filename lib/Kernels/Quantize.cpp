//===- Quantize.cpp - Activation quantisation (spec 3.3 to 3.5) -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/Fragments.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

Quantized dsv4c::kernels::quantize(TileBuilder &b, Value x,
                                   fp8::ScaledType type) {
  int64_t rows = TileBuilder::shapeOf(x)[0];
  int64_t columns = TileBuilder::shapeOf(x)[1];
  int64_t size = type.getBlock().back();
  int64_t blocks = columns / size;
  bool fp4 = isa<Float4E2M1FNType>(type.getElementType());

  // Rows stay apart: blocks of all rows in one dimension would have to be
  // told apart again by a division, which GPU threads can only do where a row
  // has a power of two of them.
  Value values = b.reshape(b.toF32(x), {rows, blocks, size});
  Value amax = b.reduce(tile::ReduceKind::Max, b.abs(values), 2);
  auto exponents = RankedTensorType::get({rows, blocks}, b.getI32Type());
  // The rule always divides by the OCP format's 448: only then do the codes of
  // both dialects agree.
  Value k = fp8::ScaleExponentOp::create(b, exponents, amax, fp4 ? 6 : 448);
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(exponents,
                                  Attribute(b.getI32IntegerAttr(value))));
  };
  if (isa<Float8E4M3FNUZType>(type.getElementType()))
    k = arith::AddIOp::create(b, k, constant(1));
  auto floats = RankedTensorType::get({rows, blocks}, b.getF32Type());
  Value inverse = fp8::ExponentToScaleOp::create(
      b, floats, arith::SubIOp::create(b, constant(0), k));
  Value scaled =
      b.mul(values, b.broadcast(inverse, {0, 1}, {rows, blocks, size}));
  Value scales = fp8::EncodeScaleOp::create(
      b, RankedTensorType::get({rows, blocks}, type.getScaleType()), k);

  if (!fp4)
    return {
        b.reshape(b.encode(scaled, type.getElementType(), type.getLargest()),
                  {rows, columns}),
        scales};

  auto bytes = RankedTensorType::get({rows, blocks, size}, b.getI8Type());
  Value codes =
      b.reshape(fp8::TruncateFp4Op::create(b, bytes, scaled), {rows, columns});
  auto half = [&](int64_t first) {
    return b.slice(codes, {b.getIndexAttr(0), b.getIndexAttr(first)},
                   {rows, columns / 2}, {1, 2});
  };
  auto shift = arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             RankedTensorType::get({rows, columns / 2}, b.getI8Type()),
             Attribute(b.getI8IntegerAttr(4))));
  Value high = arith::ShLIOp::create(b, half(1), shift);
  return {arith::OrIOp::create(b, half(0), high), scales};
}

Value dsv4c::kernels::dequantize(TileBuilder &b, Quantized tiles,
                                 fp8::ScaledType type) {
  int64_t rows = TileBuilder::shapeOf(tiles.codes)[0];
  int64_t columns = TileBuilder::shapeOf(tiles.codes)[1];
  int64_t size = type.getBlock().back();
  SmallVector<int64_t> shape = {rows, columns / size, size};
  Value codes = b.decode(b.reshape(tiles.codes, shape));
  Value scales = b.broadcast(b.decode(tiles.scales), {0, 1}, shape);
  return b.reshape(b.mul(codes, scales), {rows, columns});
}

std::pair<Value, Value> dsv4c::kernels::dequantizeHalves(TileBuilder &b,
                                                         Quantized tiles,
                                                         fp8::ScaledType type) {
  int64_t rows = TileBuilder::shapeOf(tiles.codes)[0];
  int64_t bytes = TileBuilder::shapeOf(tiles.codes)[1];
  int64_t size = type.getBlock().back() / 2;
  SmallVector<int64_t> shape = {rows, bytes / size, size};
  Value codes = b.reshape(tiles.codes, shape);
  Value scales = b.broadcast(b.decode(tiles.scales), {0, 1}, shape);
  auto half = [&](bool high) {
    return b.reshape(b.mul(b.decodeNibble(codes, high), scales), {rows, bytes});
  };
  Value even = half(false);
  return {even, half(true)};
}
