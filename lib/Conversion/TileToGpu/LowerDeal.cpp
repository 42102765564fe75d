//===- LowerDeal.cpp - tile.deal ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Workgroup n runs on die n % dies, give or take the same for all of them.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

LogicalResult KernelLowering::lowerDeal(tile::DealOp op) {
  Location loc = op.getLoc();
  Value number = getScalar(op.getNumber());
  int64_t dies = target.dies;
  int64_t together = op.getTogether();
  int64_t count = op.getCount();
  int64_t dealt = count / (dies * together) * (dies * together);
  if (dies == 1 || together == 1 || dealt == 0) {
    scalars.map(op.getPiece(), number);
    return success();
  }
  auto divide = [&](Value a, int64_t by) -> Value {
    return arith::DivUIOp::create(builder, loc, a, i32(by));
  };
  auto remainder = [&](Value a, int64_t by) -> Value {
    return arith::RemUIOp::create(builder, loc, a, i32(by));
  };
  auto multiplyAdd = [&](Value a, int64_t by, Value b) -> Value {
    return arith::AddIOp::create(
        builder, loc, arith::MulIOp::create(builder, loc, a, i32(by)), b);
  };
  // Of the workgroups of a die.
  Value onDie = divide(number, dies);
  Value run =
      multiplyAdd(divide(onDie, together), dies, remainder(number, dies));
  Value piece = multiplyAdd(run, together, remainder(onDie, together));
  if (dealt < count) {
    Value isDealt = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, number, i32(dealt));
    piece = arith::SelectOp::create(builder, loc, isDealt, piece, number);
  }
  scalars.map(op.getPiece(), piece);
  return success();
}
