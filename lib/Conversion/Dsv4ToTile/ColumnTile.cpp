//===- ColumnTile.cpp - Ops behind a product, on tiles of its result ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ColumnTile.h"
#include "dsv4c/Kernels/Fragments.h"
#include "dsv4run/Abi/StepAbi.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;
namespace abi = dsv4run::abi;

Value dsv4c::joinPanels(TileBuilder &b, ArrayRef<Value> panels) {
  if (panels.size() == 1)
    return panels[0];
  Shape shape = TileBuilder::shapeOf(panels[0]);
  Value joined = b.empty({shape[0], shape[1] * int64_t(panels.size())},
                         getElementTypeOrSelf(panels[0].getType()));
  for (auto [i, panel] : llvm::enumerate(panels))
    joined = b.insert(panel, joined,
                      {b.getIndexAttr(0), b.getIndexAttr(i * shape[1])});
  return joined;
}

void ColumnTile::storeIfYielded(Value value, exec::Part part, Value tile,
                                int64_t columns, Value at) const {
  if (!isYielded(value))
    return;
  Type element = cast<RankedTensorType>(tile.getType()).getElementType();
  // One row per row of the product, whatever shape the graph gives the value.
  Value buffer =
      w.buffer(value, part, {bufferRows(), columns}, element, /*writes=*/true);
  if (scatterRows)
    w.b.scatter(tile, buffer, scatterRows, {at});
  else
    w.b.store(tile, buffer, {row, at}, valid);
}

/// Columns of a value when each of its tokens takes `perToken` rows.
static int64_t columnsOf(Type type, int64_t perToken) {
  auto scaled = dyn_cast<fp8::ScaledType>(type);
  ArrayRef<int64_t> shape =
      scaled ? scaled.getShape() : cast<RankedTensorType>(type).getShape();
  int64_t elements = 1;
  for (int64_t size : shape.drop_front())
    elements *= size;
  return elements / perToken;
}

void ColumnTile::storeIfYielded(Value value, Value tile) const {
  storeIfYielded(value, exec::Part::Whole, tile,
                 columnsOf(value.getType(), perToken), column);
}

/// Rows of a rotary table at the positions of the tile's tokens.
static Value ropeRows(const ColumnTile &t, Value table) {
  TileBuilder &b = t.w.b;
  auto type = cast<RankedTensorType>(table.getType());
  Value buffer = t.w.buffer(table, exec::Part::Whole, type.getShape(),
                            type.getElementType());
  Value positions = b.load(t.w.input(abi::kPositions, {t.w.sizes.tokens}),
                           {t.row}, {t.m}, t.valid);
  return b.gather(buffer, b.toIndex(positions), {b.index(0)},
                  {t.m, type.getDimSize(1)});
}

static void merge(const ColumnTile &t, HcMergeOp op, Value output) {
  TileBuilder &b = t.w.b;
  auto type = cast<RankedTensorType>(op.getStreams().getType());
  int64_t n = type.getDimSize(1);
  int64_t hidden = type.getDimSize(2);
  int64_t width = TileBuilder::shapeOf(output)[1];
  Value zero = b.index(0);
  auto weights = [&](Value value, int64_t columns) {
    Value buffer = t.w.buffer(value, exec::Part::Whole,
                              {t.bufferRows(), columns}, b.getF32Type());
    return b.load(buffer, {t.row, zero}, {t.m, columns}, t.valid);
  };
  Value post = weights(op.getPost(), n);
  Value comb = weights(op.getComb(), n * n);
  Value streams =
      t.w.buffer(op.getStreams(), exec::Part::Whole,
                 {t.bufferRows(), n * hidden}, type.getElementType());
  SmallVector<Value> tiles;
  for (int64_t j = 0; j < n; ++j)
    tiles.push_back(b.load(streams, {t.row, b.addIndex(t.column, j * hidden)},
                           {t.m, width}, t.valid));
  for (int64_t k = 0; k < n; ++k)
    t.storeIfYielded(op.getResult(), exec::Part::Whole,
                     hcMergeStream(b, output, tiles, post, comb, k), n * hidden,
                     b.addIndex(t.column, k * hidden));
}

void ColumnTile::apply(Operation *product, Ops chain, Value tile) const {
  auto resultType = cast<RankedTensorType>(product->getResult(0).getType());
  if (resultType.getElementType().isBF16())
    tile = w.b.toBf16(tile);
  SmallVector<Operation *> ops = {product};
  llvm::append_range(ops, chain);
  applyTo(tile, ops);
}

void ColumnTile::applyTo(Value tile, Ops chain) const {
  TileBuilder &b = w.b;
  storeIfYielded(chain.front()->getResult(0), tile);
  for (Operation *op : chain.drop_front()) {
    if (auto merged = dyn_cast<HcMergeOp>(op))
      return merge(*this, merged, tile);
    if (auto quantizeOp = dyn_cast<fp8::QuantizeOp>(op)) {
      auto type = cast<fp8::ScaledType>(quantizeOp.getResult().getType());
      Quantized tiles = quantize(b, tile, type);
      int64_t columns = columnsOf(type, perToken);
      int64_t block = type.getBlock().back();
      bool fp4 = isa<Float4E2M1FNType>(type.getElementType());
      storeIfYielded(quantizeOp.getResult(), exec::Part::Codes, tiles.codes,
                     fp4 ? columns / 2 : columns,
                     fp4 ? b.divIndex(column, 2) : column);
      storeIfYielded(quantizeOp.getResult(), exec::Part::Scales, tiles.scales,
                     columns / block, b.divIndex(column, block));
      return;
    }
    if (auto norm = dyn_cast<HeadNormOp>(op))
      tile = headNorm(b, tile, norm.getEps().convertToDouble());
    else if (auto rotate = dyn_cast<RopeOp>(op))
      tile = rope(b, tile, ropeRows(*this, rotate.getTable()),
                  rotate.getInverse());
    else if (isa<HadamardOp>(op))
      tile = hadamard(b, tile);
    else if (auto scale = dyn_cast<ScaleOp>(op))
      tile =
          b.toBf16(b.mul(b.toF32(tile), scale.getFactor().convertToDouble()));
    else
      assert(isa<HeadsOp>(op) &&
             "dsv4-fuse-launches put an unknown op behind a product");
    storeIfYielded(op->getResult(0), tile);
  }
}
