//===- Fp8Conversions.cpp - Conversions to exact instructions -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/E2M1AsF16.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "dsv4c/Target/Nvvm/Passes.h"
#include "dsv4c/Target/Support/WordVectors.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace dsv4c::nvvm {
#define GEN_PASS_DEF_NVVMFP8CONVERSIONS
#include "Conversion/NvvmPasses.h.inc"
} // namespace dsv4c::nvvm

using namespace mlir;
using namespace dsv4c;

namespace {

class Converter {
public:
  Converter(OpBuilder &builder, Location loc, Type type)
      : b(loc, builder), vectors(b, type) {}

  Value extend(Value input) {
    Type pair = VectorType::get(2, b.getF16Type());
    SmallVector<Value> halves;
    for (Value word : vectors.getWords(vectors.flatten(input)))
      for (int upper : {0, 1})
        halves.push_back(
            call(pair, "llvm.nvvm.e4m3x2.to.f16x2.rn", {half(word, upper)}));
    return toSingle(halves);
  }

  Value truncate(Value input, Type element) {
    Value flat = vectors.flatten(input);
    SmallVector<Value> words;
    for (int64_t i = 0; i < vectors.getWords(); ++i) {
      auto get = [&](int64_t j) -> Value {
        return vector::ExtractOp::create(b, flat,
                                         WordVectors::kPerWord * i + j);
      };
      // The second operand is the lower byte.
      auto pair = [&](int64_t j) -> Value {
        return arith::ExtUIOp::create(b, b.getI32Type(),
                                      call(b.getI16Type(),
                                           "llvm.nvvm.ff.to.e4m3x2.rn",
                                           {get(j + 1), get(j)}));
      };
      Value high = arith::ShLIOp::create(b, pair(2), i32(16));
      words.push_back(arith::OrIOp::create(b, pair(0), high));
    }
    return vectors.joinWords(words, element);
  }

  /// By a table of the upper byte of the f16; the lower one is zero. The
  /// magnitudes are 0, 0.5, 1, 1.5, 2, 3, 4, 6.
  Value extendFp4(Value bytes, fp8::Nibble nibble) {
    bool isHigh = nibble == fp8::Nibble::High;
    SmallVector<Value> halves;
    for (Value word : vectors.getWords(vectors.flatten(bytes))) {
      // A selector takes four nibbles, the codes of two bytes.
      auto look = [&](int64_t shift) -> Value {
        Value codes = arith::AndIOp::create(
            b, arith::ShRUIOp::create(b, word, i32(shift)), i32(0x7777));
        return permute(i32(0x3E3C3800), i32(0x46444240), codes);
      };
      Value magnitudes =
          permute(look(0), look(16), i32(isHigh ? 0x7531 : 0x6420));
      Value moved =
          isHigh ? word : arith::ShLIOp::create(b, word, i32(4)).getResult();
      Value signs = arith::AndIOp::create(b, moved, i32(0x80808080));
      appendHalves(arith::OrIOp::create(b, magnitudes, signs), halves);
    }
    return toSingle(halves);
  }

  /// Times 2^-14: the bits of each code, moved within its byte to where the
  /// upper byte of an f16 has them (E2M1AsF16.h).
  Value extendFp4Bits(Value bytes, fp8::Nibble nibble) {
    bool isHigh = nibble == fp8::Nibble::High;
    SmallVector<Value> halves;
    for (Value word : vectors.getWords(vectors.flatten(bytes))) {
      Value moved = isHigh ? op<arith::ShRUIOp>(word, i32(3))
                           : op<arith::ShLIOp>(word, i32(1));
      Value magnitudes = op<arith::AndIOp>(moved, i32(0x0E0E0E0E));
      Value signs = op<arith::AndIOp>(
          isHigh ? word : op<arith::ShLIOp>(word, i32(4)), i32(0x80808080));
      appendHalves(op<arith::OrIOp>(magnitudes, signs), halves);
    }
    return toSingle(halves);
  }

  Value restore(Value flat, Type to) { return vectors.restore(flat, to); }

private:
  /// Pairs of f16 with these upper bytes; the lower ones are zero.
  void appendHalves(Value upper, SmallVectorImpl<Value> &halves) {
    Type pair = VectorType::get(2, b.getF16Type());
    for (uint32_t selector : {0x1404u, 0x3424u})
      halves.push_back(LLVM::BitcastOp::create(
          b, pair, permute(upper, i32(0), i32(selector))));
  }
  template <typename OpT>
  Value op(Value lhs, Value rhs) {
    return OpT::create(b, lhs, rhs);
  }
  Value call(Type type, StringRef intrinsic, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(intrinsic),
                                         operands)
        .getResult(0);
  }
  Value i32(uint32_t value) {
    return arith::ConstantOp::create(
        b, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value half(Value word, int upper) {
    if (upper)
      word = arith::ShRUIOp::create(b, word, i32(16));
    return arith::TruncIOp::create(b, b.getI16Type(), word);
  }
  /// prmt: byte i is that of {upper, lower} which nibble i of `selector` names,
  /// from the lowest of `lower`.
  Value permute(Value lower, Value upper, Value selector) {
    return call(b.getI32Type(), "llvm.nvvm.prmt", {lower, upper, selector});
  }
  /// Pairs of f16, in order, as one vector of f32.
  Value toSingle(ArrayRef<Value> pairs) {
    Type pair = VectorType::get(2, b.getF32Type());
    SmallVector<Value> singles;
    for (Value value : pairs)
      singles.push_back(arith::ExtFOp::create(b, pair, value));
    return vectors.joinPairs(singles);
  }

  ImplicitLocOpBuilder b;
  WordVectors vectors;
};

struct Fp8ConversionsPass
    : dsv4c::nvvm::impl::NvvmFp8ConversionsBase<Fp8ConversionsPass> {
  using NvvmFp8ConversionsBase::NvvmFp8ConversionsBase;

  void runOnOperation() override {
    const tile::TargetFacts *facts = tile::findTarget(target);
    if (!facts) {
      getOperation()->emitError("no target '")
          << target << "'; expected one of " << tile::getTargetNames();
      return signalPassFailure();
    }
    getOperation()->walk([&](arith::MulFOp op) {
      if (Value result = convertTimesFactor(op)) {
        Operation *extend = op.getLhs().getDefiningOp();
        op.getResult().replaceAllUsesWith(result);
        op->erase();
        if (extend->use_empty())
          extend->erase();
        ++numConverted;
      }
    });
    getOperation()->walk([&](Operation *op) {
      if (Value result = convert(op, *facts)) {
        op->getResult(0).replaceAllUsesWith(result);
        op->erase();
        ++numConverted;
      }
    });
  }

private:
  /// The product of e2m1 codes with what makes their bits f16; null if it is
  /// another one.
  Value convertTimesFactor(arith::MulFOp op) {
    Value codes = fp8::getTimesE2M1AsF16Factor(op.getResult());
    auto extend =
        codes ? codes.getDefiningOp<fp8::ExtendFp4Op>() : fp8::ExtendFp4Op();
    if (!extend || !WordVectors::isSupported(extend.getBytes().getType()))
      return {};
    OpBuilder builder(op);
    Converter converter(builder, op.getLoc(), extend.getBytes().getType());
    return converter.restore(
        converter.extendFp4Bits(extend.getBytes(), extend.getNibble()),
        op.getType());
  }

  /// The value of `op` from instructions; null if the target has none.
  Value convert(Operation *op, const tile::TargetFacts &facts) {
    if (!isa<fp8::ExtendOp, fp8::TruncateOp, fp8::ExtendFp4Op>(op) ||
        !WordVectors::isSupported(op->getOperand(0).getType()))
      return {};
    OpBuilder builder(op);
    Value input = op->getOperand(0);
    Type resultType = op->getResult(0).getType();
    Converter converter(builder, op->getLoc(), input.getType());
    if (isa<fp8::ExtendOp>(op))
      return isNative(input.getType(), facts)
                 ? converter.restore(converter.extend(input), resultType)
                 : Value();
    if (auto truncate = dyn_cast<fp8::TruncateOp>(op)) {
      // The instruction saturates at the format's own largest code.
      if (!isNative(resultType, facts) || truncate.getLargest() != 448)
        return {};
      return converter.restore(
          converter.truncate(input, getElementTypeOrSelf(resultType)),
          resultType);
    }
    return converter.restore(
        converter.extendFp4(input, cast<fp8::ExtendFp4Op>(op).getNibble()),
        resultType);
  }

  static bool isNative(Type type, const tile::TargetFacts &facts) {
    auto format = fp8::FormatAttr::get(getElementTypeOrSelf(type));
    return facts.hasFp8 && format.isFp8() &&
           format.getEncoding() == fp8::Encoding::E4M3 &&
           format.getFloatDialect() == facts.format;
  }
};

} // namespace
