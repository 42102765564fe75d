//===- LowerScan.cpp - tile.compact and sums over threads -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Lanes of a wave add up by exchanges, waves by shared memory.
std::pair<Value, Value> KernelLowering::exclusiveScan(Value value) {
  Location loc = kernel.getLoc();
  Value zero = i32(0);
  Value before = zero, total = value;
  for (int64_t bit = 0; bit < laneBits(); ++bit) {
    Value other = exchangeLanes(total, bit);
    Value isBehind = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ne,
        arith::AndIOp::create(builder, loc, thread, i32(int64_t(1) << bit)),
        zero);
    before = addI32(
        before, arith::SelectOp::create(builder, loc, isBehind, other, zero));
    total = addI32(total, other);
  }
  int64_t waves = threads() / target.waveSize;
  if (waves == 1)
    return {before, total};

  Value sums = allocateShared(waves, builder.getI32Type());
  auto index = [&](Value number) -> Value {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        number);
  };
  Value wave = arith::ShRUIOp::create(builder, loc, thread, i32(laneBits()));
  beginSharedWrite();
  {
    OpBuilder::InsertionGuard guard(builder);
    Value lane =
        arith::AndIOp::create(builder, loc, thread, i32(target.waveSize - 1));
    Value isFirst = arith::CmpIOp::create(builder, loc,
                                          arith::CmpIPredicate::eq, lane, zero);
    auto branch = scf::IfOp::create(builder, loc, isFirst, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
    memref::StoreOp::create(builder, loc, total, sums, ValueRange{index(wave)});
  }
  endSharedWrite();
  total = zero;
  for (int64_t i = 0; i < waves; ++i) {
    Value sum =
        memref::LoadOp::create(builder, loc, sums, ValueRange{index(i32(i))});
    Value isBehind = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ugt, wave, i32(i));
    before = addI32(before,
                    arith::SelectOp::create(builder, loc, isBehind, sum, zero));
    total = addI32(total, sum);
  }
  sharedRead = true;
  return {before, total};
}

LogicalResult KernelLowering::lowerCompact(tile::CompactOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getPositions().getType());
  int64_t length = op.getMask().getType().getDimSize(0);
  int64_t perThread = llvm::divideCeil(length, threads());
  int64_t room = type.getDimSize(0);
  // Neighbouring elements, so that counts in front of a thread are counts in
  // front of its elements.
  Access access;
  access.base.assign(1, Value());
  for (int64_t bit = 0; bit < threadBits(); ++bit)
    access.strides.push_back({perThread << bit});
  for (int64_t i = 0; i < perThread; ++i)
    access.offsets.push_back({i});
  Value mask = emit(op.getMask(), access);
  if (Value inBounds = emitInBounds(access, {length}))
    mask = arith::AndIOp::create(builder, loc, mask, inBounds);
  Type i32Type = builder.getI32Type();
  SmallVector<Value> flags;
  Value count = i32(0);
  for (int64_t i = 0; i < perThread; ++i) {
    Value flag =
        vector::ExtractOp::create(builder, loc, mask, ArrayRef<int64_t>{i});
    flags.push_back(flag);
    count = addI32(count, arith::ExtUIOp::create(builder, loc, i32Type, flag));
  }
  auto [before, total] = exclusiveScan(count);

  Place place;
  place.shared = &makeSharedTileInOrder(type);
  Value memory = place.shared->memory;
  auto index = [&](Value value) -> Value {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        value);
  };
  beginSharedWrite();
  // Every entry has one writer: the element that goes there, or the thread
  // that fills what is left. Numbers in front of the first one wrap around.
  Value position = before, end = total;
  if (op.getFirst()) {
    Value first = getScalar(op.getFirst());
    position = arith::SubIOp::create(builder, loc, before, first);
    end = arith::MaxSIOp::create(
        builder, loc, arith::SubIOp::create(builder, loc, total, first),
        i32(0));
  }
  Value first = threadSum({[&] {
    SmallVector<int64_t> coefficients;
    for (int64_t bit = 0; bit < threadBits(); ++bit)
      coefficients.push_back(perThread << bit);
    return coefficients;
  }()});
  for (int64_t i = 0; i < perThread; ++i) {
    Value element = addI32(first, i32(i));
    {
      OpBuilder::InsertionGuard guard(builder);
      Value isListed = flags[i];
      if (op.getFirst() || room < length)
        isListed = arith::AndIOp::create(
            builder, loc, isListed,
            arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                  position, i32(room)));
      auto branch = scf::IfOp::create(builder, loc, isListed, false);
      builder.setInsertionPointToStart(&branch.getThenRegion().front());
      memref::StoreOp::create(builder, loc, element, memory,
                              ValueRange{index(position)});
    }
    position = addI32(position,
                      arith::ExtUIOp::create(builder, loc, i32Type, flags[i]));
    if (i * threads() >= room)
      continue;
    // Neighbouring threads fill neighbouring entries, which lie in different
    // banks.
    OpBuilder::InsertionGuard guard(builder);
    Value entry = addI32(thread, i32(i * threads()));
    Value isLeft = arith::AndIOp::create(
        builder, loc,
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge, entry,
                              end),
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, entry,
                              i32(room)));
    auto branch = scf::IfOp::create(builder, loc, isLeft, false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
    memref::StoreOp::create(builder, loc, i32(-1), memory,
                            ValueRange{index(entry)});
  }
  endSharedWrite();
  places[op.getPositions().getAsOpaquePointer()] = place;
  scalars.map(op.getCount(), total);
  return success();
}
