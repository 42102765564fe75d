//===- ChooseDistribution.cpp - Which distribution a tile gets ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Tiles of at most this many elements are held by every thread: exchanging
/// them would cost more than computing them again.
static constexpr int64_t kSmallTile = 32;
/// Likewise in a workgroup that is larger than others, whose threads have fewer
/// registers.
static constexpr int64_t kSmallTileOfMany = 8;

/// Instructions per element, roughly.
static int64_t costOf(Operation *op) {
  if (isa<math::ExpOp, math::Log1pOp>(op))
    return 16;
  if (isa<arith::DivFOp, math::SqrtOp>(op))
    return 10;
  return isa<arith::ConstantOp, tile::BroadcastOp>(op) ? 0 : 1;
}

/// From here on, an element is not evaluated twice.
static constexpr int64_t kCostly = 10;
/// Costly elements of a tile that every thread may evaluate all the same.
static constexpr int64_t kFewCostly = 8;
/// A load, in instructions; and what an element with all that it is made of has
/// to take to be evaluated just once.
static constexpr int64_t kLoadCost = 4, kCostlyChain = 24;
/// Longer rows that more than one reads are evaluated again instead of kept:
/// they would take shared memory from tiles that have to be there.
static constexpr int64_t kMostKept = 4096;

/// The distributions of slices side by side as one, if their threads agree; of
/// the slices that are there so far.
static std::optional<Distribution>
joinSlices(Value tile,
           function_ref<std::optional<Distribution>(Value)> natural) {
  auto insert = tile.getDefiningOp<tensor::InsertSliceOp>();
  if (!insert || ShapedType::isDynamicShape(insert.getStaticOffsets()) ||
      insert.getSourceType().getRank() != insert.getDestType().getRank() ||
      llvm::any_of(insert.getStaticStrides(),
                   [](int64_t step) { return step != 1; }))
    return std::nullopt;
  std::optional<Distribution> result = natural(insert.getSource());
  if (!result)
    return std::nullopt;
  for (Coordinates &offset : result->offsets)
    for (auto [value, start] : llvm::zip(offset, insert.getStaticOffsets()))
      value += start;
  if (insert.getDest().getDefiningOp<tensor::EmptyOp>())
    return result;
  std::optional<Distribution> rest = joinSlices(insert.getDest(), natural);
  if (!rest || rest->strides != result->strides || rest->group != result->group)
    return std::nullopt;
  rest->offsets.append(result->offsets.begin(), result->offsets.end());
  return rest;
}

std::optional<Distribution> KernelLowering::natural(Value tile) {
  auto stored = places.find(tile.getAsOpaquePointer());
  if (stored != places.end()) {
    if (stored->second.registers.empty())
      return std::nullopt;
    return stored->second.distribution;
  }
  Operation *op = tile.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto dot = dyn_cast<tile::DotOp>(op))
    return dotDistribution(dot);
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return reduceDistribution(reduce);
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    unsigned number = cast<OpResult>(tile).getResultNumber();
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    if (auto distribution = natural(yield.getOperand(number)))
      return distribution;
    return natural(loop.getInitArgs()[number]);
  }
  if (isa<tensor::InsertSliceOp>(op)) {
    auto joined = joinSlices(tile, [&](Value part) { return natural(part); });
    int64_t held = joined ? joined->numRegisters() : 0;
    int64_t holders = joined
                          ? threads() >> llvm::popcount(static_cast<uint64_t>(
                                             joined->replicatedBits()))
                          : 0;
    if (held * holders >=
        cast<RankedTensorType>(tile.getType()).getNumElements())
      return joined;
    return std::nullopt;
  }
  if (op->hasTrait<OpTrait::Elementwise>())
    for (Value operand : op->getOperands())
      if (isTile(operand.getType()))
        if (auto distribution = natural(operand))
          return distribution;
  return std::nullopt;
}

static bool isWriter(Operation *op) {
  return isa<tile::StoreOp, tile::ScatterOp, tile::ArriveOp>(op);
}

bool KernelLowering::overwritten(Value memref) {
  return llvm::any_of(memref.getUsers(), isWriter);
}

/// Can `other` run after `op`, which is not within it?
static bool mayFollow(Operation *op, Operation *other) {
  for (Operation *at = op; !isa<tile::KernelOp>(at); at = at->getParentOp()) {
    if (isa<scf::ForOp>(at) && at->isAncestor(other))
      return true;
    if (Operation *there = at->getBlock()->findAncestorOpInBlock(*other);
        there && there != at && at->isBeforeInBlock(there))
      return true;
  }
  return false;
}

/// Is `tile` read from what the kernel has written, and adds up with others?
/// Such loads are all under way before the first one is waited for.
static bool isPartialResult(Value tile) {
  auto load = tile.getDefiningOp<tile::LoadOp>();
  if (!load || !load->hasOneUse() ||
      !isa<arith::AddFOp>(*load->getUsers().begin()))
    return false;
  bool isWritten = false;
  for (Operation *user : load.getSource().getUsers()) {
    isWritten |= isWriter(user);
    if (isWriter(user) && mayFollow(load, user))
      return false;
  }
  return isWritten;
}

static bool addsPartialResults(Operation *op) {
  return isa<arith::AddFOp>(op) &&
         llvm::any_of(op->getOperands(), isPartialResult);
}

/// The last one of a row of such additions.
static bool endsPartialSum(Operation *op) {
  return addsPartialResults(op) &&
         !(op->hasOneUse() && addsPartialResults(*op->getUsers().begin()));
}

/// Only changes the type, the shape or the place of an operand's elements.
static bool isView(Operation *op) {
  return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             tensor::ExtractSliceOp, tile::BroadcastOp, arith::ExtFOp>(op);
}

/// Rows of a product's left factor that pay for storing it.
static constexpr int64_t kManyFactorRows = 16;

/// Only moves an operand's elements, or changes their type exactly.
static bool isMove(Operation *op) {
  return isView(op) || isa<tensor::InsertSliceOp, tile::TransposeOp>(op);
}

/// The products that read elements of `tile`.
static void collectProducts(Value tile,
                            llvm::SetVector<Operation *> &products) {
  for (Operation *user : tile.getUsers()) {
    if (isa<tile::DotOp>(user))
      products.insert(user);
    else if (isMove(user) || isa<fp8::ExtendOp>(user))
      collectProducts(user->getResult(0), products);
  }
}

/// The gather that elements of `tile` are from; null if there is none.
static tile::GatherOp findGather(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || isa<tile::GatherOp>(op))
    return dyn_cast_or_null<tile::GatherOp>(op);
  if (!isMove(op) && !op->hasTrait<OpTrait::Elementwise>())
    return {};
  for (Value operand : op->getOperands())
    if (tile::GatherOp gather =
            isTile(operand.getType()) ? findGather(operand) : tile::GatherOp())
      return gather;
  return {};
}

/// Is `op` a tile of bf16 that was made from gathered rows for products? Its
/// fragments would be gathered and converted by every wave anew.
static bool isGatheredFactor(Operation *op) {
  if (!isa<arith::TruncFOp>(op) || !findGather(op->getResult(0)))
    return false;
  llvm::SetVector<Operation *> products;
  collectProducts(op->getResult(0), products);
  return !products.empty();
}

bool tile_to_gpu::hasGatheredFactor(Value tile) {
  Operation *op = tile.getDefiningOp();
  return op && (isGatheredFactor(op) ||
                (isMove(op) && llvm::any_of(op->getOperands(), [](Value v) {
                   return isTile(v.getType()) && hasGatheredFactor(v);
                 })));
}

/// 16 bytes of what is gathered per thread, fewer where threads would hold
/// the same.
static Distribution gatheredDistribution(Operation *op, int64_t bits) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  tile::GatherOp gather = findGather(op->getResult(0));
  int64_t width = 16 / getBytes(gather.getSource().getType().getElementType());
  while (true) {
    if (type.getShape().back() % width == 0) {
      Distribution result =
          Distribution::rowMajor(type.getShape(), bits, 0, width);
      if (width == 1 || result.replicatedBits() == 0)
        return result;
    }
    width /= 2;
  }
}

Distribution KernelLowering::chooseDistribution(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  ArrayRef<int64_t> shape = type.getShape();
  Operation *op = tile.getDefiningOp();
  bool isLarge = op && op->hasTrait<OpTrait::Elementwise>() &&
                 type.getNumElements() > kFewCostly;
  bool isCostly = isLarge && costOf(op) >= kCostly;
  // Every thread would compute what it holds of costly elements.
  if (std::optional<Distribution> distribution = natural(tile);
      distribution &&
      !(isCostly && distribution->numRegisters() == type.getNumElements()))
    return *distribution;
  if (op && copiedAhead.contains(op))
    return copiedDistribution(cast<tile::LoadOp>(op));
  if (op && isGatheredFactor(op))
    return gatheredDistribution(op, threadBits());
  isCostly |= isLarge && (endsPartialSum(op) ||
                          costOfElement(tile, kCostlyChain) >= kCostlyChain);
  int64_t small =
      threads() > target.workgroupSize ? kSmallTileOfMany : kSmallTile;
  if (type.getNumElements() <= small && !isCostly)
    return Distribution::replicated(shape, threadBits());
  // 16 bytes per thread, fewer where that leaves threads idle.
  int64_t width = 16 / getBytes(type.getElementType());
  width = std::min<int64_t>(width, 8);
  while (width > 1 &&
         (shape.back() % width || type.getNumElements() / width < threads()))
    width /= 2;
  return Distribution::rowMajor(shape, threadBits(), 0, width);
}

/// Operations that evaluate elements of `tile`.
static void collectReaders(Value tile, llvm::SetVector<Operation *> &readers) {
  for (Operation *user : tile.getUsers()) {
    if (isView(user))
      collectReaders(user->getResult(0), readers);
    else
      readers.insert(user);
  }
}

int64_t KernelLowering::costOfElement(Value tile, int64_t limit) {
  Operation *op = tile.getDefiningOp();
  if (limit <= 0 || !op || !isTile(tile.getType()))
    return 0;
  if (places.count(tile.getAsOpaquePointer()))
    return 1;
  if (isa<tile::LoadOp, tile::GatherOp>(op))
    return kLoadCost;
  int64_t cost = op->hasTrait<OpTrait::Elementwise>() ? costOf(op) : 0;
  for (Value operand : op->getOperands())
    cost += costOfElement(operand, limit - cost);
  return cost;
}

/// Slices of the tile that `op` assembles are taken again. Evaluated where they
/// are used, each would evaluate both of its halves, and so on.
static bool isSlicedAgain(Operation *op) {
  int64_t slices = 0;
  for (Operation *user : op->getUsers()) {
    if (isa<tensor::ExtractSliceOp>(user))
      ++slices;
    else if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(user) &&
             isSlicedAgain(user))
      return true;
  }
  return slices > 1;
}

/// Is `load` the left factor of products with so many rows that warps, which
/// would each read all of them past the cache's tags, a few bytes of every row at
/// a time, read it from shared memory?
static bool isFactorOfManyRows(tile::LoadOp load) {
  RankedTensorType type = load.getResult().getType();
  if (type.getRank() != 2 || type.getDimSize(0) < kManyFactorRows ||
      getBytes(type.getElementType()) > 2)
    return false;
  llvm::SetVector<Operation *> products;
  collectProducts(load.getResult(), products);
  return !products.empty() && llvm::all_of(products, [&](Operation *product) {
    auto dot = cast<tile::DotOp>(product);
    Value left = dot.getA();
    while (Operation *op = left.getDefiningOp()) {
      if (op == load)
        break;
      if (!isMove(op) && !isa<fp8::ExtendOp>(op))
        return false;
      left = op->getOperand(0);
    }
    return left == load.getResult();
  });
}

/// Is `op` read from shared memory? What is copied ahead, and of products left
/// factors of many rows, gathered factors, and what these are multiplied by where
/// it leaves most of the memory to them.
bool KernelLowering::isKept(Operation *op) {
  if (isGatheredFactor(op) || copiedAhead.contains(op))
    return true;
  auto load = dyn_cast<tile::LoadOp>(op);
  if (!load)
    return false;
  if (target.kind == tile::TargetKind::NvidiaGpu && isFactorOfManyRows(load))
    return true;
  RankedTensorType type = load.getResult().getType();
  if (!type.getElementType().isBF16() || type.getRank() != 2 ||
      type.getNumElements() * getBytes(type.getElementType()) * 4 >=
          target.ldsBytes)
    return false;
  llvm::SetVector<Operation *> products;
  collectProducts(load.getResult(), products);
  return llvm::any_of(products, [](Operation *product) {
    return llvm::any_of(product->getOperands(), hasGatheredFactor);
  });
}

/// Does `op` add to a sum that a product has brought along? The registers of
/// both are free behind it.
bool KernelLowering::addsToProduct(Operation *op) {
  auto isThere = [&](Value tile) {
    return places.count(tile.getAsOpaquePointer());
  };
  return isa<arith::AddFOp>(op) &&
         llvm::any_of(op->getOperands(), [&](Value sum) {
           auto add = sum.getDefiningOp<arith::AddFOp>();
           return add && add->hasOneUse() && isThere(sum) &&
                  llvm::any_of(add->getOperands(), [&](Value part) {
                    return part.getDefiningOp<tile::DotOp>() && !isThere(part);
                  });
         });
}

bool KernelLowering::needsStorage(Operation *op) {
  if (isKept(op) || addsToProduct(op))
    return true;
  // Parts that are kept are read where they lie.
  if (isa<tensor::InsertSliceOp>(op))
    return isSlicedAgain(op) && !hasGatheredFactor(op->getResult(0));
  // Memory may change before the tile is read.
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return overwritten(load.getSource()) && !isPartialResult(load);
  if (auto gather = dyn_cast<tile::GatherOp>(op))
    return overwritten(gather.getSource());
  if (!op->hasTrait<OpTrait::Elementwise>() || isa<arith::ConstantOp>(op))
    return false;
  // Rounded results take half of the registers and of shared memory.
  if (isa<arith::TruncFOp>(op) && natural(op->getResult(0)))
    return true;
  if (endsPartialSum(op))
    return true;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t cost = costOf(op);
  if (cost < kCostly) {
    llvm::SetVector<Operation *> readers;
    collectReaders(op->getResult(0), readers);
    return readers.size() > 1 && type.getNumElements() <= kMostKept &&
           costOfElement(op->getResult(0), kCostlyChain) >= kCostlyChain;
  }
  // Evaluated more than once, or by several threads each.
  return !op->getResult(0).hasOneUse() || type.getNumElements() <= kSmallTile;
}
