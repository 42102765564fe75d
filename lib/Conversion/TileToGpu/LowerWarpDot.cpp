//===- LowerWarpDot.cpp - tile.dot on warps of 32 lanes -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks of 16 x 8 results, dealt out to the warps, columns first. A block
// walks over K in steps of mma.sync, in order, with the previous result as the
// addend. In one step a lane feeds neighbouring columns of K, four parts of K
// side by side: mma.sync numbers them otherwise, but the same for both factors,
// and the order within an instruction is its own. Only products with gathered
// rows, which lie in shared memory, go by mma.sync's numbers: matrices that a
// warp reads from there come in them.
//
// Widened FP4, whose sums need a scale for each column, is the left factor of
// the instruction: 16 columns, those of two blocks, times 8 rows. Of one row a
// lane then holds one column of each block instead of two, and few rows waste
// less.
//
// Factors that are neither codes nor bf16 have no exact matrix instruction:
// tf32 drops bits. Each thread adds up its own results then, in the host's order.
//
//===----------------------------------------------------------------------===//

#include "DotOperands.h"
#include "KernelLowering.h"
#include "WarpFactor.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
constexpr int64_t kRows = 16, kColumns = 8;
/// Lanes that hold parts of K of one row or column.
constexpr int64_t kPartBits = 2;
/// Columns of K that a thread without matrix instructions takes at a time.
constexpr int64_t kChunk = 4;

struct WarpOperation {
  llvm::StringLiteral element;
  int64_t k;
  llvm::StringLiteral intrinsic;
};

constexpr WarpOperation kOperations[] = {
    {"f8E4M3FN", 32, "llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32"},
    {"f16", 16, "llvm.nvvm.mma.m16n8k16.row.col.f32.f32"},
    {"bf16", 16, "llvm.nvvm.mma.m16n8k16.row.col.bf16"}};

/// The target's instruction for factors of type `element` that divides
/// `depth`; null if it has none.
const WarpOperation *findOperation(const tile::TargetFacts &target,
                                   StringRef element, int64_t depth) {
  for (const tile::MatrixInstruction &instruction : target.matrixInstructions)
    for (const WarpOperation &operation : kOperations)
      if (instruction.m == kRows && instruction.n == kColumns &&
          instruction.k == operation.k && instruction.lhs == element &&
          instruction.rhs == element && operation.element == element &&
          depth % operation.k == 0)
        return &operation;
  return nullptr;
}

bool areCodes(tile::DotOp op) {
  fp8::ExtendOp a = getExtendedCodes(op.getA());
  fp8::ExtendOp b = getExtendedCodes(op.getB());
  // FP4 has no way to FP8 as short as that to f16.
  return a && b && !isWidenedFp4(op.getB()) &&
         isa<Float8E4M3FNType>(getElementTypeOrSelf(a.getInput().getType())) &&
         isa<Float8E4M3FNType>(getElementTypeOrSelf(b.getInput().getType()));
}

/// The instruction for the narrowest exact factors; null if f32 is needed. f16,
/// which codes become with fewer instructions than bf16, is for those without
/// scales.
const WarpOperation *chooseOperation(tile::DotOp op,
                                     const tile::TargetFacts &target) {
  int64_t depth = cast<RankedTensorType>(op.getA().getType()).getDimSize(1);
  const WarpOperation *operation = nullptr;
  if (areCodes(op))
    operation = findOperation(target, "f8E4M3FN", depth);
  if (!operation && isF16(op.getA()) && isF16(op.getB()))
    operation = findOperation(target, "f16", depth);
  if (!operation && isBf16(op.getA()) && isBf16(op.getB()))
    operation = findOperation(target, "bf16", depth);
  return operation;
}

/// How the blocks of a result are dealt out.
struct WarpBlocks {
  int64_t m, n, rows, columns;
  int64_t bitsN = 0, bitsM = 0;

  WarpBlocks(tile::DotOp op, int64_t warpBits) {
    auto type = cast<RankedTensorType>(op.getResult().getType());
    m = type.getDimSize(0);
    n = type.getDimSize(1);
    rows = llvm::divideCeil(m, kRows);
    columns = llvm::divideCeil(n, kColumns);
    while (bitsN < warpBits && columns % (int64_t(2) << bitsN) == 0)
      ++bitsN;
    while (bitsN + bitsM < warpBits && rows % (int64_t(2) << bitsM) == 0)
      ++bitsM;
  }
  int64_t rowBlocks() const { return rows >> bitsM; }
  int64_t columnBlocks() const { return columns >> bitsN; }
  /// Of the bits of the warp that choose rows, and columns.
  SmallVector<int64_t> rowStrides() const { return stridesOf(bitsM, kRows); }
  SmallVector<int64_t> columnStrides() const {
    return stridesOf(bitsN, kColumns);
  }
  int64_t rowStep() const { return kRows << bitsM; }
  int64_t columnStep() const { return kColumns << bitsN; }
  /// Rows 8 to 15 of a block exist.
  bool hasUpperRows() const { return m > kRows / 2; }

private:
  static SmallVector<int64_t> stridesOf(int64_t bits, int64_t block) {
    SmallVector<int64_t> result;
    for (int64_t bit = 0; bit < bits; ++bit)
      result.push_back(block << bit);
    return result;
  }
};

/// What `op` alone is added to, if that is there in front of it: null if there
/// is no such sum.
arith::AddFOp findSum(tile::DotOp op) {
  if (!op.getResult().hasOneUse())
    return {};
  auto sum = dyn_cast<arith::AddFOp>(*op->user_begin());
  if (!sum || sum->getBlock() != op->getBlock())
    return {};
  Value addend = sum.getLhs() == op.getResult() ? sum.getRhs() : sum.getLhs();
  Operation *source = addend.getDefiningOp();
  bool isThere = !source || source->getBlock() != op->getBlock() ||
                 source->isBeforeInBlock(op);
  return isThere ? sum : arith::AddFOp();
}

/// Are the instruction's rows columns of the result?
bool isTransposed(tile::DotOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  return isWidenedFp4(op.getB()) && llvm::isPowerOf2_64(type.getDimSize(0));
}
} // namespace

Distribution KernelLowering::warpDotDistribution(tile::DotOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  if (!chooseOperation(op, target))
    return Distribution::rowMajor(type.getShape(), threadBits(), 0, 1);
  WarpBlocks blocks(op, threadBits() - laneBits());
  Distribution result;
  result.strides.assign(threadBits(), Coordinates(2, 0));
  // The dimension of which a lane holds neighbours, and the other one.
  int64_t inner = isTransposed(op) ? 0 : 1, outer = 1 - inner;
  int64_t innerSize = inner ? blocks.n : blocks.m;
  int64_t outerSize = inner ? blocks.m : blocks.n;
  result.group = innerSize > 1 ? 2 : 1;
  for (int64_t bit = 0; bit < kPartBits; ++bit)
    if ((int64_t(2) << bit) < innerSize)
      result.strides[bit][inner] = int64_t(2) << bit;
  for (int64_t bit = 0; bit < 3; ++bit)
    if ((int64_t(1) << bit) < outerSize)
      result.strides[kPartBits + bit][outer] = int64_t(1) << bit;
  for (int64_t bit = 0; bit < blocks.bitsN; ++bit)
    result.strides[laneBits() + bit][1] = kColumns << bit;
  for (int64_t bit = 0; bit < blocks.bitsM; ++bit)
    result.strides[laneBits() + blocks.bitsN + bit][0] = kRows << bit;
  for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
    for (int64_t column = 0; column < blocks.columnBlocks(); ++column)
      for (int64_t upper = 0; upper <= blocks.hasUpperRows(); ++upper)
        for (int64_t i = 0; i < result.group; ++i) {
          result.offsets.push_back({row * blocks.rowStep() + upper * kRows / 2,
                                    column * blocks.columnStep()});
          result.offsets.back()[inner] += i;
        }
  return result;
}

/// Is `tile` read from shared memory as it lies there, or will it be, once it
/// is wanted by other threads than those that hold it?
bool KernelLowering::isStoredFactor(Value tile) {
  while (true) {
    if (places.count(tile.getAsOpaquePointer()))
      return true;
    Operation *op = tile.getDefiningOp();
    if (!op ||
        !isa<tensor::ExtractSliceOp, tensor::InsertSliceOp, tile::TransposeOp>(
            op))
      return false;
    // Of what is assembled, the part that is there last stands for the others.
    tile = op->getOperand(0);
  }
}

LogicalResult KernelLowering::lowerWarpDot(tile::DotOp op) {
  const WarpOperation *operation = chooseOperation(op, target);
  if (!operation)
    return lowerScalarDot(op);
  Location loc = op.getLoc();
  WarpBlocks blocks(op, threadBits() - laneBits());
  int64_t k = cast<RankedTensorType>(op.getA().getType()).getDimSize(1);
  int64_t steps = k / operation->k;
  bool codes = operation->element == "f8E4M3FN";
  bool isF16s = operation->element == "f16";
  // Whether the matrices' order of K is taken depends on what the factors are,
  // not on where they lie, so that kernels for any number of tokens agree.
  bool hasMatrices =
      target.hasMatrixLoads && operation->element == "bf16" &&
      (hasGatheredFactor(op.getA()) || hasGatheredFactor(op.getB()));
  auto order =
      hasMatrices ? WarpFactor::Order::Halves : WarpFactor::Order::Neighbours;
  WarpFactor factorA(order, 0, operation->k, blocks.m, threadBits(),
                     laneBits() + blocks.bitsN, blocks.rowStrides());
  WarpFactor factorB(order, 1, operation->k, blocks.n, threadBits(), laneBits(),
                     blocks.columnStrides());

  /// A fragment: its first row or column, and its step of K.
  using Fragment = std::pair<int64_t, int64_t>;
  // The registers of a lane for some fragments, two for each; all first ones in
  // front of the second ones if `interleaved`, as the instruction wants those
  // of its lower and upper rows.
  auto registersAt = [&](Value tile, const WarpFactor &factor,
                         ArrayRef<Fragment> fragments,
                         bool interleaved = false) -> SmallVector<Value> {
    Access access;
    access.base.assign(2, Value());
    access.strides = factor.strides();
    SmallVector<Coordinates> seconds;
    for (auto [row, step] : fragments) {
      SmallVector<Coordinates> both = factor.offsets(row, step);
      size_t ofFirst = interleaved ? both.size() / 2 : both.size();
      access.offsets.append(both.begin(), both.begin() + ofFirst);
      seconds.append(both.begin() + ofFirst, both.end());
    }
    access.offsets.append(seconds);
    Value bits;
    if (codes) {
      bits =
          toStorage(builder, emit(getExtendedCodes(tile).getInput(), access));
    } else if (isF16s) {
      auto f16s = VectorType::get({access.width()}, builder.getF16Type());
      bits = arith::TruncFOp::create(builder, loc, f16s, emit(tile, access));
    } else if (auto extend = tile.getDefiningOp<arith::ExtFOp>()) {
      llvm::SaveAndRestore together(warpsAreWhole, true);
      bits = toStorage(builder, emit(extend.getIn(), access));
    } else {
      // The upper half of an f32 that is a bf16.
      auto i32s = VectorType::get({access.width()}, builder.getI32Type());
      auto i16s = VectorType::get({access.width()}, builder.getI16Type());
      Value wide =
          arith::BitcastOp::create(builder, loc, i32s, emit(tile, access));
      Value high = arith::ShRUIOp::create(builder, loc, wide,
                                          splat(i32(16), access.width()));
      bits = arith::TruncIOp::create(builder, loc, i16s, high);
    }
    SmallVector<Value> registers;
    int64_t count = 2 * fragments.size();
    if (isF16s) {
      for (int64_t i = 0; i < count; ++i)
        registers.push_back(vector::ExtractStridedSliceOp::create(
            builder, loc, bits, 2 * i, 2, 1));
      return registers;
    }
    Value words = LLVM::BitcastOp::create(
        builder, loc, VectorType::get({count}, builder.getI32Type()), bits);
    for (int64_t i = 0; i < count; ++i)
      registers.push_back(
          vector::ExtractOp::create(builder, loc, words, ArrayRef<int64_t>{i}));
    return registers;
  };
  // Four matrices come with one instruction: two fragments of a stored factor.
  auto comesInPairs = [&](Value tile) {
    auto extend = tile.getDefiningOp<arith::ExtFOp>();
    return hasMatrices && extend && isStoredFactor(extend.getIn());
  };
  bool pairsA = comesInPairs(op.getA()), pairsB = comesInPairs(op.getB());
  // Those of the rows or columns from `row` on, for `step`. A step that comes
  // with the one in front of it has been read with that one.
  SmallVector<SmallVector<Value>> aheadA(blocks.rowBlocks()),
      aheadB(blocks.columnBlocks());
  auto fragmentAt = [&](Value tile, const WarpFactor &factor, bool inPairs,
                        SmallVector<Value> &ahead, int64_t row,
                        int64_t step) -> SmallVector<Value> {
    if (!ahead.empty())
      return std::exchange(ahead, {});
    if (!inPairs || step + 1 == steps)
      return registersAt(tile, factor, {{row, step}});
    SmallVector<Value> both =
        registersAt(tile, factor, {{row, step}, {row, step + 1}});
    ahead.assign(both.begin() + 2, both.end());
    both.truncate(2);
    return both;
  };

  Type f32 = builder.getF32Type();
  auto returned = LLVM::LLVMStructType::getLiteral(builder.getContext(),
                                                   {f32, f32, f32, f32});
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
  auto multiply = [&](std::array<Value, 4> lhs, std::array<Value, 2> rhs,
                      std::array<Value, 4> &sums) {
    SmallVector<Value> arguments(lhs.begin(), lhs.end());
    arguments.append(rhs.begin(), rhs.end());
    arguments.append(sums.begin(), sums.end());
    Value result = LLVM::CallIntrinsicOp::create(
                       builder, loc, returned,
                       builder.getStringAttr(operation->intrinsic), arguments)
                       .getResult(0);
    for (int64_t i = 0; i < 4; ++i)
      sums[i] = LLVM::ExtractValueOp::create(builder, loc, result, i);
  };

  // Instructions for a block of rows and columns: one; transposed, one for two
  // blocks of columns and each half of the rows.
  bool transposed = isTransposed(op);
  int64_t halves = 1 + blocks.hasUpperRows();
  int64_t perRow = transposed
                       ? halves * llvm::divideCeil(blocks.columnBlocks(), 2)
                       : blocks.columnBlocks();
  SmallVector<std::array<Value, 4>> results(blocks.rowBlocks() * perRow,
                                            {zero, zero, zero, zero});
  // Two halves of an instruction's rows, of two columns each: the number of the
  // instruction, and the first of its results.
  auto placeOf = [&](int64_t row, int64_t column, int64_t upper) {
    int64_t number = transposed ? column / 2 * halves + upper : column;
    int64_t half = transposed ? column % 2 : upper;
    return std::make_pair(row * perRow + number, 2 * half);
  };
  Distribution distribution = warpDotDistribution(op);
  // Weighted keys go on where the sum has got to, which takes neither zeros nor
  // additions, nor registers for both. Like the order of K, that may depend
  // only on what the factors are.
  arith::AddFOp sum =
      hasMatrices && !transposed ? findSum(op) : arith::AddFOp();
  if (sum) {
    Value addend = sum.getLhs() == op.getResult() ? sum.getRhs() : sum.getLhs();
    SmallVector<Access> accesses = groups(distribution);
    const Access *access = accesses.begin();
    for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
      for (int64_t column = 0; column < blocks.columnBlocks(); ++column)
        for (int64_t upper = 0; upper < halves; ++upper) {
          auto [number, first] = placeOf(row, column, upper);
          Value values = emit(addend, *access++);
          for (int64_t i = 0; i < distribution.group; ++i)
            results[number][first + i] = vector::ExtractOp::create(
                builder, loc, values, ArrayRef<int64_t>{i});
        }
  }
  for (int64_t step = 0; step < steps; ++step) {
    using Halves = std::array<std::array<Value, 2>, 2>;
    SmallVector<Halves> as;
    SmallVector<std::array<Value, 2>> bs;
    for (int64_t block = 0; block < blocks.rowBlocks(); ++block) {
      int64_t row = block * blocks.rowStep(), upper = row + kRows / 2;
      if (!blocks.hasUpperRows()) {
        auto lower =
            fragmentAt(op.getA(), factorA, pairsA, aheadA[block], row, step);
        as.push_back({{{lower[0], lower[1]}, {lower[0], lower[1]}}});
        continue;
      }
      SmallVector<Value> both;
      if (pairsA) {
        both = registersAt(op.getA(), factorA, {{row, step}, {upper, step}},
                           /*interleaved=*/true);
        std::swap(both[1], both[2]);
      } else {
        both = registersAt(op.getA(), factorA, {{row, step}});
        both.append(registersAt(op.getA(), factorA, {{upper, step}}));
      }
      as.push_back({{{both[0], both[1]}, {both[2], both[3]}}});
    }
    for (int64_t block = 0; block < blocks.columnBlocks(); ++block) {
      auto column = fragmentAt(op.getB(), factorB, pairsB, aheadB[block],
                               block * blocks.columnStep(), step);
      bs.push_back({column[0], column[1]});
    }
    auto interleave = [](std::array<Value, 2> lower,
                         std::array<Value, 2> upper) -> std::array<Value, 4> {
      return {lower[0], upper[0], lower[1], upper[1]};
    };
    for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
      for (int64_t i = 0; i < perRow; ++i) {
        auto &result = results[row * perRow + i];
        if (!transposed) {
          multiply(interleave(as[row][0], as[row][1]), bs[i], result);
          continue;
        }
        size_t column = i / halves * 2;
        multiply(
            interleave(bs[column], bs[std::min(column + 1, bs.size() - 1)]),
            as[row][i % halves], result);
      }
  }

  SmallVector<Value> registers;
  for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
    for (int64_t column = 0; column < blocks.columnBlocks(); ++column)
      for (int64_t upper = 0; upper < halves; ++upper) {
        auto [number, first] = placeOf(row, column, upper);
        registers.push_back(vector::FromElementsOp::create(
            builder, loc, VectorType::get({distribution.group}, f32),
            ArrayRef<Value>(results[number]).slice(first, distribution.group)));
      }
  setRegisters(sum ? sum.getResult() : op.getResult(), distribution,
               std::move(registers));
  return success();
}

LogicalResult KernelLowering::lowerScalarDot(tile::DotOp op) {
  Location loc = op.getLoc();
  int64_t k = cast<RankedTensorType>(op.getA().getType()).getDimSize(1);
  Distribution distribution = warpDotDistribution(op);
  auto type = VectorType::get({1}, builder.getF32Type());
  SmallVector<Access> results = groups(distribution);
  SmallVector<Value> sums(
      results.size(),
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)));
  for (int64_t first = 0; first < k; first += kChunk) {
    int64_t width = std::min(kChunk, k - first);
    // The factors of one result: its row of A or column of B.
    auto factorOf = [&](Value tile, const Access &result, int64_t rowDim) {
      int64_t kDim = 1 - rowDim;
      Access access = result;
      for (Coordinates &stride : access.strides)
        stride[kDim] = 0;
      Coordinates start = access.offsets[0];
      access.offsets.clear();
      for (int64_t i = 0; i < width; ++i) {
        start[kDim] = first + i;
        access.offsets.push_back(start);
      }
      return emit(tile, access);
    };
    for (auto [result, sum] : llvm::zip(results, sums)) {
      Value a = factorOf(op.getA(), result, 0);
      Value b = factorOf(op.getB(), result, 1);
      for (int64_t i = 0; i < width; ++i)
        sum = math::FmaOp::create(builder, loc, pick(builder, a, {i}),
                                  pick(builder, b, {i}), sum);
    }
  }
  setRegisters(op.getResult(), distribution, std::move(sums));
  return success();
}
