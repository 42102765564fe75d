//===- MergedRegions.cpp - Code that branches share -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MergedRegions.h"
#include "llvm/ADT/STLExtras.h"

using namespace dsv4c;
using namespace dsv4c::cost;
using dsv4c::amdgcn::MachineBlock;

bool cost::hasMatrixInstruction(const MachineBlock &block) {
  return llvm::any_of(block.instructions, [](const auto &instruction) {
    return llvm::StringRef(instruction.mnemonic).starts_with("v_mfma");
  });
}

MergedRegions::MergedRegions(const std::vector<MachineBlock> &blocks,
                             const GpuRegions &regions)
    : regions(regions), hasBlock(regions.size()), hasMatrix(regions.size()),
      mergedInto(regions.size(), -1), ends(regions.size(), -1) {
  int64_t size = regions.size();
  for (const MachineBlock &block : blocks) {
    if (block.line < 0 || block.line >= size)
      continue;
    hasBlock[block.line] = true;
    if (hasMatrixInstruction(block))
      hasMatrix[block.line] = true;
  }
  mergeMatrixInstructions();
  for (int64_t side = 0; side < size; ++side)
    for (int64_t other = 0; other < size; ++other)
      if (side != other && regions[side].branch && !regions[side].inside &&
          regions[side].branch == regions[other].branch)
        mergeEnd(side, other);
}

void MergedRegions::mergeMatrixInstructions() {
  int64_t size = regions.size();
  for (int64_t gone = 0; gone < size; ++gone) {
    if (hasBlock[gone] || regions[gone].matrixInstructions.empty())
      continue;
    for (int64_t other = 0; other < size; ++other) {
      if (!isLike(gone, other) || !isOnOtherSide(gone, other))
        continue;
      // What else is gone beside it went the same way. Both sides number
      // their regions alike.
      int64_t around = regions[gone].parent;
      for (int64_t number = around;
           number < size && regions.isInside(number, around); ++number) {
        int64_t twin = number - gone + other;
        if (!hasBlock[number] && twin >= 0 && twin < size && hasBlock[twin])
          mergedInto[number] = twin;
      }
      break;
    }
  }
}

/// Regions with stores don't vanish otherwise. Goes through those of both sides
/// from their ends.
void MergedRegions::mergeEnd(int64_t side, int64_t other) {
  std::vector<int64_t> parts = listParts(side), twins = listParts(other);
  for (auto [gone, twin] :
       llvm::zip(llvm::reverse(parts), llvm::reverse(twins))) {
    if (hasBlock[gone] || mergedInto[gone] >= 0 || !isLike(gone, twin) ||
        regions[gone].stores.empty() ||
        regions[gone].stores != regions[twin].stores)
      return;
    mergedInto[gone] = twin;
    ends[side] = other;
  }
}

bool MergedRegions::isLike(int64_t gone, int64_t other) const {
  const GpuRegion &a = regions[gone], &b = regions[other];
  return hasBlock[other] && a.loops == b.loops && a.copies == b.copies &&
         a.matrixInstructions == b.matrixInstructions;
}

/// Are the two on different sides of a branch, of which the side of `gone` has
/// no code that could be its own?
bool MergedRegions::isOnOtherSide(int64_t gone, int64_t other) const {
  for (int64_t at = gone; at > 0 && !hasMatrix[at]; at = regions[at].parent)
    for (int64_t from = other; from > 0; from = regions[from].parent)
      if (regions[at].branch && regions[at].branch == regions[from].branch &&
          regions[at].side != regions[from].side)
        return true;
  return false;
}

std::vector<int64_t> MergedRegions::listParts(int64_t region) const {
  std::vector<int64_t> parts;
  for (int64_t number = region + 1; number < int64_t(regions.size()); ++number)
    if (regions[number].parent == region)
      parts.push_back(number);
  return parts;
}
