//===- Fp8Ops.cpp - Verifiers and folders of the ops on scaled values -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"

using namespace mlir;
using namespace dsv4c::fp8;

static LogicalResult verifySameShape(Operation *op, StringRef label,
                                     ScaledType scaled,
                                     RankedTensorType tensor) {
  if (scaled.getShape() == tensor.getShape())
    return success();
  return op->emitOpError() << "[" << label << "] shapes differ: " << scaled
                           << " and " << tensor;
}

static LogicalResult verifyRowMajor(Operation *op, StringRef label,
                                    ScaledType type) {
  if (type.getLayout().isRowMajor())
    return success();
  return op->emitOpError() << "[" << label << "] expected row_major, got "
                           << type.getLayout().describe()
                           << "; fp8.shuffle changes layouts";
}

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

LogicalResult QuantizeOp::verify() {
  ScaledType type = getType();
  FormatAttr format = type.getFormat();
  // [quantize_c1]
  if (failed(verifySameShape(*this, "quantize_c1", type, getInput().getType())))
    return failure();
  // [quantize_c2]
  if (format.getEncoding() == Encoding::E5M2 ||
      isa<Float8E4M3FNType>(type.getScaleType()))
    return emitOpError("[quantize_c2] the rule gives e4m3 or e2m1 with e8m0 or "
                       "f32 scales, got ")
           << type;
  // [quantize_c3]
  if (type.getShift() != 0)
    return emitOpError("[quantize_c3] a writer leaves no shift, got ")
           << type.getShift();
  // [quantize_c4]
  if (type.getLargest() != format.getLargestWritten())
    return emitOpError("[quantize_c4] the scale is computed for largest ")
           << format.getLargestWritten() << " of " << format.describe()
           << ", the clamp would be at " << type.getLargest();
  // [quantize_c5]
  return verifyRowMajor(*this, "quantize_c5", type);
}

//===----------------------------------------------------------------------===//
// dequantize
//===----------------------------------------------------------------------===//

LogicalResult DequantizeOp::verify() {
  ScaledType type = getInput().getType();
  // [dequantize_c1]
  if (failed(verifySameShape(*this, "dequantize_c1", type, getType())))
    return failure();
  // [dequantize_c2]
  if (failed(verifyRowMajor(*this, "dequantize_c2", type)))
    return failure();
  // [dequantize_c3]
  if (isa<Float32Type>(type.getScaleType()) &&
      !isa<Float32Type>(getType().getElementType()))
    return emitOpError("[dequantize_c3] f32 scales need an f32 result, got ")
           << getType();
  return success();
}

//===----------------------------------------------------------------------===//
// recast
//===----------------------------------------------------------------------===//

int64_t RecastOp::getScaleExponentDelta() {
  ScaledType input = getInput().getType();
  return int64_t(getType().isFnuz()) - int64_t(input.isFnuz()) +
         input.getShift() - getType().getShift();
}

LogicalResult RecastOp::verify() {
  ScaledType input = getInput().getType();
  ScaledType result = getType();
  ScaledType expected = input.withDialect(result.getFormat().getFloatDialect())
                            .withShift(result.getShift());
  // [recast_c2]
  if (expected.getElementType() == result.getElementType() &&
      expected.getLargest() != result.getLargest())
    return emitOpError("[recast_c2] largest ")
           << input.getLargest() << " of " << input.getFormat().describe()
           << " is " << expected.getLargest() << " in "
           << result.getFormat().describe() << ", got " << result.getLargest();
  // [recast_c1]
  if (expected != result)
    return emitOpError("[recast_c1] may change the dialect and the shift, not ")
           << expected.describeDifference(result);
  // [recast_c3]
  if (isa<Float8E4M3FNType>(input.getScaleType()) &&
      getScaleExponentDelta() != 0)
    return emitOpError("[recast_c3] e4m3 scales can't take the factor 2^")
           << getScaleExponentDelta() << " between "
           << input.getFormat().describe() << " and "
           << result.getFormat().describe() << "; leave it in the shift";
  return success();
}

OpFoldResult RecastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto producer = getInput().getDefiningOp<RecastOp>();
  if (!producer)
    return {};
  // OCP through FNUZ back to OCP loses the sign of -0, so it is no identity.
  ScaledType source = producer.getInput().getType();
  bool losesNegativeZero = source.getFormat().hasNegativeZero() &&
                           getType().getFormat().hasNegativeZero() &&
                           producer.getType().isFnuz();
  if (losesNegativeZero)
    return {};
  if (source == getType())
    return producer.getInput();
  // e4m3 scales can take no factor in one step either, and need none.
  getInputMutable().assign(producer.getInput());
  return getResult();
}

//===----------------------------------------------------------------------===//
// shuffle
//===----------------------------------------------------------------------===//

LogicalResult ShuffleOp::verify() {
  // [shuffle_c1]
  ScaledType expected = getInput().getType().withLayout(getType().getLayout());
  if (expected != getType())
    return emitOpError("[shuffle_c1] changes nothing but the layout; types "
                       "also differ in ")
           << expected.describeDifference(getType());
  return success();
}

OpFoldResult ShuffleOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto producer = getInput().getDefiningOp<ShuffleOp>();
  if (!producer)
    return {};
  if (producer.getInput().getType() == getType())
    return producer.getInput();
  getInputMutable().assign(producer.getInput());
  return getResult();
}

//===----------------------------------------------------------------------===//
// scaled_matmul
//===----------------------------------------------------------------------===//

LogicalResult ScaledMatmulOp::verify() {
  ScaledType lhs = getLhs().getType();
  ScaledType rhs = getRhs().getType();
  FormatAttr lhsFormat = lhs.getFormat();
  FormatAttr rhsFormat = rhs.getFormat();
  // [scaled_matmul_c1]
  if (lhs.getRank() < 2 || rhs.getRank() != 2 ||
      getType().getRank() != lhs.getRank() ||
      lhs.getShape().back() != rhs.getShape()[1] ||
      ShapedType::isDynamic(lhs.getShape().back()) ||
      getType().getShape().drop_back() != lhs.getShape().drop_back() ||
      getType().getShape().back() != rhs.getShape()[0])
    return emitOpError("[scaled_matmul_c1] expected [.., M, K] and [N, K] -> "
                       "[.., M, N] with a static K, got ")
           << lhs << ", " << rhs << " -> " << getType();
  // [scaled_matmul_c2]
  if (lhsFormat.isFp8() && rhsFormat.isFp8() &&
      lhsFormat.getFloatDialect() != rhsFormat.getFloatDialect())
    return emitOpError("[scaled_matmul_c2] mixes FP8 dialects: lhs is ")
           << lhsFormat.describe() << ", rhs is " << rhsFormat.describe()
           << "; fp8.recast one of them";
  // [scaled_matmul_c3]
  for (auto [name, type] : {std::pair("lhs", lhs), std::pair("rhs", rhs)})
    if (type.getShift() != 0)
      return emitOpError("[scaled_matmul_c3] ")
             << name << " in " << type.getFormat().describe()
             << " has an unpaid shift of " << type.getShift()
             << "; fp8.recast pays it";
  // [scaled_matmul_c4]
  if (lhsFormat.getEncoding() != Encoding::E4M3 ||
      (rhsFormat.getEncoding() != Encoding::E4M3 &&
       rhsFormat.getEncoding() != Encoding::E2M1))
    return emitOpError("[scaled_matmul_c4] expected e4m3 times e4m3 or e2m1, "
                       "got ")
           << lhsFormat.describe() << " times " << rhsFormat.describe();
  if (isa<Float8E4M3FNType>(lhs.getScaleType()) ||
      isa<Float8E4M3FNType>(rhs.getScaleType()))
    return emitOpError("[scaled_matmul_c4] scales must be e8m0 or f32, got ")
           << lhs << ", " << rhs;
  // [scaled_matmul_c5]
  SmallVector<int64_t> lhsBlock = lhs.getFullBlock();
  SmallVector<int64_t> rhsBlock = rhs.getFullBlock();
  int64_t lhsColumns = lhsBlock.pop_back_val();
  bool oneRow = llvm::all_equal(lhsBlock) && lhsBlock.front() == 1;
  if (!oneRow || lhsColumns % rhsBlock[1] != 0)
    return emitOpError("[scaled_matmul_c5] expected blocks 1xA and RxB with B "
                       "dividing A, got ")
           << lhsBlock.back() << "x" << lhsColumns << " and " << rhsBlock[0]
           << "x" << rhsBlock[1];
  // [scaled_matmul_c6]
  return verifyRowMajor(*this, "scaled_matmul_c6", lhs);
}
