//===- LowerDot.cpp - tile.dot on matrix instructions ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks of 16 x 16 results, dealt out to the waves, columns first. A block
// walks over K in steps of a matrix instruction, in order, with the previous
// result as the addend.
//
// A lane gets four neighbours along one dimension of a block. For products with
// weights these are columns: the instruction computes the transposed block, so
// that a row's scale is one number per lane and results leave in wide stores.
//
//===----------------------------------------------------------------------===//

#include "DotOperands.h"
#include "KernelLowering.h"
#include "dsv4c/Dialect/Fp8/IR/E2M1AsF16.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

namespace {
constexpr int64_t kBlock = 16;

/// What the operands are read as: the narrowest of these in which they are
/// exact.
enum class Operand { Fp8, Bf16, F32 };

/// The operation of an instruction in the target's table, which the 64 lanes of
/// a wave feed with k / 4 columns each.
struct MatrixOperation {
  llvm::StringLiteral element;
  int64_t k;
  llvm::StringLiteral name;
};

constexpr MatrixOperation kOperations[] = {
    {"f8E4M3FNUZ", 32, "rocdl.mfma.f32.16x16x32.fp8.fp8"},
    {"f8E4M3FN", 32, "rocdl.mfma.f32.16x16x32.fp8.fp8"},
    {"bf16", 32, "rocdl.mfma.f32.16x16x32.bf16"},
    {"bf16", 16, "rocdl.mfma.f32.16x16x16bf16.1k"},
    {"f32", 4, "rocdl.mfma.f32.16x16x4f32"}};

/// The target's preferred instruction for operands of type `element` and blocks
/// of 16 x 16 that divides `depth`; null if it has none.
const MatrixOperation *findOperation(const tile::TargetFacts &target,
                                     Type element, int64_t depth) {
  std::string name;
  llvm::raw_string_ostream(name) << element;
  for (const tile::MatrixInstruction &instruction : target.matrixInstructions) {
    if (instruction.m != kBlock || instruction.n != kBlock ||
        instruction.scaleBlock || instruction.lhs != name ||
        instruction.rhs != name || depth % instruction.k)
      continue;
    for (const MatrixOperation &operation : kOperations)
      if (operation.element == name && operation.k == instruction.k)
        return &operation;
  }
  return nullptr;
}

} // namespace

/// Looks through what only moves elements.
static Value skipMoves(Value tile) {
  while (Operation *op = tile.getDefiningOp()) {
    if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp,
            tensor::CollapseShapeOp, tile::TransposeOp, tile::BroadcastOp>(op))
      tile = op->getOperand(0);
    else
      break;
  }
  return tile;
}

static bool isPowerOfTwo(Value tile) {
  Operation *op = skipMoves(tile).getDefiningOp();
  auto extend = dyn_cast_or_null<fp8::ExtendOp>(op);
  if (auto splat = dyn_cast_or_null<tensor::SplatOp>(op))
    extend = splat.getInput().getDefiningOp<fp8::ExtendOp>();
  return extend && isa<Float8E8M0FNUType>(
                       getElementTypeOrSelf(extend.getInput().getType()));
}

bool tile_to_gpu::isCode(Value tile) {
  Operation *op = skipMoves(tile).getDefiningOp();
  return isa_and_nonnull<fp8::ExtendFp4Op>(op) ||
         (isa_and_nonnull<fp8::ExtendOp>(op) && !isPowerOfTwo(tile));
}

bool tile_to_gpu::isF16(Value tile) {
  return isCode(tile) ||
         (isWidenedFp4(tile) && fp8::getTimesE2M1AsF16Factor(tile));
}

// Scales that a writer made keep their products with codes far from the ends of
// the range.
bool tile_to_gpu::isBf16(Value tile) {
  tile = skipMoves(tile);
  Operation *op = tile.getDefiningOp();
  if (!op)
    return false;
  if (auto extend = dyn_cast<arith::ExtFOp>(op))
    return getElementTypeOrSelf(extend.getIn().getType()).isBF16();
  if (isCode(tile) || isPowerOfTwo(tile) || isa<tensor::EmptyOp>(op))
    return true;
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return isBf16(insert.getSource()) && isBf16(insert.getDest());
  if (auto product = dyn_cast<arith::MulFOp>(op))
    return (isCode(product.getLhs()) && isPowerOfTwo(product.getRhs())) ||
           (isPowerOfTwo(product.getLhs()) && isCode(product.getRhs()));
  return false;
}

fp8::ExtendOp tile_to_gpu::getExtendedCodes(Value tile) {
  auto extend = tile.getDefiningOp<fp8::ExtendOp>();
  if (extend && isa<Float8E4M3FNType, Float8E4M3FNUZType>(
                    getElementTypeOrSelf(extend.getInput().getType())))
    return extend;
  return {};
}

bool tile_to_gpu::isWidenedFp4(Value tile) {
  if (Value codes = fp8::getTimesE2M1AsF16Factor(tile))
    tile = codes;
  fp8::ExtendOp extend = getExtendedCodes(tile);
  Value codes = extend ? skipMoves(extend.getInput()) : Value();
  while (codes) {
    if (codes.getDefiningOp<fp8::WidenFp4Op>())
      return true;
    auto insert = codes.getDefiningOp<tensor::InsertSliceOp>();
    codes = insert ? skipMoves(insert.getSource()) : Value();
  }
  return false;
}

namespace {
/// The buffer that the elements of `tile` are read from, if they are all that
/// it is made of.
BlockArgument getBuffer(Value tile) {
  while (Operation *op = tile.getDefiningOp()) {
    if (auto load = dyn_cast<tile::LoadOp>(op))
      return dyn_cast<BlockArgument>(load.getSource());
    if (op->getNumOperands() == 0)
      break;
    tile = op->getOperand(0);
  }
  return {};
}

/// How the blocks of a result are dealt out.
struct Blocks {
  int64_t m, n, rows, columns;
  int64_t bitsN = 0, bitsM = 0;

  Blocks(tile::DotOp op, int64_t waveBits) {
    auto type = cast<RankedTensorType>(op.getResult().getType());
    m = type.getDimSize(0);
    n = type.getDimSize(1);
    rows = llvm::divideCeil(m, kBlock);
    columns = llvm::divideCeil(n, kBlock);
    while (bitsN < waveBits && columns % (int64_t(2) << bitsN) == 0)
      ++bitsN;
    while (bitsN + bitsM < waveBits && rows % (int64_t(2) << bitsM) == 0)
      ++bitsM;
  }
  int64_t rowBlocks() const { return rows >> bitsM; }
  int64_t columnBlocks() const { return columns >> bitsN; }
  /// The block numbers of a wave are interleaved with those of the others.
  int64_t rowStep() const { return kBlock << bitsM; }
  int64_t columnStep() const { return kBlock << bitsN; }
};

/// Sets the bits 0 to 3 of the lane along `dim` of `size`.
void setLaneRow(Access &access, int64_t dim, int64_t size) {
  for (int64_t bit = 0; bit < 4; ++bit)
    if ((int64_t(1) << bit) < size)
      access.strides[bit][dim] = int64_t(1) << bit;
}
} // namespace

/// Whether a lane holds neighbours of a row: is the right factor a weight, in
/// whole blocks?
bool KernelLowering::holdsColumns(tile::DotOp op) {
  BlockArgument buffer = getBuffer(op.getB());
  auto type = cast<RankedTensorType>(op.getResult().getType());
  return buffer && kernel.getFragment(buffer.getArgNumber()) &&
         type.getDimSize(1) % kBlock == 0;
}

Distribution KernelLowering::dotDistribution(tile::DotOp op) {
  if (target.kind == tile::TargetKind::NvidiaGpu)
    return warpDotDistribution(op);
  Blocks blocks(op, threadBits() - laneBits());
  Distribution result;
  result.strides.assign(threadBits(), Coordinates(2, 0));
  // The dimension of which a lane holds neighbours, and the other one.
  int64_t inner = holdsColumns(op), outer = 1 - inner;
  int64_t innerSize = inner ? blocks.n : blocks.m;
  int64_t outerSize = inner ? blocks.m : blocks.n;
  int64_t inLane = std::min<int64_t>(4, llvm::PowerOf2Ceil(innerSize));
  result.group = inLane;
  for (int64_t bit = 0; bit < 4; ++bit)
    if ((int64_t(1) << bit) < outerSize)
      result.strides[bit][outer] = int64_t(1) << bit;
  for (int64_t bit = 4; bit < 6; ++bit)
    if ((int64_t(4) << (bit - 4)) < innerSize)
      result.strides[bit][inner] = int64_t(4) << (bit - 4);
  for (int64_t bit = 0; bit < blocks.bitsN; ++bit)
    result.strides[6 + bit][1] = kBlock << bit;
  for (int64_t bit = 0; bit < blocks.bitsM; ++bit)
    result.strides[6 + blocks.bitsN + bit][0] = kBlock << bit;
  for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
    for (int64_t column = 0; column < blocks.columnBlocks(); ++column)
      for (int64_t i = 0; i < inLane; ++i) {
        result.offsets.push_back(
            {row * blocks.rowStep(), column * blocks.columnStep()});
        result.offsets.back()[inner] += i;
      }
  return result;
}

LogicalResult KernelLowering::lowerDot(tile::DotOp op) {
  if (target.kind == tile::TargetKind::NvidiaGpu)
    return lowerWarpDot(op);
  Location loc = op.getLoc();
  Blocks blocks(op, threadBits() - laneBits());
  int64_t k = cast<RankedTensorType>(op.getA().getType()).getDimSize(1);
  fp8::ExtendOp codesA = getExtendedCodes(op.getA());
  fp8::ExtendOp codesB = getExtendedCodes(op.getB());
  auto elementOf = [](fp8::ExtendOp extend) {
    return getElementTypeOrSelf(extend.getInput().getType());
  };
  const MatrixOperation *operation = nullptr;
  Operand operand = Operand::Fp8;
  if (codesA && codesB && elementOf(codesA) == elementOf(codesB))
    operation = findOperation(target, elementOf(codesA), k);
  if (!operation && isBf16(op.getA()) && isBf16(op.getB())) {
    operand = Operand::Bf16;
    operation = findOperation(target, builder.getBF16Type(), k);
  }
  if (!operation) {
    operand = Operand::F32;
    operation = findOperation(target, builder.getF32Type(), k);
  }
  // [tile_to_gpu_c3]
  if (!operation)
    return op.emitOpError("[tile_to_gpu_c3] sums over ")
           << k << " columns, expected a multiple of 4";
  int64_t perLane = operation->k / 4;
  bool transposed = holdsColumns(op);
  // Which columns of a step a lane feeds is free, if it feeds the same of both
  // factors. Codes from the nibbles of a byte come from columns k and k + 16.
  int64_t parts = operand == Operand::Fp8 && isWidenedFp4(op.getB()) ? 2 : 1;
  int64_t perPart = perLane / parts;

  // Operands of one step: bits 4 and 5 of the lane choose a part of K.
  auto operandAt = [&](Value tile, int64_t rowDim, int64_t size, int64_t row,
                       int64_t step) -> Value {
    int64_t kDim = 1 - rowDim;
    Access access;
    access.base.assign(2, Value());
    access.strides.assign(threadBits(), Coordinates(2, 0));
    setLaneRow(access, rowDim, size);
    for (int64_t bit = 0; bit < 2; ++bit)
      access.strides[4 + bit][kDim] = perPart << bit;
    int64_t first = rowDim == 0 ? 6 + blocks.bitsN : 6;
    int64_t count = rowDim == 0 ? blocks.bitsM : blocks.bitsN;
    for (int64_t bit = 0; bit < count; ++bit)
      access.strides[first + bit][rowDim] = kBlock << bit;
    for (int64_t i = 0; i < perLane; ++i) {
      Coordinates offset(2, 0);
      offset[rowDim] = row;
      offset[kDim] = step * operation->k + i / perPart * 4 * perPart + i % perPart;
      access.offsets.push_back(offset);
    }
    switch (operand) {
    case Operand::Fp8: {
      Value codes = tile.getDefiningOp()->getOperand(0);
      Type i64 = builder.getI64Type();
      if (parts == 1)
        return LLVM::BitcastOp::create(
            builder, loc, i64, toStorage(builder, emit(codes, access)));
      // Part by part, each of which is a word.
      SmallVector<Value> words;
      for (int64_t part = 0; part < parts; ++part) {
        Access some = access;
        some.offsets.assign(access.offsets.begin() + part * perPart,
                            access.offsets.begin() + (part + 1) * perPart);
        words.push_back(LLVM::BitcastOp::create(
            builder, loc, builder.getI32Type(),
            toStorage(builder, emit(codes, some))));
      }
      Value both = vector::FromElementsOp::create(
          builder, loc, VectorType::get({parts}, builder.getI32Type()), words);
      return LLVM::BitcastOp::create(builder, loc, i64, both);
    }
    case Operand::Bf16: {
      // The newer instructions take bf16, the older ones its bits.
      auto asOperand = [&](Value bits) -> Value {
        if (perLane == 4)
          return bits;
        return LLVM::BitcastOp::create(
            builder, loc, VectorType::get({perLane}, builder.getBF16Type()),
            bits);
      };
      if (auto extend = tile.getDefiningOp<arith::ExtFOp>())
        return asOperand(toStorage(builder, emit(extend.getIn(), access)));
      // The upper half of an f32 that is a bf16.
      Value value = emit(tile, access);
      auto i32s = VectorType::get({access.width()}, builder.getI32Type());
      auto i16s = VectorType::get({access.width()}, builder.getI16Type());
      Value bits = arith::BitcastOp::create(builder, loc, i32s, value);
      Value high = arith::ShRUIOp::create(builder, loc, bits,
                                          splat(i32(16), access.width()));
      return asOperand(arith::TruncIOp::create(builder, loc, i16s, high));
    }
    case Operand::F32:
      return vector::ExtractOp::create(builder, loc, emit(tile, access),
                                       ArrayRef<int64_t>{0});
    }
    llvm_unreachable("covers every operand");
  };

  auto accumulator = VectorType::get({4}, builder.getF32Type());
  Value zero = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(accumulator));
  SmallVector<Value> results(blocks.rowBlocks() * blocks.columnBlocks(), zero);
  for (int64_t step = 0; step < k / operation->k; ++step) {
    SmallVector<Value> as, bs;
    for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
      as.push_back(operandAt(op.getA(), 0, blocks.m, row * blocks.rowStep(),
                             step));
    for (int64_t column = 0; column < blocks.columnBlocks(); ++column)
      bs.push_back(operandAt(op.getB(), 1, blocks.n,
                             column * blocks.columnStep(), step));
    for (int64_t row = 0; row < blocks.rowBlocks(); ++row)
      for (int64_t column = 0; column < blocks.columnBlocks(); ++column) {
        Value &result = results[row * blocks.columnBlocks() + column];
        Value first = as[row], second = bs[column];
        if (transposed)
          std::swap(first, second);
        SmallVector<Value> arguments = {first,  second, result,
                                        i32(0), i32(0), i32(0)};
        OperationState state(loc, operation->name, arguments, accumulator);
        result = builder.create(state)->getResult(0);
      }
  }
  Distribution distribution = dotDistribution(op);
  if (distribution.group < 4) {
    SmallVector<int64_t> rows;
    for (int64_t i = 0; i < distribution.group; ++i)
      rows.push_back(i);
    for (Value &result : results)
      result = pick(builder, result, rows);
  }
  setRegisters(op.getResult(), distribution, results);
  return success();
}
