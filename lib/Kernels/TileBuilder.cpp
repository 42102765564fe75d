//===- TileBuilder.cpp - Short spellings for tile programs ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/TileBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace mlir;
using namespace dsv4c::kernels;

namespace {

/// `type` with another element type, for tiles and scalars.
Type withElement(Type type, Type element) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(element);
  return element;
}

} // namespace

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Value TileBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value TileBuilder::f32(double value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

Value TileBuilder::toIndex(Value integer) {
  return arith::IndexCastUIOp::create(
      *this, withElement(integer.getType(), getIndexType()), integer);
}

Value TileBuilder::addIndex(Value a, Value b) {
  return arith::AddIOp::create(*this, a, b);
}
Value TileBuilder::subIndex(Value a, Value b) {
  return arith::SubIOp::create(*this, a, b);
}

Value TileBuilder::mulIndex(Value a, int64_t b) {
  return arith::MulIOp::create(*this, a, constantLike(a, b));
}
Value TileBuilder::mulIndex(Value a, Value b) {
  return arith::MulIOp::create(*this, a, b);
}

Value TileBuilder::divIndex(Value a, int64_t b) {
  return arith::DivUIOp::create(*this, a, constantLike(a, b));
}
Value TileBuilder::divIndex(Value a, Value b) {
  return arith::DivUIOp::create(*this, a, b);
}

Value TileBuilder::deal(Value number, int64_t count, int64_t together) {
  return tile::DealOp::create(*this, number, count, together);
}

Value TileBuilder::remIndex(Value a, int64_t b) {
  return arith::RemUIOp::create(*this, a, constantLike(a, b));
}
Value TileBuilder::minIndex(Value a, Value b) {
  return arith::MinSIOp::create(*this, a, b);
}
Value TileBuilder::maxIndex(Value a, Value b) {
  return arith::MaxSIOp::create(*this, a, b);
}

Value TileBuilder::cmp(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(*this, predicate, a, b);
}

Value TileBuilder::loadIndex(Value memref, Value position) {
  return toIndex(memref::LoadOp::create(*this, memref, position));
}

//===----------------------------------------------------------------------===//
// Tiles from scalars
//===----------------------------------------------------------------------===//

Value TileBuilder::constantLike(Value like, double value) {
  Type type = like.getType();
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar = isa<FloatType>(element)
                         ? TypedAttr(getFloatAttr(element, value))
                         : TypedAttr(getIntegerAttr(element, int64_t(value)));
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return arith::ConstantOp::create(*this,
                                     DenseElementsAttr::get(tensor, scalar));
  return arith::ConstantOp::create(*this, scalar);
}

Value TileBuilder::fill(Shape shape, double value) {
  auto type = RankedTensorType::get(shape, getF32Type());
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(type, Attribute(getF32FloatAttr(value))));
}

Value TileBuilder::fillIndex(Shape shape, int64_t value) {
  auto type = RankedTensorType::get(shape, getIndexType());
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(type, Attribute(getIndexAttr(value))));
}

Value TileBuilder::splat(Value scalar, Shape shape) {
  return tensor::SplatOp::create(
      *this, scalar, RankedTensorType::get(shape, scalar.getType()));
}

Value TileBuilder::iota(int64_t size, Type elementType) {
  return tile::IotaOp::create(*this,
                              RankedTensorType::get({size}, elementType));
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

Value TileBuilder::toF32(Value value) {
  if (getElementTypeOrSelf(value.getType()).isF32())
    return value;
  return arith::ExtFOp::create(
      *this, withElement(value.getType(), getF32Type()), value);
}

Value TileBuilder::toBf16(Value value) {
  if (getElementTypeOrSelf(value.getType()).isBF16())
    return value;
  return arith::TruncFOp::create(
      *this, withElement(value.getType(), getBF16Type()), value);
}

Value TileBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(*this, a, b);
}
Value TileBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(*this, a, b);
}
Value TileBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(*this, a, b);
}
Value TileBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(*this, a, b);
}
Value TileBuilder::fma(Value a, Value b, Value c) {
  return math::FmaOp::create(*this, a, b, c);
}
Value TileBuilder::max(Value a, Value b) {
  return arith::MaxNumFOp::create(*this, a, b);
}
Value TileBuilder::min(Value a, Value b) {
  return arith::MinNumFOp::create(*this, a, b);
}
Value TileBuilder::exp(Value a) { return math::ExpOp::create(*this, a); }
Value TileBuilder::sqrt(Value a) { return math::SqrtOp::create(*this, a); }
Value TileBuilder::rsqrt(Value a) { return div(constantLike(a, 1.0), sqrt(a)); }
Value TileBuilder::abs(Value a) { return math::AbsFOp::create(*this, a); }

Value TileBuilder::sigmoid(Value a) {
  Value one = constantLike(a, 1.0);
  return div(one, add(one, exp(arith::NegFOp::create(*this, a))));
}

Value TileBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(*this, condition, a, b);
}

Value TileBuilder::add(Value a, double b) { return add(a, constantLike(a, b)); }
Value TileBuilder::mul(Value a, double b) { return mul(a, constantLike(a, b)); }

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

Value TileBuilder::broadcast(Value tile, ArrayRef<int64_t> dims, Shape shape) {
  auto type = cast<RankedTensorType>(tile.getType());
  return tile::BroadcastOp::create(
      *this, RankedTensorType::get(shape, type.getElementType()), tile,
      getDenseI64ArrayAttr(dims));
}

Value TileBuilder::reshape(Value tile, Shape shape) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (type.getShape() == shape)
    return tile;
  auto result = RankedTensorType::get(shape, type.getElementType());
  auto groups = getReassociationIndicesForReshape(type, result);
  if (!groups) {
    // No dimension boundary in common: through one dimension.
    return reshape(reshape(tile, {type.getNumElements()}), shape);
  }
  if (result.getRank() < type.getRank())
    return tensor::CollapseShapeOp::create(*this, result, tile, *groups);
  return tensor::ExpandShapeOp::create(*this, result, tile, *groups);
}

Value TileBuilder::transpose(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  return tile::TransposeOp::create(
      *this,
      RankedTensorType::get({type.getDimSize(1), type.getDimSize(0)},
                            type.getElementType()),
      tile);
}

static SmallVector<OpFoldResult> toAttributes(Builder &builder,
                                              ArrayRef<int64_t> values) {
  SmallVector<OpFoldResult> result;
  for (int64_t value : values)
    result.push_back(builder.getIndexAttr(value));
  return result;
}

Value TileBuilder::slice(Value tile, ArrayRef<OpFoldResult> offsets,
                         Shape sizes, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> steps = strides.empty()
                                   ? SmallVector<int64_t>(sizes.size(), 1)
                                   : llvm::to_vector(strides);
  return tensor::ExtractSliceOp::create(*this, tile, offsets,
                                        toAttributes(*this, sizes),
                                        toAttributes(*this, steps));
}

Value TileBuilder::sliceDropping(Value tile, ArrayRef<OpFoldResult> offsets,
                                 Shape sizes, int64_t rank) {
  auto type = cast<RankedTensorType>(tile.getType());
  auto result =
      RankedTensorType::get(sizes.take_back(rank), type.getElementType());
  return tensor::ExtractSliceOp::create(
      *this, result, tile, offsets, toAttributes(*this, sizes),
      toAttributes(*this, SmallVector<int64_t>(sizes.size(), 1)));
}

Value TileBuilder::insert(Value part, Value into,
                          ArrayRef<OpFoldResult> offsets,
                          ArrayRef<int64_t> strides) {
  Shape sizes = shapeOf(part);
  int64_t rank = offsets.size();
  SmallVector<int64_t> fullSizes(rank - sizes.size(), 1);
  llvm::append_range(fullSizes, sizes);
  SmallVector<int64_t> fullStrides = strides.empty()
                                         ? SmallVector<int64_t>(rank, 1)
                                         : llvm::to_vector(strides);
  return tensor::InsertSliceOp::create(*this, part, into, offsets,
                                       toAttributes(*this, fullSizes),
                                       toAttributes(*this, fullStrides));
}

Value TileBuilder::extract(Value tile, ArrayRef<Value> indices) {
  return tensor::ExtractOp::create(*this, tile, indices);
}

Value TileBuilder::empty(Shape shape, Type elementType) {
  return tensor::EmptyOp::create(*this, shape, elementType);
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

Value TileBuilder::reduce(tile::ReduceKind kind, Value tile, int64_t dim) {
  auto type = cast<RankedTensorType>(tile.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + dim);
  return tile::ReduceOp::create(
      *this, RankedTensorType::get(shape, type.getElementType()), kind, tile,
      dim);
}

Value TileBuilder::dot(Value a, Value b) {
  return tile::DotOp::create(
      *this,
      RankedTensorType::get({shapeOf(a)[0], shapeOf(b)[1]}, getF32Type()), a,
      b);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static Type elementOf(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementType();
}

Value TileBuilder::load(Value memref, ArrayRef<Value> indices, Shape shape,
                        Value valid) {
  return tile::LoadOp::create(*this,
                              RankedTensorType::get(shape, elementOf(memref)),
                              memref, indices, valid);
}

Value TileBuilder::loadRows(Value memref, ArrayRef<Value> indices, Shape shape,
                            Value valid) {
  return tile::LoadOp::create(*this,
                              RankedTensorType::get(shape, elementOf(memref)),
                              memref, indices, valid,
                              /*rest_unspecified=*/true);
}

void TileBuilder::store(Value tile, Value memref, ArrayRef<Value> indices,
                        Value valid) {
  tile::StoreOp::create(*this, tile, memref, indices, valid);
}

Value TileBuilder::gather(Value memref, Value rows, ArrayRef<Value> columns,
                          Shape shape) {
  return tile::GatherOp::create(*this,
                                RankedTensorType::get(shape, elementOf(memref)),
                                memref, rows, columns);
}

void TileBuilder::scatter(Value tile, Value memref, Value rows,
                          ArrayRef<Value> columns) {
  tile::ScatterOp::create(*this, tile, memref, rows, columns);
}

//===----------------------------------------------------------------------===//
// Narrow floats
//===----------------------------------------------------------------------===//

Value TileBuilder::decode(Value codes) {
  return fp8::ExtendOp::create(
      *this, withElement(codes.getType(), getF32Type()), codes,
      /*finite=*/true);
}

Value TileBuilder::encode(Value value, Type type, int64_t largest) {
  return fp8::TruncateOp::create(*this, withElement(value.getType(), type),
                                 value, largest);
}

Value TileBuilder::decodeNibble(Value bytes, bool high) {
  return fp8::ExtendFp4Op::create(
      *this, withElement(bytes.getType(), getF32Type()), bytes,
      high ? fp8::Nibble::High : fp8::Nibble::Low);
}

Value TileBuilder::widenNibble(Value bytes, bool high, Type type,
                               Value exponents) {
  return fp8::WidenFp4Op::create(
      *this, withElement(bytes.getType(), type), bytes, exponents,
      high ? fp8::Nibble::High : fp8::Nibble::Low);
}

Value TileBuilder::biasedExponents(Value scales) {
  Value bytes = arith::BitcastOp::create(
      *this, withElement(scales.getType(), getI8Type()), scales);
  return arith::ExtUIOp::create(
      *this, withElement(scales.getType(), getI32Type()), bytes);
}

Value TileBuilder::powers(Value biasedExponents) {
  auto type = cast<RankedTensorType>(biasedExponents.getType());
  Value shift = arith::ConstantOp::create(
      *this, DenseElementsAttr::get(type, getI32IntegerAttr(23)));
  Value bits = arith::ShLIOp::create(*this, biasedExponents, shift);
  return arith::BitcastOp::create(*this, withElement(type, getF32Type()), bits);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> TileBuilder::loop(Value lower, Value upper, int64_t step,
                                     ValueRange init, LoopBody body) {
  auto loop = scf::ForOp::create(*this, lower, upper, index(step), init);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  // Without carried values the loop already has its terminator.
  if (!init.empty())
    scf::YieldOp::create(*this, results);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void TileBuilder::when(Value condition, function_ref<void()> body) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  body();
}

void TileBuilder::whenElse(Value condition, function_ref<void()> then,
                           function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  then();
  setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

SmallVector<Value>
TileBuilder::choose(Value condition, function_ref<SmallVector<Value>()> then,
                    function_ref<SmallVector<Value>()> otherwise) {
  // The result types are known only once the first branch is built.
  auto branch = scf::IfOp::create(
      *this, condition,
      [&](OpBuilder &builder, Location) {
        OpBuilder::InsertionGuard guard(*this);
        restoreInsertionPoint(builder.saveInsertionPoint());
        scf::YieldOp::create(*this, then());
      },
      [&](OpBuilder &builder, Location) {
        OpBuilder::InsertionGuard guard(*this);
        restoreInsertionPoint(builder.saveInsertionPoint());
        scf::YieldOp::create(*this, otherwise());
      });
  return llvm::to_vector_of<Value>(branch.getResults());
}
