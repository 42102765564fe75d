//===- Fp8ConversionOps.cpp - Folders of the elementwise conversions ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/Dialect/CommonFolders.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using namespace dsv4c::fp8;
using llvm::APFloat;
using llvm::APInt;

static APFloat quietNaN() { return APFloat::getQNaN(APFloat::IEEEsingle()); }

static APFloat fromCode(FormatAttr format, uint8_t code) {
  return APFloat(format.getSemantics(), APInt(format.getBits(), code));
}

//===----------------------------------------------------------------------===//
// extend, truncate
//===----------------------------------------------------------------------===//

OpFoldResult ExtendOp::fold(FoldAdaptor adaptor) {
  return constFoldCastOp<FloatAttr, FloatAttr, APFloat, APFloat, void>(
      adaptor.getOperands(), getType(), [&](APFloat value, bool &ok) {
        if (value.isNaN()) {
          // A broken promise has no value that a fold could know.
          ok = !getFinite();
          return quietNaN();
        }
        bool losesInfo;
        value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
        return value;
      });
}

namespace {
/// extend(widen_fp4(x)) == extend_fp4(x) for every code that widening takes.
struct ExtendWidened : OpRewritePattern<ExtendOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ExtendOp op,
                                PatternRewriter &rewriter) const override {
    auto widen = op.getInput().getDefiningOp<WidenFp4Op>();
    if (!widen || widen.getExponents())
      return rewriter.notifyMatchFailure(op, "not of codes of one nibble");
    rewriter.replaceOpWithNewOp<ExtendFp4Op>(op, op.getType(), widen.getBytes(),
                                             widen.getNibble());
    return success();
  }
};
} // namespace

void ExtendOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<ExtendWidened>(context);
}

LogicalResult TruncateOp::verify() {
  // [truncate_c1]
  return FormatAttr::get(getElementTypeOrSelf(getType()))
      .verifyLargest([&] { return emitOpError(); }, "truncate_c1",
                     getLargest());
}

OpFoldResult TruncateOp::fold(FoldAdaptor adaptor) {
  FormatAttr format = FormatAttr::get(getElementTypeOrSelf(getType()));
  return constFoldCastOp<FloatAttr, FloatAttr, APFloat, APFloat, void>(
      adaptor.getOperands(), getType(), [&](APFloat value, bool &) {
        return fromCode(format, format.encode(value, getLargest()));
      });
}

//===----------------------------------------------------------------------===//
// extend_fp4, truncate_fp4
//===----------------------------------------------------------------------===//

static FormatAttr e2m1(MLIRContext *context) {
  return FormatAttr::get(context, Encoding::E2M1, FloatDialect::Ocp);
}

OpFoldResult ExtendFp4Op::fold(FoldAdaptor adaptor) {
  FormatAttr format = e2m1(getContext());
  unsigned shift = getNibble() == Nibble::High ? 4 : 0;
  return constFoldCastOp<IntegerAttr, FloatAttr, APInt, APFloat, void>(
      adaptor.getOperands(), getType(), [&](const APInt &byte, bool &) {
        APFloat value = fromCode(format, (byte.getZExtValue() >> shift) & 0xF);
        bool losesInfo;
        value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
        return value;
      });
}

OpFoldResult WidenFp4Op::fold(FoldAdaptor adaptor) {
  if (getExponents())
    return {};
  FormatAttr from = e2m1(getContext());
  FormatAttr to = FormatAttr::get(getElementTypeOrSelf(getType()));
  unsigned shift = getNibble() == Nibble::High ? 4 : 0;
  return constFoldCastOp<IntegerAttr, FloatAttr, APInt, APFloat, void>(
      adaptor.getOperands().take_front(), getType(),
      [&](const APInt &byte, bool &ok) {
        uint8_t code = (byte.getZExtValue() >> shift) & 0xF;
        // A broken promise has no value that a fold could know.
        ok = code != 8;
        APFloat value = fromCode(from, code);
        bool losesInfo;
        value.convert(to.getSemantics(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
        return value;
      });
}

OpFoldResult TruncateFp4Op::fold(FoldAdaptor adaptor) {
  FormatAttr format = e2m1(getContext());
  return constFoldCastOp<FloatAttr, IntegerAttr, APFloat, APInt, void>(
      adaptor.getOperands(), getType(), [&](const APFloat &value, bool &) {
        return APInt(8, format.encode(value, format.getLargestWritten()));
      });
}

//===----------------------------------------------------------------------===//
// scale_exponent, exponent_to_scale, encode_scale
//===----------------------------------------------------------------------===//

LogicalResult ScaleExponentOp::verify() {
  // [scale_exponent_c1]
  if (getDivisor() != 448 && getDivisor() != 6)
    return emitOpError("[scale_exponent_c1] the divisor is 448 (e4m3) or "
                       "6 (e2m1), got ")
           << getDivisor();
  return success();
}

float ScaleExponentOp::getFloor() {
  return getDivisor() == 6 ? std::ldexp(6.0f, -126) : 1e-4f;
}

float ScaleExponentOp::getReciprocal() {
  return 1.0f / static_cast<float>(getDivisor());
}

OpFoldResult ScaleExponentOp::fold(FoldAdaptor adaptor) {
  return constFoldCastOp<FloatAttr, IntegerAttr, APFloat, APInt, void>(
      adaptor.getOperands(), getType(), [&](const APFloat &amax, bool &) {
        if (!amax.isFinite())
          return APInt(32, 128);
        float magnitude = std::fabs(amax.convertToFloat());
        float u = std::max(magnitude, getFloor()) * getReciprocal();
        int exponent;
        float fraction = std::frexp(u, &exponent);
        int k = fraction == 0.5f ? exponent - 1 : exponent;
        return APInt(32, k, /*isSigned=*/true);
      });
}

OpFoldResult ExponentToScaleOp::fold(FoldAdaptor adaptor) {
  return constFoldCastOp<IntegerAttr, FloatAttr, APInt, APFloat, void>(
      adaptor.getOperands(), getType(), [&](const APInt &k, bool &) {
        // Beyond +-200 the result stays what it is there: infinity or 0.
        int64_t clamped = std::clamp<int64_t>(k.getSExtValue(), -200, 200);
        if (clamped < -149)
          return APFloat(0.0f);
        return APFloat(std::ldexp(1.0f, static_cast<int>(clamped)));
      });
}

OpFoldResult EncodeScaleOp::fold(FoldAdaptor adaptor) {
  return constFoldCastOp<IntegerAttr, FloatAttr, APInt, APFloat, void>(
      adaptor.getOperands(), getType(), [&](const APInt &k, bool &) {
        int64_t byte = std::clamp<int64_t>(k.getSExtValue() + 127, 0, 255);
        return APFloat(APFloat::Float8E8M0FNU(), APInt(8, byte));
      });
}
