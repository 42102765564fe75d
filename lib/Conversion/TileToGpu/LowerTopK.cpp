//===- LowerTopK.cpp - tile.top_k by radix selection ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scores become unsigned keys of the same order. Four passes over the row find
// the k-th largest key, eight bits each, by a histogram of the keys that agree
// with what is known of it. A last pass takes what is larger and as many of the
// equal ones as are missing, from the front.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
constexpr int64_t kDigits = 256;
} // namespace

LogicalResult KernelLowering::lowerTopK(tile::TopKOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  int64_t k = type.getDimSize(0);
  auto source = cast<MemRefType>(op.getSource().getType());
  Value row = getScalar(op.getRow());
  Value count = getScalar(op.getCount());
  Type i32Type = builder.getI32Type();
  auto index = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        value);
  };
  auto compare = [&](arith::CmpIPredicate predicate, Value a, Value b) -> Value {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  };
  // [tile_to_gpu_c4]
  if (threads() != kDigits)
    return op.emitOpError("[tile_to_gpu_c4] needs a thread per digit, ")
           << kDigits << ", found " << threads();

  /// Key of element `at`: larger scores have larger keys, -0 is +0.
  auto keyAt = [&](Value at) -> Value {
    Access access;
    access.offsets = {Coordinates(2, 0)};
    access.strides.assign(threadBits(), Coordinates(2, 0));
    access.base = {row, at};
    Value vector = loadGlobal(op.getSource(), access, {});
    Value bits = vector::ExtractOp::create(builder, loc,
                                           toStorage(builder, vector),
                                           ArrayRef<int64_t>{0});
    if (source.getElementType().isBF16()) {
      bits = arith::ExtUIOp::create(builder, loc, i32Type, bits);
      bits = arith::ShLIOp::create(builder, loc, bits, i32(16));
    } else {
      bits = arith::BitcastOp::create(builder, loc, i32Type, bits);
    }
    Value lowest = i32(static_cast<int32_t>(0x80000000));
    bits = arith::SelectOp::create(
        builder, loc, compare(arith::CmpIPredicate::eq, bits, lowest), i32(0),
        bits);
    Value negative = compare(arith::CmpIPredicate::slt, bits, i32(0));
    Value flip = arith::SelectOp::create(builder, loc, negative, i32(-1), lowest);
    return arith::XOrIOp::create(builder, loc, bits, flip);
  };
  auto forElements = [&](Value first, Value end, Value step, ValueRange init,
                         function_ref<SmallVector<Value>(Value, ValueRange)>
                             body) {
    auto loop = scf::ForOp::create(builder, loc, first, end, step, init);
    OpBuilder::InsertionGuard guard(builder);
    if (init.empty()) {
      builder.setInsertionPoint(loop.getBody()->getTerminator());
      body(loop.getInductionVar(), {});
    } else {
      builder.setInsertionPointToEnd(loop.getBody());
      scf::YieldOp::create(
          builder, loc,
          body(loop.getInductionVar(), loop.getRegionIterArgs()));
    }
    return loop;
  };
  auto when = [&](Value condition, function_ref<void()> body) {
    OpBuilder::InsertionGuard guard(builder);
    auto branch = scf::IfOp::create(builder, loc, condition, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
    body();
  };

  Value histogram = allocateShared(kDigits, i32Type);
  // The chosen digit, and how many are still to be taken among its keys.
  Value choice = allocateShared(2, i32Type);
  Value prefix = i32(0);
  Value wanted = arith::MinUIOp::create(builder, loc, count, i32(k));
  for (int64_t shift = 24; shift >= 0; shift -= 8) {
    beginSharedWrite();
    memref::StoreOp::create(builder, loc, i32(0), histogram,
                            ValueRange{index(thread)});
    endSharedWrite();
    forElements(
        thread, count, i32(threads()), {},
        [&](Value at, ValueRange) -> SmallVector<Value> {
          Value key = keyAt(at);
          Value digit = arith::AndIOp::create(
              builder, loc,
              arith::ShRUIOp::create(builder, loc, key, i32(shift)), i32(255));
          auto add = [&] {
            memref::AtomicRMWOp::create(builder, loc, arith::AtomicRMWKind::addi,
                                        i32(1), histogram,
                                        ValueRange{index(digit)});
          };
          if (shift == 24) {
            add();
            return {};
          }
          Value known =
              arith::ShRUIOp::create(builder, loc, key, i32(shift + 8));
          when(compare(arith::CmpIPredicate::eq, known, prefix), add);
          return {};
        });
    endSharedWrite();
    // Thread t looks at digit 255 - t: keys in front of it are larger.
    Value digit = arith::SubIOp::create(builder, loc, i32(kDigits - 1), thread);
    Value here = memref::LoadOp::create(builder, loc, histogram,
                                        ValueRange{index(digit)});
    sharedRead = true;
    Value larger = exclusiveScan(here).first;
    Value reaches = compare(arith::CmpIPredicate::uge,
                            addI32(larger, here), wanted);
    Value isChosen = arith::AndIOp::create(
        builder, loc, reaches,
        compare(arith::CmpIPredicate::ult, larger, wanted));
    beginSharedWrite();
    when(isChosen, [&] {
      memref::StoreOp::create(builder, loc, digit, choice,
                              ValueRange{index(i32(0))});
      memref::StoreOp::create(
          builder, loc, arith::SubIOp::create(builder, loc, wanted, larger),
          choice, ValueRange{index(i32(1))});
    });
    // A row without elements has no chosen digit.
    Value isEmpty = arith::AndIOp::create(
        builder, loc, compare(arith::CmpIPredicate::eq, wanted, i32(0)),
        compare(arith::CmpIPredicate::eq, thread, i32(0)));
    when(isEmpty, [&] {
      for (int64_t i = 0; i < 2; ++i)
        memref::StoreOp::create(builder, loc, i32(0), choice,
                                ValueRange{index(i32(i))});
    });
    endSharedWrite();
    Value chosen = memref::LoadOp::create(builder, loc, choice,
                                          ValueRange{index(i32(0))});
    wanted = memref::LoadOp::create(builder, loc, choice,
                                    ValueRange{index(i32(1))});
    sharedRead = true;
    prefix = arith::OrIOp::create(
        builder, loc, arith::ShLIOp::create(builder, loc, prefix, i32(8)),
        chosen);
  }

  // Neighbouring elements per thread, in order.
  Value perThread = arith::DivUIOp::create(
      builder, loc, addI32(count, i32(threads() - 1)),
      i32(threads()));
  Value first = arith::MulIOp::create(builder, loc, thread, perThread);
  first = arith::MinUIOp::create(builder, loc, first, count);
  Value end = arith::MinUIOp::create(
      builder, loc, arith::AddIOp::create(builder, loc, first, perThread),
      count);
  auto asNumber = [&](Value flag) -> Value {
    return arith::ExtUIOp::create(builder, loc, i32Type, flag);
  };
  auto counts = forElements(
      first, end, i32(1), {i32(0), i32(0)},
      [&](Value at, ValueRange carried) -> SmallVector<Value> {
        Value key = keyAt(at);
        return {addI32(carried[0], asNumber(compare(arith::CmpIPredicate::ugt,
                                                    key, prefix))),
                addI32(carried[1], asNumber(compare(arith::CmpIPredicate::eq,
                                                    key, prefix)))};
      });
  auto [equalBefore, equalTotal] = exclusiveScan(counts.getResult(1));
  (void)equalTotal;
  // Of the equal keys the first `wanted` are taken.
  auto takenOf = [&](Value before, Value number) -> Value {
    Value left = arith::SubIOp::create(
        builder, loc, wanted, arith::MinUIOp::create(builder, loc, before, wanted));
    return arith::MinUIOp::create(builder, loc, left, number);
  };
  Value taken =
      addI32(counts.getResult(0), takenOf(equalBefore, counts.getResult(1)));
  auto [position, total2] = exclusiveScan(taken);

  Place place;
  place.shared = &makeSharedTileInOrder(type);
  Value memory = place.shared->memory;
  beginSharedWrite();
  forElements(
      first, end, i32(1), {position, equalBefore},
      [&](Value at, ValueRange carried) -> SmallVector<Value> {
        Value key = keyAt(at);
        Value larger = compare(arith::CmpIPredicate::ugt, key, prefix);
        Value equal = compare(arith::CmpIPredicate::eq, key, prefix);
        Value take = arith::OrIOp::create(
            builder, loc, larger,
            arith::AndIOp::create(
                builder, loc, equal,
                compare(arith::CmpIPredicate::ult, carried[1], wanted)));
        when(take, [&] {
          memref::StoreOp::create(builder, loc, at, memory,
                                  ValueRange{index(carried[0])});
        });
        return {addI32(carried[0], asNumber(take)),
                addI32(carried[1], asNumber(equal))};
      });
  Value left = addI32(total2, thread);
  forElements(left, i32(k), i32(threads()), {},
              [&](Value at, ValueRange) -> SmallVector<Value> {
                memref::StoreOp::create(builder, loc, i32(-1), memory,
                                        ValueRange{index(at)});
                return {};
              });
  endSharedWrite();
  places[op.getResult().getAsOpaquePointer()] = place;
  return success();
}
