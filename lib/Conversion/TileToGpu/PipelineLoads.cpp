//===- PipelineLoads.cpp - Read ahead of matrix instructions --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loads of a step are issued some steps earlier, into registers of their
// own. The loop is unrolled by one more than that distance: then every step has
// registers that no later one of the same iteration takes over, and nothing is
// copied, which would have to wait for the load.
//
//===----------------------------------------------------------------------===//

#include "ReadOnly.h"
#include "dsv4c/Conversion/Passes.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "llvm/Support/MathExtras.h"

namespace dsv4c {
#define GEN_PASS_DEF_PIPELINELOADS
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

namespace {

/// What llvm.amdgcn.sched.barrier lets pass. Vector instructions must not: the
/// scheduler would move what uses a load up to where it was issued.
constexpr uint32_t kScalarOnly = 0x004;

/// Matrix instructions of AMD, and of NVIDIA. AMD's of f32 take so long that
/// other waves hide the loads.
bool isMfma(Operation *op) {
  return op->getName().getStringRef().starts_with("rocdl.mfma.") &&
         !isa<ROCDL::mfma_f32_16x16x4f32>(op);
}
bool isWarpMma(Operation *op) {
  auto call = dyn_cast<LLVM::CallIntrinsicOp>(op);
  return call && call.getIntrin().starts_with("llvm.nvvm.mma.");
}

/// `end` - `begin`, if it is known.
std::optional<int64_t> getDifference(Value begin, Value end) {
  auto first = getConstantIntValue(begin), last = getConstantIntValue(end);
  if (first && last)
    return *last - *first;
  auto sum = end.getDefiningOp<arith::AddIOp>();
  if (sum && sum.getLhs() == begin)
    return getConstantIntValue(sum.getRhs());
  if (sum && sum.getRhs() == begin)
    return getConstantIntValue(sum.getLhs());
  return std::nullopt;
}

/// Moves what is the same in every step in front of the loop, reads of shared
/// memory too: the row numbers that gathers go by.
void hoistInvariants(scf::ForOp loop) {
  moveLoopInvariantCode(loop);
  WalkResult writes = loop.getBody()->walk([](Operation *op) {
    return isa<memref::StoreOp, vector::StoreOp, amdgpu::LDSBarrierOp,
               gpu::BarrierOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  if (writes.wasInterrupted())
    return;
  // Also where the loop takes no step: addresses in shared memory are valid.
  bool changed = false;
  for (Operation &op : llvm::make_early_inc_range(*loop.getBody()))
    if (isa<memref::LoadOp, vector::LoadOp>(op) &&
        llvm::all_of(op.getOperands(), [&](Value operand) {
          return loop.isDefinedOutsideOfLoop(operand);
        })) {
      op.moveBefore(loop);
      changed = true;
    }
  if (changed)
    hoistInvariants(loop);
}

/// A loop with the loads that depend on nothing but its counter.
class Pipeline {
public:
  explicit Pipeline(scf::ForOp loop) : loop(loop) {
    for (auto load : loop.getBody()->getOps<LLVM::LoadOp>()) {
      llvm::SetVector<Operation *> needed;
      if (!tile_to_gpu::isReadOnly(load.getAddr()) ||
          !collectAddress(load.getAddr(), needed))
        continue;
      addresses.insert(needed.begin(), needed.end());
      loads.push_back(load);
      auto vector = dyn_cast<VectorType>(load.getType());
      int64_t bits =
          vector ? vector.getNumElements() * vector.getElementTypeBitWidth()
                 : load.getType().getIntOrFloatBitWidth();
      numRegisters += llvm::divideCeil(bits, 32);
    }
  }

  /// The number of steps by which loads run ahead; 0 to leave the loop alone.
  int64_t chooseDistance(int64_t maxRegisters, int64_t maxDistance) {
    auto step = getConstantIntValue(loop.getStep());
    auto length = getDifference(loop.getLowerBound(), loop.getUpperBound());
    if (loads.empty() || !step || *step <= 0 || !length || *length % *step)
      return 0;
    int64_t steps = *length / *step;
    int64_t distance = std::min(maxDistance, maxRegisters / numRegisters);
    while (distance > 0 && (steps == 0 || steps % (distance + 1)))
      --distance;
    return distance;
  }

  /// With `order`, no vector instruction moves across the loads.
  void apply(int64_t distance, bool order) {
    int64_t unroll = distance + 1;
    OpBuilder builder(loop);
    Location loc = loop.getLoc();
    Type type = loop.getInductionVar().getType();
    int64_t step = *getConstantIntValue(loop.getStep());
    auto constant = [&](int64_t value) {
      return arith::ConstantOp::create(builder, loc, type,
                                       builder.getIntegerAttr(type, value));
    };
    auto advance = [&](Value counter, int64_t steps) -> Value {
      if (steps == 0)
        return counter;
      return arith::AddIOp::create(builder, loc, counter,
                                   constant(steps * step));
    };
    SmallVector<Value> inits(loop.getInitArgs());
    for (int64_t ahead = 0; ahead < distance; ++ahead)
      llvm::append_range(
          inits, emitLoads(builder, advance(loop.getLowerBound(), ahead)));
    auto pipelined =
        scf::ForOp::create(builder, loc, loop.getLowerBound(),
                           loop.getUpperBound(), constant(unroll * step), inits,
                           [&](OpBuilder &, Location, Value, ValueRange) {});
    builder.setInsertionPointToEnd(pipelined.getBody());
    Value counter = pipelined.getInductionVar();
    size_t carried = loop.getInitArgs().size();
    SmallVector<Value> values(
        pipelined.getRegionIterArgs().take_front(carried));
    SmallVector<Value> loaded(
        pipelined.getRegionIterArgs().drop_front(carried));
    for (int64_t at = 0; at < unroll; ++at) {
      Value now = advance(counter, at);
      Value next = advance(counter, at + distance);
      // Behind the last step there is nothing to read; what is in the cache
      // costs least.
      if (at + distance >= unroll) {
        Value exists =
            arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, next,
                                  loop.getUpperBound());
        next = arith::SelectOp::create(builder, loc, exists, next, now);
      }
      llvm::append_range(loaded, emitLoads(builder, next));
      if (order)
        ROCDL::SchedBarrier::create(builder, loc, kScalarOnly);
      values =
          emitStep(builder, now, values,
                   ArrayRef(loaded).slice(at * loads.size(), loads.size()));
    }
    llvm::append_range(values,
                       ArrayRef(loaded).drop_front(unroll * loads.size()));
    scf::YieldOp::create(builder, loc, values);
    loop.replaceAllUsesWith(pipelined.getResults().take_front(carried));
    loop.erase();
  }

private:
  /// Adds what computes `address` within the loop; false if that depends on
  /// more than the loop's counter.
  bool collectAddress(Value address, llvm::SetVector<Operation *> &needed) {
    if (auto argument = dyn_cast<BlockArgument>(address))
      return argument.getOwner() != loop.getBody() ||
             argument == loop.getInductionVar();
    Operation *op = address.getDefiningOp();
    if (op->getBlock() != loop.getBody() || needed.contains(op))
      return true;
    if (op->getNumRegions() != 0 || !isMemoryEffectFree(op) ||
        !llvm::all_of(op->getOperands(), [&](Value operand) {
          return collectAddress(operand, needed);
        }))
      return false;
    needed.insert(op);
    return true;
  }

  SmallVector<Value> emitLoads(OpBuilder &builder, Value counter) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), counter);
    for (Operation &op : loop.getBody()->without_terminator())
      if (addresses.contains(&op))
        builder.clone(op, mapping);
    SmallVector<Value> results;
    for (LLVM::LoadOp load : loads)
      results.push_back(builder.clone(*load, mapping)->getResult(0));
    return results;
  }

  SmallVector<Value> emitStep(OpBuilder &builder, Value counter,
                              ValueRange values, ArrayRef<Value> loaded) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), counter);
    mapping.map(loop.getRegionIterArgs(), values);
    for (auto [load, value] : llvm::zip_equal(loads, loaded))
      mapping.map(load.getResult(), value);
    for (Operation &op : loop.getBody()->without_terminator())
      if (!isa<LLVM::LoadOp>(op) || !mapping.contains(op.getResult(0)))
        builder.clone(op, mapping);
    SmallVector<Value> results;
    for (Value value : loop.getBody()->getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(value));
    return results;
  }

  scf::ForOp loop;
  SmallVector<LLVM::LoadOp> loads;
  llvm::SetVector<Operation *> addresses;
  int64_t numRegisters = 0;
};

class PipelineLoadsPass
    : public dsv4c::impl::PipelineLoadsBase<PipelineLoadsPass> {
public:
  using PipelineLoadsBase::PipelineLoadsBase;

  void runOnOperation() override {
    SmallVector<std::pair<scf::ForOp, bool>> loops;
    getOperation().walk([&](scf::ForOp loop) {
      bool hasMfma = false, hasWarpMma = false, isInnermost = true;
      loop.getBody()->walk([&](Operation *op) {
        hasMfma |= isMfma(op);
        hasWarpMma |= isWarpMma(op);
        isInnermost &= !isa<scf::ForOp>(op);
      });
      if ((hasMfma || hasWarpMma) && isInnermost)
        loops.push_back({loop, hasMfma});
    });
    // Where workgroups share a multiprocessor, others run meanwhile, and a step
    // ahead is all that there are registers for.
    auto sharers = getOperation()->getAttrOfType<IntegerAttr>(
        NVVM::NVVMDialect::getMinctasmAttrName());
    int64_t most = sharers && sharers.getInt() > 1 ? 1 : maxDistance;
    for (auto [loop, order] : loops) {
      hoistInvariants(loop);
      Pipeline pipeline(loop);
      if (int64_t distance = pipeline.chooseDistance(maxRegisters, most)) {
        pipeline.apply(distance, order);
        ++numLoops;
      }
    }
  }
};

} // namespace
