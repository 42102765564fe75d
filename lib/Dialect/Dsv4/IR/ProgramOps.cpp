//===- ProgramOps.cpp - Programs, weights, rows of tokens
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OpChecks.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

//===----------------------------------------------------------------------===//
// ProgramOp
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral nameAttr = "dsv4.name";

ParseResult ProgramOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ProgramOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

ArrayRef<BlockArgument> ProgramOp::getStateArguments() {
  ArrayRef<BlockArgument> arguments = getBody().front().getArguments();
  return arguments.drop_until(
      [](BlockArgument argument) { return isState(argument.getType()); });
}

unsigned ProgramOp::getNumOutputs() {
  return llvm::count_if(getResultTypes(),
                        [](Type type) { return !isState(type); });
}

StringRef ProgramOp::getArgumentName(unsigned index) {
  auto name = getArgAttrOfType<StringAttr>(index, nameAttr);
  return name ? name.getValue() : StringRef();
}

StringRef ProgramOp::getResultName(unsigned index) {
  auto name = getResultAttrOfType<StringAttr>(index, nameAttr);
  return name ? name.getValue() : StringRef();
}

/// [program_c1], [program_c2]
static LogicalResult verifyArguments(ProgramOp program) {
  ArrayRef<Type> types = program.getArgumentTypes();
  Constraint c1(program, "[program_c1]");
  if (types.empty() || !isa<TokensType>(types.front()))
    return c1.fail() << "the first argument must be !dsv4.tokens";
  bool states = false;
  for (auto [i, type] : llvm::enumerate(types.drop_front())) {
    if (isa<TokensType>(type))
      return c1.fail() << "argument " << i + 1 << " must not be !dsv4.tokens; "
                       << "the first is";
    Constraint c2(program, "[program_c2]");
    if (!ProgramOp::isState(type) && !isa<RankedTensorType>(type))
      return c2.fail() << "argument " << i + 1
                       << " must be a tensor, a cache or open rows, got "
                       << type;
    if (states && !ProgramOp::isState(type))
      return c2.fail() << "argument " << i + 1
                       << " is an input and must come before the state";
    states = ProgramOp::isState(type);
  }
  return success();
}

/// [program_c3]
static LogicalResult verifyResults(ProgramOp program) {
  Constraint c3(program, "[program_c3]");
  ArrayRef<Type> results = program.getResultTypes();
  unsigned outputs = program.getNumOutputs();
  for (auto [i, type] : llvm::enumerate(results.take_front(outputs)))
    if (!isa<RankedTensorType>(type))
      return c3.fail() << "result " << i << " must be a tensor that precedes "
                       << "all state, got " << type;
  ArrayRef<BlockArgument> states = program.getStateArguments();
  ArrayRef<Type> newStates = results.drop_front(outputs);
  if (states.size() != newStates.size())
    return c3.fail() << "must return each of its " << states.size()
                     << " state arguments, got " << newStates.size();
  for (auto [i, state, type] : llvm::enumerate(states, newStates))
    if (state.getType() != type)
      return c3.fail() << "must return the state '"
                       << program.getArgumentName(state.getArgNumber())
                       << "' as it found it, " << state.getType() << ", got "
                       << type;
  return success();
}

/// [program_c4], [program_c5]
static LogicalResult verifyNames(ProgramOp program) {
  Constraint c4(program, "[program_c4]");
  auto unique = [&](StringRef kind, unsigned count,
                    function_ref<StringRef(unsigned)> get) -> LogicalResult {
    llvm::StringSet<> names;
    for (unsigned i = 0; i < count; ++i) {
      if (get(i).empty())
        return c4.fail() << kind << " " << i << " must have a 'dsv4.name'";
      if (!names.insert(get(i)).second)
        return c4.fail() << kind << "s must have different names, got '"
                         << get(i) << "' twice";
    }
    return success();
  };
  if (failed(unique("argument", program.getNumArguments(),
                    [&](unsigned i) { return program.getArgumentName(i); })) ||
      failed(unique("result", program.getNumResults(),
                    [&](unsigned i) { return program.getResultName(i); })))
    return failure();
  unsigned outputs = program.getNumOutputs();
  for (auto [i, state] : llvm::enumerate(program.getStateArguments())) {
    StringRef name = program.getArgumentName(state.getArgNumber());
    if (program.getResultName(outputs + i) != name)
      return Constraint(program, "[program_c5]").fail()
             << "must return the state '" << name << "' under its name, got '"
             << program.getResultName(outputs + i) << "'";
  }
  return success();
}

LogicalResult ProgramOp::verify() {
  if (failed(verifyArguments(*this)) || failed(verifyResults(*this)))
    return failure();
  return verifyNames(*this);
}

LogicalResult ReturnOp::verify() {
  auto program = cast<ProgramOp>((*this)->getParentOp());
  Constraint c1(*this, "[return_c1]");
  ArrayRef<Type> results = program.getResultTypes();
  if (results.size() != getNumOperands())
    return c1.fail() << "must return " << results.size() << " values, got "
                     << getNumOperands();
  for (auto [i, type, result] : llvm::enumerate(getOperandTypes(), results))
    if (type != result)
      return c1.fail() << "must return '" << program.getResultName(i) << "' as "
                       << result << ", got " << type;
  return success();
}

//===----------------------------------------------------------------------===//
// WeightOp
//===----------------------------------------------------------------------===//

/// [weight_c4]
static LogicalResult verifyCheckpointFormat(WeightOp weight,
                                            fp8::ScaledType type) {
  Constraint c4(weight, "[weight_c4]");
  if (!weight.getTensor().ends_with(".weight"))
    return c4.fail() << "the name of a scaled weight must end in '.weight', "
                     << "whose scales end in '.scale', got '"
                     << weight.getTensor() << "'";
  Type element = type.getElementType();
  if (!isa<Float8E4M3FNType, Float8E5M2Type, Float4E2M1FNType>(element) ||
      !isa<Float8E8M0FNUType>(type.getScaleType()) || type.getShift() != 0 ||
      type.getLayout().getKind() != fp8::LayoutKind::RowMajor)
    return c4.fail()
           << "a checkpoint holds OCP or e2m1 codes with e8m0 scales, "
           << "shift 0, row-major; got " << type;
  return success();
}

LogicalResult WeightOp::verify() {
  Type type = getResult().getType();
  ArrayRef<int64_t> shape = getShapeOf(type);
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto scaled = dyn_cast<fp8::ScaledType>(type);
  // [weight_c1]
  bool known = scaled || (tensor && (tensor.getElementType().isBF16() ||
                                     tensor.getElementType().isF32() ||
                                     tensor.getElementType().isInteger(64)));
  if (!known || shape.empty() || ShapedType::isDynamicShape(shape))
    return Constraint(*this, "[weight_c1]").fail()
           << "must be a tensor of bf16, f32 or i64, or scaled, of static "
              "shape, "
           << "got " << type;
  // [weight_c2]
  size_t stars = getTensor().count('*');
  if (stars != (getExperts() ? 1 : 0))
    return Constraint(*this, "[weight_c2]").fail()
           << "the name must contain " << (getExperts() ? "one" : "no")
           << " '*', got '" << getTensor() << "'";
  // [weight_c3]
  if (getExperts() && (shape.size() != 3 ||
                       shape.front() != static_cast<int64_t>(*getExperts())))
    return Constraint(*this, "[weight_c3]").fail()
           << "the weights of " << *getExperts() << " experts must be ["
           << *getExperts() << ", N, K], got " << type;
  return scaled ? verifyCheckpointFormat(*this, scaled) : success();
}

//===----------------------------------------------------------------------===//
// Rows of tokens
//===----------------------------------------------------------------------===//

LogicalResult EmbedOp::verify() {
  Type table = getTable().getType();
  if (failed(Constraint(*this, "[embed_c1]")
                 .rank("table", table, {"V", "D"}, Element::BF16)))
    return failure();
  return Constraint(*this, "[embed_c2]")
      .shape("result", getResult().getType(), {"T", "D"},
             {ShapedType::kDynamic, getShapeOf(table)[1]}, Element::BF16);
}

LogicalResult OutputRowsOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  // [output_rows_c1]
  if (input.getRank() < 1 || input.getRank() != result.getRank() ||
      input.getShape().drop_front() != result.getShape().drop_front() ||
      input.getElementType() != result.getElementType())
    return Constraint(*this, "[output_rows_c1]").fail()
           << "input and result must differ in the first dimension only, got "
           << input << " and " << result;
  return success();
}

LogicalResult ObserveOp::verify() {
  // [observe_c1]
  Constraint c1(*this, "[observe_c1]");
  if (getName().empty())
    return c1.fail() << "the name must not be empty";
  for (Operation *op = (*this)->getPrevNode(); op; op = op->getPrevNode())
    if (auto other = dyn_cast<ObserveOp>(op);
        other && other.getName() == getName())
      return c1.fail() << "the name must be unique, got '" << getName()
                       << "' again";
  return success();
}
