//===- EmitControlFlow.cpp - Loops and branches ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

LogicalResult FunctionEmitter::emitBlock(Block &block) {
  for (Operation &op : block) {
    if (isa<gpu::ReturnOp>(op))
      continue;
    if (failed(emitOp(&op)))
      return failure();
  }
  return success();
}

/// Whether an unsigned comparison ends the loop where its own does.
static bool isComparedUnsigned(scf::ForOp loop) {
  auto isNatural = [](Value value) {
    std::optional<int64_t> constant = getConstantIntValue(value);
    return constant && *constant >= 0;
  };
  return loop.getUnsignedCmp() ||
         (isNatural(loop.getLowerBound()) && isNatural(loop.getUpperBound()) &&
          isNatural(loop.getStep()));
}

LogicalResult FunctionEmitter::emitFor(scf::ForOp loop) {
  std::string type;
  if (failed(requireType(loop, loop.getInductionVar().getType(), type)))
    return failure();
  std::string lower = use(loop.getLowerBound());
  std::string upper = atom(loop.getUpperBound());
  std::string step = atom(loop.getStep());
  comment(loop);
  for (auto [init, argument, result] : llvm::zip(
           loop.getInits(), loop.getRegionIterArgs(), loop.getResults())) {
    std::string carried;
    if (failed(requireType(loop, argument.getType(), carried)))
      return failure();
    std::string name = newName(loop, argument.getType());
    statement(carried + " " + name + " = " + use(init) + ";");
    (void)alias(argument, name);
    (void)alias(result, name);
  }
  const char *const kNames[] = {"i", "j", "k"};
  std::string index =
      loopDepth < 3 ? kNames[loopDepth] : "i" + std::to_string(loopDepth);
  std::string cast =
      isComparedUnsigned(loop) ? "" : "(i" + type.substr(1) + ")";
  std::string isLess = cast + index + " < " + cast + upper;
  // As in the code object: unrolled as far as tiles go, no further.
  statement("#pragma nounroll");
  statement("for (" + type + " " + index + " = " + lower + "; " + isLess +
            "; " + index + " += " + step + ") {");
  (void)alias(loop.getInductionVar(), index);
  ++indent;
  ++loopDepth;
  if (failed(emitBlock(*loop.getBody())))
    return failure();
  --loopDepth;
  --indent;
  statement("}");
  return success();
}

LogicalResult FunctionEmitter::emitIf(scf::IfOp branch) {
  std::string condition = use(branch.getCondition());
  comment(branch);
  for (Value result : branch.getResults()) {
    std::string type;
    if (failed(requireType(branch, result.getType(), type)))
      return failure();
    std::string name = newName(branch, result.getType());
    statement(type + " " + name + ";");
    (void)alias(result, name);
  }
  statement("if (" + condition + ") {");
  ++indent;
  if (failed(emitBlock(*branch.thenBlock())))
    return failure();
  --indent;
  if (Block *otherwise = branch.elseBlock()) {
    statement("} else {");
    ++indent;
    if (failed(emitBlock(*otherwise)))
      return failure();
    --indent;
  }
  statement("}");
  return success();
}

/// Whether assigning the variables `names` in turn leaves `expression` as it
/// is.
static bool isIndependent(const std::string &expression,
                          ArrayRef<std::string> names) {
  return !llvm::is_contained(names, expression) &&
         llvm::all_of(expression,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

LogicalResult FunctionEmitter::emitYield(scf::YieldOp yield) {
  Operation *parent = yield->getParentOp();
  SmallVector<std::string> names, values;
  for (Value result : parent->getResults())
    names.push_back(use(result));
  for (auto [name, value] : llvm::zip(names, yield.getOperands())) {
    std::string expression = use(value);
    // All values are those from before the first assignment.
    if (names.size() > 1 && expression != name &&
        !isIndependent(expression, names)) {
      std::string type;
      if (failed(requireType(parent, value.getType(), type)))
        return failure();
      std::string next = unique("next");
      statement("const " + type + " " + next + " = " + expression + ";");
      expression = next;
    }
    values.push_back(expression);
  }
  for (auto [name, value] : llvm::zip(names, values))
    if (name != value)
      statement(name + " = " + value + ";");
  return success();
}
