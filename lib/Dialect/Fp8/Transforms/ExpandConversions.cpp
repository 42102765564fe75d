//===- ExpandConversions.cpp - Conversions as integer and f32 arithmetic --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/bit.h"
#include <cmath>

namespace dsv4c::fp8 {
#define GEN_PASS_DEF_FP8EXPANDCONVERSIONS
#include "Fp8/Fp8Passes.h.inc"
} // namespace dsv4c::fp8

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// Builds arith ops on values of one shape: `like` gives the shape.
class Expander {
public:
  Expander(OpBuilder &builder, Location loc, Type like)
      : b(loc, builder), like(like) {}

  Type shaped(Type element) {
    if (auto type = dyn_cast<ShapedType>(like))
      return type.clone(element);
    return element;
  }
  Value constant(Type element, TypedAttr value) {
    Type type = shaped(element);
    if (auto shapedType = dyn_cast<ShapedType>(type))
      return arith::ConstantOp::create(
          b, DenseElementsAttr::get(shapedType, Attribute(value)));
    return arith::ConstantOp::create(b, value);
  }
  Value integer(unsigned width, uint64_t value) {
    return constant(b.getIntegerType(width),
                    b.getIntegerAttr(b.getIntegerType(width),
                                     APInt(width, value, /*isSigned=*/false,
                                           /*implicitTrunc=*/true)));
  }
  Value f32(float value) {
    return constant(b.getF32Type(), b.getF32FloatAttr(value));
  }
  Value bitcast(Value value, Type element) {
    return arith::BitcastOp::create(b, shaped(element), value);
  }
  Value bits(Value f32Value) { return bitcast(f32Value, b.getI32Type()); }
  Value extend(Value value, unsigned width) {
    return arith::ExtUIOp::create(b, shaped(b.getIntegerType(width)), value);
  }
  Value truncate(Value value, unsigned width) {
    return arith::TruncIOp::create(b, shaped(b.getIntegerType(width)), value);
  }
  /// f32 value of the f16 with the bits of the i16 `value`.
  Value halfToSingle(Value value) {
    return arith::ExtFOp::create(b, shaped(b.getF32Type()),
                                 bitcast(value, b.getF16Type()));
  }
  template <typename OpT>
  Value op(Value lhs, Value rhs) {
    return OpT::create(b, lhs, rhs);
  }
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, predicate, lhs, rhs);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, condition, yes, no);
  }

  ImplicitLocOpBuilder b;

private:
  Type like;
};

constexpr uint32_t kSingleNaN = 0x7FC00000;
constexpr uint32_t kSingleInfinity = 0x7F800000;
constexpr uint32_t kMagnitudeMask = 0x7FFFFFFF;

//===----------------------------------------------------------------------===//
// extend
//===----------------------------------------------------------------------===//

/// e4m3: the fields of the byte lie in f16 as s 0eeee mmm0000000, which is the
/// value times 2^(bias - 15).
Value expandE4M3(Expander &e, Value byte, FormatAttr format) {
  Value wide = e.op<arith::ShLIOp>(e.extend(byte, 16), e.integer(16, 8));
  // The arithmetic shift copies the sign into the top exponent bit; the mask
  // clears that copy.
  Value placed = e.op<arith::AndIOp>(
      e.op<arith::ShRSIOp>(wide, e.integer(16, 1)), e.integer(16, 0xBF80));
  float scale = std::ldexp(1.0f, 15 - static_cast<int>(format.getBias()));
  return e.op<arith::MulFOp>(e.halfToSingle(placed), e.f32(scale));
}

/// e5m2 ocp is the upper half of an f16. In FNUZ the top exponent is an
/// ordinary one, which f16 reserves: it is lowered by one and its factor
/// doubled.
Value expandE5M2(Expander &e, Value byte, FormatAttr format) {
  Value wide = e.op<arith::ShLIOp>(e.extend(byte, 16), e.integer(16, 8));
  if (!format.isFnuz())
    return e.halfToSingle(wide);
  Value exponent = e.op<arith::AndIOp>(wide, e.integer(16, 0x7C00));
  Value isTop =
      e.compare(arith::CmpIPredicate::eq, exponent, e.integer(16, 0x7C00));
  Value lowered = e.op<arith::SubIOp>(wide, e.integer(16, 0x0400));
  Value half = e.halfToSingle(e.select(isTop, lowered, wide));
  return e.op<arith::MulFOp>(half, e.select(isTop, e.f32(1.0f), e.f32(0.5f)));
}

/// e8m0: the byte is the exponent field of an f32, except for 0 (subnormal in
/// f32) and 255 (infinity there, NaN here).
Value expandE8M0(Expander &e, Value byte, bool finite) {
  Value wide = e.extend(byte, 32);
  Value bits = e.op<arith::ShLIOp>(wide, e.integer(32, 23));
  // 2^-127; all others are larger.
  bits = e.op<arith::MaxUIOp>(bits, e.integer(32, 0x00400000));
  if (!finite) {
    Value isNaN =
        e.compare(arith::CmpIPredicate::eq, wide, e.integer(32, 0xFF));
    bits = e.select(isNaN, e.integer(32, kSingleNaN), bits);
  }
  return e.bitcast(bits, e.b.getF32Type());
}

/// Replaces the values of NaN codes by a NaN; e5m2 ocp inherits those of f16.
Value selectNaN(Expander &e, Value byte, Value result, FormatAttr format) {
  Value isNaN;
  if (format.isFnuz()) {
    isNaN = e.compare(arith::CmpIPredicate::eq, byte, e.integer(8, 0x80));
  } else {
    Value magnitude = e.op<arith::AndIOp>(byte, e.integer(8, 0x7F));
    isNaN = e.compare(arith::CmpIPredicate::eq, magnitude, e.integer(8, 0x7F));
  }
  Value nan = e.bitcast(e.integer(32, kSingleNaN), e.b.getF32Type());
  return e.select(isNaN, nan, result);
}

Value expand(ExtendOp op, Expander &e, Value input) {
  FormatAttr format = FormatAttr::get(getElementTypeOrSelf(input.getType()));
  Value byte = e.bitcast(input, e.b.getI8Type());
  switch (format.getEncoding()) {
  case Encoding::E8M0:
    return expandE8M0(e, byte, op.getFinite());
  case Encoding::E5M2: {
    Value result = expandE5M2(e, byte, format);
    return op.getFinite() || !format.isFnuz()
               ? result
               : selectNaN(e, byte, result, format);
  }
  case Encoding::E4M3: {
    Value result = expandE4M3(e, byte, format);
    return op.getFinite() ? result : selectNaN(e, byte, result, format);
  }
  case Encoding::E2M1:
    break;
  }
  llvm_unreachable("extend takes fp8 and e8m0 only");
}

/// e2m1: the nibble lies in f16 as s 0000ee m000000000, which is the value
/// times 2^-14.
Value expand(ExtendFp4Op op, Expander &e, Value bytes) {
  Value wide = e.extend(bytes, 16);
  // Sign to bit 15, and the three magnitude bits to 11..9.
  unsigned signShift = op.getNibble() == Nibble::Low ? 12 : 8;
  Value sign =
      e.op<arith::AndIOp>(e.op<arith::ShLIOp>(wide, e.integer(16, signShift)),
                          e.integer(16, 0x8000));
  Value magnitude = e.op<arith::AndIOp>(
      e.op<arith::ShLIOp>(wide, e.integer(16, signShift - 3)),
      e.integer(16, 0x0E00));
  Value half = e.halfToSingle(e.op<arith::OrIOp>(sign, magnitude));
  return e.op<arith::MulFOp>(half, e.f32(std::ldexp(1.0f, 14)));
}

/// e4m3 with the fields of the nibble, ee m, in its exponent and upper mantissa
/// bit: the difference of the biases and the exponent are added to all codes but
/// 0, and 0.5, which is subnormal in e2m1 alone, loses its mantissa bit.
Value expand(WidenFp4Op op, Expander &e, Value bytes) {
  auto format = FormatAttr::get(getElementTypeOrSelf(op.getType()));
  bool isHigh = op.getNibble() == Nibble::High;
  Value magnitude = e.op<arith::AndIOp>(
      isHigh ? e.op<arith::ShRUIOp>(bytes, e.integer(8, 4)) : bytes,
      e.integer(8, 7));
  Value sign = e.op<arith::AndIOp>(
      isHigh ? bytes : e.op<arith::ShLIOp>(bytes, e.integer(8, 4)),
      e.integer(8, 0x80));
  int64_t difference = format.getBias() - 1;
  Value rebias = e.integer(8, difference << 3);
  if (Value exponents = op.getExponents())
    rebias = e.op<arith::ShLIOp>(
        e.op<arith::AddIOp>(e.truncate(exponents, 8),
                            e.integer(8, difference - WidenFp4Op::kBias)),
        e.integer(8, 3));
  Value code = e.op<arith::AddIOp>(
      e.op<arith::ShLIOp>(magnitude, e.integer(8, 2)), rebias);
  Value isHalf =
      e.compare(arith::CmpIPredicate::eq, magnitude, e.integer(8, 1));
  code = e.select(isHalf, rebias, code);
  Value isZero =
      e.compare(arith::CmpIPredicate::eq, magnitude, e.integer(8, 0));
  code = e.select(isZero, e.integer(8, 0), code);
  return e.bitcast(e.op<arith::OrIOp>(code, sign), format.getElementType());
}

//===----------------------------------------------------------------------===//
// truncate
//===----------------------------------------------------------------------===//

/// Code without sign of the magnitude `bits` (i32 of an f32, at most `largest`
/// of the format), to nearest, ties to even.
Value roundMagnitude(Expander &e, Value bits, FormatAttr format) {
  int mantissaBits = format.getMantissaBits();
  int bias = format.getBias();
  // Normal codes: drop the low mantissa bits, rounding by integer arithmetic.
  int dropped = 23 - mantissaBits;
  uint32_t rebias = static_cast<uint32_t>(127 - bias) << 23;
  Value odd = e.op<arith::AndIOp>(
      e.op<arith::ShRUIOp>(bits, e.integer(32, dropped)), e.integer(32, 1));
  uint32_t half = (1u << (dropped - 1)) - 1;
  Value rounded = e.op<arith::AddIOp>(e.op<arith::AddIOp>(bits, odd),
                                      e.integer(32, half - rebias));
  Value normal = e.op<arith::ShRUIOp>(rounded, e.integer(32, dropped));
  // Subnormal codes: added to a constant whose last place is the smallest
  // subnormal, the value is rounded by the f32 adder.
  float magic =
      std::ldexp(static_cast<float>(format.getSmallestSubnormal()), 23);
  Value sum =
      e.op<arith::AddFOp>(e.bitcast(bits, e.b.getF32Type()), e.f32(magic));
  Value subnormal = e.op<arith::SubIOp>(
      e.bits(sum), e.integer(32, llvm::bit_cast<uint32_t>(magic)));
  float smallestNormal = static_cast<float>(format.getSmallestNormal());
  Value isSubnormal =
      e.compare(arith::CmpIPredicate::ult, bits,
                e.integer(32, llvm::bit_cast<uint32_t>(smallestNormal)));
  return e.select(isSubnormal, subnormal, normal);
}

/// Magnitude of `bits` saturated at `largest`; NaN saturates, too.
Value saturate(Expander &e, Value magnitude, int64_t largest) {
  float limit = static_cast<float>(largest);
  return e.op<arith::MinUIOp>(magnitude,
                              e.integer(32, llvm::bit_cast<uint32_t>(limit)));
}

Value expand(TruncateOp op, Expander &e, Value input) {
  FormatAttr format = FormatAttr::get(getElementTypeOrSelf(op.getType()));
  Value bits = e.bits(input);
  Value magnitude = e.op<arith::AndIOp>(bits, e.integer(32, kMagnitudeMask));
  Value code =
      roundMagnitude(e, saturate(e, magnitude, op.getLargest()), format);
  Value sign = e.op<arith::AndIOp>(
      e.op<arith::ShRUIOp>(bits, e.integer(32, 24)), e.integer(32, 0x80));
  Value result = e.op<arith::OrIOp>(code, sign);
  if (!format.hasNegativeZero()) {
    Value isZero = e.compare(arith::CmpIPredicate::eq, code, e.integer(32, 0));
    result = e.select(isZero, code, result);
  }
  Value isNaN = e.compare(arith::CmpIPredicate::ugt, magnitude,
                          e.integer(32, kSingleInfinity));
  result = e.select(isNaN, e.integer(32, *format.getCanonicalNaN()), result);
  return e.bitcast(e.truncate(result, 8), format.getElementType());
}

Value expand(TruncateFp4Op op, Expander &e, Value input) {
  FormatAttr format =
      FormatAttr::get(op.getContext(), Encoding::E2M1, FloatDialect::Ocp);
  Value bits = e.bits(input);
  Value magnitude = e.op<arith::AndIOp>(bits, e.integer(32, kMagnitudeMask));
  Value code = roundMagnitude(
      e, saturate(e, magnitude, format.getLargestWritten()), format);
  Value sign = e.op<arith::AndIOp>(
      e.op<arith::ShRUIOp>(bits, e.integer(32, 28)), e.integer(32, 0x8));
  return e.truncate(e.op<arith::OrIOp>(code, sign), 8);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

Value expand(ScaleExponentOp op, Expander &e, Value amax) {
  // Magnitudes order like their bits, and NaN lies above everything.
  Value magnitude =
      e.op<arith::AndIOp>(e.bits(amax), e.integer(32, kMagnitudeMask));
  Value floored = e.op<arith::MaxUIOp>(
      magnitude, e.integer(32, llvm::bit_cast<uint32_t>(op.getFloor())));
  Value u = e.op<arith::MulFOp>(e.bitcast(floored, e.b.getF32Type()),
                                e.f32(op.getReciprocal()));
  // A NaN product may carry any sign and payload; infinity stands for it.
  Value bits = e.op<arith::MinUIOp>(
      e.op<arith::AndIOp>(e.bits(u), e.integer(32, kMagnitudeMask)),
      e.integer(32, kSingleInfinity));
  // Adding all mantissa bits carries into the exponent unless they are 0.
  Value rounded = e.op<arith::ShRUIOp>(
      e.op<arith::AddIOp>(bits, e.integer(32, 0x007FFFFF)), e.integer(32, 23));
  return e.op<arith::SubIOp>(rounded, e.integer(32, 127));
}

Value expand(ExponentToScaleOp op, Expander &e, Value exponent) {
  Value clamped = e.op<arith::MinSIOp>(
      e.op<arith::MaxSIOp>(exponent, e.integer(32, -150)), e.integer(32, 128));
  Value normal = e.op<arith::ShLIOp>(
      e.op<arith::AddIOp>(clamped, e.integer(32, 127)), e.integer(32, 23));
  // Subnormals have one mantissa bit set; -150 leaves none. The shift must stay
  // below 32 in the lanes that take the other branch, too.
  Value position = e.op<arith::MinSIOp>(
      e.op<arith::AddIOp>(clamped, e.integer(32, 150)), e.integer(32, 31));
  Value subnormal = e.op<arith::ShRUIOp>(
      e.op<arith::ShLIOp>(e.integer(32, 1), position), e.integer(32, 1));
  Value isSubnormal =
      e.compare(arith::CmpIPredicate::slt, clamped, e.integer(32, -126));
  return e.bitcast(e.select(isSubnormal, subnormal, normal), e.b.getF32Type());
}

Value expand(EncodeScaleOp op, Expander &e, Value exponent) {
  Value clamped = e.op<arith::MinSIOp>(
      e.op<arith::MaxSIOp>(exponent, e.integer(32, -127)), e.integer(32, 128));
  Value byte = e.truncate(e.op<arith::AddIOp>(clamped, e.integer(32, 127)), 8);
  return e.bitcast(byte, Float8E8M0FNUType::get(op.getContext()));
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

template <typename OpT>
struct ExpandConversion : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    auto tensor = dyn_cast<TensorType>(op.getType());
    if (tensor && !tensor.hasStaticShape())
      return rewriter.notifyMatchFailure(
          op, "a dynamic tensor; run convert-elementwise-to-linalg first");
    Expander expander(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, expand(op, expander, op->getOperand(0)));
    return success();
  }
};

struct ExpandConversionsPass
    : dsv4c::fp8::impl::Fp8ExpandConversionsBase<ExpandConversionsPass> {
  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.addLegalDialect<arith::ArithDialect>();
    target.addIllegalOp<ExtendOp, TruncateOp, ExtendFp4Op, WidenFp4Op,
                        TruncateFp4Op, ScaleExponentOp, ExponentToScaleOp, EncodeScaleOp>();
    target.addLegalOp<UnrealizedConversionCastOp>();
    getOperation()->walk([&](Operation *op) {
      if (target.isIllegal(op))
        ++numExpanded;
    });
    RewritePatternSet patterns(&getContext());
    populateExpandConversionsPatterns(patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void dsv4c::fp8::populateExpandConversionsPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ExpandConversion<ExtendOp>, ExpandConversion<TruncateOp>,
               ExpandConversion<ExtendFp4Op>, ExpandConversion<WidenFp4Op>,
               ExpandConversion<TruncateFp4Op>,
               ExpandConversion<ScaleExponentOp>,
               ExpandConversion<ExponentToScaleOp>,
               ExpandConversion<EncodeScaleOp>>(patterns.getContext());
}
