//===- Compress.cpp - Entries of a compressor (spec 4.7) ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Compress.h"
#include "CacheRows.h"
#include "dsv4run/Abi/StepAbi.h"

#include <limits>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;
using namespace dsv4c::kernels;
namespace abi = dsv4run::abi;

namespace {

/// u and s rows of a compressor, of this step and carried.
class CandidateRows {
public:
  CandidateRows(RowScope &scope, Value u, Value s, Value ape, Value rows)
      : scope(scope), w(scope.w), b(scope.b),
        type(cast<OpenRowsType>(rows.getType())),
        ratio(cast<RankedTensorType>(ape.getType()).getDimSize(0)) {
    Type f32 = b.getF32Type();
    int64_t carried = w.pool.maxBatch * type.getSlots();
    stepU =
        w.buffer(u, exec::Part::Whole, {w.sizes.tokens, type.getWidth()}, f32);
    stepS =
        w.buffer(s, exec::Part::Whole, {w.sizes.tokens, type.getWidth()}, f32);
    apeRows = w.buffer(ape, exec::Part::Whole, {ratio, type.getWidth()}, f32);
    carriedU = w.buffer(rows, exec::Part::U, {carried, type.getWidth()}, f32);
    carriedS = w.buffer(rows, exec::Part::S, {carried, type.getWidth()}, f32);
    firstRow = w.tokenField(abi::kFirstRows, scope.row);
    firstPosition = w.tokenField(abi::kFirstPositions, scope.row);
  }

  /// u and s, with ape, of the token at `position`: `count` channels from
  /// `column`.
  SmallVector<Value> read(Value position, Value column, int64_t count) {
    Value inStep = b.cmp(arith::CmpIPredicate::sge, position, firstPosition);
    return b.choose(
        inStep,
        [&]() -> SmallVector<Value> {
          Value row = b.addIndex(firstRow, b.subIndex(position, firstPosition));
          Value ape =
              b.load(apeRows, {b.remIndex(position, ratio), column}, {count});
          return {b.load(stepU, {row, column}, {count}),
                  b.add(b.load(stepS, {row, column}, {count}), ape)};
        },
        [&]() -> SmallVector<Value> {
          Value row = carriedRow(position);
          return {b.load(carriedU, {row, column}, {count}),
                  b.load(carriedS, {row, column}, {count})};
        });
  }

  Value carriedRow(Value position) {
    return b.addIndex(b.mulIndex(scope.slot(), type.getSlots()),
                      b.remIndex(position, type.getSlots()));
  }

  RowScope &scope;
  KernelWriter &w;
  TileBuilder &b;
  OpenRowsType type;
  int64_t ratio;
  Value stepU, stepS, apeRows, carriedU, carriedS, firstRow, firstPosition;
};

/// Softmax over the candidates' scores, per channel, summed with their u: [c].
Value pool(CandidateRows &rows, Value block, int64_t channels) {
  TileBuilder &b = rows.b;
  int64_t ratio = rows.ratio;
  bool overlapping = rows.type.getSlots() == 2 * ratio;
  // Candidate i of an overlapping compressor is the token at position (block -
  // 1) ratio + i: the first half of its channels for i < ratio, which block 0
  // lacks, else the second half.
  int64_t count = overlapping ? 2 * ratio : ratio;
  Value first = b.index(0);
  Value start = b.mulIndex(block, ratio);
  if (overlapping) {
    Value isFirstBlock = b.cmp(arith::CmpIPredicate::eq, block, b.index(0));
    first = b.select(isFirstBlock, b.index(ratio), first);
  }
  auto candidate = [&](Value i) {
    if (!overlapping)
      return rows.read(b.addIndex(start, i), b.index(0), channels);
    Value position = b.subIndex(b.addIndex(start, i), b.index(ratio));
    Value firstHalf = b.cmp(arith::CmpIPredicate::slt, i, b.index(ratio));
    return rows.read(
        position, b.select(firstHalf, b.index(0), b.index(channels)), channels);
  };

  Value lowest = b.fill({channels}, -std::numeric_limits<float>::infinity());
  Value maximum =
      b.loop(first, b.index(count), 1, lowest,
             [&](Value i, ValueRange carried) -> SmallVector<Value> {
               return {b.max(carried[0], candidate(i)[1])};
             })[0];
  Value sum = b.loop(first, b.index(count), 1, b.fill({channels}, 0.0),
                     [&](Value i, ValueRange carried) -> SmallVector<Value> {
                       Value e = b.exp(b.sub(candidate(i)[1], maximum));
                       return {b.add(carried[0], e)};
                     })[0];
  return b.loop(first, b.index(count), 1, b.fill({channels}, 0.0),
                [&](Value i, ValueRange carried) -> SmallVector<Value> {
                  SmallVector<Value> row = candidate(i);
                  Value weight = b.div(b.exp(b.sub(row[1], maximum)), sum);
                  return {b.add(carried[0], b.mul(weight, row[0]))};
                })[0];
}

} // namespace

void dsv4c::compress(RowScope &scope, CompressOp op) {
  TileBuilder &b = scope.b;
  CacheRows cache(scope.w, op.getCache());
  int64_t ratio = cache.type.getRatio();
  int64_t channels =
      cache.type.getKeys().getShape().back() + cache.type.getTail();
  Value next = b.addIndex(scope.position(), 1);
  Value endsBlock =
      b.cmp(arith::CmpIPredicate::eq, b.remIndex(next, ratio), b.index(0));
  b.when(endsBlock, [&] {
    CandidateRows rows(scope, op.getU(), op.getS(), op.getApe(), op.getRows());
    Value block = b.divIndex(scope.position(), ratio);
    Value pooled =
        b.reshape(b.toBf16(pool(rows, block, channels)), {1, channels});
    Value key = rmsNorm(b, pooled, scope.vector(op.getNorm()),
                        op.getEps().convertToDouble());
    // The position of the block's first token (pitfall P9).
    key = rope(b, key, scope.ropeRow(op.getTable(), b.mulIndex(block, ratio)),
               /*inverse=*/false);
    if (cache.type.getKind() == CacheKind::Index)
      key = hadamard(b, key);
    cache.write(cache.locate(scope.slot(), block), key);
  });
}

void dsv4c::commitRows(RowScope &scope, CommitRowsOp op) {
  TileBuilder &b = scope.b;
  KernelWriter &w = scope.w;
  auto type = cast<OpenRowsType>(op.getRows().getType());
  Value last = w.tokenField(abi::kLastPositions, scope.row);
  Value oldest = b.subIndex(last, b.index(type.getSlots()));
  Value kept = b.cmp(arith::CmpIPredicate::sgt, scope.position(), oldest);
  b.when(kept, [&] {
    CandidateRows rows(scope, op.getU(), op.getS(), op.getApe(), op.getRows());
    int64_t carried = w.pool.maxBatch * type.getSlots();
    Value zero = b.index(0);
    Value u = b.load(rows.stepU, {scope.row, zero}, {type.getWidth()});
    Value ape =
        b.load(rows.apeRows, {b.remIndex(scope.position(), rows.ratio), zero},
               {type.getWidth()});
    Value s =
        b.add(b.load(rows.stepS, {scope.row, zero}, {type.getWidth()}), ape);
    Value row = rows.carriedRow(scope.position());
    auto store = [&](Value value, exec::Part part) {
      b.store(value,
              w.buffer(op.getRows(), part, {carried, type.getWidth()},
                       b.getF32Type(),
                       /*writes=*/true),
              {row, zero});
    };
    store(u, exec::Part::U);
    store(s, exec::Part::S);
  });
}
