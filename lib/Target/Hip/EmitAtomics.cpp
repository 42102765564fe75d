//===- EmitAtomics.cpp - Atomic operations and fences ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

/// The macro of an order; empty for none.
static StringRef orderOf(LLVM::AtomicOrdering ordering) {
  switch (ordering) {
  case LLVM::AtomicOrdering::monotonic:
    return "__ATOMIC_RELAXED";
  case LLVM::AtomicOrdering::acquire:
    return "__ATOMIC_ACQUIRE";
  case LLVM::AtomicOrdering::release:
    return "__ATOMIC_RELEASE";
  case LLVM::AtomicOrdering::acq_rel:
    return "__ATOMIC_ACQ_REL";
  case LLVM::AtomicOrdering::seq_cst:
    return "__ATOMIC_SEQ_CST";
  default:
    return "";
  }
}

LogicalResult FunctionEmitter::emitFence(LLVM::FenceOp op) {
  StringRef order = orderOf(op.getOrdering());
  if (order.empty())
    return noTranslation(op, " of this order");
  comment(op);
  statement("__builtin_amdgcn_fence(" + order + ", \"" +
            op.getSyncscope().value_or("") + "\");");
  return success();
}

LogicalResult FunctionEmitter::emitAtomic(LLVM::AtomicRMWOp op) {
  StringRef order = orderOf(op.getOrdering());
  // Counts up to its operand, then starts again.
  bool isCounter = op.getBinOp() == LLVM::AtomicBinOp::uinc_wrap;
  if (!isCounter || !op.getType().isInteger(32) || order.empty() ||
      op.getVolatile_())
    return noTranslation(op, " but as a counter of 32 bits");
  return define(op.getRes(),
                ("__builtin_amdgcn_atomic_inc32((GLOBAL u32 *)(" +
                 use(op.getPtr()) + "), " + use(op.getVal()) + ", " + order +
                 ", \"" + op.getSyncscope().value_or("") + "\")")
                    .str());
}

LogicalResult FunctionEmitter::emitAtomic(memref::AtomicRMWOp op) {
  using Kind = arith::AtomicRMWKind;
  bool isSigned = op.getKind() == Kind::maxs || op.getKind() == Kind::mins;
  StringRef name = [&]() -> StringRef {
    switch (op.getKind()) {
    case Kind::addi:
      return "add";
    case Kind::andi:
      return "and";
    case Kind::ori:
      return "or";
    case Kind::maxs:
    case Kind::maxu:
      return "max";
    case Kind::mins:
    case Kind::minu:
      return "min";
    default:
      return "";
    }
  }();
  std::string type;
  if (failed(requireType(op, op.getType(), type)))
    return failure();
  if (name.empty() || elementBits(op.getType()) != 32)
    return noTranslation(op, " of this kind");
  std::string pointer = address(op.getMemref(), op.getIndices());
  std::string value = use(op.getValue());
  if (isSigned) {
    bool isShared = gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(
        cast<MemRefType>(op.getMemref().getType()));
    pointer = std::string("(") + (isShared ? "LOCAL" : "GLOBAL") + " i32 *)(" +
              pointer + ")";
    value = asSigned(op.getValue());
  }
  std::string call = ("__scoped_atomic_fetch_" + name + "(" + pointer + ", " +
                      value + ", __ATOMIC_ACQ_REL, __MEMORY_SCOPE_DEVICE)")
                         .str();
  if (!op.getResult().use_empty())
    return define(op.getResult(), call);
  comment(op);
  statement(call + ";");
  return success();
}
