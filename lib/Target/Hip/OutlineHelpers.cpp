//===- OutlineHelpers.cpp - Functions for ops that will be expanded -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Target/Support/SplatSource.h"
#include "dsv4c/Target/Hip/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

namespace dsv4c::hip {
#define GEN_PASS_DEF_HIPOUTLINEHELPERS
#include "Conversion/HipPasses.h.inc"
} // namespace dsv4c::hip

using namespace mlir;
using namespace dsv4c;

/// Whether the expansions rewrite `op`. One result, elementwise.
static bool isExpanded(Operation *op) {
  if (isa<fp8::Fp8Dialect>(op->getDialect()))
    return true;
  if (isa<math::MathDialect>(op->getDialect()))
    return !isa<math::AbsFOp, math::SqrtOp, math::FmaOp, math::FloorOp,
                math::CeilOp, math::TruncOp, math::RoundEvenOp,
                math::CopySignOp>(op);
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return getElementTypeOrSelf(op->getOperand(0).getType()).isBF16() ||
           getElementTypeOrSelf(op->getResult(0).getType()).isBF16();
  return isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
             arith::MinNumFOp, arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp,
             arith::MinUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp,
             arith::FloorDivSIOp>(op);
}

/// Scalars for vectors of one element.
static Type withoutUnitVector(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  bool isUnit = vector && vector.getRank() == 1 && vector.getDimSize(0) == 1;
  return isUnit ? vector.getElementType() : type;
}

/// "f32x4", "e4m3fnuz", "e8m0".
static std::string nameOfType(Type type) {
  std::string text;
  Type element = getElementTypeOrSelf(type);
  llvm::raw_string_ostream(text) << element;
  // f8E4M3FNUZ: the bits in front say nothing more.
  if (auto format = dyn_cast<FloatType>(element);
      format && format.getWidth() <= 8)
    text = StringRef(text).drop_until([](char c) { return c == 'E'; }).lower();
  if (StringRef(text).starts_with("e8m0"))
    text = "e8m0";
  if (auto vector = dyn_cast<VectorType>(type))
    text += "x" + std::to_string(vector.getDimSize(0));
  return text;
}

/// A name that says what the function does: "exp_f32x4", "f32_to_bf16".
static std::string nameOfHelper(Operation *op) {
  Type from = withoutUnitVector(op->getOperand(0).getType());
  Type to = withoutUnitVector(op->getResult(0).getType());
  std::string conversion =
      nameOfType(getElementTypeOrSelf(from)) + "_to_" + nameOfType(to);
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<arith::ExtFOp, arith::TruncFOp>([&](auto) { return conversion; })
      .Case([&](fp8::ExtendOp extend) {
        return conversion + (extend.getFinite() ? "_finite" : "");
      })
      .Case([&](fp8::TruncateOp truncate) {
        return conversion + "_" + std::to_string(truncate.getLargest());
      })
      .Case([&](fp8::ExtendFp4Op extend) {
        return "fp4_" + stringifyNibble(extend.getNibble()).str() + "_to_" +
               nameOfType(to);
      })
      .Case([&](fp8::WidenFp4Op widen) {
        return "fp4_" + stringifyNibble(widen.getNibble()).str() + "_to_" +
               nameOfType(to) + (widen.getExponents() ? "_shifted" : "");
      })
      .Case([&](fp8::ScaleExponentOp scale) {
        return "scale_exponent_" + std::to_string(scale.getDivisor()) + "_" +
               nameOfType(from);
      })
      .Default([&](Operation *op) {
        return op->getName().stripDialect().str() + "_" + nameOfType(to);
      });
}

namespace {
class Outliner {
public:
  explicit Outliner(gpu::GPUModuleOp module)
      : symbols(module), builder(module.getContext()) {
    functions = OpBuilder::atBlockBegin(module.getBody());
  }

  void outline(Operation *op) {
    builder.setInsertionPoint(op);
    Location loc = op->getLoc();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (withoutUnitVector(operand.getType()) != operand.getType())
        operand = vector::ExtractOp::create(builder, loc, operand, 0);
      operands.push_back(operand);
    }
    // What expands to less if it is one number goes into the helper as one.
    if (auto widen = dyn_cast<fp8::WidenFp4Op>(op); widen && operands.size() > 1)
      if (Value scalar = getSplatSource(builder, widen.getExponents()))
        operands[1] = scalar;
    func::FuncOp helper = getHelper(op, TypeRange(operands));
    Value result =
        func::CallOp::create(builder, loc, helper, operands).getResult(0);
    Type type = op->getResult(0).getType();
    if (result.getType() != type)
      result = vector::BroadcastOp::create(builder, loc, type, result);
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }

  unsigned getNumHelpers() const { return helpers.size(); }

private:
  func::FuncOp getHelper(Operation *op, TypeRange inputs) {
    Type result = withoutUnitVector(op->getResult(0).getType());
    auto type = FunctionType::get(op->getContext(), inputs, result);
    // Not all properties are attributes.
    Attribute properties = op->getPropertiesAsAttribute();
    if (!properties)
      properties = UnitAttr::get(op->getContext());
    Attribute key = ArrayAttr::get(
        op->getContext(),
        {StringAttr::get(op->getContext(), op->getName().getStringRef()),
         op->getDiscardableAttrDictionary(), properties, TypeAttr::get(type)});
    func::FuncOp &helper = helpers[key];
    if (!helper)
      helper = createHelper(op, type);
    return helper;
  }

  func::FuncOp createHelper(Operation *op, FunctionType type) {
    auto function =
        func::FuncOp::create(functions, op->getLoc(), nameOfHelper(op), type);
    function.setPrivate();
    // Renames if ops differ in more than the name says.
    symbols.insert(function);
    OpBuilder body = OpBuilder::atBlockBegin(function.addEntryBlock());
    IRMapping mapping;
    for (auto [operand, argument] :
         llvm::zip_equal(op->getOperands(), function.getArguments())) {
      Value value = argument;
      // One number for all elements.
      if (value.getType() != withoutUnitVector(operand.getType()))
        value = vector::BroadcastOp::create(body, op->getLoc(),
                                            operand.getType(), value);
      mapping.map(operand, value);
    }
    Operation *clone = body.clone(*op, mapping);
    clone->getResult(0).setType(type.getResult(0));
    func::ReturnOp::create(body, op->getLoc(), clone->getResults());
    functions.setInsertionPointAfter(function);
    return function;
  }

  SymbolTable symbols;
  OpBuilder builder, functions{builder};
  llvm::DenseMap<Attribute, func::FuncOp> helpers;
};

struct OutlineHelpersPass
    : dsv4c::hip::impl::HipOutlineHelpersBase<OutlineHelpersPass> {
  void runOnOperation() override {
    SmallVector<Operation *> expanded;
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>())
      kernel.walk([&](Operation *op) {
        if (isExpanded(op) && op->getNumResults() == 1)
          expanded.push_back(op);
      });
    Outliner outliner(getOperation());
    for (Operation *op : expanded)
      outliner.outline(op);
    numHelpers += outliner.getNumHelpers();
    numCalls += expanded.size();
  }
};
} // namespace
