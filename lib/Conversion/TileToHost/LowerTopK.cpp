//===- LowerTopK.cpp - tile.top_k -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Radix select. Floats become unsigned keys of the same order; the key of the
// k-th largest element is found one byte at a time, each byte by a histogram of
// the elements that agree with the bytes found so far. A last scan takes what
// lies above that key and the first of what equals it.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

static constexpr int64_t numBins = 256;

namespace {
/// The scans of one top_k over a row.
struct RadixSelect {
  OpBuilder &builder;
  Location loc;
  Value memref;
  Value row;
  Value count;
  llvm::function_ref<Value(int64_t)> constantIndex;

  Type getKeyType() {
    auto type = cast<MemRefType>(memref.getType());
    return builder.getIntegerType(type.getElementTypeBitWidth());
  }
  Value constantKey(uint64_t value) {
    auto type = cast<IntegerType>(getKeyType());
    return arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(type, APInt(type.getWidth(), value)));
  }

  /// The bits of element `i`, mapped so that unsigned order is the order of the
  /// floats and both zeros are equal.
  Value getKey(Value i) {
    unsigned bits = getKeyType().getIntOrFloatBitWidth();
    uint64_t signBit = uint64_t(1) << (bits - 1);
    Value element =
        memref::LoadOp::create(builder, loc, memref, ValueRange{row, i});
    Value raw = element;
    if (isa<FloatType>(element.getType()))
      raw = arith::BitcastOp::create(builder, loc, getKeyType(), element);
    Value isMinusZero = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, raw, constantKey(signBit));
    raw =
        arith::SelectOp::create(builder, loc, isMinusZero, constantKey(0), raw);
    // All ones for negative floats, only the sign bit for the others.
    Value sign =
        arith::ShRSIOp::create(builder, loc, raw, constantKey(bits - 1));
    Value flip = arith::OrIOp::create(builder, loc, sign, constantKey(signBit));
    return arith::XOrIOp::create(builder, loc, raw, flip);
  }

  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }

  /// Loops over [0, bound) with carried values.
  SmallVector<Value>
  loop(Value bound, ValueRange inits,
       llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto forOp = scf::ForOp::create(
        builder, loc, constantIndex(0), bound, constantIndex(1), inits,
        [&](OpBuilder &, Location, Value i, ValueRange carried) {
          scf::YieldOp::create(builder, loc, body(i, carried));
        });
    return SmallVector<Value>(forOp.result_begin(), forOp.result_end());
  }

  /// Counts, for the keys whose bits above `shift + 8` equal those of `found`,
  /// how often each value of the eight bits above `shift` occurs.
  void fillHistogram(Value histogram, Value found, unsigned shift) {
    Value zero = constantIndex(0), one = constantIndex(1);
    loop(constantIndex(numBins + 1), {}, [&](Value bin, ValueRange) {
      memref::StoreOp::create(builder, loc, zero, histogram, bin);
      return SmallVector<Value>();
    });
    unsigned bits = getKeyType().getIntOrFloatBitWidth();
    loop(count, {}, [&](Value i, ValueRange) {
      Value key = getKey(i);
      Value digit = arith::AndIOp::create(
          builder, loc,
          arith::ShRUIOp::create(builder, loc, key, constantKey(shift)),
          constantKey(numBins - 1));
      Value bin = arith::IndexCastUIOp::create(builder, loc,
                                               builder.getIndexType(), digit);
      if (shift + 8 < bits) {
        Value above = constantKey(shift + 8);
        Value agrees =
            compare(arith::CmpIPredicate::eq,
                    arith::ShRUIOp::create(builder, loc, key, above),
                    arith::ShRUIOp::create(builder, loc, found, above));
        // The others go into a bin that nobody reads.
        bin = arith::SelectOp::create(builder, loc, agrees, bin,
                                      constantIndex(numBins));
      }
      Value old = memref::LoadOp::create(builder, loc, histogram, bin);
      memref::StoreOp::create(builder, loc,
                              arith::AddIOp::create(builder, loc, old, one),
                              histogram, bin);
      return SmallVector<Value>();
    });
  }

  /// Extends `found` by the byte at `shift` of the `wanted`-th largest of the
  /// counted keys; the second result is `wanted` less the keys above that byte.
  std::pair<Value, Value> selectByte(Value histogram, Value found, Value wanted,
                                     unsigned shift) {
    Value lastBin = constantIndex(numBins - 1);
    Value isFound = arith::ConstantIntOp::create(builder, loc, 0, 1);
    SmallVector<Value> results = loop(
        constantIndex(numBins), {isFound, constantIndex(0), wanted},
        [&](Value step, ValueRange state) {
          Value bin = arith::SubIOp::create(builder, loc, lastBin, step);
          Value inBin = memref::LoadOp::create(builder, loc, histogram, bin);
          Value isHere = compare(arith::CmpIPredicate::sge, inBin, state[2]);
          Value digit =
              arith::SelectOp::create(builder, loc, state[0], state[1], bin);
          Value done = arith::OrIOp::create(builder, loc, state[0], isHere);
          Value less = arith::SubIOp::create(builder, loc, state[2], inBin);
          Value left =
              arith::SelectOp::create(builder, loc, done, state[2], less);
          return SmallVector<Value>{done, digit, left};
        });
    Value digit =
        arith::IndexCastUIOp::create(builder, loc, getKeyType(), results[1]);
    Value shifted =
        arith::ShLIOp::create(builder, loc, digit, constantKey(shift));
    return {arith::OrIOp::create(builder, loc, found, shifted), results[2]};
  }
};
} // namespace

LogicalResult KernelLowering::lowerTopK(tile::TopKOp op) {
  Location loc = op.getLoc();
  auto resultType = cast<RankedTensorType>(op.getResult().getType());
  int64_t size = resultType.getDimSize(0);
  Value zero = constantIndex(0);
  Value count =
      arith::MaxSIOp::create(builder, loc, getScalar(op.getCount()), zero);
  auto constant = [&](int64_t value) { return constantIndex(value); };
  RadixSelect select{
      builder, loc,     getScalar(op.getSource()), getScalar(op.getRow()),
      count,   constant};

  Value wanted =
      arith::MinSIOp::create(builder, loc, count, constantIndex(size));
  Value histogram = createBuffer({numBins + 1}, builder.getIndexType());
  Value found = select.constantKey(0);
  unsigned bits = select.getKeyType().getIntOrFloatBitWidth();
  for (unsigned shift = bits; shift != 0;) {
    shift -= 8;
    select.fillHistogram(histogram, found, shift);
    std::tie(found, wanted) =
        select.selectByte(histogram, found, wanted, shift);
  }

  // One element more than the result, so that writing needs no branch.
  Type i32 = builder.getI32Type();
  Place result{createBuffer({size + 1}, i32), {}, true};
  SmallVector<Value> ends =
      select.loop(count, {zero, wanted}, [&](Value i, ValueRange state) {
        Value key = select.getKey(i);
        Value isAbove = select.compare(arith::CmpIPredicate::ugt, key, found);
        Value isEqual = select.compare(arith::CmpIPredicate::eq, key, found);
        Value isLeft =
            select.compare(arith::CmpIPredicate::sgt, state[1], zero);
        Value isTie = arith::AndIOp::create(builder, loc, isEqual, isLeft);
        Value isTaken = arith::OrIOp::create(builder, loc, isAbove, isTie);
        storeChunk(arith::IndexCastOp::create(builder, loc, i32, i), result,
                   {state[0]});
        auto toIndex = [&](Value flag) -> Value {
          return arith::IndexCastUIOp::create(builder, loc,
                                              builder.getIndexType(), flag);
        };
        return SmallVector<Value>{
            arith::AddIOp::create(builder, loc, state[0], toIndex(isTaken)),
            arith::SubIOp::create(builder, loc, state[1], toIndex(isTie))};
      });
  Value none = arith::ConstantIntOp::create(builder, loc, -1, 32);
  forRange(ends[0], constantIndex(size), 1,
           [&](Value i) { storeChunk(none, result, {i}); });
  setStored(op.getResult(), result);
  return success();
}
