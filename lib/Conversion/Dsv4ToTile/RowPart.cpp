//===- RowPart.cpp - Ops that work on a token's row each ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One workgroup per token computes the whole chain of ops; intermediate results
// stay in its tiles.

#include "CacheRows.h"
#include "Choose.h"
#include "Compress.h"
#include "Parts.h"
#include "RowScope.h"
#include "SplitSum.h"
#include "WeightTiles.h"
#include "dsv4run/Abi/StepAbi.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;
namespace abi = dsv4run::abi;

namespace {

/// Chunks of a mix's sum over K (SplitSum.h), and blocks of all chunks.
int64_t columnsOfMix(Value fn) {
  return cast<RankedTensorType>(fn.getType()).getShape().back();
}
int64_t chunksOfMix(Value fn) {
  return chunksOfSum(/*tiles=*/1, columnsOfMix(fn));
}
int64_t blocksOfMix(Value fn) { return columnsOfMix(fn) / WeightTiles::kBlock; }

/// fn times the streams of a token, `row`: [1, outputs] f32.
Value multiply(RowScope &scope, Value row, Value fn) {
  TileBuilder &b = scope.b;
  WeightTiles weight(scope.w, fn);
  SplitSum *sum = scope.sum;
  SmallVector<Value> panels = weight.dots(
      1, b.index(0), 1,
      [&](Value k) {
        return b.slice(row, {b.getIndexAttr(0), k}, {1, WeightTiles::kBlock});
      },
      {}, {}, sum ? sum->blocks() : chunksOfMix(fn),
      sum ? sum->block() : Value());
  return sum ? sum->finish(panels)[0] : panels[0];
}

/// The same times rho: [outputs] f32 (spec 4.3).
template <typename Op>
Value mixes(RowScope &scope, Value streams, Op op) {
  TileBuilder &b = scope.b;
  int64_t length =
      TileBuilder::shapeOf(streams)[0] * TileBuilder::shapeOf(streams)[1];
  Value row = b.reshape(b.toF32(streams), {1, length});
  Value product = op.getProduct() ? scope.get(op.getProduct())
                                  : multiply(scope, row, op.getFn());
  double eps = op.getEps().convertToDouble();
  Value factor =
      b.alongRows(rowRsqrt(b, row, eps), TileBuilder::shapeOf(product));
  return b.reshape(b.mul(product, factor), {TileBuilder::shapeOf(product)[1]});
}

void write(RowScope &s, EmbedOp op) {
  bool next = op.getField() == TokenField::NextIds;
  Value id = s.w.tokenField(next ? abi::kNextIds : abi::kIds, s.row);
  auto type = cast<RankedTensorType>(op.getTable().getType());
  Value table = s.w.buffer(op.getTable(), exec::Part::Whole, type.getShape(),
                           type.getElementType());
  s.set(op.getResult(),
        s.b.load(table, {id, s.b.index(0)}, {1, type.getDimSize(1)}));
}

void write(RowScope &s, OutputRowsOp op) {
  Value rows = s.w.input(abi::kOutputRows, {s.w.sizes.outputRows});
  s.set(op.getResult(), s.loadRow(op.getInput(), s.b.loadIndex(rows, s.row),
                                  /*outputRow=*/false));
}

void write(RowScope &s, ReplicateOp op) {
  int64_t width =
      cast<RankedTensorType>(op.getInput().getType()).getShape().back();
  int64_t streams = rowsPerToken(op.getResult().getType());
  Value row = s.b.reshape(s.get(op.getInput()), {width});
  s.set(op.getResult(), s.b.alongColumns(row, {streams, width}));
}

void write(RowScope &s, HcMixOp op) {
  Value streams = s.get(op.getStreams());
  int64_t n = TileBuilder::shapeOf(streams)[0];
  Value m = mixes(s, streams, op);
  HcWeights weights =
      hcWeights(s.b, m, s.vector(op.getBase()), s.vector(op.getScale()), n,
                op.getIterations(), op.getHcEps().convertToDouble());
  Value input = hcCombine(s.b, weights.pre, streams);
  s.set(op.getInput(),
        s.b.reshape(input, {1, TileBuilder::shapeOf(streams)[1]}));
  s.set(op.getPost(), s.b.reshape(weights.post, {1, n}));
  s.set(op.getComb(), weights.comb);
}

void write(RowScope &s, HcCollapseOp op) {
  Value streams = s.get(op.getStreams());
  Value m = mixes(s, streams, op);
  Value pre = hcPre(s.b, m, s.vector(op.getBase()), s.vector(op.getScale()),
                    op.getHcEps().convertToDouble());
  s.set(op.getResult(), s.b.reshape(hcCombine(s.b, pre, streams),
                                    {1, TileBuilder::shapeOf(streams)[1]}));
}

void write(RowScope &s, HcMergeOp op) {
  TileBuilder &b = s.b;
  Value streams = s.get(op.getStreams());
  int64_t n = TileBuilder::shapeOf(streams)[0];
  int64_t width = TileBuilder::shapeOf(streams)[1];
  SmallVector<Value> rows;
  for (int64_t j = 0; j < n; ++j)
    rows.push_back(
        b.slice(streams, {b.getIndexAttr(j), b.getIndexAttr(0)}, {1, width}));
  Value output = s.get(op.getOutput());
  Value comb = b.reshape(s.get(op.getComb()), {1, n * n});
  Value result = b.empty({n, width}, b.getBF16Type());
  for (int64_t k = 0; k < n; ++k)
    result =
        b.insert(hcMergeStream(b, output, rows, s.get(op.getPost()), comb, k),
                 result, {b.getIndexAttr(k), b.getIndexAttr(0)});
  s.set(op.getResult(), result);
}

void write(RowScope &s, RmsNormOp op) {
  s.set(op.getResult(),
        rmsNorm(s.b, s.get(op.getInput()), s.vector(op.getWeight()),
                op.getEps().convertToDouble()));
}

void write(RowScope &s, HeadNormOp op) {
  s.set(op.getResult(),
        headNorm(s.b, s.get(op.getInput()), op.getEps().convertToDouble()));
}

void write(RowScope &s, AddOp op) {
  Value b = s.get(op.getB());
  Shape shape = TileBuilder::shapeOf(b);
  Value a = s.b.reshape(s.b.toF32(s.get(op.getA())), {shape[1]});
  s.set(op.getResult(),
        s.b.toBf16(s.b.add(s.b.alongColumns(a, shape), s.b.toF32(b))));
}

void write(RowScope &s, ScaleOp op) {
  s.set(op.getResult(), s.b.toBf16(s.b.mul(s.b.toF32(s.get(op.getInput())),
                                           op.getFactor().convertToDouble())));
}

void write(RowScope &s, RopeOp op) {
  Value x = s.get(op.getInput());
  auto table = cast<RankedTensorType>(op.getTable().getType());
  int64_t channels = table.getDimSize(1);
  Value row = s.b.reshape(s.ropeRow(op.getTable(), s.position()), {channels});
  Value rows = s.b.alongColumns(row, {TileBuilder::shapeOf(x)[0], channels});
  s.set(op.getResult(), rope(s.b, x, rows, op.getInverse()));
}

void write(RowScope &s, HadamardOp op) {
  s.set(op.getResult(), hadamard(s.b, s.get(op.getInput())));
}

void write(RowScope &s, fp8::QuantizeOp op) {
  auto type = cast<fp8::ScaledType>(op.getResult().getType());
  Value x = s.get(op.getInput());
  int64_t columns = type.getShape().back();
  int64_t elements = TileBuilder::shapeOf(x)[0] * TileBuilder::shapeOf(x)[1];
  s.set(op.getResult(),
        quantize(s.b, s.b.reshape(x, {elements / columns, columns}), type));
}

void write(RowScope &s, InsertKeysOp op) {
  CacheRows cache(s.w, op.getCache());
  cache.write(cache.locate(s.slot(), s.position()), s.get(op.getKeys()));
}

void write(RowScope &s, SelectOp op) { select(s, op); }
void write(RowScope &s, RouteOp op) { route(s, op); }

void write(RowScope &s, SwigluOp op) {
  Value gate = s.get(op.getGate());
  Value weights;
  if (op.getWeights())
    weights =
        s.b.reshape(s.get(op.getWeights()), {TileBuilder::shapeOf(gate)[0]});
  s.set(op.getResult(), swiglu(s.b, gate, s.get(op.getUp()), weights,
                               op.getLimit().convertToDouble()));
}

void write(RowScope &s, CombineOp op) {
  TileBuilder &b = s.b;
  Value routed = s.get(op.getRouted());
  int64_t k = TileBuilder::shapeOf(routed)[0];
  int64_t width = TileBuilder::shapeOf(routed)[1];
  Value sum = b.fill({1, width}, 0.0);
  for (int64_t i = 0; i < k; ++i)
    sum = b.add(sum,
                b.toF32(b.slice(routed, {b.getIndexAttr(i), b.getIndexAttr(0)},
                                {1, width})));
  s.set(op.getResult(), b.toBf16(b.add(sum, b.toF32(s.get(op.getShared())))));
}

void write(RowScope &s, CommitRowsOp op) { commitRows(s, op); }
void write(RowScope &s, CompressOp op) { compress(s, op); }

/// A view within a part: the same tile.
void write(RowScope &s, HeadsOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  s.set(op.getResult(),
        s.b.reshape(s.get(op.getInput()),
                    {rowsPerToken(type), type.getShape().back()}));
}

} // namespace

/// The mix that workgroups share: what stands in front of it is computed by all
/// of them, so that it must not touch the state. Null if they can't, or have
/// nothing to share because a launch in front has multiplied.
static Value findSharedMix(Ops chain) {
  Value fn;
  bool touchesState = false;
  for (Operation *op : chain) {
    touchesState |= isa<InsertKeysOp, CommitRowsOp, CompressOp>(op);
    auto mix = dyn_cast<HcMixOp>(op);
    auto collapse = dyn_cast<HcCollapseOp>(op);
    if ((!mix || mix.getProduct()) && (!collapse || collapse.getProduct()))
      continue;
    if (fn || touchesState)
      return {};
    fn = mix ? mix.getFn() : collapse.getFn();
  }
  return fn;
}

FailureOr<Part> dsv4c::makeRowPart(Ops ops, const StepSizes &sizes) {
  bool outputRows = RowScope::isOutputRow(ops.front()->getResult(0));
  SmallVector<Operation *> chain(ops);
  int64_t rows = outputRows ? sizes.outputRows : sizes.tokens;
  Value fn = findSharedMix(ops);
  int64_t chunks = fn ? chunksOfMix(fn) : 1;
  // Blocks of their own where chunks are too few to keep a device busy.
  int64_t blocks =
      fn && rows * chunks < kEnoughWorkgroups ? blocksOfMix(fn) : chunks;
  bool split = fn && SplitSum::isSplit(rows, blocks, sizes);
  Part part;
  part.workgroups = split ? rows * blocks : rows;
  part.write = [=](KernelWriter &w, Value local) {
    SplitSum sum(w, local, rows, {chunks, blocks / chunks}, split);
    Value exists =
        w.b.cmp(arith::CmpIPredicate::slt, sum.tile(), w.rowCount(outputRows));
    w.b.when(exists, [&] {
      RowScope scope(w, sum.tile());
      scope.sum = split ? &sum : nullptr;
      for (Operation *op : chain)
        llvm::TypeSwitch<Operation *>(op)
            .Case<EmbedOp, OutputRowsOp, ReplicateOp, HcMixOp, HcCollapseOp,
                  HcMergeOp, RmsNormOp, HeadNormOp, AddOp, ScaleOp, RopeOp,
                  HadamardOp, fp8::QuantizeOp, InsertKeysOp, SelectOp, RouteOp,
                  SwigluOp, CombineOp, CommitRowsOp, CompressOp, HeadsOp>(
                [&](auto typed) { ::write(scope, typed); })
            .Default([](Operation *op) {
              llvm_unreachable(
                  "dsv4-fuse-launches let an unknown op into a row part");
            });
      scope.storeYielded();
    });
  };
  return part;
}
