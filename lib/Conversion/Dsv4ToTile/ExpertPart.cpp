//===- ExpertPart.cpp - Products with the weights of a token's experts ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Row t k + i of every buffer here belongs to the i-th expert of token t. For
// one token a workgroup takes one of its k experts; for more, it takes an
// expert and finds the rows that are routed to it, in order.

#include "ColumnTile.h"
#include "SplitSum.h"
#include "WeightTiles.h"
#include "dsv4c/Kernels/Fragments.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;

namespace {

/// Rows that a matrix instruction takes at most.
constexpr int64_t kOneRowTile = 16;

/// Rows [m] routed to one expert.
struct Routed {
  int64_t m;
  int64_t k;
  Value expert;
  Value rows; // -1: none
};

int64_t expertsPerToken(ExpertLinearOp op) {
  return cast<RankedTensorType>(op.getExperts().getType()).getDimSize(1);
}

int64_t expertCount(ExpertLinearOp op) {
  return cast<fp8::ScaledType>(op.getWeight().getType()).getShape().front();
}

Value expertIds(KernelWriter &w, ExpertLinearOp op) {
  return w.buffer(op.getExperts(), exec::Part::Whole,
                  {w.sizes.tokens * expertsPerToken(op)}, w.b.getI32Type());
}

/// Chunks of the sum over K (SplitSum.h): a token's experts are products side
/// by side, of which gate and up have their workgroups in common; counted so
/// where they haven't too, since every program adds in one order.
int64_t chunksOf(ExpertLinearOp op) {
  auto weight = cast<fp8::ScaledType>(op.getWeight().getType());
  int64_t panels = weight.getShape()[1] / weight.getLayout().getWidth();
  if (llvm::any_of(op->getUsers(),
                   [](Operation *user) { return isa<SwigluOp>(user); }))
    panels = std::max<int64_t>(1, panels / 2);
  return chunksOfSum(panels * expertsPerToken(op), weight.getShape()[2]);
}

/// Columns from `column` on of the routed rows times their expert's matrices,
/// those of `ops`, which have one input: panels f32 [m, panel] of each, over all
/// of K or over one chunk if that is not null.
SmallVector<Value> multiply(KernelWriter &w, ArrayRef<ExpertLinearOp> ops,
                            const Routed &routed, Value column, int64_t width,
                            Value chunk) {
  TileBuilder &b = w.b;
  ExpertLinearOp op = ops.front();
  SmallVector<WeightTiles, 2> weights;
  for (ExpertLinearOp each : ops)
    weights.emplace_back(w, each.getWeight());
  SmallVector<WeightTiles *> factors;
  for (WeightTiles &weight : weights)
    factors.push_back(&weight);
  const WeightTiles &weight = weights.front();
  auto type = cast<fp8::ScaledType>(op.getInput().getType());
  bool perExpert = rowsPerToken(type) > 1 || type.getShape().size() == 3;
  int64_t inputRows = w.sizes.tokens * (perExpert ? routed.k : 1);
  int64_t block = type.getBlock().back();
  Value codes = w.buffer(op.getInput(), exec::Part::Codes,
                         {inputRows, weight.columns}, type.getElementType());
  Value scales =
      w.buffer(op.getInput(), exec::Part::Scales,
               {inputRows, weight.columns / block}, type.getScaleType());
  // Rows that don't exist are read at the first one, and never written: zeros
  // would cost an instruction for each word that is read.
  Value rows = arith::MaxSIOp::create(b, routed.rows,
                                      b.fillIndex({routed.m}, 0));
  if (!perExpert)
    rows = b.divIndex(rows, routed.k);
  return WeightTiles::dots(
      factors, routed.m, b.divIndex(column, weight.panel),
      width / weight.panel,
      [&](Value k) {
        return b.decode(
            b.gather(codes, rows, {k}, {routed.m, WeightTiles::kBlock}));
      },
      [&](Value index) {
        Value tile = b.gather(scales, rows, {index}, {routed.m, 1});
        // What lets weights' scales be folded keeps those of activations off 0.
        tile = w.scaleFolding == tile::ScaleFolding::None
                   ? b.decode(tile)
                   : b.powers(b.biasedExponents(tile));
        return b.reshape(tile, {routed.m});
      },
      routed.expert, chunksOf(op), chunk);
}

/// Rows that an expert gets on average, as a power of two.
int64_t averageRows(const StepSizes &sizes, ExpertLinearOp op) {
  int64_t slots = sizes.tokens * expertsPerToken(op);
  return llvm::PowerOf2Ceil(llvm::divideCeil(slots, expertCount(op)));
}

/// Columns of a matrix instruction.
constexpr int64_t kLeastColumns = 8;

/// Rows of a group: as many as an expert gets, so that its weights are decoded
/// once, and few enough for the accumulators to stay in registers.
int64_t rowsOfGroup(const StepSizes &sizes, ExpertLinearOp op) {
  int64_t slots = sizes.tokens * expertsPerToken(op);
  // Where weights are the left factor, rows are the columns of an instruction.
  int64_t least = sizes.scaleFolding == tile::ScaleFolding::Sums
                      ? kLeastColumns
                      : sizes.tileRows / 2;
  int64_t rows =
      std::clamp(averageRows(sizes, op), least, 2 * sizes.tileRows);
  // Groups must divide the list, whose end is filled with -1.
  return std::min(rows, slots & -slots);
}

/// Slots of a step for which a list of those of one expert has room for all, of
/// four bytes each. A search in a loop would have LLVM keep a comparison for each
/// slot of a thread in front of it, in more scalar registers than there are.
constexpr int64_t kMostListed = 8192;

/// Calls `body` for groups of rows routed to the experts of this workgroup.
void forRoutedRows(KernelWriter &w, ExpertLinearOp op, Value which,
                   function_ref<void(const Routed &)> body) {
  TileBuilder &b = w.b;
  int64_t k = expertsPerToken(op);
  int64_t slots = w.sizes.tokens * k;
  Value ids = expertIds(w, op);
  if (w.sizes.tokens == 1)
    return body({1, k, b.loadIndex(ids, which), b.splat(which, {1})});

  Value count = b.mulIndex(w.rowCount(/*outputRows=*/false), k);
  Value all = b.toIndex(b.load(ids, {b.index(0)}, {slots}, count));
  Value exists =
      b.cmp(arith::CmpIPredicate::slt, b.iota(slots, b.getIndexType()),
            b.splat(count, {slots}));
  Value mine = b.cmp(arith::CmpIPredicate::eq, all, b.splat(which, {slots}));
  Value mask = arith::AndIOp::create(b, mine, exists);
  int64_t m = rowsOfGroup(w.sizes, op);
  // Room for all where that is little shared memory. Otherwise for twice the
  // average; what has more is searched again.
  int64_t room = slots;
  if (slots > kMostListed)
    room = 2 * std::max(m, averageRows(w.sizes, op));
  auto forListed = [&](Value start) -> SmallVector<Value> {
    auto compact = tile::CompactOp::create(
        b, RankedTensorType::get({room}, b.getIndexType()), b.getIndexType(),
        mask, start);
    Value listed = compact.getCount();
    if (start)
      listed = b.minIndex(b.subIndex(listed, start), b.index(room));
    b.loop(b.index(0), listed, m, {},
           [&](Value first, ValueRange) -> SmallVector<Value> {
             Value rows = b.slice(compact.getPositions(), {first}, {m});
             body({m, k, which, rows});
             return {};
           });
    return {compact.getCount()};
  };
  if (room == slots) {
    forListed({});
    return;
  }
  b.loop(b.index(0), b.index(slots), room, {b.index(slots)},
         [&](Value start, ValueRange rows) {
           Value isThere =
               b.cmp(arith::CmpIPredicate::slt, start, rows[0]);
           return b.choose(
               isThere, [&] { return forListed(start); },
               [&] { return SmallVector<Value>{rows[0]}; });
         });
}

/// Gate and up, SwiGLU, quantisation.
void writeGateUp(KernelWriter &w, Ops ops, SplitSum &sum, Value which,
                 Value column, int64_t width) {
  TileBuilder &b = w.b;
  auto gateOp = cast<ExpertLinearOp>(ops[0]);
  auto upOp = cast<ExpertLinearOp>(ops[1]);
  auto swigluOp = cast<SwigluOp>(ops[2]);
  forRoutedRows(w, gateOp, which, [&](const Routed &routed) {
    // One loop for both reads the activations once, but holds two weights' loads
    // in flight: it pays where there are more activations than weights.
    SmallVector<Value> panels;
    if (routed.m > kOneRowTile) {
      panels = multiply(w, {gateOp, upOp}, routed, column, width, sum.chunk());
    } else {
      panels = multiply(w, {gateOp}, routed, column, width, sum.chunk());
      panels.append(multiply(w, {upOp}, routed, column, width, sum.chunk()));
    }
    panels = sum.finish(panels);
    size_t count = panels.size() / 2;
    Value gate = b.toBf16(joinPanels(b, ArrayRef(panels).take_front(count)));
    Value up = b.toBf16(joinPanels(b, ArrayRef(panels).drop_front(count)));
    Value weights = w.buffer(swigluOp.getWeights(), exec::Part::Whole,
                             {w.sizes.tokens * routed.k}, b.getF32Type());
    Value weight = b.gather(weights, routed.rows, {}, {routed.m});
    Value hidden =
        swiglu(b, gate, up, weight, swigluOp.getLimit().convertToDouble());
    ColumnTile tile{w, false, routed.m, {}, {}, column, routed.k, routed.rows};
    tile.applyTo(hidden, ops.drop_front(2));
  });
}

/// Down products of one token's experts and of the shared one, each rounded,
/// summed in this order. Every product is a chunk of the sum.
void writeCombined(KernelWriter &w, Ops ops, SplitSum &sum, Value column,
                   int64_t width) {
  TileBuilder &b = w.b;
  auto routedOp = cast<ExpertLinearOp>(ops[0]);
  auto sharedOp = cast<fp8::ScaledMatmulOp>(ops[1]);
  int64_t k = expertsPerToken(routedOp);
  Value ids = expertIds(w, routedOp);
  ColumnTile tile{w, false, 1, b.index(0), b.index(1), column};
  auto rounded = [&](ArrayRef<Value> panels) {
    return SmallVector<Value>{b.roundToBf16(joinPanels(b, panels))};
  };
  Value isRouted =
      b.cmp(arith::CmpIPredicate::slt, sum.chunk(), b.index(k));
  SmallVector<Value> product = b.choose(
      isRouted,
      [&] {
        Routed routed{1, k, b.loadIndex(ids, sum.chunk()),
                      b.splat(sum.chunk(), {1})};
        return rounded(multiply(w, {routedOp}, routed, column, width, {}));
      },
      [&] { return rounded(multiplyColumns(tile, sharedOp, width, {})); });
  tile.applyTo(b.toBf16(sum.finish(product)[0]), ops.drop_front(2));
}

} // namespace

FailureOr<Part> dsv4c::makeExpertPart(Ops ops, const StepSizes &sizes) {
  auto first = cast<ExpertLinearOp>(ops[0]);
  auto weight = cast<fp8::ScaledType>(first.getWeight().getType());
  int64_t columns = weight.getShape()[1];
  int64_t panel = weight.getLayout().getWidth();
  // [experts_c1]
  if (weight.getShape()[2] % WeightTiles::kBlock)
    return first.emitOpError("[experts_c1] sums over ")
           << weight.getShape()[2] << " columns, expected a multiple of "
           << WeightTiles::kBlock;
  SmallVector<Operation *> chain(ops);
  bool gateUp = ops.size() > 2 && isa<SwigluOp>(ops[2]);
  bool combined = ops.size() > 2 && isa<CombineOp>(ops[2]);
  // One token has few workgroups: two panels pay where they are one factor.
  bool hasTwoPanels =
      sizes.tokens > 1 || sizes.scaleFolding == tile::ScaleFolding::Sums;
  int64_t width = gateUp || (hasTwoPanels && columns % 128 == 0) ? 128 : panel;
  // [experts_c2]
  if (columns % width)
    return first.emitOpError("[experts_c2] has ")
           << columns << " columns, which tiles of " << width
           << " don't divide";
  int64_t tiles = columns / width;
  int64_t groups = combined            ? 1
                   : sizes.tokens == 1 ? expertsPerToken(first)
                                       : expertCount(first);
  int64_t chunks = combined ? expertsPerToken(first) + 1 : chunksOf(first);
  // With more tokens a workgroup may have any number of groups of rows.
  bool split =
      combined || (sizes.tokens == 1 &&
                   SplitSum::isSplit(groups * tiles, chunks, sizes));

  Part part;
  part.workgroups = groups * tiles * (split ? chunks : 1);
  part.write = [=](KernelWriter &w, Value local) mutable {
    TileBuilder &b = w.b;
    SplitSum sum(w, local, groups * tiles, {chunks}, split);
    Value which = b.divIndex(sum.tile(), tiles);
    Value column = b.mulIndex(b.remIndex(sum.tile(), tiles), width);
    if (combined)
      return writeCombined(w, chain, sum, column, width);
    if (gateUp)
      return writeGateUp(w, chain, sum, which, column, width);
    forRoutedRows(w, first, which, [&](const Routed &routed) {
      ColumnTile tile{w,  false,  routed.m, {},
                      {}, column, routed.k, routed.rows};
      SmallVector<Value> panels =
          multiply(w, {first}, routed, column, width, sum.chunk());
      tile.apply(first, {}, joinPanels(b, sum.finish(panels)));
    });
  };
  return part;
}
