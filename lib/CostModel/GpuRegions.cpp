//===- GpuRegions.cpp - Regions of lowered kernels ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/GpuRegions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;

static constexpr llvm::StringLiteral kNumber("number");

static Location numberLocation(MLIRContext *context, int64_t number) {
  return FileLineColLoc::get(context, kNumber, number, 1);
}

int64_t cost::getLocationNumber(Location location) {
  int64_t number = -1;
  location->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file || file.getFilename() != kNumber)
      return WalkResult::advance();
    number = file.getLine();
    return WalkResult::interrupt();
  });
  return number;
}

NumberedKernels::NumberedKernels(ArrayRef<tile::KernelOp> kernels) {
  MLIRContext *context = tile::KernelOp(kernels.front()).getContext();
  module = ModuleOp::create(UnknownLoc::get(context));
  OpBuilder builder = OpBuilder::atBlockBegin(module->getBody());
  for (const tile::KernelOp &original : kernels) {
    tile::KernelOp kernel = original;
    auto copy = cast<tile::KernelOp>(builder.clone(*kernel));
    std::vector<Operation *> ops;
    kernel.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    size_t i = 0;
    copy.walk<WalkOrder::PreOrder>([&](Operation *op) {
      op->setLoc(op == copy ? UnknownLoc::get(context)
                            : numberLocation(context, originals.size()));
      originals.push_back(ops[i++]);
    });
  }
}

/// Is `inner` inside of `outer`, with nothing but branches in between?
static bool isBranchOf(Block *inner, Block *outer) {
  while (inner != outer) {
    auto branch = dyn_cast<scf::IfOp>(inner->getParentOp());
    if (!branch)
      return false;
    inner = branch->getBlock();
  }
  return true;
}

/// Steps of the tile kernel's loop that one of `loop` takes.
static int64_t copiesOf(scf::ForOp loop, scf::ForOp original) {
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  std::optional<int64_t> single = getConstantIntValue(original.getStep());
  return step && single && *single > 0 && *step % *single == 0 ? *step / *single
                                                               : 1;
}

/// The value of an integer that depends on nothing but the thread.
static std::optional<int64_t> evaluate(Value value, int64_t thread) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  if (isa<gpu::ThreadIdOp>(op))
    return thread;
  if (auto both = dyn_cast<arith::AndIOp>(op))
    if (evaluate(both.getLhs(), thread) == 0 ||
        evaluate(both.getRhs(), thread) == 0)
      return 0;
  SmallVector<int64_t> operands;
  for (Value operand : op->getOperands()) {
    if (!operand.getType().isIntOrIndex())
      return std::nullopt;
    std::optional<int64_t> number = evaluate(operand, thread);
    if (!number)
      return std::nullopt;
    operands.push_back(*number);
  }
  using Result = std::optional<int64_t>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtUIOp>(
          [&](auto) { return operands[0]; })
      .Case([&](arith::AddIOp) { return operands[0] + operands[1]; })
      .Case([&](arith::SubIOp) { return operands[0] - operands[1]; })
      .Case([&](arith::MulIOp) { return operands[0] * operands[1]; })
      .Case([&](arith::AndIOp) { return operands[0] & operands[1]; })
      .Case([&](arith::OrIOp) { return operands[0] | operands[1]; })
      .Case([&](arith::ShRUIOp) { return operands[0] >> operands[1]; })
      .Case([&](arith::ShLIOp) { return operands[0] << operands[1]; })
      .Case([&](arith::CmpIOp compare) {
        return Result(arith::applyCmpPredicate(compare.getPredicate(),
                                               APInt(64, operands[0], true),
                                               APInt(64, operands[1], true)));
      })
      .Default(Result());
}

/// How often `region`, a part of an operation, runs: of the waves of a
/// workgroup, those with a thread for which `condition` holds, or may hold
/// where that depends on more than the thread; and with which lanes.
static void countThreads(GpuRegion &region, Value condition, int64_t threads,
                         int64_t waveSize) {
  int64_t waves = 0;
  std::vector<int64_t> groups(region.activeLanes.size());
  for (int64_t wave = 0; wave < threads; wave += waveSize) {
    std::vector<bool> active(groups.size());
    for (int64_t lane = 0; lane < waveSize; ++lane) {
      std::optional<int64_t> holds = evaluate(condition, wave + lane);
      if (!holds || *holds & 1)
        active[lane / GpuRegion::kLaneGroup] = true;
    }
    for (auto [i, isActive] : llvm::enumerate(active))
      groups[i] += isActive;
    waves += llvm::is_contained(active, true);
  }
  region.share = double(waves) * waveSize / threads;
  for (auto [share, group] : llvm::zip(region.activeLanes, groups))
    if (waves)
      share = std::min(share, double(group) / waves);
}

static bool isStore(Operation &op) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  return effects && effects.hasEffect<MemoryEffects::Write>();
}

/// A loop of a tile.top_k: what is left of the result is filled one by one; the
/// row is looked at in pieces, several in a turn.
static void classifySelection(scf::ForOp loop, int64_t threads,
                              GpuRegion &region) {
  region.pieces = llvm::range_size(loop.getBody()->getOps<scf::IfOp>());
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  if (region.pieces == 0 || !step) {
    region.pieces = 1;
    region.selection = GpuRegion::Selection::Fill;
    return;
  }
  int64_t apart = *step / region.pieces;
  bool isStrided = apart >= threads;
  region.selection =
      isStrided ? GpuRegion::Selection::Strided : GpuRegion::Selection::Blocked;
  region.pieceWidth = isStrided ? apart / threads : apart;
}

namespace {
class Labeller {
public:
  Labeller(ArrayRef<Operation *> originals, int64_t threads)
      : originals(originals), threads(threads) {}

  GpuRegions run(gpu::GPUFuncOp function) {
    regions.threads = threads;
    label(function.getBody().front(), {});
    return std::move(regions);
  }

private:
  Operation *originalOf(Operation *op) {
    int64_t number = getLocationNumber(op->getLoc());
    return number < 0 ? nullptr : originals[number];
  }

  /// `region` has everything but the innermost tile block.
  void label(Block &block, GpuRegion region) {
    int64_t number = regions.size();
    // Code moves out of loops, but out of a branch only to the very front. So
    // what is here shows in which branch this is.
    for (Operation &op : block) {
      Operation *original = originalOf(&op);
      if (!original || op.hasTrait<OpTrait::ConstantLike>())
        continue;
      if (number == 0)
        region.block =
            &original->getParentOfType<tile::KernelOp>().getBody().front();
      else if (isBranchOf(original->getBlock(), region.block))
        region.block = original->getBlock();
    }
    for (Operation &op : block) {
      StringRef name = op.getName().getStringRef();
      if (name.starts_with("rocdl.mfma"))
        region.matrixInstructions += (name + " ").str();
      if (isStore(op))
        region.stores += (name + " ").str();
    }
    regions.push_back(region);
    for (Operation &op : block)
      if (isa<scf::ForOp, scf::IfOp>(op))
        for (Region &inner : op.getRegions())
          if (!inner.empty())
            label(inner.front(), describe(op, inner, number));
    for (Operation &op : block)
      if (!isa<scf::ForOp>(op))
        op.setLoc(numberLocation(op.getContext(), number));
  }

  GpuRegion describe(Operation &op, Region &inner, int64_t parent) {
    GpuRegion region;
    region.parent = parent;
    region.loops = regions[parent].loops;
    region.block = regions[parent].block;
    region.copies = regions[parent].copies;
    region.activeLanes = regions[parent].activeLanes;
    Operation *original = originalOf(&op);
    if (original && isa<scf::ForOp, scf::IfOp>(original)) {
      unsigned index = inner.getRegionNumber();
      Region &body = original->getRegion(index);
      if (!body.empty())
        region.block = &body.front();
    } else {
      region.inside = original ? original : op.getParentOp();
    }
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      region.branch = branch;
      region.side = inner.getRegionNumber();
      if (region.inside)
        countThreads(region, branch.getCondition(), threads, 64);
      const GpuRegion &turn = regions[parent];
      if (turn.selection != GpuRegion::Selection::None && !turn.branch) {
        region.selection = turn.selection;
        region.pieceWidth = turn.pieceWidth;
        region.pieces = turn.pieces;
        auto before =
            llvm::make_range(op.getBlock()->begin(), op.getIterator());
        region.piece = llvm::count_if(
            before, [](Operation &other) { return isa<scf::IfOp>(other); });
      }
      return region;
    }
    auto loop = cast<scf::ForOp>(op);
    ++region.loops;
    if (auto tiled = dyn_cast_or_null<scf::ForOp>(original))
      region.copies *= copiesOf(loop, tiled);
    if (region.inside && isa<tile::TopKOp>(region.inside))
      classifySelection(loop, threads, region);
    // What only tests and counts belongs to the loop's body.
    op.setLoc(numberLocation(op.getContext(), regions.size()));
    return region;
  }

  ArrayRef<Operation *> originals;
  int64_t threads;
  GpuRegions regions;
};
} // namespace

llvm::StringMap<GpuRegions> NumberedKernels::labelRegions() {
  llvm::StringMap<GpuRegions> result;
  module->walk([&](gpu::GPUFuncOp function) {
    int64_t threads = 64;
    if (auto size = function.getKnownBlockSize())
      threads = (*size)[0];
    result[function.getName()] = Labeller(originals, threads).run(function);
  });
  return result;
}

/// How often a wave does `region`, part of a selection of `k` from `count`
/// elements, summed over waves; or how many waves do.
static int64_t iterations(const GpuRegion &region, int64_t count, int64_t k,
                          int64_t threads, int64_t waveSize, bool any) {
  int64_t pieces = llvm::divideCeil(count, region.pieceWidth);
  int64_t total = 0;
  for (int64_t first = 0; first < threads; first += waveSize) {
    // Pieces of the wave's first thread.
    int64_t number = 0;
    switch (region.selection) {
    case GpuRegion::Selection::None:
      number = 1;
      break;
    case GpuRegion::Selection::Strided:
      number = llvm::divideCeil(std::max<int64_t>(0, pieces - first), threads);
      break;
    case GpuRegion::Selection::Blocked: {
      int64_t perThread = llvm::divideCeil(pieces, threads);
      number = std::clamp<int64_t>(pieces - first * perThread, 0, perThread);
      break;
    }
    case GpuRegion::Selection::Fill:
      number = llvm::divideCeil(
          std::max<int64_t>(0, k - std::min(count, k) - first), threads);
      break;
    }
    number = llvm::divideCeil(std::max<int64_t>(0, number - region.piece),
                              region.pieces);
    total += any ? std::min<int64_t>(number, 1) : number;
  }
  return total;
}

double cost::getExecutions(const GpuRegions &regions, int64_t number,
                           int64_t loops, const KernelRun &run, int64_t threads,
                           int64_t waveSize) {
  // The outermost loop that isn't around the code.
  while (regions[number].loops > loops &&
         regions[regions[number].parent].loops > loops)
    number = regions[number].parent;
  const GpuRegion &region = regions[number];
  bool onEntry = region.loops > loops;
  auto lookup = [](const auto &map, auto key) {
    auto it = map.find(key);
    return it == map.end() ? 0 : it->second;
  };
  if (!region.inside && onEntry)
    return double(lookup(run.entries, region.block)) /
           regions[region.parent].copies;
  if (!region.inside)
    return double(lookup(run.executions, region.block)) / region.copies;
  double parent =
      getExecutions(regions, region.parent, regions[region.parent].loops, run,
                    threads, waveSize);
  if (region.selection == GpuRegion::Selection::None)
    return parent * region.share;
  auto op = cast<tile::TopKOp>(region.inside);
  int64_t k = op.getResult().getType().getDimSize(0);
  auto selections = run.selections.find(op);
  if (selections == run.selections.end())
    return 0;
  double sum = 0;
  for (auto [count, times] : selections->second)
    sum += double(times) *
           iterations(region, count, k, threads, waveSize, onEntry);
  return sum * waveSize / threads;
}
