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
  llvm::function_ref<Value(int64_t)> constant;

  Value index(Value value) {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        value);
  }
  Value index(int64_t value) { return index(constant(value)); }
  Value subtract(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
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
    auto loop = scf::ForOp::create(
        builder, loc, first, end, constant(step), carried,
        [&](OpBuilder &, Location, Value at, ValueRange carriedIn) {
          scf::YieldOp::create(builder, loc, body(at, carriedIn));
        });
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
  auto constant = [&](int64_t value) { return i32(value); };
  Integers e{builder, loc, constant};
  auto divideUp = [&](Value a, int64_t b) -> Value {
    return arith::DivUIOp::create(builder, loc, addI32(a, i32(b - 1)), i32(b));
  };
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
    return e.loop(first, end, kLoads * apart, init,
                  [&](Value at, ValueRange carriedIn) -> SmallVector<Value> {
                    SmallVector<Value> starts, exist, pieces;
                    for (int64_t i = 0; i < kLoads; ++i) {
                      starts.push_back(addI32(at, i32(i * apart)));
                      exist.push_back(e.isLess(starts[i], end));
                      pieces.push_back(loadScores(
                          i ? e.select(exist[i], starts[i], i32(0)) : at));
                    }
                    SmallVector<Value> carried(carriedIn);
                    for (int64_t i = 0; i < kLoads; ++i)
                      carried = e.choose(exist[i], carried, [&] {
                        Value left = e.subtract(end, starts[i]);
                        Value keys = e.keysOf(pieces[i]);
                        SmallVector<Value> inner = carried;
                        for (int64_t j = 0; j < width; ++j)
                          inner = body(addI32(starts[i], i32(j)),
                                       e.elementOf(keys, j),
                                       e.isLess(i32(j), left), inner);
                        return inner;
                      });
                    return carried;
                  });
  };

  Value histogram =
      allocateShared(kHistogramSize * kHistograms, builder.getI32Type());
  auto numberOf = [&](Value digit, Value which) {
    return e.index(addI32(mulI32(which, kHistogramSize), digit));
  };
  // The chosen digit, and how many are still to be taken among its keys.
  Value choice = allocateShared(2, builder.getI32Type());
  Value prefix = i32(0);
  Value wanted = e.smaller(count, i32(k));
  for (int64_t shift = keyBits - 8; shift >= 0; shift -= 8) {
    beginSharedWrite();
    for (int64_t i = 0; i < kHistograms; ++i)
      memref::StoreOp::create(builder, loc, i32(0), histogram,
                              ValueRange{numberOf(thread, i32(i))});
    endSharedWrite();
    Value own = e.both(thread, i32(kHistograms - 1));
    forElements(
        mulI32(thread, width), count, threads() * width, {},
        [&](Value, Value key, Value exists, ValueRange) {
          Value isLike = exists;
          if (shift + 8 < keyBits)
            isLike =
                e.both(exists, e.isEqual(e.shiftRight(key, shift + 8), prefix));
          e.when(isLike, [&] {
            Value digit = e.both(e.shiftRight(key, shift), i32(kDigits - 1));
            memref::AtomicRMWOp::create(
                builder, loc, arith::AtomicRMWKind::addi, i32(1), histogram,
                ValueRange{numberOf(digit, own)});
          });
          return SmallVector<Value>();
        });
    endSharedWrite();
    // Thread t looks at digit 255 - t: keys in front of it are larger.
    Value digit = e.subtract(i32(kDigits - 1), thread);
    Value here = i32(0);
    for (int64_t i = 0; i < kHistograms; ++i)
      here = addI32(
          here, memref::LoadOp::create(builder, loc, histogram,
                                       ValueRange{numberOf(digit, i32(i))}));
    sharedRead = true;
    Value larger = exclusiveScan(here).first;
    Value reaches =
        e.compare(arith::CmpIPredicate::uge, addI32(larger, here), wanted);
    beginSharedWrite();
    e.when(e.both(reaches, e.isLess(larger, wanted)), [&] {
      memref::StoreOp::create(builder, loc, digit, choice,
                              ValueRange{e.index(0)});
      memref::StoreOp::create(builder, loc, e.subtract(wanted, larger), choice,
                              ValueRange{e.index(1)});
    });
    // A row without elements has no chosen digit.
    e.when(e.both(e.isEqual(wanted, i32(0)), e.isEqual(thread, i32(0))), [&] {
      for (int64_t i = 0; i < 2; ++i)
        memref::StoreOp::create(builder, loc, i32(0), choice,
                                ValueRange{e.index(i)});
    });
    endSharedWrite();
    Value chosen =
        memref::LoadOp::create(builder, loc, choice, ValueRange{e.index(0)});
    wanted =
        memref::LoadOp::create(builder, loc, choice, ValueRange{e.index(1)});
    sharedRead = true;
    prefix = addI32(mulI32(prefix, kDigits), chosen);
  }

  // Neighbouring elements per thread, in order.
  Value perThread = mulI32(divideUp(divideUp(count, width), threads()), width);
  Value first =
      e.smaller(arith::MulIOp::create(builder, loc, thread, perThread), count);
  Value end = e.smaller(addI32(first, perThread), count);
  auto isLarger = [&](Value key, Value exists) {
    return e.both(exists, e.isLess(prefix, key));
  };
  auto isTie = [&](Value key, Value exists) {
    return e.both(exists, e.isEqual(key, prefix));
  };
  SmallVector<Value> counts =
      forElements(first, end, width, {i32(0), i32(0)},
                  [&](Value, Value key, Value exists, ValueRange carried) {
                    return SmallVector<Value>{
                        addI32(carried[0], e.asNumber(isLarger(key, exists))),
                        addI32(carried[1], e.asNumber(isTie(key, exists)))};
                  });
  Value equalBefore = exclusiveScan(counts[1]).first;
  // Of the equal keys the first `wanted` are taken.
  Value left = e.subtract(wanted, e.smaller(equalBefore, wanted));
  Value taken = addI32(counts[0], e.smaller(left, counts[1]));
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
                return SmallVector<Value>{addI32(carried[0], e.asNumber(take)),
                                          addI32(carried[1], e.asNumber(tie))};
              });
  e.loop(addI32(total, thread), i32(k), threads(), {},
         [&](Value at, ValueRange) {
           memref::StoreOp::create(builder, loc, i32(-1), memory,
                                   ValueRange{e.index(at)});
           return SmallVector<Value>();
         });
  endSharedWrite();
  places[op.getResult().getAsOpaquePointer()] = place;
  return success();
}
