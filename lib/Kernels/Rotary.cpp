//===- Rotary.cpp - Rotary embedding and Hadamard (spec 4.5, 4.8) ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Kernels/Fragments.h"

#include <cmath>

using namespace mlir;
using namespace dsv4c::kernels;

Value dsv4c::kernels::rope(TileBuilder &b, Value x, Value rows, bool inverse) {
  auto at = [&](int64_t column) -> SmallVector<OpFoldResult> {
    return {b.getIndexAttr(0), b.getIndexAttr(column)};
  };
  int64_t tokens = TileBuilder::shapeOf(x)[0];
  int64_t pairs = TileBuilder::shapeOf(rows)[1] / 2;
  int64_t first = TileBuilder::shapeOf(x)[1] - 2 * pairs;
  Value cosine = b.slice(rows, at(0), {tokens, pairs});
  Value sine = b.slice(rows, at(pairs), {tokens, pairs});
  Value even = b.toF32(b.slice(x, at(first), {tokens, pairs}, {1, 2}));
  Value odd = b.toF32(b.slice(x, at(first + 1), {tokens, pairs}, {1, 2}));
  Value evenSine = b.mul(even, sine);
  Value oddSine = b.mul(odd, sine);
  Value evenCosine = b.mul(even, cosine);
  Value oddCosine = b.mul(odd, cosine);
  Value newEven =
      inverse ? b.add(evenCosine, oddSine) : b.sub(evenCosine, oddSine);
  Value newOdd =
      inverse ? b.sub(oddCosine, evenSine) : b.add(evenSine, oddCosine);
  x = b.insert(b.toBf16(newEven), x, at(first), {1, 2});
  return b.insert(b.toBf16(newOdd), x, at(first + 1), {1, 2});
}

Value dsv4c::kernels::hadamard(TileBuilder &b, Value x) {
  int64_t tokens = TileBuilder::shapeOf(x)[0];
  int64_t columns = TileBuilder::shapeOf(x)[1];
  Value tile = b.toF32(x);
  // The factors of H = H_2 x H_2 x ... applied one after the other.
  for (int64_t half = 1; half < columns; half *= 2) {
    int64_t groups = tokens * columns / (2 * half);
    Value pairs = b.reshape(tile, {groups, 2 * half});
    auto at = [&](int64_t column) -> SmallVector<OpFoldResult> {
      return {b.getIndexAttr(0), b.getIndexAttr(column)};
    };
    Value low = b.slice(pairs, at(0), {groups, half});
    Value high = b.slice(pairs, at(half), {groups, half});
    Value result = b.empty({groups, 2 * half}, b.getF32Type());
    result = b.insert(b.add(low, high), result, at(0));
    result = b.insert(b.sub(low, high), result, at(half));
    tile = b.reshape(result, {tokens, columns});
  }
  return b.toBf16(b.mul(tile, 1.0 / std::sqrt(double(columns))));
}
