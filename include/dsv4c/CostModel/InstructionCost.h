//===- InstructionCost.h - What a kernel's instructions take ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_COSTMODEL_INSTRUCTIONCOST_H
#define DSV4C_COSTMODEL_INSTRUCTIONCOST_H

#include "dsv4c/CostModel/GpuRegions.h"
#include "dsv4c/Dialect/Tile/IR/TargetCosts.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Target/Amdgpu/MachineBlocks.h"

namespace dsv4c::cost {

/// Sums over all waves. Cycles are those in which a unit is busy.
struct InstructionCost {
  double instructions = 0;
  double mfma = 0, mfmaCycles = 0;
  double valu = 0, valuCycles = 0;
  /// Cycles without bank conflicts.
  double ldsAccesses = 0, ldsCycles = 0;
  double globalLoads = 0, globalStores = 0;
  /// Times that a wave waits for a load that it could not issue before the
  /// previous wait was over.
  double loadRounds = 0;

  InstructionCost &operator+=(const InstructionCost &other);
  InstructionCost operator*(double factor) const;
};

/// Of one run by one wave of a block of `region`.
InstructionCost costOf(const amdgcn::MachineBlock &block,
                       const GpuRegion &region,
                       const tile::TargetFacts &target,
                       const tile::TargetCosts &costs);

/// Of a launch. What workgroups do that are the last of their group to arrive
/// (`tile.arrive`) begins when the others are done.
struct KernelCost {
  struct Last {
    int64_t workgroups = 0;
    InstructionCost instructions;
  };
  InstructionCost each;
  /// By the branch that they take.
  std::vector<Last> last;

  InstructionCost sum() const;
};

/// Of a launch: blocks of machine code as often as the regions run that they
/// are named after. Code that was moved out of a loop counts as often as the
/// region around that loop, unnamed blocks as often as the next one around
/// them.
KernelCost costOf(const std::vector<amdgcn::MachineBlock> &blocks,
                  const GpuRegions &regions, const KernelRun &run,
                  int64_t threads, const tile::TargetFacts &target,
                  const tile::TargetCosts &costs);

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_INSTRUCTIONCOST_H
