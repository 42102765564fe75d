//===- WeightTiles.cpp - Products with packed weights ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WeightTiles.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
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

/// The same with a weight scale for every row and 32 columns; each block of 32
/// is summed as two halves of 16, which the packing puts into the nibbles of a
/// byte.
Value WeightTiles::blockE2M1(Value accumulator, Value a, Value aScale,
                             Value panelRow, Value k) {
  Shape shape = TileBuilder::shapeOf(accumulator);
  int64_t m = shape[0];
  int64_t size = scaled.getBlock().back();
  int64_t half = size / 2;
  Value bytes = b.load(codes, {panelRow, b.divIndex(k, 2), b.index(0)},
                       {kBlock / 2, panel});
  Value low = b.decodeNibble(bytes, /*high=*/false);
  Value high = b.decodeNibble(bytes, /*high=*/true);
  Value firstScale = b.divIndex(k, size);
  for (int64_t i = 0; i < kBlock / size; ++i) {
    auto product = [&](Value tile, int64_t column) {
      Value left =
          b.slice(a, {b.getIndexAttr(0), b.getIndexAttr(column)}, {m, half});
      Value right = b.slice(tile, {b.getIndexAttr(i * half), b.getIndexAttr(0)},
                            {half, panel});
      return b.dot(left, right);
    };
    Value part = b.add(product(low, i * size), product(high, i * size + half));
    Value bScale = b.decode(
        b.load(scaleBuffer, {panelRow, b.addIndex(firstScale, i), b.index(0)},
               {panel}));
    if (aScale)
      part = b.mul(part, b.alongRows(aScale, shape));
    accumulator = b.fma(part, b.alongColumns(bScale, shape), accumulator);
  }
  return accumulator;
}

/// The same with the weight's scales folded into the decoded codes, which is
/// exact while the products stay far from the ends of f32: then 128 columns are
/// summed as two halves of 64, the low and the high nibbles.
Value WeightTiles::blockE2M1Folded(Value accumulator, Value a, Value aScale,
                                   Value panelRow, Value k) {
  Shape shape = TileBuilder::shapeOf(accumulator);
  int64_t m = shape[0];
  int64_t size = scaled.getBlock().back();
  int64_t half = size / 2;
  int64_t blocks = kBlock / size;
  SmallVector<int64_t> grouped = {blocks, half, panel};
  Value bytes =
      b.reshape(b.load(codes, {panelRow, b.divIndex(k, 2), b.index(0)},
                       {kBlock / 2, panel}),
                grouped);
  Value scales =
      b.decode(b.load(scaleBuffer, {panelRow, b.divIndex(k, size), b.index(0)},
                      {blocks, panel}));
  Value factors = b.broadcast(scales, {0, 2}, grouped);
  Value columns = b.reshape(a, {m, blocks, 2, half});
  auto product = [&](bool high) {
    Value tile = b.reshape(b.mul(b.decodeNibble(bytes, high), factors),
                           {kBlock / 2, panel});
    SmallVector<OpFoldResult> first(4, b.getIndexAttr(0));
    first[2] = b.getIndexAttr(high);
    Value left = b.reshape(b.slice(columns, first, {m, blocks, 1, half}),
                           {m, kBlock / 2});
    return b.dot(left, tile);
  };
  Value low = product(false);
  Value part = b.add(low, product(true));
  Value factor = aScale ? b.alongRows(aScale, shape) : b.fill(shape, 1.0);
  return b.fma(part, factor, accumulator);
}

Value WeightTiles::blockUnscaled(Value accumulator, Value a, Value panelRow,
                                 Value k) {
  Value tile =
      b.toF32(b.load(codes, {panelRow, k, b.index(0)}, {kBlock, panel}));
  return b.add(accumulator, b.dot(a, tile));
}

SmallVector<Value> WeightTiles::dots(int64_t m, Value first, int64_t count,
                                     function_ref<Value(Value)> activations,
                                     function_ref<Value(Value)> scales,
                                     Value expert, int64_t chunks,
                                     Value chunk) {
  int64_t length = columns / chunks;
  auto dotsFrom = [&](Value k, Value end) {
    return dotsBetween(k, end, m, first, count, activations, scales, expert);
  };
  if (chunk) {
    Value start = b.mulIndex(chunk, length);
    return dotsFrom(start, b.addIndex(start, length));
  }
  SmallVector<Value> sums = dotsFrom(b.index(0), b.index(length));
  if (chunks == 1)
    return sums;
  return b.loop(
      b.index(length), b.index(columns), length, sums,
      [&](Value k, ValueRange carried) {
        SmallVector<Value> next;
        for (auto [sum, part] :
             llvm::zip(carried, dotsFrom(k, b.addIndex(k, length))))
          next.push_back(b.add(sum, part));
        return next;
      });
}

SmallVector<Value>
WeightTiles::dotsBetween(Value start, Value end, int64_t m, Value first,
                         int64_t count, function_ref<Value(Value)> activations,
                         function_ref<Value(Value)> scales, Value expert) {
  SmallVector<Value> init(count, b.fill({m, panel}, 0.0));
  return b.loop(
      start, end, kBlock, init,
      [&](Value k, ValueRange accumulators) -> SmallVector<Value> {
        Value a = activations(k);
        Value aScale = scales ? scales(b.divIndex(k, kBlock)) : Value();
        SmallVector<Value> results;
        for (auto [i, accumulator] : llvm::enumerate(accumulators)) {
          Value panelIndex = b.addIndex(first, i);
          if (scaled && !isa<Float4E2M1FNType>(scaled.getElementType())) {
            results.push_back(
                blockE4M3(accumulator, a, aScale, panelIndex, k, expert));
            continue;
          }
          Value panelRow = panelIndex;
          if (expert)
            panelRow = b.addIndex(b.mulIndex(expert, rows / panel), panelIndex);
          if (!scaled)
            results.push_back(blockUnscaled(accumulator, a, panelRow, k));
          else if (w.foldsScales)
            results.push_back(
                blockE2M1Folded(accumulator, a, aScale, panelRow, k));
          else
            results.push_back(blockE2M1(accumulator, a, aScale, panelRow, k));
        }
        return results;
      });
}
