//===- InstructionCost.cpp - What a kernel's instructions take ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/InstructionCost.h"
#include "MergedRegions.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;
using dsv4c::amdgcn::MachineBlock;
using dsv4c::amdgcn::MachineInstruction;

InstructionCost &InstructionCost::operator+=(const InstructionCost &other) {
  for (double InstructionCost::*figure :
       {&InstructionCost::instructions, &InstructionCost::mfma,
        &InstructionCost::mfmaCycles, &InstructionCost::valu,
        &InstructionCost::valuCycles, &InstructionCost::ldsAccesses,
        &InstructionCost::ldsCycles, &InstructionCost::globalLoads,
        &InstructionCost::globalStores, &InstructionCost::loadRounds})
    this->*figure += other.*figure;
  return *this;
}

InstructionCost InstructionCost::operator*(double factor) const {
  InstructionCost result = *this;
  for (double InstructionCost::*figure :
       {&InstructionCost::instructions, &InstructionCost::mfma,
        &InstructionCost::mfmaCycles, &InstructionCost::valu,
        &InstructionCost::valuCycles, &InstructionCost::ldsAccesses,
        &InstructionCost::ldsCycles, &InstructionCost::globalLoads,
        &InstructionCost::globalStores, &InstructionCost::loadRounds})
    result.*figure *= factor;
  return result;
}

/// "v_mfma_f32_16x16x32_fp8_fp8": cycles of the table's entry of that shape and
/// a type of that width.
static double matrixCycles(StringRef mnemonic,
                           const tile::TargetFacts &target) {
  for (const tile::MatrixInstruction &instruction : target.matrixInstructions) {
    std::string shape = llvm::formatv("_{0}x{1}x{2}", instruction.m,
                                      instruction.n, instruction.k);
    size_t at = mnemonic.find(shape);
    if (at == StringRef::npos)
      continue;
    StringRef type = mnemonic.drop_front(at + shape.size()).ltrim('_');
    StringRef lhs = instruction.lhs;
    StringRef name = lhs == "bf16" ? "bf16" : lhs == "f32" ? "f32" : "fp8";
    if (type.starts_with(name))
      return instruction.cycles;
  }
  return 0;
}

static double vectorCycles(StringRef mnemonic, const tile::TargetCosts &costs) {
  for (const tile::InstructionRate &rate : costs.slowInstructions)
    if (mnemonic.starts_with(rate.prefix))
      return rate.cycles;
  return costs.vectorCycles;
}

/// Bytes per lane of a "ds_read_b128", "ds_write2_b32", "ds_add_u32", ...
static int64_t ldsBytes(StringRef mnemonic) {
  int64_t bits = 32;
  StringRef digits = mnemonic.take_while([](char c) { return c != '.'; });
  // The last number behind an underscore and a letter is the width.
  for (StringRef part : llvm::split(digits, '_'))
    if (part.size() > 1 && !llvm::isDigit(part[0]) &&
        !part.drop_front().getAsInteger(10, bits)) {
    }
  return std::max<int64_t>(1, bits / 8);
}

/// "ds_read2_b64" is two accesses.
static bool isPair(StringRef mnemonic) {
  return mnemonic.starts_with("ds_read2") || mnemonic.starts_with("ds_write2");
}

static bool isExchange(StringRef mnemonic) {
  return mnemonic.starts_with("ds_bpermute") ||
         mnemonic.starts_with("ds_permute") ||
         mnemonic.starts_with("ds_swizzle");
}

/// In "vmcnt(3) lgkmcnt(0)"; -1 if it doesn't wait for loads.
static int64_t loadsLeft(StringRef operands) {
  size_t at = operands.find("vmcnt(");
  int64_t left;
  return at == StringRef::npos ||
                 operands.drop_front(at + 6).consumeInteger(10, left)
             ? -1
             : left;
}

namespace {
/// Follows the loads of a wave through a block, in order.
class LoadRounds {
public:
  void issue(bool isLoad) { pending.push_back(isLoad ? rounds + 1 : 0); }
  void wait(size_t left) {
    while (pending.size() > left) {
      rounds = std::max(rounds, pending.front());
      pending.erase(pending.begin());
    }
  }
  int64_t rounds = 0;

private:
  /// For each access in flight, the round that ends with it.
  std::vector<int64_t> pending;
};
} // namespace

/// Cycles of an access of `bytes` per lane: as many lanes at a time as the rate
/// allows, and none where no lane of these is active.
static double ldsCycles(int64_t bytes, const GpuRegion &region,
                        const tile::TargetCosts &costs) {
  // With 16 bytes, these groups of lanes take turns.
  static constexpr std::array<int64_t, 8> wide = {0, 5, 1, 4, 2, 7, 3, 6};
  int64_t atOnce =
      std::max<int64_t>(1, costs.ldsRate / (bytes * GpuRegion::kLaneGroup));
  int64_t size = region.activeLanes.size();
  double cycles = 0;
  for (int64_t first = 0; first < size; first += atOnce) {
    double active = 0;
    for (int64_t i = first; i < std::min(first + atOnce, size); ++i)
      active = std::max(
          active,
          region.activeLanes[bytes == 16 ? i / 8 * 8 + wide[i % 8] : i]);
    cycles += active;
  }
  return cycles;
}

InstructionCost cost::costOf(const MachineBlock &block, const GpuRegion &region,
                             const tile::TargetFacts &target,
                             const tile::TargetCosts &costs) {
  InstructionCost cost;
  LoadRounds rounds;
  for (const MachineInstruction &instruction : block.instructions) {
    StringRef name = instruction.mnemonic;
    ++cost.instructions;
    if (name.starts_with("v_mfma_") || name.starts_with("v_smfmac_")) {
      ++cost.mfma;
      cost.mfmaCycles += matrixCycles(name, target);
    } else if (name.starts_with("v_") && name != "v_nop") {
      ++cost.valu;
      cost.valuCycles += vectorCycles(name, costs);
    } else if (name.starts_with("ds_")) {
      if (isExchange(name))
        continue;
      int64_t accesses = isPair(name) ? 2 : 1;
      cost.ldsAccesses += accesses;
      // A bank serves a dword at a time.
      int64_t bytes = std::max<int64_t>(ldsBytes(name), 4);
      // LLVM may move loads in front of the branch, stores stay.
      static const GpuRegion everywhere;
      cost.ldsCycles +=
          accesses *
          ldsCycles(bytes, name.starts_with("ds_write") ? region : everywhere,
                    costs);
    } else if (name.starts_with("global_") || name.starts_with("buffer_load") ||
               name.starts_with("buffer_store")) {
      bool isLoad = name.contains("_load");
      ++(isLoad ? cost.globalLoads : cost.globalStores);
      rounds.issue(isLoad);
    } else if (name == "s_waitcnt") {
      int64_t left = loadsLeft(instruction.operands);
      if (left >= 0)
        rounds.wait(left);
    }
  }
  cost.loadRounds = rounds.rounds;
  return cost;
}

static bool endsInBranch(const MachineBlock &block) {
  if (block.instructions.empty())
    return false;
  StringRef last = block.instructions.back().mnemonic;
  return last.starts_with("s_cbranch") || last == "s_branch" ||
         last == "s_endpgm";
}

/// The outermost branch around `block` that only the last workgroup of a group
/// takes, or null.
static Block *findLastBranch(Block *block) {
  Block *found = nullptr;
  for (; block; block = block->getParentOp()->getBlock()) {
    auto branch = dyn_cast<scf::IfOp>(block->getParentOp());
    if (branch && branch.getCondition().getDefiningOp<tile::ArriveOp>())
      found = block;
    if (isa<tile::KernelOp>(block->getParentOp()))
      break;
  }
  return found;
}

KernelCost cost::costOf(const std::vector<MachineBlock> &blocks,
                        const GpuRegions &regions, const KernelRun &run,
                        int64_t threads, const tile::TargetFacts &target,
                        const tile::TargetCosts &costs) {
  KernelCost total;
  llvm::MapVector<Block *, InstructionCost> last;
  int64_t waves = llvm::divideCeil(threads, target.waveSize);
  MergedRegions merged(blocks, regions);
  llvm::SmallSetVector<int64_t, 4> sidesAtEnd;
  int64_t previous = 0;
  bool isSkipped = true;
  std::vector<bool> isAlways(regions.size());
  for (const MachineBlock &block : blocks) {
    int64_t named = block.line, region = named;
    if (named < 0 || named >= static_cast<int64_t>(regions.size())) {
      region = previous;
      // Matrix instructions show that what was a loop has become straight code.
      bool isMatrix = hasMatrixInstruction(block);
      while (regions[region].loops > block.loops &&
             !(isMatrix && !regions[region].matrixInstructions.empty()))
        region = regions[region].parent;
    }
    GpuRegion lanes = regions[region];
    // Without a branch around it, short code also runs with no lane active.
    if (!regions.isInside(previous, region))
      isAlways[region] = !isSkipped && lanes.inside &&
                         lanes.loops == regions[lanes.parent].loops;
    previous = region;
    if (isAlways[region]) {
      for (double &often : lanes.activeLanes)
        often *= lanes.share;
      region = lanes.parent;
    }
    isSkipped = endsInBranch(block);
    auto executions = [&](int64_t which) {
      return getExecutions(regions, which, block.loops, run, threads,
                           target.waveSize);
    };
    double times = executions(region);
    for (int64_t gone = 0; gone < int64_t(regions.size()); ++gone)
      if (named >= 0 && merged.getMergedInto(gone) == named) {
        int64_t around = regions[gone].parent;
        times += executions(region == named ? gone : around);
        if (around >= 0 && merged.getEnd(around) >= 0)
          sidesAtEnd.insert(around);
      }
    for (int64_t side : sidesAtEnd)
      if (merged.getEnd(side) == named && block.loops == regions[named].loops)
        times += executions(side);
    InstructionCost cost =
        costOf(block, lanes, target, costs) * (times * waves);
    if (Block *branch = findLastBranch(regions[region].block))
      last[branch] += cost;
    else
      total.each += cost;
  }
  for (auto &[branch, cost] : last)
    if (auto it = run.executions.find(branch); it != run.executions.end())
      total.last.push_back({it->second, cost});
  return total;
}

InstructionCost KernelCost::sum() const {
  InstructionCost sum = each;
  for (const Last &part : last)
    sum += part.instructions;
  return sum;
}
