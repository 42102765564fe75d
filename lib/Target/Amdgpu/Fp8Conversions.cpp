//===- Fp8Conversions.cpp - Conversions to exact instructions -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Target/Amdgpu/Passes.h"
#include "dsv4c/Target/Support/SplatSource.h"
#include "dsv4c/Target/Support/WordVectors.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace dsv4c::amdgcn {
#define GEN_PASS_DEF_AMDGPUFP8CONVERSIONS
#include "Conversion/AmdgpuPasses.h.inc"
} // namespace dsv4c::amdgcn

using namespace mlir;
using namespace dsv4c;

namespace {

class Converter {
public:
  Converter(OpBuilder &builder, Location loc, Type shape)
      : b(loc, builder), shape(b, shape) {}

  Value extend(Value input, bool isE5M2) {
    Type pair = VectorType::get(2, b.getF32Type());
    SmallVector<Value> pairs;
    for (Value word : shape.getWords(shape.flatten(input)))
      for (bool upper : {false, true})
        pairs.push_back(
            isE5M2
                ? ROCDL::CvtPkF32Bf8Op::create(b, pair, word, upper).getRes()
                : ROCDL::CvtPkF32Fp8Op::create(b, pair, word, upper).getRes());
    return shape.joinPairs(pairs);
  }

  /// Saturates and keeps NaN, whatever its sign, for the conversion.
  Value saturate(Value x, int64_t largest) {
    Value low = f32(-static_cast<float>(largest));
    Value high = f32(static_cast<float>(largest));
    Value clamped =
        ROCDL::FMed3Op::create(b, b.getF32Type(), x, low, high).getRes();
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    Value nan = arith::ConstantOp::create(
        b, b.getF32FloatAttr(std::numeric_limits<float>::quiet_NaN()));
    return arith::SelectOp::create(b, isNaN, nan, clamped);
  }

  Value truncate(Value input, int64_t largest, Type element) {
    Value flat = shape.flatten(input);
    SmallVector<Value> words;
    for (int64_t i = 0; i < shape.getWords(); ++i) {
      auto get = [&](int64_t j) {
        return saturate(vector::ExtractOp::create(b, flat, WordVectors::kPerWord * i + j),
                        largest);
      };
      Value word = i32(0);
      for (bool upper : {false, true})
        word = ROCDL::CvtPkFp8F32Op::create(b, b.getI32Type(), get(2 * upper),
                                            get(2 * upper + 1), word, upper)
                   .getRes();
      words.push_back(word);
    }
    return shape.joinWords(words, element);
  }

  /// By the instruction, which converts both halves of a byte.
  Value extendFp4(Value bytes, fp8::Nibble nibble) {
    Type pair = VectorType::get(2, b.getF32Type());
    int64_t half = nibble == fp8::Nibble::Low ? 0 : 1;
    SmallVector<Value> elements;
    for (Value word : shape.getWords(shape.flatten(bytes)))
      for (int32_t byte = 0; byte < WordVectors::kPerWord; ++byte) {
        Value both = ROCDL::CvtScaleF32PkF32Fp4Op::create(b, pair, word,
                                                          f32(1.0f), byte);
        elements.push_back(vector::ExtractOp::create(b, both, half));
      }
    return vector::FromElementsOp::create(b, shape.getFlat(b.getF32Type()),
                                          elements);
  }

  /// By tables of the upper two bytes of the f32; the lower two are zero. The
  /// magnitudes are 0, 0.5, 1, 1.5, 2, 3, 4, 6.
  Value extendFp4ByTable(Value bytes, fp8::Nibble nibble) {
    bool isHigh = nibble == fp8::Nibble::High;
    SmallVector<Value> elements;
    for (Value word : shape.getWords(shape.flatten(bytes))) {
      Value low = isHigh ? op<arith::ShRUIOp>(word, i32(4)) : word;
      Value high = isHigh ? word : op<arith::ShLIOp>(word, i32(4));
      Value code = op<arith::AndIOp>(low, i32(0x07070707));
      Value sign = op<arith::AndIOp>(high, i32(0x80808080));
      Value byte3 = op<arith::OrIOp>(
          permute(i32(0x40404040), i32(0x3F3F3F00), code), sign);
      Value byte2 = permute(i32(0xC0804000), i32(0xC0800000), code);
      for (uint32_t i = 0; i < WordVectors::kPerWord; ++i)
        elements.push_back(arith::BitcastOp::create(
            b, b.getF32Type(),
            permute(byte3, byte2, i32((4 + i) << 24 | i << 16 | 0x0C0C))));
    }
    return vector::FromElementsOp::create(b, shape.getFlat(b.getF32Type()),
                                          elements);
  }

  /// By a table of eight codes in two registers. `exponent`, an i32 or null, is
  /// that of all elements.
  Value widenFp4(Value bytes, fp8::Nibble nibble, Value exponent,
                 Type element) {
    bool isFnuz = isa<Float8E4M3FNUZType>(element);
    Value lower = i32(isFnuz ? 0x44403800 : 0x3C383000);
    Value upper = i32(isFnuz ? 0x54504C48 : 0x4C484440);
    if (exponent) {
      // Eight times the exponent is added to every byte but that of zero; bytes
      // don't carry.
      constexpr uint32_t kZero = 8 * fp8::WidenFp4Op::kBias;
      auto addEach = [&](Value table, uint32_t ones, uint32_t selector) {
        Value all = op<arith::ShLIOp>(
            permute(exponent, exponent, i32(selector)), i32(3));
        Value base = op<arith::SubIOp>(table, i32(kZero * ones));
        return op<arith::AddIOp>(all, base);
      };
      lower = addEach(lower, 0x01010100, 0x0000000C);
      upper = addEach(upper, 0x01010101, 0x00000000);
    }
    bool isHigh = nibble == fp8::Nibble::High;
    SmallVector<Value> words;
    for (Value word : shape.getWords(shape.flatten(bytes))) {
      Value low = isHigh ? op<arith::ShRUIOp>(word, i32(4)) : word;
      Value high = isHigh ? word : op<arith::ShLIOp>(word, i32(4));
      Value magnitudes =
          permute(upper, lower, op<arith::AndIOp>(low, i32(0x07070707)));
      Value signs = op<arith::AndIOp>(high, i32(0x80808080));
      words.push_back(op<arith::OrIOp>(signs, magnitudes));
    }
    return shape.joinWords(words, element);
  }

  Value restore(Value flat, Type to) { return shape.restore(flat, to); }

private:
  Value f32(float value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value i32(uint32_t value) {
    return arith::ConstantOp::create(
        b, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  template <typename OpT>
  Value op(Value lhs, Value rhs) {
    return OpT::create(b, lhs, rhs);
  }
  /// v_perm_b32: byte i is that of {upper, lower} which byte i of `selector`
  /// names, from the lowest of `lower`; 12 stands for zero.
  Value permute(Value upper, Value lower, Value selector) {
    return LLVM::CallIntrinsicOp::create(b, b.getI32Type(),
                                         b.getStringAttr("llvm.amdgcn.perm"),
                                         ValueRange{upper, lower, selector})
        .getResult(0);
  }

  ImplicitLocOpBuilder b;
  WordVectors shape;
};

struct Fp8ConversionsPass
    : dsv4c::amdgcn::impl::AmdgpuFp8ConversionsBase<Fp8ConversionsPass> {
  using AmdgpuFp8ConversionsBase::AmdgpuFp8ConversionsBase;

  void runOnOperation() override {
    const tile::TargetFacts *facts = tile::findTarget(target);
    if (!facts) {
      getOperation()->emitError("no target '")
          << target << "'; expected one of " << tile::getTargetNames();
      return signalPassFailure();
    }
    getOperation()->walk([&](Operation *op) {
      if (Value result = convert(op, *facts)) {
        op->getResult(0).replaceAllUsesWith(result);
        op->erase();
        ++numConverted;
      }
    });
  }

private:
  /// The value of `op` from instructions; null if the target has none.
  Value convert(Operation *op, const tile::TargetFacts &facts) {
    if (!isa<fp8::ExtendOp, fp8::TruncateOp, fp8::ExtendFp4Op, fp8::WidenFp4Op>(
            op) ||
        !WordVectors::isSupported(op->getOperand(0).getType()))
      return {};
    OpBuilder builder(op);
    Value input = op->getOperand(0);
    Type resultType = op->getResult(0).getType();
    Converter converter(builder, op->getLoc(), input.getType());
    if (auto extend = dyn_cast<fp8::ExtendOp>(op)) {
      auto format = fp8::FormatAttr::get(getElementTypeOrSelf(input.getType()));
      if (!isNative(format, facts))
        return {};
      bool isE5M2 = format.getEncoding() == fp8::Encoding::E5M2;
      return converter.restore(converter.extend(input, isE5M2), resultType);
    }
    if (auto truncate = dyn_cast<fp8::TruncateOp>(op)) {
      Type element = getElementTypeOrSelf(resultType);
      auto format = fp8::FormatAttr::get(element);
      // The NaN code of an e5m2 conversion is not documented.
      if (!isNative(format, facts) ||
          format.getEncoding() != fp8::Encoding::E4M3)
        return {};
      return converter.restore(
          converter.truncate(input, truncate.getLargest(), element),
          resultType);
    }
    if (auto widen = dyn_cast<fp8::WidenFp4Op>(op)) {
      Value exponent;
      if (widen.getExponents() &&
          !(exponent = getSplatSource(builder, widen.getExponents())))
        return {};
      return converter.restore(
          converter.widenFp4(input, widen.getNibble(), exponent,
                             getElementTypeOrSelf(resultType)),
          resultType);
    }
    auto extend = cast<fp8::ExtendFp4Op>(op);
    return converter.restore(
        facts.hasFp4Conversion
            ? converter.extendFp4(input, extend.getNibble())
            : converter.extendFp4ByTable(input, extend.getNibble()),
        resultType);
  }

  static bool isNative(fp8::FormatAttr format, const tile::TargetFacts &facts) {
    return facts.hasFp8 && format.isFp8() &&
           format.getFloatDialect() == facts.format;
  }
};

} // namespace
