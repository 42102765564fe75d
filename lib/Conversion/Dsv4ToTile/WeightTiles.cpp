//===- WeightTiles.cpp - Products with packed weights ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WeightTiles.h"
#include "ColumnTile.h"
#include "dsv4c/Dialect/Fp8/IR/E2M1AsF16.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

WeightTiles::WeightTiles(KernelWriter &w, Value weight)
    : w(w), b(w.b), scaled(dyn_cast<fp8::ScaledType>(weight.getType())) {
  auto tensor = dyn_cast<RankedTensorType>(weight.getType());
  ArrayRef<int64_t> shape = scaled ? scaled.getShape() : tensor.getShape();
  auto layout =
      scaled ? scaled.getLayout() : cast<fp8::LayoutAttr>(tensor.getEncoding());
  int64_t experts = shape.size() == 3 ? shape[0] : 1;
  rows = shape[shape.size() - 2];
  columns = shape.back();
  panel = layout.getWidth();
  int64_t panels = experts * (rows / panel);
  if (!scaled) {
    codes = w.buffer(weight, exec::Part::Whole, {panels, columns, panel},
                     tensor.getElementType());
    return;
  }
  if (isa<Float4E2M1FNType>(scaled.getElementType())) {
    codes = w.buffer(weight, exec::Part::Codes, {panels, columns / 2, panel},
                     b.getI8Type());
    scaleBuffer = w.buffer(weight, exec::Part::Scales,
                           {panels, columns / scaled.getBlock().back(), panel},
                           scaled.getScaleType());
    return;
  }
  int64_t scaleRows = llvm::divideCeil(rows, scaled.getBlock()[0]);
  int64_t scaleColumns = llvm::divideCeil(columns, scaled.getBlock()[1]);
  codes = w.buffer(weight, exec::Part::Codes, {panels, columns, panel},
                   scaled.getElementType());
  scaleBuffer =
      w.buffer(weight, exec::Part::Scales, {experts * scaleRows, scaleColumns},
               scaled.getScaleType());
}

/// accumulator + dot(a, codes) (aScale bScale): one weight scale for the whole
/// panel.
Value WeightTiles::blockE4M3(Value accumulator, Value a, Value aScale,
                             Value panelIndex, Value k, Value expert) {
  Shape shape = TileBuilder::shapeOf(accumulator);
  Value panelRow = panelIndex;
  Value scaleRow =
      b.divIndex(b.mulIndex(panelIndex, panel), scaled.getBlock()[0]);
  if (expert) {
    panelRow = b.addIndex(b.mulIndex(expert, rows / panel), panelIndex);
    int64_t scaleRows = llvm::divideCeil(rows, scaled.getBlock()[0]);
    scaleRow = b.addIndex(b.mulIndex(expert, scaleRows), scaleRow);
  }
  Value tile =
      b.decode(b.load(codes, {panelRow, k, b.index(0)}, {kBlock, panel}));
  Value block = b.divIndex(k, scaled.getBlock()[1]);
  Value scale = b.decode(
      memref::LoadOp::create(b, scaleBuffer, ValueRange{scaleRow, block}));
  Value factor = b.splat(scale, shape);
  if (aScale)
    factor = b.mul(b.alongRows(aScale, shape), factor);
  return b.fma(b.dot(a, tile), factor, accumulator);
}

/// The codes that activations are decoded from.
static Value codesOf(Value a) {
  return a.getDefiningOp<fp8::ExtendOp>().getInput();
}

Value WeightTiles::loadPairs(Value panelRow, Value k) {
  return b.load(codes, {panelRow, b.divIndex(k, 2), b.index(0)},
                {kBlock / 2, panel});
}

Value WeightTiles::widen(ArrayRef<Value> panels, Type type, Value exponents) {
  int64_t half = scaled.getBlock().back() / 2;
  int64_t blocks = TileBuilder::shapeOf(panels[0])[0] / half;
  int64_t width = panel * static_cast<int64_t>(panels.size());
  SmallVector<int64_t> grouped = {blocks, half, panel};
  if (exponents)
    exponents = b.broadcast(exponents, {0, 2}, grouped);
  // Columns k in the low nibbles, k + 16 in the high ones.
  Value result = b.empty({blocks, 2, half, width}, type);
  for (auto [i, panelBytes] : llvm::enumerate(panels)) {
    Value bytes = b.reshape(panelBytes, grouped);
    for (bool high : {false, true}) {
      Value part = b.reshape(b.widenNibble(bytes, high, type, exponents),
                             {blocks, 1, half, panel});
      SmallVector<OpFoldResult> first(4, b.getIndexAttr(0));
      first[1] = b.getIndexAttr(high);
      first[3] = b.getIndexAttr(i * panel);
      result = b.insert(part, result, first);
    }
  }
  return b.reshape(result, {2 * half * blocks, width});
}

Value WeightTiles::loadScales(Value panelRow, Value k, int64_t blocks) {
  Value first = b.divIndex(k, scaled.getBlock().back());
  return b.load(scaleBuffer, {panelRow, first, b.index(0)}, {blocks, panel});
}

/// The same with a weight scale for every row and 32 columns (spec 3.8), for as
/// many panels from `panelRow` on as the accumulator has.
Value WeightTiles::blockE2M1(Value accumulator, Value a, Value aScale,
                             Value panelRow, Value k) {
  Shape shape = TileBuilder::shapeOf(accumulator);
  int64_t size = scaled.getBlock().back();
  Value aCodes = codesOf(a);
  Type type = getElementTypeOrSelf(aCodes.getType());
  SmallVector<Value, 2> pairs, scales;
  for (int64_t i = 0; i < shape[1] / panel; ++i) {
    Value row = i ? b.addIndex(panelRow, i) : panelRow;
    pairs.push_back(loadPairs(row, k));
    scales.push_back(loadScales(row, k, kBlock / size));
  }
  bool inSums = w.scaleFolding == tile::ScaleFolding::Sums;
  for (int64_t i = 0; i < kBlock / size; ++i) {
    OpFoldResult zero = b.getIndexAttr(0), start = b.getIndexAttr(i * size);
    Value left = b.decode(b.slice(aCodes, {zero, start}, {shape[0], size}));
    SmallVector<Value, 2> bytes, bScales;
    for (Value panelPairs : pairs)
      bytes.push_back(b.slice(panelPairs, {b.getIndexAttr(i * size / 2), zero},
                              {size / 2, panel}));
    Value right = b.decode(widen(bytes, type, {}));
    if (inSums)
      right = b.mul(right, b.fill({size, shape[1]}, fp8::kE2M1AsF16Factor));
    Value part = b.dot(left, right);
    if (aScale)
      part = b.mul(part, b.alongRows(aScale, shape));
    for (Value panelScales : scales)
      bScales.push_back(
          b.slice(panelScales, {b.getIndexAttr(i), zero}, {1, panel}));
    Value bScale = b.reshape(joinPanels(b, bScales), {shape[1]});
    bScale = inSums ? powersOfSums(bScale) : b.decode(bScale);
    accumulator = b.fma(part, b.alongColumns(bScale, shape), accumulator);
  }
  return accumulator;
}

/// `scales` and what the sums of codes that are read as f16 lack.
Value WeightTiles::powersOfSums(Value scales) {
  Value exponents = b.biasedExponents(scales);
  auto type = cast<RankedTensorType>(exponents.getType());
  Value lacking = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type,
                                b.getI32IntegerAttr(-fp8::kE2M1AsF16Exponent)));
  return b.powers(arith::AddIOp::create(b, exponents, lacking));
}

/// The same with the weight's scales in the widened codes, relative to the
/// largest of four blocks. It is exact while they are close to each other and the
/// products far from the ends of f32; then 128 columns are one sum.
Value WeightTiles::blockE2M1Folded(Value accumulator, Value a, Value aScale,
                                   Value panelRow, Value k) {
  Shape shape = TileBuilder::shapeOf(accumulator);
  int64_t blocks = kBlock / scaled.getBlock().back();
  Value exponents = b.biasedExponents(loadScales(panelRow, k, blocks));
  // Made for each reader: a tile that several read would be kept in shared
  // memory.
  auto lessThanLargest = [&](int64_t difference) -> Value {
    Value largest;
    for (int64_t i = 0; i < blocks; ++i) {
      Value one = b.reshape(b.slice(exponents,
                                    {b.getIndexAttr(i), b.getIndexAttr(0)},
                                    {1, panel}),
                            {panel});
      largest = largest ? arith::MaxUIOp::create(b, largest, one) : one;
    }
    auto type = cast<RankedTensorType>(largest.getType());
    Value constant = arith::ConstantOp::create(
        b, DenseElementsAttr::get(
               type, b.getI32IntegerAttr(static_cast<int32_t>(difference))));
    return arith::SubIOp::create(b, largest, constant);
  };
  // The largest scale gets the largest exponent.
  constexpr int64_t kMost = fp8::WidenFp4Op::kMostExponent;
  Value relative = arith::SubIOp::create(
      b, exponents,
      b.broadcast(lessThanLargest(kMost), {1}, {blocks, panel}));
  Type type = getElementTypeOrSelf(codesOf(a).getType());
  Value part =
      b.dot(a, b.decode(widen({loadPairs(panelRow, k)}, type, relative)));
  Value factor = b.alongColumns(
      b.powers(lessThanLargest(kMost - fp8::WidenFp4Op::kBias)), shape);
  if (aScale)
    factor = b.mul(b.alongRows(aScale, shape), factor);
  return b.fma(part, factor, accumulator);
}

Value WeightTiles::blockUnscaled(Value accumulator, Value a, Value panelRow,
                                 Value k) {
  Value tile =
      b.toF32(b.load(codes, {panelRow, k, b.index(0)}, {kBlock, panel}));
  return b.add(accumulator, b.dot(a, tile));
}

/// A matrix instruction for 16 columns takes those of two panels, of which a
/// lane reads the same rows.
int64_t WeightTiles::joinedPanels(int64_t count) const {
  bool isE2M1 = scaled && isa<Float4E2M1FNType>(scaled.getElementType());
  bool joins = isE2M1 && w.sizes.scaleFolding == tile::ScaleFolding::Sums;
  return joins && count % 2 == 0 ? 2 : 1;
}

Value WeightTiles::block(Value accumulator, Value a, Value aScale,
                         Value panelIndex, Value k, Value expert) {
  if (scaled && !isa<Float4E2M1FNType>(scaled.getElementType()))
    return blockE4M3(accumulator, a, aScale, panelIndex, k, expert);
  Value panelRow = panelIndex;
  if (expert)
    panelRow = b.addIndex(b.mulIndex(expert, rows / panel), panelIndex);
  if (!scaled)
    return blockUnscaled(accumulator, a, panelRow, k);
  if (w.scaleFolding == tile::ScaleFolding::Codes)
    return blockE2M1Folded(accumulator, a, aScale, panelRow, k);
  return blockE2M1(accumulator, a, aScale, panelRow, k);
}

SmallVector<Value> WeightTiles::dots(int64_t m, Value first, int64_t count,
                                     function_ref<Value(Value)> activations,
                                     function_ref<Value(Value)> scales,
                                     Value expert, int64_t chunks,
                                     Value chunk) {
  return dots({this}, m, first, count, activations, scales, expert, chunks,
              chunk);
}

SmallVector<Value>
WeightTiles::dots(ArrayRef<WeightTiles *> weights, int64_t m, Value first,
                  int64_t count, function_ref<Value(Value)> activations,
                  function_ref<Value(Value)> scales, Value expert,
                  int64_t chunks, Value chunk) {
  TileBuilder &b = weights.front()->b;
  int64_t panel = weights.front()->panel;
  int64_t columns = weights.front()->columns;
  int64_t length = columns / chunks;
  int64_t joined = weights.front()->joinedPanels(count);
  auto dotsFrom = [&](Value start, Value end) {
    SmallVector<Value> init(count / joined * weights.size(),
                            b.fill({m, joined * panel}, 0.0));
    return b.loop(
        start, end, kBlock, init,
        [&](Value k, ValueRange accumulators) -> SmallVector<Value> {
          Value a = activations(k);
          Value aScale = scales ? scales(b.divIndex(k, kBlock)) : Value();
          SmallVector<Value> results;
          for (WeightTiles *weight : weights)
            for (int64_t i = 0; i < count; i += joined)
              results.push_back(weight->block(accumulators[results.size()], a,
                                              aScale, b.addIndex(first, i), k,
                                              expert));
          return results;
        });
  };
  if (chunk) {
    Value start = b.mulIndex(chunk, length);
    return dotsFrom(start, b.addIndex(start, length));
  }
  SmallVector<Value> sums = dotsFrom(b.index(0), b.index(length));
  if (chunks == 1)
    return sums;
  return b.loop(b.index(length), b.index(columns), length, sums,
                [&](Value k, ValueRange carried) {
                  SmallVector<Value> next;
                  for (auto [sum, part] :
                       llvm::zip(carried, dotsFrom(k, b.addIndex(k, length))))
                    next.push_back(b.add(sum, part));
                  return next;
                });
}
