//===- EmitArith.cpp - Arithmetic as C++ expressions ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

namespace {
/// An op of two operands that is an operator on unsigned integers, on signed
/// ones or on floats.
struct Operator {
  llvm::StringLiteral op, symbol;
  bool isSigned = false;
};
} // namespace

static constexpr Operator kOperators[] = {
    {"arith.addi", "+"},         {"arith.subi", "-"},
    {"arith.muli", "*"},         {"arith.divui", "/"},
    {"arith.remui", "%"},        {"arith.andi", "&"},
    {"arith.ori", "|"},          {"arith.xori", "^"},
    {"arith.shli", "<<"},        {"arith.shrui", ">>"},
    {"arith.divsi", "/", true},  {"arith.remsi", "%", true},
    {"arith.shrsi", ">>", true}, {"arith.addf", "+"},
    {"arith.subf", "-"},         {"arith.mulf", "*"},
    {"arith.divf", "/"},
};

static const Operator *findOperator(Operation *op) {
  for (const Operator &candidate : kOperators)
    if (op->getName().getStringRef() == candidate.op)
      return &candidate;
  return nullptr;
}

/// Whether C++ computes in int, which has to be converted back.
static bool isPromoted(Type type) {
  return !isCppVector(type) && !isa<FloatType>(elementType(type)) &&
         elementBits(type) < 32;
}

LogicalResult FunctionEmitter::verifyFastMath(Operation *op) {
  auto interface = dyn_cast<arith::ArithFastMathInterface>(op);
  // [hip_source_c3]
  if (interface && interface.getFastMathFlagsAttr() &&
      interface.getFastMathFlagsAttr().getValue() != arith::FastMathFlags::none)
    return op->emitOpError("[hip_source_c3] has fast-math flags; the source "
                           "promises exact results");
  return success();
}

LogicalResult FunctionEmitter::emitArith(Operation *op) {
  if (failed(verifyFastMath(op)))
    return failure();
  if (const Operator *found = findOperator(op)) {
    Value lhs = op->getOperand(0), rhs = op->getOperand(1);
    Value result = op->getResult(0);
    Type type = result.getType();
    std::string name;
    if (failed(requireType(op, type, name)))
      return failure();
    // A sum of booleans would not wrap.
    if (elementBits(type) == 1 &&
        !isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
      return noTranslation(op, " on booleans");
    std::string left = found->isSigned ? asSigned(lhs) : operand(lhs);
    std::string right = found->isSigned ? asSigned(rhs) : operand(rhs);
    // int times int could overflow.
    if (isPromoted(type) && elementBits(type) > 1 && !found->isSigned)
      left = "(u32)" + left;
    std::string expression = left + " " + found->symbol.str() + " " + right;
    // Back from signed integers, or from what C++ has made an int.
    if (found->isSigned || (isPromoted(type) && elementBits(type) > 1))
      return bind(result, "(" + name + ")(" + expression + ")", Binding::Unary);
    return bind(result, expression);
  }
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](arith::ConstantOp op) { return emitConstant(op); })
      .Case([&](arith::CmpIOp op) { return emitCompareInt(op); })
      .Case([&](arith::CmpFOp op) { return emitCompareFloat(op); })
      .Case([&](arith::SelectOp op) { return emitSelect(op); })
      .Case<arith::ExtUIOp, arith::ExtSIOp, arith::TruncIOp, arith::ExtFOp,
            arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp,
            arith::FPToUIOp, arith::IndexCastOp, arith::IndexCastUIOp>(
          [&](auto op) { return emitConvert(op); })
      .Case([&](arith::BitcastOp op) { return emitBitcast(op); })
      .Case([&](arith::NegFOp op) {
        return bind(op.getResult(), "-" + operand(op.getOperand()),
                    Binding::Unary);
      })
      .Default([&](Operation *op) { return noTranslation(op); });
}

LogicalResult FunctionEmitter::emitConstant(arith::ConstantOp op) {
  std::optional<std::string> literal = file.types.literal(op.getValue());
  // [hip_source_c2]
  if (!literal)
    return op.emitOpError("[hip_source_c2] has a value of type ")
           << op.getType() << ", which has no HIP C++ literal";
  bool isNegative = StringRef(*literal).starts_with("-");
  bool isList = StringRef(*literal).contains('{');
  return isList ? bind(op.getResult(), *literal, Binding::Primary)
                : alias(op.getResult(), *literal,
                        isNegative ? Binding::Unary : Binding::Primary);
}

/// A condition of vectors as a vector of bool.
static std::string asMask(CppTypes &types, Type type,
                          const std::string &comparison) {
  if (!isCppVector(type))
    return comparison;
  return "__builtin_convertvector(" + comparison + ", " + *types.find(type) +
         ")";
}

LogicalResult FunctionEmitter::emitCompareInt(arith::CmpIOp op) {
  using Predicate = arith::CmpIPredicate;
  static constexpr const char *kSymbols[] = {"==", "!=", "<",  "<=", ">",
                                             ">=", "<",  "<=", ">",  ">="};
  static_assert(int(Predicate::eq) == 0 && int(Predicate::slt) == 2 &&
                int(Predicate::sge) == 5 && int(Predicate::uge) == 9);
  std::string type;
  if (failed(requireType(op, op.getLhs().getType(), type)))
    return failure();
  auto predicate = op.getPredicate();
  bool isSigned = predicate >= Predicate::slt && predicate <= Predicate::sge;
  // A signed bool is 0 or -1.
  if (isSigned && elementBits(op.getLhs().getType()) == 1)
    return noTranslation(op, " on booleans");
  std::string lhs = isSigned ? asSigned(op.getLhs()) : operand(op.getLhs());
  std::string rhs = isSigned ? asSigned(op.getRhs()) : operand(op.getRhs());
  bool isVectorOfBool =
      isCppVector(op.getType()) && elementBits(op.getLhs().getType()) == 1;
  if (isVectorOfBool)
    return noTranslation(op, " on vectors of booleans");
  std::string comparison = lhs + " " + kSymbols[int(predicate)] + " " + rhs;
  return bind(op.getResult(), asMask(file.types, op.getType(), comparison));
}

LogicalResult FunctionEmitter::emitCompareFloat(arith::CmpFOp op) {
  using Predicate = arith::CmpFPredicate;
  std::string x = atom(op.getLhs()), y = atom(op.getRhs());
  bool isVector = isCppVector(op.getType());
  std::string either = isVector ? " | " : " || ";
  std::string both = isVector ? " & " : " && ";
  std::string no = isVector ? "~" : "!";
  auto test = [&](const char *symbol) { return x + " " + symbol + " " + y; };
  // Comparisons of C++ are false for NaN but for !=, which is true.
  std::string expression = [&]() -> std::string {
    switch (op.getPredicate()) {
    case Predicate::OEQ:
      return test("==");
    case Predicate::OGT:
      return test(">");
    case Predicate::OGE:
      return test(">=");
    case Predicate::OLT:
      return test("<");
    case Predicate::OLE:
      return test("<=");
    case Predicate::ONE:
      return "(" + test("<") + ")" + either + "(" + test(">") + ")";
    case Predicate::ORD:
      return x == y ? test("==")
                    : "(" + x + " == " + x + ")" + both + "(" + y + " == " + y +
                          ")";
    case Predicate::UEQ:
      return no + "((" + test("<") + ")" + either + "(" + test(">") + "))";
    case Predicate::UGT:
      return no + "(" + test("<=") + ")";
    case Predicate::UGE:
      return no + "(" + test("<") + ")";
    case Predicate::ULT:
      return no + "(" + test(">=") + ")";
    case Predicate::ULE:
      return no + "(" + test(">") + ")";
    case Predicate::UNE:
      return test("!=");
    case Predicate::UNO:
      return x == y ? test("!=")
                    : "(" + x + " != " + x + ")" + either + "(" + y +
                          " != " + y + ")";
    default:
      return "";
    }
  }();
  if (expression.empty())
    return noTranslation(op, " with a constant predicate");
  return bind(op.getResult(), asMask(file.types, op.getType(), expression));
}

LogicalResult FunctionEmitter::emitSelect(arith::SelectOp op) {
  if (isa<LLVM::LLVMPointerType>(op.getType()) &&
      constPointers.contains(op.getTrueValue()))
    constPointers.insert(op.getResult());
  std::string condition = operand(op.getCondition());
  if (!isCppVector(op.getCondition().getType())) {
    std::string choice = condition + " ? " + operand(op.getTrueValue()) +
                         " : " + operand(op.getFalseValue());
    std::optional<std::string> type = file.types.find(op.getType());
    if (type && isPromoted(op.getType()) && elementBits(op.getType()) > 1)
      return bind(op.getResult(), "(" + *type + ")(" + choice + ")",
                  Binding::Unary);
    return bind(op.getResult(), choice);
  }
  file.helpers.insert(Helper::Select);
  return bind(op.getResult(),
              "select(" + use(op.getCondition()) + ", " +
                  use(op.getTrueValue()) + ", " + use(op.getFalseValue()) + ")",
              Binding::Primary);
}

LogicalResult FunctionEmitter::emitConvert(Operation *op) {
  Value input = op->getOperand(0), result = op->getResult(0);
  Type from = input.getType(), to = result.getType();
  std::string fromName, toName;
  if (failed(requireType(op, from, fromName)) ||
      failed(requireType(op, to, toName)))
    return failure();
  if (auto truncate = dyn_cast<arith::TruncFOp>(op);
      truncate && truncate.getRoundingmode())
    return noTranslation(op, " with a rounding mode");
  for (Type type : {elementType(from), elementType(to)})
    if (isa<FloatType>(type) && !type.isF16() && !type.isF32() && !type.isF64())
      return noTranslation(op, "; expand-bf16 and the like come first");
  bool isWidened = elementBits(to) > elementBits(from);
  bool readsSign = isa<arith::ExtSIOp, arith::SIToFPOp>(op) ||
                   (isa<arith::IndexCastOp>(op) && isWidened);
  bool writesSign = isa<arith::ExtSIOp, arith::FPToSIOp>(op) ||
                    (isa<arith::IndexCastOp>(op) && isWidened);
  bool isBool = elementBits(from) == 1 && !isa<FloatType>(elementType(from));
  if (isBool && readsSign)
    return noTranslation(op, " from booleans");
  std::string source = readsSign ? asSigned(input) : operand(input);
  std::string signedTo = writesSign ? *file.types.findSigned(to) : toName;
  if (elementBits(to) == 1) {
    std::string mask = isCppVector(to) ? fromName + "(1u)" : "1u";
    std::string zero = isCppVector(to) ? fromName + "(0u)" : "0u";
    return bind(result, asMask(file.types, to,
                               "(" + source + " & " + mask + ") != " + zero));
  }
  std::string expression = isCppVector(to) ? "__builtin_convertvector(" +
                                                 source + ", " + signedTo + ")"
                                           : "(" + signedTo + ")" + source;
  if (signedTo != toName)
    expression = "(" + toName + ")" + expression;
  return bind(result, expression, Binding::Unary);
}

LogicalResult FunctionEmitter::emitBitcast(Operation *op) {
  Value input = op->getOperand(0), result = op->getResult(0);
  std::string from, to;
  if (failed(requireType(op, input.getType(), from)) ||
      failed(requireType(op, result.getType(), to)))
    return failure();
  if (from == to)
    return bindSame(result, input);
  return bind(result, "__builtin_bit_cast(" + to + ", " + use(input) + ")",
              Binding::Primary);
}

LogicalResult FunctionEmitter::emitMath(Operation *op) {
  if (failed(verifyFastMath(op)))
    return failure();
  auto name = llvm::TypeSwitch<Operation *, StringRef>(op)
                  .Case([](math::FmaOp) { return "fma"; })
                  .Case([](math::SqrtOp) { return "sqrt"; })
                  .Case([](math::AbsFOp) { return "abs"; })
                  .Case([](math::FloorOp) { return "floor"; })
                  .Case([](math::CeilOp) { return "ceil"; })
                  .Case([](math::TruncOp) { return "trunc"; })
                  .Case([](math::RoundEvenOp) { return "roundeven"; })
                  .Case([](math::CopySignOp) { return "copysign"; })
                  .Default([](Operation *) { return ""; });
  if (name.empty())
    return noTranslation(op);
  std::string arguments;
  for (Value argument : op->getOperands())
    arguments += (arguments.empty() ? "" : ", ") + use(argument);
  return bind(op->getResult(0),
              ("__builtin_elementwise_" + name + "(" + arguments + ")").str(),
              Binding::Primary);
}
