//===- ScaledBuilder.cpp - Codes and scales as tensors --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScaledBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dsv4c::fp8;

RankedTensorType dsv4c::fp8::codesTensor(ScaledType type) {
  SmallVector<int64_t> shape(type.getShape());
  if (type.getFormat().getBits() == 4)
    shape.back() /= 2;
  LayoutAttr layout = type.getLayout();
  if (!layout.isRowMajor()) {
    shape[shape.size() - 2] /= layout.getWidth();
    shape.push_back(layout.getWidth());
  }
  return RankedTensorType::get(shape, IntegerType::get(type.getContext(), 8));
}

RankedTensorType dsv4c::fp8::scalesTensor(ScaledType type) {
  Type element = type.getScaleType();
  if (!isa<Float32Type>(element))
    element = IntegerType::get(type.getContext(), 8);
  return RankedTensorType::get(type.getScaleShape(), element);
}

AffineExpr dsv4c::fp8::fragmentOffset(ScaledType type, AffineExpr row,
                                      AffineExpr column) {
  constexpr int64_t rows = LayoutAttr::kFragmentRows;
  constexpr int64_t block = LayoutAttr::kFragmentBlock;
  int64_t fragment = type.getLayout().getFragment();
  int64_t rowBytes = type.getShape().back() * type.getFormat().getBits() / 8;
  AffineExpr inBlock = column % block;
  AffineExpr quarter = inBlock.floorDiv(fragment) % 4;
  AffineExpr step = inBlock.floorDiv(4 * fragment);
  return row.floorDiv(rows) * (rows * rowBytes) +
         column.floorDiv(block) * (rows * block) +
         quarter * (rows * block / 4) + (row % rows) * (block / 4) +
         step * fragment + column % fragment;
}

Value ScaledBuilder::generic(Value init, AffineMap resultMap,
                             ArrayRef<Operand> operands, Body body,
                             ArrayRef<unsigned> reduced) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (const Operand &operand : operands) {
    inputs.push_back(operand.value);
    maps.push_back(operand.map);
  }
  maps.push_back(resultMap);
  SmallVector<utils::IteratorType> iterators(resultMap.getNumDims(),
                                             utils::IteratorType::parallel);
  for (unsigned dim : reduced)
    iterators[dim] = utils::IteratorType::reduction;
  auto op = linalg::GenericOp::create(
      b, TypeRange{init.getType()}, inputs, ValueRange{init}, maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ScaledBuilder inner(nested, loc);
        linalg::YieldOp::create(nested, loc, body(inner, elements));
      });
  return op.getResult(0);
}

Value ScaledBuilder::elementwise(RankedTensorType type, Value operand,
                                 Body body) {
  AffineMap map = identity(type.getRank());
  return generic(empty(type, operand), map, {{operand, map}}, body);
}

Value ScaledBuilder::empty(RankedTensorType type, Value like) {
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(tensor::DimOp::create(b, like, dim));
  return tensor::EmptyOp::create(b, type, sizes);
}

Value ScaledBuilder::filled(RankedTensorType type, Value like,
                            TypedAttr value) {
  Value element = arith::ConstantOp::create(b, value);
  return linalg::FillOp::create(b, element, empty(type, like)).getResult(0);
}

Value ScaledBuilder::i32(int64_t value) {
  return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
}

Value ScaledBuilder::i8(int64_t value) {
  return arith::ConstantOp::create(
      b, b.getI8IntegerAttr(static_cast<int8_t>(value)));
}

Value ScaledBuilder::f32(float value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
}

Value ScaledBuilder::bitcast(Value value, Type type) {
  return arith::BitcastOp::create(b, type, value);
}

AffineMap ScaledBuilder::identity(unsigned rank) {
  return b.getMultiDimIdentityMap(rank);
}

AffineMap ScaledBuilder::blockMap(ScaledType type) {
  SmallVector<AffineExpr> results;
  for (auto [dim, block] : llvm::enumerate(type.getFullBlock()))
    results.push_back(b.getAffineDimExpr(dim).floorDiv(block));
  return AffineMap::get(type.getRank(), 0, results, b.getContext());
}

AffineMap ScaledBuilder::codesMap(ScaledType type) {
  SmallVector<AffineExpr> results;
  for (unsigned dim = 0; dim < type.getRank(); ++dim)
    results.push_back(b.getAffineDimExpr(dim));
  bool packed = type.getFormat().getBits() == 4;
  AffineExpr &column = results.back();
  if (type.getLayout().isRowMajor()) {
    if (packed)
      column = column.floorDiv(2);
  } else {
    if (packed)
      column = column.floorDiv(32) * 16 + column % 16;
    AffineExpr &row = results[results.size() - 2];
    int64_t width = type.getLayout().getWidth();
    AffineExpr lane = row % width;
    row = row.floorDiv(width);
    if (type.getLayout().getFragment()) {
      AffineExpr offset = fragmentOffset(type, lane, column);
      column = offset.floorDiv(width);
      lane = offset % width;
    }
    results.push_back(lane);
  }
  return AffineMap::get(type.getRank(), 0, results, b.getContext());
}

Value ScaledBuilder::column(unsigned dim) {
  return linalg::IndexOp::create(b, dim);
}

Value ScaledBuilder::decodeCode(ScaledType type, Value byte, Value column) {
  FormatAttr format = type.getFormat();
  Type f32Type = b.getF32Type();
  if (format.getBits() == 8)
    return ExtendOp::create(b, f32Type, bitcast(byte, format.getElementType()),
                            /*finite=*/false);
  Value low = ExtendFp4Op::create(b, f32Type, byte, Nibble::Low);
  Value high = ExtendFp4Op::create(b, f32Type, byte, Nibble::High);
  // The bit of the column that tells the two codes of a byte apart.
  Value bit = arith::IndexCastOp::create(b, b.getI32Type(), column);
  if (!type.getLayout().isRowMajor())
    bit = arith::ShRUIOp::create(b, bit, i32(4));
  Value isHigh = arith::TruncIOp::create(b, b.getI1Type(), bit);
  return arith::SelectOp::create(b, isHigh, high, low);
}

Value ScaledBuilder::decodeScale(ScaledType type, Value scale) {
  if (isa<Float32Type>(type.getScaleType()))
    return scale;
  return ExtendOp::create(b, b.getF32Type(),
                          bitcast(scale, type.getScaleType()),
                          /*finite=*/false);
}

Value ScaledBuilder::encodeScale(ScaledType type, Value exponent) {
  if (isa<Float32Type>(type.getScaleType()))
    return ExponentToScaleOp::create(b, b.getF32Type(), exponent);
  Value code = EncodeScaleOp::create(b, Float8E8M0FNUType::get(b.getContext()),
                                     exponent);
  return bitcast(code, b.getI8Type());
}
