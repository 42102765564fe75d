//===- PlaceShared.cpp - Layouts of shared tiles, and accesses to them ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last step of a kernel's lowering. A tile's layout is chosen for all
// accesses at once, those that write it and those that read it, which are in
// different patterns as a rule. Then code takes the place of placeholders.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include <map>
#include <numeric>

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

/// Lanes that reach beyond the tile read what others do, since what is there is
/// unspecified, and one word that several lanes read is read once; or they
/// don't write.
static Access foldIntoTile(Access access, ArrayRef<int64_t> shape) {
  for (auto [dim, size] : llvm::enumerate(shape))
    if (!access.base[dim])
      for (Coordinates &stride : access.strides)
        if (stride[dim] >= size)
          stride[dim] = 0;
  return access;
}

/// The strides of a tile of `shape` with elements in order.
static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  return strides;
}

/// `use` by the numbers of elements.
static LinearAccess toNumbers(const SharedTile::Use &use) {
  SmallVector<int64_t> steps = stridesOf(use.view);
  auto number = [&](const Coordinates &coordinates) {
    int64_t result = 0;
    for (auto [value, step] : llvm::zip(coordinates, steps))
      result += value * step;
    return result;
  };
  Access access = foldIntoTile(use.access, use.view);
  LinearAccess result;
  for (const Coordinates &offset : access.offsets)
    result.offsets.push_back(number(offset));
  for (const Coordinates &stride : access.strides)
    result.strides.push_back(number(stride));
  for (auto [base, step] : llvm::zip(use.access.base, steps))
    if (base)
      result.baseMultiple =
          std::gcd(result.baseMultiple, multipleOf(base) * step);
  return result;
}

/// Lanes of the first wave that take part in a store.
static uint64_t getStoringLanes(const SharedTile::Use &use, int64_t waveSize) {
  uint64_t lanes = 0;
  for (int64_t lane = 0; lane < waveSize; ++lane) {
    bool stores = (lane & use.replicatedBits) == 0;
    for (auto [dim, size] : llvm::enumerate(use.view)) {
      int64_t at = use.access.offsets[0][dim];
      for (auto [bit, stride] : llvm::enumerate(use.access.strides))
        at += (lane >> bit & 1) * stride[dim];
      stores &= at < size;
    }
    if (stores)
      lanes |= uint64_t{1} << lane;
  }
  return lanes;
}

/// How often `use` is executed, if loops take eight steps and branches are
/// taken every other time.
static int64_t getWeight(const SharedTile::Use &use) {
  Operation *op = use.placeholder;
  // All threads but the elements' owners pass over a store.
  if (use.replicatedBits)
    op = op->getParentOp();
  int64_t weight = 1 << 10;
  while ((op = op->getParentOp())) {
    if (isa<scf::ForOp>(op))
      weight *= 8;
    else if (isa<scf::IfOp>(op))
      weight = std::max<int64_t>(1, weight / 2);
  }
  return weight;
}

void KernelLowering::placeSharedTiles() {
  for (SharedTile &tile : sharedTiles) {
    SharedLayout layout;
    int64_t bytes = tile.storage.getIntOrFloatBitWidth() / 8;
    int64_t elements = llvm::product_of(tile.shape);
    if (!tile.memory) {
      std::vector<SharedUse> uses;
      for (const SharedTile::Use &use : tile.stores)
        uses.push_back({toNumbers(use), getStoringLanes(use, target.waveSize),
                        getWeight(use)});
      std::deque<MatrixLoad> matrices;
      for (const SharedTile::Use &use : tile.loads) {
        uses.push_back({toNumbers(use), ~uint64_t{0}, getWeight(use)});
        if (std::optional<MatrixLoad> load = findMatrices(tile, use))
          uses.back().matrices = &matrices.emplace_back(std::move(*load));
      }
      int64_t columns = tile.shape.empty() ? 1 : tile.shape.back();
      layout = chooseSharedLayout(elements, columns, bytes, uses, target);
      tile.memory = allocateShared(layout.size(elements), tile.storage);
    }
    for (const SharedTile::Use &use : tile.stores)
      emitStore(tile, use, layout);
    for (const SharedTile::Use &use : tile.loads)
      if (!emitMatrixLoad(tile, use, layout))
        emitLoad(tile, use, layout);
  }
}

static Value toIndex(OpBuilder &builder, Value value) {
  return arith::IndexCastUIOp::create(builder, value.getLoc(),
                                      builder.getIndexType(), value);
}

/// What bit b of `number` flips: the sum without carries of flips[b].
Value KernelLowering::emitFlips(Value number, ArrayRef<int64_t> flips) {
  Location loc = kernel.getLoc();
  // Bits that move equally far go together.
  std::map<int64_t, int64_t> masks; // by distance, of what is flipped
  for (auto [from, bits] : llvm::enumerate(flips))
    for (int64_t to = 0; bits >> to; ++to)
      if (bits >> to & 1)
        masks[static_cast<int64_t>(from) - to] |= int64_t(1) << to;
  Value result;
  for (auto [distance, mask] : masks) {
    Value moved = number;
    if (distance > 0)
      moved = arith::ShRUIOp::create(builder, loc, number, i32(distance));
    else if (distance < 0)
      moved = arith::ShLIOp::create(builder, loc, number, i32(-distance));
    moved = arith::AndIOp::create(builder, loc, moved, i32(mask));
    result =
        result ? arith::XOrIOp::create(builder, loc, result, moved) : moved;
  }
  return result ? result : i32(0);
}

/// The position of the base of an access.
Value KernelLowering::emitBase(const SharedTile::Use &use,
                               const SharedLayout &layout) {
  Location loc = kernel.getLoc();
  Value base, rest;
  for (auto [value, step] : llvm::zip(use.access.base, stridesOf(use.view))) {
    if (layout.period && step % layout.period == 0)
      base = addI32(base, mulI32(value, layout.position(step)));
    else
      rest = addI32(rest, mulI32(value, step));
  }
  if (rest && layout.period) {
    Value periods =
        arith::DivUIOp::create(builder, loc, rest, i32(layout.period));
    rest = addI32(rest, mulI32(periods, layout.gap));
  }
  if (rest && !layout.swizzle.empty())
    rest = arith::XOrIOp::create(builder, loc, rest,
                                 emitFlips(rest, layout.swizzle));
  return addI32(base, rest);
}

/// Of the first element of `access`: what all elements have in common, and the
/// element's own.
Value KernelLowering::emitPosition(const LinearAccess &access, Value common,
                                   int64_t i) {
  int64_t offset = access.offsets[i];
  if (!access.isXor)
    return addI32(common, i32(offset));
  // Bits that aren't variable can be added.
  int64_t flips = offset & access.variableBits();
  if (flips)
    common =
        arith::XOrIOp::create(builder, kernel.getLoc(), common, i32(flips));
  return addI32(common, i32(offset & ~flips));
}

Value KernelLowering::emitCommon(const LinearAccess &access, Value base) {
  if (!access.isXor)
    return addI32(threadSum(access.strides), base);
  Value &flips = threadFlips[std::vector<int64_t>(access.strides.begin(),
                                                  access.strides.end())];
  if (!flips) {
    // Where it dominates everything, behind the thread's number.
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfter(thread.getDefiningOp());
    flips = emitFlips(thread, access.strides);
  }
  return base ? arith::XOrIOp::create(builder, kernel.getLoc(), flips, base)
                    .getResult()
              : flips;
}

static Value concatenate(OpBuilder &builder, Value a, Value b) {
  int64_t size = cast<VectorType>(a.getType()).getDimSize(0) +
                 cast<VectorType>(b.getType()).getDimSize(0);
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, size));
  return vector::ShuffleOp::create(builder, a.getLoc(), a, b, all);
}

std::optional<MatrixLoad>
KernelLowering::findMatrices(const SharedTile &tile,
                             const SharedTile::Use &use) {
  if (!target.hasMatrixLoads || !use.warpsAreWhole ||
      tile.storage.getIntOrFloatBitWidth() != 8 * MatrixLoad::kBytes)
    return std::nullopt;
  return findMatrixLoad(toNumbers(use));
}

bool KernelLowering::emitMatrixLoad(const SharedTile &tile,
                                    const SharedTile::Use &use,
                                    const SharedLayout &layout) {
  std::optional<MatrixLoad> load = findMatrices(tile, use);
  std::optional<LinearAccess> rows = load ? load->apply(layout) : std::nullopt;
  if (!rows)
    return false;
  // Lanes beyond the last matrix name a row too, and must not beyond the tile.
  int64_t size = cast<MemRefType>(tile.memory.getType()).getDimSize(0);
  for (int64_t thread = 0; thread < threads(); ++thread)
    if (rows->at(thread, 0) + MatrixLoad::kSize > size)
      return false;
  Location loc = kernel.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(use.placeholder);
  Value at = emitPosition(*rows, emitCommon(*rows, emitBase(use, layout)), 0);
  auto type = VectorType::get({load->matrices, 2}, tile.storage);
  Value registers = nvgpu::LdMatrixOp::create(
      builder, loc, type, tile.memory, ValueRange{toIndex(builder, at)},
      load->isTransposed, load->matrices);
  use.placeholder->replaceAllUsesWith(ValueRange{vector::ShapeCastOp::create(
      builder, loc, use.placeholder->getResult(0).getType(), registers)});
  use.placeholder->erase();
  return true;
}

void KernelLowering::emitLoad(const SharedTile &tile,
                              const SharedTile::Use &use,
                              const SharedLayout &layout) {
  Location loc = kernel.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(use.placeholder);
  Value base = emitBase(use, layout);
  LinearAccess access = *layout.apply(toNumbers(use));
  Value common = emitCommon(access, base);
  int64_t size = cast<MemRefType>(tile.memory.getType()).getDimSize(0);
  int64_t span = 0;
  for (int64_t stride : access.strides)
    span = access.isXor ? span | stride : span + std::max<int64_t>(0, stride);
  int64_t last = size - access.width();
  bool isLimited = !base && llvm::any_of(access.offsets, [&](int64_t offset) {
    return (access.isXor ? offset | span : offset + span) >= size || offset < 0;
  });
  auto position = [&](int64_t i) {
    // Elements beyond the tile are unspecified, but must not be read. A
    // uniform base promises to be inside.
    Value at = emitPosition(access, common, i);
    if (isLimited)
      at = arith::MinUIOp::create(builder, loc, at, i32(last));
    return toIndex(builder, at);
  };
  auto type = cast<VectorType>(use.placeholder->getResult(0).getType());
  int64_t run = access.runLength();
  int64_t bytes = tile.storage.getIntOrFloatBitWidth() / 8;
  int64_t alignment = access.alignment(bytes);
  if (isLimited)
    alignment = std::min<int64_t>(alignment, last * bytes & -(last * bytes));
  Value vector;
  if (run > 1 || access.width() == 1) {
    auto runType = VectorType::get({run}, tile.storage);
    for (int64_t first = 0; first < access.width(); first += run) {
      Value part = vector::LoadOp::create(
          builder, loc, runType, tile.memory, ValueRange{position(first)},
          /*nontemporal=*/false, llvm::Align(alignment));
      vector = vector ? concatenate(builder, vector, part) : part;
    }
  } else {
    SmallVector<Value> elements;
    for (int64_t i = 0; i < access.width(); ++i)
      elements.push_back(memref::LoadOp::create(builder, loc, tile.memory,
                                                ValueRange{position(i)}));
    vector = vector::FromElementsOp::create(builder, loc, type, elements);
  }
  use.placeholder->replaceAllUsesWith(ValueRange{vector});
  use.placeholder->erase();
}

void KernelLowering::emitStore(const SharedTile &tile,
                               const SharedTile::Use &use,
                               const SharedLayout &layout) {
  Location loc = kernel.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(use.placeholder);
  Value bits = use.placeholder->getOperand(0);
  LinearAccess access = *layout.apply(toNumbers(use));
  Value common = emitCommon(access, {});
  auto position = [&](int64_t i) {
    return toIndex(builder, emitPosition(access, common, i));
  };
  Value inBounds = emitInBounds(use.access, use.view);
  int64_t run = access.runLength();
  if (run > 1 && !inBounds) {
    int64_t bytes = tile.storage.getIntOrFloatBitWidth() / 8;
    llvm::Align alignment(access.alignment(bytes));
    for (int64_t first = 0; first < access.width(); first += run) {
      SmallVector<int64_t> indices =
          llvm::to_vector(llvm::seq(first, first + run));
      vector::StoreOp::create(builder, loc, pick(builder, bits, indices),
                              tile.memory, ValueRange{position(first)},
                              /*nontemporal=*/false, alignment);
    }
    use.placeholder->erase();
    return;
  }
  for (int64_t i = 0; i < access.width(); ++i) {
    Value value =
        vector::ExtractOp::create(builder, loc, bits, ArrayRef<int64_t>{i});
    OpBuilder::InsertionGuard inner(builder);
    if (inBounds) {
      Value inside = vector::ExtractOp::create(builder, loc, inBounds,
                                               ArrayRef<int64_t>{i});
      auto branch = scf::IfOp::create(builder, loc, inside, false);
      builder.setInsertionPointToStart(&branch.getThenRegion().front());
    }
    memref::StoreOp::create(builder, loc, value, tile.memory,
                            ValueRange{position(i)});
  }
  use.placeholder->erase();
}
