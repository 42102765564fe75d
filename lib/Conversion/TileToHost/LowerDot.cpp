//===- LowerDot.cpp - tile.dot --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A block of rows x vectors of the result stays in registers while k runs.
// Every element has its own accumulator, so blocking doesn't change the order
// of its sum.
//
//===----------------------------------------------------------------------===//

#include "ChunkEmitter.h"
#include "KernelLowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_host;

namespace {
/// Block of the result that is kept in registers.
struct RegisterBlock {
  int64_t rows;
  int64_t vectors;
};
} // namespace

/// Half-cycles per step of k for one block: two multiply-adds and two loads per
/// cycle, and four cycles until an accumulator can be used again.
static int64_t getStepCost(int64_t rows, int64_t vectors) {
  return std::max({rows * vectors, rows + vectors, int64_t(8)});
}

static RegisterBlock chooseBlock(int64_t rows, int64_t vectors,
                                 int64_t numRegisters) {
  RegisterBlock best{1, 1};
  int64_t bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t r = 1; r <= std::min<int64_t>(rows, 12); ++r) {
    for (int64_t v = 1; v <= std::min<int64_t>(vectors, 16); ++v) {
      // Accumulators, one row of b and one broadcast element of a.
      if (r * v + v + 1 > numRegisters)
        continue;
      int64_t fullR = rows / r, restR = rows % r;
      int64_t fullV = vectors / v, restV = vectors % v;
      int64_t cost = fullR * fullV * getStepCost(r, v);
      if (restR)
        cost += fullV * getStepCost(restR, v);
      if (restV)
        cost += fullR * getStepCost(r, restV);
      if (restR && restV)
        cost += getStepCost(restR, restV);
      if (cost < bestCost ||
          (cost == bestCost && r * v > best.rows * best.vectors)) {
        bestCost = cost;
        best = {r, v};
      }
    }
  }
  return best;
}

LogicalResult KernelLowering::lowerDot(tile::DotOp op) {
  Location loc = op.getLoc();
  RankedTensorType aType = op.getA().getType(), bType = op.getB().getType();
  int64_t rows = aType.getDimSize(0), depth = aType.getDimSize(1);
  int64_t columns = bType.getDimSize(1);
  Type f32 = builder.getF32Type();

  Place a = getStored(op.getA());
  // With few rows every element of b is needed once or twice: evaluate it
  // between load and use instead of going through memory.
  if (rows > 2)
    getStored(op.getB());
  Place result{createBuffer(op.getResult().getType()), {}, true};

  int64_t width = chooseWidth(op.getB());
  RegisterBlock block =
      chooseBlock(rows, columns / width, target.numRegisters());
  int64_t unroll = block.rows * block.vectors < 12 && depth % 4 == 0 ? 4 : 1;

  auto emitBlock = [&](Value row, Value column, int64_t numRows,
                       int64_t numVectors) {
    auto vectorType = getChunkType(f32, width);
    Value zero = arith::ConstantOp::create(builder, loc, vectorType,
                                           builder.getZeroAttr(vectorType));
    SmallVector<Value> sums(numRows * numVectors, zero);
    auto loop =
        scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(depth),
                           constantIndex(unroll), sums);
    SmallVector<Value> rowAt, columnAt;
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(loop);
      for (int64_t r = 0; r < numRows; ++r)
        rowAt.push_back(addIndex(row, constantIndex(r)));
      for (int64_t v = 0; v < numVectors; ++v)
        columnAt.push_back(addIndex(column, constantIndex(v * width)));
    }
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> current(loop.getRegionIterArgs());
      for (int64_t step = 0; step < unroll; ++step) {
        Value k = addIndex(loop.getInductionVar(), constantIndex(step));
        ChunkEmitter emitter(*this);
        SmallVector<Value> bRow;
        for (Value at : columnAt)
          bRow.push_back(emitter.emit(op.getB(), {k, at}, width));
        for (int64_t r = 0; r < numRows; ++r) {
          Value element = loadChunk(a, {rowAt[r], k}, 1, f32);
          if (width > 1)
            element =
                vector::BroadcastOp::create(builder, loc, vectorType, element);
          for (int64_t v = 0; v < numVectors; ++v) {
            Value &sum = current[r * numVectors + v];
            sum = math::FmaOp::create(builder, loc, element, bRow[v], sum);
          }
        }
      }
      scf::YieldOp::create(builder, loc, current);
    }
    for (int64_t r = 0; r < numRows; ++r)
      for (int64_t v = 0; v < numVectors; ++v)
        storeChunk(loop.getResult(r * numVectors + v), result,
                   {rowAt[r], columnAt[v]});
  };

  auto emitRows = [&](Value column, int64_t numVectors) {
    int64_t full = rows - rows % block.rows;
    forRange(constantIndex(full), block.rows, [&](Value row) {
      emitBlock(row, column, block.rows, numVectors);
    });
    if (full < rows)
      emitBlock(constantIndex(full), column, rows - full, numVectors);
  };
  int64_t blockColumns = block.vectors * width;
  int64_t full = columns - columns % blockColumns;
  forRange(constantIndex(full), blockColumns,
           [&](Value column) { emitRows(column, block.vectors); });
  if (full < columns)
    emitRows(constantIndex(full), (columns - full) / width);
  setStored(op.getResult(), result);
  return success();
}
