//===- FunctionEmitter.cpp - One function as C++ --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

/// Longest expression that becomes part of another one.
static constexpr size_t kMaxInlined = 40;
/// Longest line of a comment.
static constexpr size_t kMaxComment = 110;

//===----------------------------------------------------------------------===//
// Lines and values
//===----------------------------------------------------------------------===//

void FunctionEmitter::statement(const Twine &line) {
  text.append(2 * indent, ' ');
  text += line.str();
  text += '\n';
}

StringRef FunctionEmitter::findLine(Operation *op) const {
  // A helper belongs to many ops.
  return op->getParentOfType<gpu::GPUFuncOp>() ? file.lines.find(op->getLoc())
                                               : StringRef();
}

void FunctionEmitter::comment(Operation *op) {
  StringRef line = findLine(op);
  if (line.empty() || line == lastLine)
    return;
  lastLine = line;
  statement("// " + line.take_front(kMaxComment) +
            (line.size() > kMaxComment ? " ..." : ""));
}

const std::string &FunctionEmitter::use(Value value) {
  auto it = expressions.find(value);
  assert(it != expressions.end() && "used before its definition");
  return it->second.text;
}

std::string FunctionEmitter::operand(Value value) {
  const std::string &expression = use(value);
  return expressions[value].binding == Binding::Other ? "(" + expression + ")"
                                                      : expression;
}

/// Whether the text is a name, a literal or an element.
static bool isSimple(StringRef text) {
  return text.find_first_of(" (") == StringRef::npos;
}

const std::string &FunctionEmitter::atom(Value value) {
  if (!isSimple(use(value))) {
    std::string expression = expressions[value].text;
    // The type has been checked when the value was bound.
    (void)define(value, std::move(expression));
  }
  return use(value);
}

std::string FunctionEmitter::asSigned(Value value) {
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    if (auto literal = file.types.signedLiteral(constant.getValue()))
      return *literal;
  return "(" + *file.types.findSigned(value.getType()) + ")" + operand(value);
}

LogicalResult FunctionEmitter::alias(Value value, std::string expression,
                                     Binding binding) {
  expressions[value] = {std::move(expression), binding};
  return success();
}

LogicalResult FunctionEmitter::bind(Value value, std::string expression,
                                    Binding binding) {
  if (value.use_empty())
    return success();
  Operation *user = *value.user_begin();
  // What a loop carries is assigned one after the other.
  bool isCarried = isa<scf::YieldOp>(user) && user->getNumOperands() > 1;
  if (value.hasOneUse() && user->getBlock() == value.getParentBlock() &&
      expression.size() <= kMaxInlined && !isCarried)
    return alias(value, std::move(expression), binding);
  return define(value, std::move(expression));
}

LogicalResult FunctionEmitter::bindSame(Value value, Value other) {
  if (isSimple(use(other)))
    return alias(value, use(other), expressions[other].binding);
  return bind(value, use(other), expressions[other].binding);
}

LogicalResult FunctionEmitter::define(Value value, std::string expression) {
  Operation *op = value.getDefiningOp();
  std::string type;
  if (std::optional<std::string> pointer = pointerType(value))
    type = *pointer + "const ";
  else if (failed(requireType(op, value.getType(), type)))
    return failure();
  else
    type = "const " + type + " ";
  comment(op);
  std::string name = newName(op, value.getType());
  statement(type + name + " = " + expression + ";");
  return alias(value, name);
}

LogicalResult FunctionEmitter::requireType(Operation *op, Type type,
                                           std::string &name) {
  std::optional<std::string> found = file.types.find(type);
  // [hip_source_c2]
  if (!found)
    return op->emitOpError("[hip_source_c2] has a value of type ")
           << type << ", which has no HIP C++ type";
  name = *found;
  return success();
}

std::string FunctionEmitter::unique(const std::string &base) {
  unsigned &count = names[base];
  std::string name = count == 0 ? base : base + "_" + std::to_string(count);
  ++count;
  return name;
}

std::string FunctionEmitter::newName(Operation *op, Type type) {
  std::string name = nameFromLine(findLine(op));
  if (!name.empty())
    return unique(name);
  const char *kind = isa<LLVM::LLVMPointerType>(type)    ? "p"
                     : isa<MemRefType>(type)             ? "tile"
                     : elementType(type).isInteger(1)    ? "is"
                     : isa<FloatType>(elementType(type)) ? "x"
                                                         : "n";
  // n0, n1, ...: bare names are C++ types or too easily taken.
  return kind + std::to_string(names[kind]++);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

LogicalResult FunctionEmitter::noTranslation(Operation *op, const Twine &what) {
  // [hip_source_c1]
  return op->emitOpError("[hip_source_c1] has no translation to HIP C++")
         << what;
}

LogicalResult FunctionEmitter::emitOp(Operation *op) {
  if (!op->getDialect())
    return noTranslation(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp loop) { return emitFor(loop); })
      .Case([&](scf::IfOp branch) { return emitIf(branch); })
      .Case([&](scf::YieldOp yield) { return emitYield(yield); })
      .Case([&](ub::PoisonOp poison) {
        std::string type;
        if (failed(requireType(op, poison.getType(), type)))
          return failure();
        return alias(poison, type + "(0)");
      })
      .Case([&](func::CallOp call) -> LogicalResult {
        if (call.getNumResults() != 1)
          return noTranslation(op);
        std::string arguments;
        for (Value argument : call.getOperands())
          arguments += (arguments.empty() ? "" : ", ") + use(argument);
        // Helpers have no effects.
        return bind(call.getResult(0),
                    (call.getCallee() + "(" + arguments + ")").str(),
                    Binding::Primary);
      })
      .Default([&](Operation *op) -> LogicalResult {
        Dialect *dialect = op->getDialect();
        if (isa<arith::ArithDialect>(dialect))
          return emitArith(op);
        if (isa<math::MathDialect>(dialect))
          return emitMath(op);
        if (isa<LLVM::BitcastOp>(op))
          return emitBitcast(op);
        if (auto fence = dyn_cast<LLVM::FenceOp>(op))
          return emitFence(fence);
        if (isa<vector::LoadOp, vector::StoreOp>(op) ||
            isa<memref::MemRefDialect>(dialect) ||
            isa<LLVM::GEPOp, LLVM::LoadOp, LLVM::StoreOp, LLVM::AtomicRMWOp>(
                op))
          return emitMemory(op);
        if (isa<vector::VectorDialect>(dialect))
          return emitVector(op);
        if (isa<gpu::GPUDialect, amdgpu::AMDGPUDialect, ROCDL::ROCDLDialect>(
                dialect) ||
            isa<LLVM::CallIntrinsicOp>(op))
          return emitGpu(op);
        return noTranslation(op);
      });
}

LogicalResult FunctionEmitter::emitHelper(func::FuncOp helper) {
  std::string result;
  if (helper.getNumResults() != 1)
    return noTranslation(helper, "; expected one result");
  if (failed(requireType(helper, helper.getResultTypes()[0], result)))
    return failure();
  std::string list;
  const char *const kNames[] = {"x", "y", "z"};
  for (auto [i, argument] : llvm::enumerate(helper.getArguments())) {
    std::string type;
    if (failed(requireType(helper, argument.getType(), type)))
      return failure();
    std::string name = unique(i < 3 ? kNames[i] : "w");
    list += (i ? ", " : "") + type + " " + name;
    (void)alias(argument, name);
  }
  statement("HELPER " + result + " " + helper.getSymName() + "(" + list +
            ") {");
  ++indent;
  for (Operation &op : helper.getBody().front()) {
    if (auto last = dyn_cast<func::ReturnOp>(op))
      statement("return " + use(last.getOperand(0)) + ";");
    else if (failed(emitOp(&op)))
      return failure();
  }
  --indent;
  statement("}\n");
  return success();
}

/// "scaled_matmul_t1" of "scaled_matmul.t1".
static std::string identifier(StringRef symbol) {
  std::string name = symbol.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

LogicalResult FunctionEmitter::emitParameters(gpu::GPUFuncOp kernel,
                                              ArrayRef<Parameter> parameters,
                                              std::string &list,
                                              std::string &types) {
  for (auto [i, argument] :
       llvm::enumerate(kernel.getBody().front().getArguments().take_front(
           kernel.getNumArguments()))) {
    std::string name = "buffer_" + std::to_string(i);
    if (i < parameters.size()) {
      name = parameters[i].name;
      statement("// " + name + ": " + parameters[i].description);
    }
    name = unique(name);
    if (kernel.getArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName()))
      constPointers.insert(argument);
    std::optional<std::string> type = pointerType(argument);
    // [hip_source_c2]
    if (!type)
      return kernel.emitOpError("[hip_source_c2] parameter #")
             << i << " is of type " << argument.getType()
             << "; expected a pointer to global memory or a memref";
    bool isNoAlias =
        bool(kernel.getArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName()));
    list += (i ? ",\n    " : "") + *type + (isNoAlias ? "__restrict__ " : "") +
            name;
    types += (i ? ", " : "") + StringRef(*type).rtrim().str();
    (void)alias(argument, name);
  }
  return success();
}

LogicalResult FunctionEmitter::emitSharedMemory(gpu::GPUFuncOp kernel) {
  for (BlockArgument memory : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(memory.getType());
    std::string element;
    if (failed(requireType(kernel, type.getElementType(), element)))
      return failure();
    std::string name = unique("lds");
    // As aligned as the widest access.
    statement("SHARED __attribute__((aligned(16))) " + element + " " + name +
              "_bytes[" + Twine(type.getNumElements()) + "];");
    statement("LOCAL " + element + " *const " + name + " = (LOCAL " + element +
              " *)" + name + "_bytes;");
    (void)alias(memory, name);
  }
  return success();
}

LogicalResult FunctionEmitter::emitKernel(gpu::GPUFuncOp kernel,
                                          ArrayRef<Parameter> parameters) {
  std::optional<ArrayRef<int32_t>> block = kernel.getKnownBlockSize();
  // [hip_source_c4]
  if (!block)
    return kernel.emitOpError("[hip_source_c4] has no known_block_size");
  int64_t threads = 1;
  for (int32_t size : *block)
    threads *= size;
  std::string attributes = "THREADS(" + std::to_string(threads) + ")";
  for (NamedAttribute attribute : kernel->getDiscardableAttrs()) {
    if (!attribute.getName().strref().starts_with("rocdl."))
      continue;
    auto waves = dyn_cast<IntegerAttr>(attribute.getValue());
    // [hip_source_c3]
    if (attribute.getName() != "rocdl.waves_per_eu" || !waves)
      return kernel.emitOpError("[hip_source_c3] has the attribute '")
             << attribute.getName().strref() << "', which HIP C++ lacks";
    attributes += llvm::formatv(" __attribute__((amdgpu_waves_per_eu({0})))",
                                waves.getInt());
  }
  std::string name = identifier(kernel.getName());
  std::string list, types;
  statement("// " + kernel.getName());
  if (failed(emitParameters(kernel, parameters, list, types)))
    return failure();
  // Definitions take no __asm__ label.
  statement("extern \"C\" __global__ void " + name + "(" + types +
            ") __asm__(\"" + kernel.getName() + "\");");
  statement("extern \"C\" __global__ " + attributes + " void " + name +
            "(\n    " + list + ") {");
  ++indent;
  if (failed(emitSharedMemory(kernel)) ||
      failed(emitBlock(kernel.getBody().front())))
    return failure();
  --indent;
  statement("}\n");
  return success();
}
