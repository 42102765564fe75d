//===- PlanMemory.cpp - Give weight and arena buffers their offsets -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Exec/Transforms/IntervalPacking.h"
#include "dsv4c/Dialect/Exec/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace dsv4c::exec {
#define GEN_PASS_DEF_EXECPLANMEMORY
#include "Exec/ExecPasses.h.inc"
} // namespace dsv4c::exec

using namespace mlir;
using namespace dsv4c::exec;

namespace {

void setOffset(BufferOp buffer, int64_t offset) {
  buffer.setOffsetAttr(Builder(buffer.getContext()).getI64IntegerAttr(offset));
}

class PlanMemory : public dsv4c::exec::impl::ExecPlanMemoryBase<PlanMemory> {
public:
  void runOnOperation() override {
    placeWeights();
    SymbolTable symbols(getOperation());
    for (auto program : getOperation().getOps<ProgramOp>())
      if (failed(placeArena(program, symbols)))
        return signalPassFailure();
    for (auto buffer : getOperation().getOps<BufferOp>())
      // [plan_memory_c2]
      if (buffer.getSpace() == Space::Arena && !owners.contains(buffer)) {
        buffer.emitOpError(
            "[plan_memory_c2] no program uses this arena buffer");
        return signalPassFailure();
      }
  }

private:
  void placeWeights() {
    int64_t end = 0;
    for (auto buffer : getOperation().getOps<BufferOp>()) {
      if (buffer.getSpace() != Space::Weights)
        continue;
      setOffset(buffer, end);
      end = llvm::alignTo(end + buffer.getBytes(), BufferOp::kAlignment);
    }
    weightBytes = end;
  }

  LogicalResult placeArena(ProgramOp program, SymbolTable &symbols) {
    llvm::MapVector<BufferOp, LiveInterval> intervals;
    for (auto [step, launch] :
         llvm::enumerate(program.getBody().getOps<LaunchOp>()))
      for (auto name : launch.getBuffers().getAsRange<FlatSymbolRefAttr>()) {
        auto buffer = symbols.lookup<BufferOp>(name.getValue());
        if (buffer.getSpace() != Space::Arena)
          continue;
        // [plan_memory_c1]
        ProgramOp owner = owners.insert({buffer, program}).first->second;
        if (owner != program) {
          InFlightDiagnostic diagnostic =
              buffer.emitOpError("[plan_memory_c1] an arena buffer belongs to "
                                 "one program, but both @")
              << owner.getSymName() << " and @" << program.getSymName()
              << " use it";
          diagnostic.attachNote(launch.getLoc()) << "second use";
          return diagnostic;
        }
        auto [it, first] = intervals.insert(
            {buffer, {int64_t(step), int64_t(step), buffer.getBytes()}});
        it->second.last = step;
      }

    SmallVector<LiveInterval> lives;
    int64_t sum = 0;
    for (auto &[buffer, interval] : intervals) {
      lives.push_back(interval);
      sum += llvm::alignTo(interval.bytes, BufferOp::kAlignment);
    }
    IntervalPacking packing = packIntervals(lives, BufferOp::kAlignment);
    for (auto [entry, offset] : llvm::zip(intervals, packing.offsets))
      setOffset(entry.first, offset);
    if (uint64_t(packing.bytes) >= arenaBytes) {
      arenaBytes = packing.bytes;
      arenaBytesWithoutReuse = sum;
    }
    return success();
  }

  llvm::DenseMap<Operation *, ProgramOp> owners;
};

} // namespace
