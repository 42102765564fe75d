//===- MergedRegions.h - Code that branches share ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_COSTMODEL_MERGEDREGIONS_H
#define DSV4C_LIB_COSTMODEL_MERGEDREGIONS_H

#include "dsv4c/CostModel/GpuRegions.h"
#include "dsv4c/Target/Amdgpu/MachineBlocks.h"

namespace dsv4c::cost {

/// Where the two sides of a branch do, or end with, the same, LLVM merges them:
/// of the regions on one side no block is left, the other's run for both.
class MergedRegions {
public:
  MergedRegions(const std::vector<amdgcn::MachineBlock> &blocks,
                const GpuRegions &regions);

  /// The region whose blocks also run for `region`; -1 if it has its own.
  int64_t getMergedInto(int64_t region) const { return mergedInto[region]; }

  /// The other side of a branch, if `side` has its end there: everything from
  /// the first region on into which one of `side` is merged. Otherwise -1.
  int64_t getEnd(int64_t side) const { return ends[side]; }

private:
  void mergeMatrixInstructions();
  void mergeEnd(int64_t side, int64_t other);
  bool isLike(int64_t gone, int64_t other) const;
  bool isOnOtherSide(int64_t gone, int64_t other) const;
  std::vector<int64_t> listParts(int64_t region) const;

  const GpuRegions &regions;
  std::vector<bool> hasBlock, hasMatrix;
  std::vector<int64_t> mergedInto, ends;
};

bool hasMatrixInstruction(const amdgcn::MachineBlock &block);

} // namespace dsv4c::cost

#endif // DSV4C_LIB_COSTMODEL_MERGEDREGIONS_H
