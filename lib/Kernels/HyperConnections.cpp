//===- HyperConnections.cpp - Mixing and merging streams (spec 4.3) -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/Fragments.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::kernels;

namespace {

/// tile / (sum over `dim` + eps), the sums repeated along that dimension.
Value normalize(TileBuilder &b, Value tile, int64_t dim, double eps) {
  Value sums = b.add(b.sum(tile, dim), eps);
  return b.div(tile, b.broadcast(sums, {1 - dim}, TileBuilder::shapeOf(tile)));
}

/// mixes[first .. first + size) scale[which] + base[the same].
Value affine(TileBuilder &b, Value mixes, Value base, Value scale,
             int64_t first, int64_t size, int64_t which) {
  SmallVector<OpFoldResult> at = {b.getIndexAttr(first)};
  Value factor = b.splat(b.extract(scale, {b.index(which)}), {size});
  return b.add(b.mul(b.slice(mixes, at, {size}), factor),
               b.slice(base, at, {size}));
}

} // namespace

HcWeights dsv4c::kernels::hcWeights(TileBuilder &b, Value mixes, Value base,
                                    Value scale, int64_t streams,
                                    int64_t iterations, double hcEps) {
  int64_t n = streams;
  Value pre = b.add(b.sigmoid(affine(b, mixes, base, scale, 0, n, 0)), hcEps);
  Value post = b.mul(b.sigmoid(affine(b, mixes, base, scale, n, n, 1)), 2.0);
  Value logits =
      b.reshape(affine(b, mixes, base, scale, 2 * n, n * n, 2), {n, n});
  Value rowMax = b.reduce(tile::ReduceKind::Max, logits, 1);
  Value weights = b.exp(b.sub(logits, b.alongRows(rowMax, {n, n})));
  Value comb = b.add(normalize(b, weights, 1, 0.0), hcEps);
  comb = normalize(b, comb, 0, hcEps);
  comb = b.loop(b.index(0), b.index(iterations - 1), 1, comb,
                [&](Value, ValueRange carried) -> SmallVector<Value> {
                  Value rows = normalize(b, carried[0], 1, hcEps);
                  return {normalize(b, rows, 0, hcEps)};
                })[0];
  return {pre, post, comb};
}

Value dsv4c::kernels::hcPre(TileBuilder &b, Value mixes, Value base,
                            Value scale, double hcEps) {
  int64_t n = TileBuilder::shapeOf(mixes)[0];
  return b.add(b.sigmoid(affine(b, mixes, base, scale, 0, n, 0)), hcEps);
}

Value dsv4c::kernels::hcCombine(TileBuilder &b, Value pre, Value streams) {
  int64_t n = TileBuilder::shapeOf(streams)[0];
  int64_t width = TileBuilder::shapeOf(streams)[1];
  Value sum;
  for (int64_t j = 0; j < n; ++j) {
    Value stream = b.toF32(b.sliceDropping(
        streams, {b.getIndexAttr(j), b.getIndexAttr(0)}, {1, width}, 1));
    Value term = b.mul(b.splat(b.extract(pre, {b.index(j)}), {width}), stream);
    sum = sum ? b.add(sum, term) : term;
  }
  return b.toBf16(sum);
}

Value dsv4c::kernels::hcMergeStream(TileBuilder &b, Value output,
                                    ArrayRef<Value> streams, Value post,
                                    Value comb, int64_t k) {
  Shape shape = TileBuilder::shapeOf(output);
  int64_t n = streams.size();
  auto column = [&](Value weights, int64_t index) {
    Value weight = b.slice(weights, {b.getIndexAttr(0), b.getIndexAttr(index)},
                           {shape[0], 1});
    return b.alongRows(b.reshape(weight, {shape[0]}), shape);
  };
  // comb[j, k]: the sum runs over the first index (pitfall P1).
  Value sum;
  for (int64_t j = 0; j < n; ++j) {
    Value term = b.mul(column(comb, j * n + k), b.toF32(streams[j]));
    sum = sum ? b.add(sum, term) : term;
  }
  return b.toBf16(b.add(b.mul(column(post, k), b.toF32(output)), sum));
}
