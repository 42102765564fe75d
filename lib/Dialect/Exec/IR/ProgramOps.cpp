//===- ProgramOps.cpp - Verifiers of exec.program and exec.launch ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Exec/IR/KernelParameter.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::exec;

//===----------------------------------------------------------------------===//
// KernelParameter
//===----------------------------------------------------------------------===//

int64_t KernelParameter::getLeastBytes() const {
  if (!type.hasStaticShape())
    return 0;
  return llvm::divideCeil(
      type.getNumElements() * type.getElementType().getIntOrFloatBitWidth(), 8);
}

unsigned dsv4c::exec::getNumParameters(tile::KernelOp kernel) {
  // Argument 0 is the index of the workgroup.
  return kernel.getFunctionType().getNumInputs() - 1;
}

FailureOr<KernelParameter> dsv4c::exec::getParameter(tile::KernelOp kernel,
                                                     unsigned index) {
  unsigned argument = index + 1;
  KernelParameter parameter;
  parameter.type =
      dyn_cast<MemRefType>(kernel.getFunctionType().getInput(argument));
  auto holds = kernel.getArgAttrOfType<TypeAttr>(argument, kHoldsAttrName);
  auto part = kernel.getArgAttrOfType<PartAttr>(argument, kPartAttrName);
  if (!parameter.type || !holds || !part)
    return failure();
  parameter.holds = holds.getValue();
  parameter.part = part.getValue();
  parameter.writes = kernel.getArgAttr(argument, kWritesAttrName) != nullptr;
  return parameter;
}

//===----------------------------------------------------------------------===//
// LaunchOp
//===----------------------------------------------------------------------===//

namespace {

/// A type with its format spelt out: "'...' (e4m3 ocp (bias 7), largest 448)".
struct Described {
  Type type;
};

InFlightDiagnostic &operator<<(InFlightDiagnostic &diagnostic,
                               Described described) {
  diagnostic << described.type;
  auto scaled = dyn_cast<fp8::ScaledType>(described.type);
  if (auto cache = dyn_cast<dsv4::CacheType>(described.type))
    scaled = cache.getKeys();
  if (!scaled)
    return diagnostic;
  diagnostic << " (";
  if (auto format = fp8::FormatAttr::get(scaled.getElementType()))
    diagnostic << format.describe() << ", ";
  return diagnostic << "shift " << scaled.getShift() << ", largest "
                    << scaled.getLargest() << ")";
}

LogicalResult verifyBinding(LaunchOp launch, tile::KernelOp kernel,
                            unsigned index, BufferOp buffer) {
  auto emit = [&]() { return launch.emitOpError(); };
  FailureOr<KernelParameter> parameter = getParameter(kernel, index);
  // [launch_c5]
  if (failed(parameter))
    return emit() << "[launch_c5] parameter #" << index << " of @"
                  << kernel.getSymName()
                  << " is no memref with exec.holds and exec.part";
  // [launch_c4]
  Type element = buffer.getMemRef().getElementType();
  if (element != parameter->type.getElementType())
    return emit() << "[launch_c4] @" << buffer.getSymName() << " has elements "
                  << element << ", parameter #" << index << " of @"
                  << kernel.getSymName() << " "
                  << parameter->type.getElementType();
  if (buffer.getBytes() < parameter->getLeastBytes())
    return emit() << "[launch_c4] @" << buffer.getSymName() << " has "
                  << buffer.getBytes() << " bytes, parameter #" << index
                  << " of @" << kernel.getSymName() << " needs "
                  << parameter->getLeastBytes();
  // [launch_c5]
  if (buffer.getHolds() != parameter->holds) {
    InFlightDiagnostic diagnostic = emit();
    diagnostic << "[launch_c5] @" << buffer.getSymName() << " holds ";
    diagnostic << Described{buffer.getHolds()};
    diagnostic << ", but parameter #" << index << " of @" << kernel.getSymName()
               << " is ";
    diagnostic << Described{parameter->holds};
    return diagnostic;
  }
  // [launch_c6]
  if (buffer.getPart() != parameter->part)
    return emit() << "[launch_c6] @" << buffer.getSymName() << " is the part "
                  << stringifyPart(buffer.getPart()) << ", parameter #" << index
                  << " of @" << kernel.getSymName() << " "
                  << stringifyPart(parameter->part);
  // [launch_c7]
  if (parameter->writes && buffer.getSpace() == Space::Weights)
    return emit() << "[launch_c7] @" << kernel.getSymName()
                  << " writes parameter #" << index << ", but @"
                  << buffer.getSymName() << " is a weight";
  return success();
}

LogicalResult verifyKernel(LaunchOp launch, FlatSymbolRefAttr name,
                           ArrayRef<BufferOp> buffers,
                           SymbolTableCollection &symbols) {
  // [launch_c1]
  auto kernel = symbols.lookupNearestSymbolFrom<tile::KernelOp>(launch, name);
  if (!kernel)
    return launch.emitOpError() << "[launch_c1] no tile.kernel " << name;
  // [launch_c2]
  if (getNumParameters(kernel) != buffers.size())
    return launch.emitOpError()
           << "[launch_c2] " << name << " has " << getNumParameters(kernel)
           << " parameters, got " << buffers.size() << " buffers";
  for (auto [index, buffer] : llvm::enumerate(buffers))
    if (failed(verifyBinding(launch, kernel, index, buffer)))
      return failure();
  return success();
}

LogicalResult verifyCondition(LaunchOp launch, ConditionAttr condition,
                              SymbolTableCollection &symbols) {
  auto buffer =
      symbols.lookupNearestSymbolFrom<BufferOp>(launch, condition.getBuffer());
  // [launch_c9]
  if (!buffer || buffer.getSpace() != Space::Weights ||
      buffer.getPart() != Part::Codes)
    return launch.emitOpError() << "[launch_c9] " << condition.getBuffer()
                                << " is not the codes of a scaled weight";
  if (condition.getMin() > condition.getMax())
    return launch.emitOpError()
           << "[launch_c9] no value is at least " << condition.getMin()
           << " and at most " << condition.getMax();
  return success();
}

} // namespace

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // [launch_c8]
  bool conditional = getConditions() && !getConditions()->empty();
  if (conditional != getOtherwise().has_value())
    return emitOpError() << "[launch_c8] "
                         << (conditional ? "conditions need an `else` kernel"
                                         : "an `else` kernel needs conditions");
  SmallVector<BufferOp> buffers;
  for (auto name : getBuffers().getAsRange<FlatSymbolRefAttr>()) {
    // [launch_c3]
    buffers.push_back(symbols.lookupNearestSymbolFrom<BufferOp>(*this, name));
    if (!buffers.back())
      return emitOpError() << "[launch_c3] no exec.buffer " << name;
  }
  if (failed(verifyKernel(*this, getKernelAttr(), buffers, symbols)))
    return failure();
  if (!conditional)
    return success();
  for (auto condition : getConditions()->getAsRange<ConditionAttr>())
    if (failed(verifyCondition(*this, condition, symbols)))
      return failure();
  return verifyKernel(*this, getOtherwiseAttr(), buffers, symbols);
}

//===----------------------------------------------------------------------===//
// ProgramOp
//===----------------------------------------------------------------------===//

LogicalResult ProgramOp::verifyRegions() {
  // [program_c1]
  if (getTokens() < 1 || getTokens() > INT32_MAX)
    return emitOpError() << "[program_c1] expected at least one token, got "
                         << getTokens();
  if (getOutputRows() < 0 || getOutputRows() > getTokens())
    return emitOpError() << "[program_c1] expected 0 to " << getTokens()
                         << " output rows, got " << getOutputRows();
  // [program_c3]
  if (getBody().front().empty())
    return emitOpError() << "[program_c3] there is no launch";
  for (Operation &op : getBody().front())
    if (!isa<LaunchOp>(op))
      return op.emitOpError() << "[program_c3] is no launch";
  return success();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // [program_c2]
  auto verifySpace = [&](ArrayAttr names, Space space) -> LogicalResult {
    for (auto name : names.getAsRange<FlatSymbolRefAttr>()) {
      auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(*this, name);
      if (!buffer || buffer.getSpace() != space)
        return emitOpError()
               << "[program_c2] " << name << " is no exec.buffer of space "
               << stringifySpace(space);
    }
    return success();
  };
  if (failed(verifySpace(getInputs(), Space::Input)) ||
      failed(verifySpace(getOutputs(), Space::Output)))
    return failure();
  // [program_c5]
  for (auto other : (*this)->getParentRegion()->getOps<ProgramOp>())
    if (other != *this && other.getEntryAttr() == getEntryAttr() &&
        other.getTokens() == getTokens())
      return emitOpError() << "[program_c5] @" << other.getSymName()
                           << " also is " << getEntryAttr() << " for "
                           << getTokens() << " tokens";
  // [program_c4]
  llvm::SmallPtrSet<Operation *, 32> written;
  for (auto launch : getBody().getOps<LaunchOp>()) {
    auto kernel = symbols.lookupNearestSymbolFrom<tile::KernelOp>(
        launch, launch.getKernelAttr());
    // Launches are verified on their own; only sound ones count here.
    if (!kernel || getNumParameters(kernel) != launch.getBuffers().size())
      continue;
    SmallVector<BufferOp> read;
    for (auto [index, name] :
         llvm::enumerate(launch.getBuffers().getAsRange<FlatSymbolRefAttr>())) {
      auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(launch, name);
      FailureOr<KernelParameter> parameter = getParameter(kernel, index);
      if (!buffer || failed(parameter) || buffer.getSpace() != Space::Arena)
        continue;
      if (parameter->writes)
        written.insert(buffer);
      else
        read.push_back(buffer);
    }
    for (BufferOp buffer : read)
      if (!written.contains(buffer))
        return launch.emitOpError()
               << "[program_c4] reads @" << buffer.getSymName()
               << ", which no launch has written";
  }
  return success();
}
