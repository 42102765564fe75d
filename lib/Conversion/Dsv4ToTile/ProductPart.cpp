//===- ProductPart.cpp - A product and what works on its tiles ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ColumnTile.h"
#include "RowScope.h"
#include "SplitSum.h"
#include "WeightTiles.h"
#include "dsv4c/Kernels/Fragments.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

/// Columns of a tile where a workgroup has enough rows to make use of them.
constexpr int64_t kWideColumns = 128;
constexpr int64_t kNarrowColumns = 32;
/// Rows of a matrix instruction.
constexpr int64_t kLeastRows = 16;

Value inputOf(Operation *product) { return product->getOperand(0); }
Value weightOf(Operation *product) { return product->getOperand(1); }

Value resultOf(Operation *op) { return op->getResult(0); }

int64_t weightRows(Operation *product) {
  Type type = weightOf(product).getType();
  if (auto scaled = dyn_cast<fp8::ScaledType>(type))
    return scaled.getShape()[scaled.getShape().size() - 2];
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getDimSize(tensor.getRank() - 2);
}

int64_t panelOf(Operation *product) {
  Type type = weightOf(product).getType();
  if (auto scaled = dyn_cast<fp8::ScaledType>(type))
    return scaled.getLayout().getWidth();
  return cast<fp8::LayoutAttr>(cast<RankedTensorType>(type).getEncoding())
      .getWidth();
}

/// A product in f32 with so few columns that its partial results are small
/// beside its activations, however many tokens there are.
bool isNarrow(Operation *product) {
  auto tensor = dyn_cast<RankedTensorType>(weightOf(product).getType());
  return tensor && tensor.getElementType().isF32() &&
         weightRows(product) <= kNarrowColumns;
}

/// What follows a product needs columns of it at once: those of a head, or
/// whole quantisation blocks.
struct ColumnsNeeded {
  int64_t head = 0;
  bool blocks = false;
};

ColumnsNeeded columnsNeeded(Ops ops) {
  ColumnsNeeded needed;
  for (Operation *op : ops.drop_front()) {
    if (auto heads = dyn_cast<HeadsOp>(op)) {
      needed.head =
          cast<RankedTensorType>(heads.getResult().getType()).getShape().back();
      return needed;
    }
    needed.blocks |= isa<fp8::QuantizeOp, SwigluOp>(op);
  }
  return needed;
}

/// Columns that a workgroup computes.
int64_t tileColumns(Ops ops, const StepSizes &sizes) {
  ColumnsNeeded needed = columnsNeeded(ops);
  if (needed.head)
    return needed.head;
  int64_t columns = weightRows(ops.front());
  bool wide = needed.blocks || sizes.tokens > sizes.splitTokens ||
              (sizes.tokens >= kMaxSplitTokens &&
               columns / kWideColumns * chunksOfProduct(ops.front()) >=
                   kEnoughWorkgroups);
  return wide && columns % kWideColumns == 0 ? kWideColumns
                                             : panelOf(ops.front());
}

/// Rows of the product per token: streams for [T, n, K], else 1. Heads side by
/// side are columns.
int64_t productRowsPerToken(Operation *product) {
  return isa<LinearOp>(product) ? 1 : rowsPerToken(inputOf(product).getType());
}

/// The activations of a product and how a workgroup reads rows of them.
class Activations {
public:
  Activations(KernelWriter &w, Operation *product, const ColumnTile &tile,
              int64_t columns)
      : b(w.b), tile(tile) {
    Value input = inputOf(product);
    scaled = dyn_cast<fp8::ScaledType>(input.getType());
    int64_t rows = tile.bufferRows();
    if (scaled) {
      codes = w.buffer(input, exec::Part::Codes, {rows, columns},
                       scaled.getElementType());
      scaleBuffer = w.buffer(input, exec::Part::Scales,
                             {rows, columns / scaled.getBlock().back()},
                             scaled.getScaleType());
      return;
    }
    auto tensor = cast<RankedTensorType>(input.getType());
    int64_t all = 1;
    for (int64_t size : tensor.getShape().drop_front())
      all *= size;
    codes = w.buffer(input, exec::Part::Whole, {rows, all},
                     tensor.getElementType());
  }

  /// f32 [m, 128] from column `k`.
  Value load(Value k) const {
    Value values = b.loadRows(codes, {tile.row, k},
                              {tile.m, WeightTiles::kBlock}, tile.valid);
    return scaled ? b.decode(values) : b.toF32(values);
  }
  /// [m], or null.
  Value loadScale(Value block) const {
    Value column =
        b.loadRows(scaleBuffer, {tile.row, block}, {tile.m, 1}, tile.valid);
    return b.reshape(b.decode(column), {tile.m});
  }
  bool isScaled() const { return bool(scaled); }

private:
  TileBuilder &b;
  const ColumnTile &tile;
  fp8::ScaledType scaled;
  Value codes, scaleBuffer;
};

} // namespace

static int64_t depthOf(Operation *product) {
  Type type = weightOf(product).getType();
  return isa<fp8::ScaledType>(type)
             ? cast<fp8::ScaledType>(type).getShape().back()
             : cast<RankedTensorType>(type).getShape().back();
}

int64_t dsv4c::chunksOfProduct(Operation *product) {
  return chunksOfSum(weightRows(product) / panelOf(product), depthOf(product));
}

SmallVector<Value> dsv4c::multiplyColumns(const ColumnTile &tile,
                                          Operation *product, int64_t width,
                                          Value chunk,
                                          std::optional<int64_t> chunkCount) {
  TileBuilder &b = tile.w.b;
  WeightTiles weight(tile.w, weightOf(product));
  Activations input(tile.w, product, tile, weight.columns);
  // A block-diagonal product reads the columns of the tile's group.
  int64_t groups = 1;
  if (auto linear = dyn_cast<LinearOp>(product))
    groups = linear.getGroups();
  Value firstColumn;
  if (groups > 1)
    firstColumn = b.mulIndex(b.divIndex(tile.column, weight.rows / groups),
                             weight.columns);
  auto activations = [&](Value k) {
    return input.load(firstColumn ? b.addIndex(firstColumn, k) : k);
  };
  auto scales = [&](Value block) { return input.loadScale(block); };
  Value firstPanel = b.divIndex(tile.column, weight.panel);
  int64_t chunks = chunkCount.value_or(chunksOfProduct(product));
  int64_t panels = width / weight.panel;
  return input.isScaled() ? weight.dots(tile.m, firstPanel, panels, activations,
                                        scales, {}, chunks, chunk)
                          : weight.dots(tile.m, firstPanel, panels, activations,
                                        {}, {}, chunks, chunk);
}

FailureOr<Part> dsv4c::makeProductPart(Ops ops, const StepSizes &sizes) {
  Operation *product = ops.front();
  SmallVector<Operation *> chain(ops.drop_front());
  int64_t depth = depthOf(product);
  // [product_c1]
  if (depth % WeightTiles::kBlock)
    return product->emitOpError("[product_c1] sums over ")
           << depth << " columns, expected a multiple of "
           << WeightTiles::kBlock;
  int64_t columns = weightRows(product);
  int64_t width = tileColumns(ops, sizes);
  // [product_c2]
  if (columns % width)
    return product->emitOpError("[product_c2] has ")
           << columns << " columns, which tiles of " << width
           << " don't divide";
  if (auto op = dyn_cast<RouteOp>(ops.back()))
    return makeRouterPart(cast<LinearOp>(product), op, width);

  bool outputRows = RowScope::isOutputRow(resultOf(product));
  int64_t perToken = productRowsPerToken(product);
  int64_t rows = (outputRows ? sizes.outputRows : sizes.tokens) * perToken;
  int64_t m = std::min(rows, sizes.tileRows);
  SplitSum::Shares shares{chunksOfProduct(product)};
  bool narrow = isNarrow(product);
  // There are no tiles side by side: fewer rows each, and chunks in blocks.
  while (narrow && m > kLeastRows && m % 2 == 0 &&
         llvm::divideCeil(rows, m) * shares.chunks < kEnoughWorkgroups)
    m /= 2;
  int64_t rowTiles = llvm::divideCeil(rows, m);
  if (narrow && rowTiles * shares.chunks < kEnoughWorkgroups)
    shares.blocks = depth / WeightTiles::kBlock / shares.chunks;

  int64_t tiles = rowTiles * (columns / width);
  ColumnsNeeded needed = columnsNeeded(ops);
  // What many rows of a head have in common costs more to exchange than to wait
  // for.
  if (needed.blocks || (needed.head && sizes.tokens <= kMaxSplitTokens))
    shares.pieces =
        SplitSum::piecesOfTile(tiles, shares.chunks, width, panelOf(product));
  bool split =
      SplitSum::isSplit(tiles, shares.workgroups(), sizes, sizes.splitTokens) ||
      (narrow && shares.workgroups() > 1 && tiles < kEnoughWorkgroups);
  Part part;
  part.workgroups = split ? tiles * shares.workgroups() : tiles;
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    // Tiles of the same columns share the weight.
    if (!split && rowTiles > 1)
      local = b.deal(local, tiles, rowTiles);
    SplitSum sum(w, local, tiles, shares, split);
    Value row = b.mulIndex(b.remIndex(sum.tile(), rowTiles), m);
    Value column = b.mulIndex(b.divIndex(sum.tile(), rowTiles), width);
    Value count = b.mulIndex(w.rowCount(outputRows), perToken);
    b.when(b.cmp(arith::CmpIPredicate::slt, row, count), [&] {
      Value valid = b.minIndex(b.subIndex(count, row), b.index(m));
      ColumnTile tile{w, outputRows, m, row, valid, column, perToken};
      // The columns of this workgroup.
      ColumnTile piece = tile;
      int64_t pieceWidth = width / sum.pieces();
      if (sum.piece())
        piece.column = b.addIndex(column, b.mulIndex(sum.piece(), pieceWidth));
      auto multiply = [&](Operation *factor) {
        return joinPanels(
            b, shares.blocks > 1
                   ? multiplyColumns(piece, factor, pieceWidth, sum.block(),
                                     sum.blocks())
                   : multiplyColumns(piece, factor, pieceWidth, sum.chunk()));
      };
      auto pair = chain.size() > 1 ? dyn_cast<SwigluOp>(chain[1]) : SwigluOp();
      Value first = multiply(product);
      if (!pair)
        return tile.apply(product, chain, sum.finish({first})[0]);
      SmallVector<Value> sums = sum.finish({first, multiply(chain[0])});
      Value gate = b.toBf16(sums[0]);
      Value up = b.toBf16(sums[1]);
      Value hidden = swiglu(b, gate, up, {}, pair.getLimit().convertToDouble());
      tile.applyTo(hidden, ArrayRef(chain).drop_front(1));
    });
  };
  return part;
}
