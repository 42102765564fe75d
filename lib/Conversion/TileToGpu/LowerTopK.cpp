//===- LowerTopK.cpp - tile.top_k by radix selection ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scores become unsigned keys of the same order. A pass over the row for every
// eight bits of a key finds the k-th largest one, by a histogram of the keys
// that agree with what is known of it. A last pass takes what is larger and as
// many of the equal ones as are missing, from the front.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
constexpr int64_t kDigits = 256;
/// Keys have few different first digits, and additions to one number wait for
/// each other: so many neighbouring lanes have histograms of their own. Numbers
/// of a digit lie in different banks, as do those of different digits.
constexpr int64_t kHistograms = 8, kHistogramSize = kDigits + 1;
constexpr int64_t kLoadBytes = 16;
/// Loads of a thread that are in flight together.
constexpr int64_t kLoads = 4;

/// Arithmetic and control flow on i32.
struct Integers {
  OpBuilder &builder;
  Location loc;

  Value constant(int64_t value) {
    return arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value index(Value value) {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        value);
  }
  Value index(int64_t value) { return index(constant(value)); }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
  }
  Value multiply(Value a, int64_t b) {
    return arith::MulIOp::create(builder, loc, a, constant(b));
  }
  Value divideUp(Value a, int64_t b) {
    return arith::DivUIOp::create(builder, loc, add(a, constant(b - 1)),
                                  constant(b));
  }
  Value smaller(Value a, Value b) {
    return arith::MinUIOp::create(builder, loc, a, b);
  }
  Value shiftRight(Value a, int64_t bits) {
    return arith::ShRUIOp::create(builder, loc, a, constant(bits));
  }
  Value both(Value a, Value b) {
    return arith::AndIOp::create(builder, loc, a, b);
  }
  Value either(Value a, Value b) {
    return arith::OrIOp::create(builder, loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value isLess(Value a, Value b) {
    return compare(arith::CmpIPredicate::ult, a, b);
  }
  Value isEqual(Value a, Value b) {
    return compare(arith::CmpIPredicate::eq, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value asNumber(Value flag) {
    return arith::ExtUIOp::create(builder, loc, builder.getI32Type(), flag);
  }

  /// Unsigned numbers in the order of `scores`, a vector of bf16 or f32 as
  /// bits: with n bits, 2^(n-1) and the magnitude more or less. So -0 is +0.
  Value keysOf(Value scores) {
    auto type = cast<VectorType>(scores.getType());
    unsigned bits = type.getElementTypeBitWidth();
    type = type.clone(builder.getIntegerType(bits));
    if (scores.getType() != type)
      scores = arith::BitcastOp::create(builder, loc, type, scores);
    auto fill = [&](const APInt &value) -> Value {
      return arith::ConstantOp::create(builder, loc,
                                       DenseElementsAttr::get(type, value));
    };
    Value magnitude = both(scores, fill(APInt::getSignedMaxValue(bits)));
    Value isNegative = arith::ShRSIOp::create(builder, loc, scores,
                                              fill(APInt(bits, bits - 1)));
    Value signedValue = subtract(
        arith::XOrIOp::create(builder, loc, magnitude, isNegative), isNegative);
    return arith::XOrIOp::create(builder, loc, signedValue,
                                 fill(APInt::getSignMask(bits)));
  }
  Value elementOf(Value keys, int64_t i) {
    Value key = vector::ExtractOp::create(builder, loc, keys, i);
    if (key.getType().isInteger(32))
      return key;
    return arith::ExtUIOp::create(builder, loc, builder.getI32Type(), key);
  }

  void when(Value condition, function_ref<void()> body) {
    choose(condition, {}, [&] {
      body();
      return SmallVector<Value>();
    });
  }

  /// What `body` yields if `condition` holds, otherwise `carried`.
  SmallVector<Value> choose(Value condition, ValueRange carried,
                            function_ref<SmallVector<Value>()> body) {
    auto branch = scf::IfOp::create(builder, loc, carried.getTypes(), condition,
                                    /*withElseRegion=*/!carried.empty());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    SmallVector<Value> results = body();
    if (!carried.empty()) {
      scf::YieldOp::create(builder, loc, results);
      builder.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(builder, loc, carried);
    }
    return branch.getResults();
  }

  /// For `first`, `first` + `step`, ... below `end`.
  SmallVector<Value>
  loop(Value first, Value end, int64_t step, ValueRange carried,
       function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto loop =
        scf::ForOp::create(builder, loc, first, end, constant(step), carried);
    OpBuilder::InsertionGuard guard(builder);
    if (carried.empty())
      builder.setInsertionPoint(loop.getBody()->getTerminator());
    else
      builder.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> results =
        body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!carried.empty())
      scf::YieldOp::create(builder, loc, results);
    return loop.getResults();
  }
};
} // namespace

LogicalResult KernelLowering::lowerTopK(tile::TopKOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  int64_t k = type.getDimSize(0);
  auto source = cast<MemRefType>(op.getSource().getType());
  Value row = getScalar(op.getRow());
  Value count = getScalar(op.getCount());
  // [tile_to_gpu_c4]
  if (threads() != kDigits)
    return op.emitOpError("[tile_to_gpu_c4] needs a thread per digit, ")
           << kDigits << ", found " << threads();
  Integers e{builder, loc};
  int64_t keyBits = source.getElementTypeBitWidth();
  // Loads may go beyond `count`, not beyond the row.
  int64_t width = 8 * kLoadBytes / keyBits;
  while (source.isDynamicDim(1) || source.getDimSize(1) % width)
    width /= 2;

  auto loadScores = [&](Value at) -> Value {
    Access access;
    for (int64_t i = 0; i < width; ++i)
      access.offsets.push_back({0, i});
    access.strides.assign(threadBits(), Coordinates(2, 0));
    access.base = {row, at};
    return toStorage(builder, loadGlobal(op.getSource(), access, {}));
  };
  /// Calls `body` with the number and the key of each element, and whether it
  /// exists, from `first` to `end`, in pieces that are `apart`.
  using Body =
      function_ref<SmallVector<Value>(Value, Value, Value, ValueRange)>;
  auto forElements = [&](Value first, Value end, int64_t apart, ValueRange init,
                         Body body) {
    return e.loop(
        first, end, kLoads * apart, init,
        [&](Value at, ValueRange carriedIn) -> SmallVector<Value> {
          SmallVector<Value> starts, exist, pieces;
          for (int64_t i = 0; i < kLoads; ++i) {
            starts.push_back(e.add(at, e.constant(i * apart)));
            exist.push_back(e.isLess(starts[i], end));
            pieces.push_back(loadScores(
                i ? e.select(exist[i], starts[i], e.constant(0)) : at));
          }
          SmallVector<Value> carried(carriedIn);
          for (int64_t i = 0; i < kLoads; ++i)
            carried = e.choose(exist[i], carried, [&] {
              Value left = e.subtract(end, starts[i]);
              Value keys = e.keysOf(pieces[i]);
              SmallVector<Value> inner = carried;
              for (int64_t j = 0; j < width; ++j)
                inner =
                    body(e.add(starts[i], e.constant(j)), e.elementOf(keys, j),
                         e.isLess(e.constant(j), left), inner);
              return inner;
            });
          return carried;
        });
  };

  Value histogram =
      allocateShared(kHistogramSize * kHistograms, builder.getI32Type());
  auto numberOf = [&](Value digit, Value which) {
    return e.index(e.add(e.multiply(which, kHistogramSize), digit));
  };
  // The chosen digit, and how many are still to be taken among its keys.
  Value choice = allocateShared(2, builder.getI32Type());
  Value prefix = e.constant(0);
  Value wanted = e.smaller(count, e.constant(k));
  for (int64_t shift = keyBits - 8; shift >= 0; shift -= 8) {
    beginSharedWrite();
    for (int64_t i = 0; i < kHistograms; ++i)
      memref::StoreOp::create(builder, loc, e.constant(0), histogram,
                              ValueRange{numberOf(thread, e.constant(i))});
    endSharedWrite();
    Value own = e.both(thread, e.constant(kHistograms - 1));
    forElements(
        e.multiply(thread, width), count, threads() * width, {},
        [&](Value, Value key, Value exists, ValueRange) {
          Value isLike = exists;
          if (shift + 8 < keyBits)
            isLike =
                e.both(exists, e.isEqual(e.shiftRight(key, shift + 8), prefix));
          e.when(isLike, [&] {
            Value digit =
                e.both(e.shiftRight(key, shift), e.constant(kDigits - 1));
            memref::AtomicRMWOp::create(
                builder, loc, arith::AtomicRMWKind::addi, e.constant(1),
                histogram, ValueRange{numberOf(digit, own)});
          });
          return SmallVector<Value>();
        });
    endSharedWrite();
    // Thread t looks at digit 255 - t: keys in front of it are larger.
    Value digit = e.subtract(e.constant(kDigits - 1), thread);
    Value here = e.constant(0);
    for (int64_t i = 0; i < kHistograms; ++i)
      here = e.add(here, memref::LoadOp::create(
                             builder, loc, histogram,
                             ValueRange{numberOf(digit, e.constant(i))}));
    sharedRead = true;
    Value larger = exclusiveScan(here).first;
    Value reaches =
        e.compare(arith::CmpIPredicate::uge, e.add(larger, here), wanted);
    beginSharedWrite();
    e.when(e.both(reaches, e.isLess(larger, wanted)), [&] {
      memref::StoreOp::create(builder, loc, digit, choice,
                              ValueRange{e.index(0)});
      memref::StoreOp::create(builder, loc, e.subtract(wanted, larger), choice,
                              ValueRange{e.index(1)});
    });
    // A row without elements has no chosen digit.
    e.when(e.both(e.isEqual(wanted, e.constant(0)),
                  e.isEqual(thread, e.constant(0))),
           [&] {
             for (int64_t i = 0; i < 2; ++i)
               memref::StoreOp::create(builder, loc, e.constant(0), choice,
                                       ValueRange{e.index(i)});
           });
    endSharedWrite();
    Value chosen =
        memref::LoadOp::create(builder, loc, choice, ValueRange{e.index(0)});
    wanted =
        memref::LoadOp::create(builder, loc, choice, ValueRange{e.index(1)});
    sharedRead = true;
    prefix = e.add(e.multiply(prefix, kDigits), chosen);
  }

  // Neighbouring elements per thread, in order.
  Value perThread =
      e.multiply(e.divideUp(e.divideUp(count, width), threads()), width);
  Value first =
      e.smaller(arith::MulIOp::create(builder, loc, thread, perThread), count);
  Value end = e.smaller(e.add(first, perThread), count);
  auto isLarger = [&](Value key, Value exists) {
    return e.both(exists, e.isLess(prefix, key));
  };
  auto isTie = [&](Value key, Value exists) {
    return e.both(exists, e.isEqual(key, prefix));
  };
  SmallVector<Value> counts =
      forElements(first, end, width, {e.constant(0), e.constant(0)},
                  [&](Value, Value key, Value exists, ValueRange carried) {
                    return SmallVector<Value>{
                        e.add(carried[0], e.asNumber(isLarger(key, exists))),
                        e.add(carried[1], e.asNumber(isTie(key, exists)))};
                  });
  Value equalBefore = exclusiveScan(counts[1]).first;
  // Of the equal keys the first `wanted` are taken.
  Value left = e.subtract(wanted, e.smaller(equalBefore, wanted));
  Value taken = e.add(counts[0], e.smaller(left, counts[1]));
  auto [position, total] = exclusiveScan(taken);

  Place place;
  place.shared = &makeSharedTileInOrder(type);
  Value memory = place.shared->memory;
  beginSharedWrite();
  forElements(first, end, width, {position, equalBefore},
              [&](Value at, Value key, Value exists, ValueRange carried) {
                Value tie = isTie(key, exists);
                Value take =
                    e.either(isLarger(key, exists),
                             e.both(tie, e.isLess(carried[1], wanted)));
                e.when(take, [&] {
                  memref::StoreOp::create(builder, loc, at, memory,
                                          ValueRange{e.index(carried[0])});
                });
                return SmallVector<Value>{e.add(carried[0], e.asNumber(take)),
                                          e.add(carried[1], e.asNumber(tie))};
              });
  e.loop(e.add(total, thread), e.constant(k), threads(), {},
         [&](Value at, ValueRange) {
           memref::StoreOp::create(builder, loc, e.constant(-1), memory,
                                   ValueRange{e.index(at)});
           return SmallVector<Value>();
         });
  endSharedWrite();
  places[op.getResult().getAsOpaquePointer()] = place;
  return success();
}
