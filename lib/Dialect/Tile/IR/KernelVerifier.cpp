//===- KernelVerifier.cpp - What a kernel may contain ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dsv4c::tile;

int64_t KernelOp::getFragment(unsigned argument) {
  auto fragment = getArgAttrOfType<IntegerAttr>(argument, kFragmentAttrName);
  return fragment ? fragment.getInt() : 0;
}

/// [kernel_c9]
static LogicalResult verifyFragment(KernelOp kernel, unsigned number,
                                    MemRefType buffer, Attribute fragment) {
  constexpr int64_t rows = dsv4c::fp8::LayoutAttr::kFragmentRows;
  constexpr int64_t block = dsv4c::fp8::LayoutAttr::kFragmentBlock;
  auto bytes = dyn_cast<IntegerAttr>(fragment);
  if (!bytes || !bytes.getType().isInteger(64) ||
      (bytes.getInt() != 4 && bytes.getInt() != 8))
    return kernel.emitOpError("[kernel_c9] expects ")
           << KernelOp::kFragmentAttrName << " of buffer " << number
           << " to be 4 or 8 : i64, found " << fragment;
  Type element = buffer.getElementType();
  int64_t bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
  if (buffer.getRank() != 3 || buffer.getDimSize(2) % rows != 0 || bits == 0 ||
      buffer.getDimSize(1) * bits % (8 * block) != 0)
    return kernel.emitOpError("[kernel_c9] expects buffer ")
           << number << " of fragments to be panels x K x a multiple of "
           << rows << " with rows of a multiple of " << block
           << " bytes, found " << buffer;
  return success();
}

LogicalResult KernelOp::verify() {
  ArrayRef<Type> inputs = getArgumentTypes();
  // [kernel_c1]
  if (inputs.empty() || !inputs.front().isIndex())
    return emitOpError("[kernel_c1] expects the workgroup's index as its first "
                       "argument");
  for (auto [number, type] : llvm::enumerate(inputs.drop_front())) {
    auto buffer = dyn_cast<MemRefType>(type);
    // [kernel_c1]
    if (!buffer)
      return emitOpError("[kernel_c1] expects buffer ")
             << number << " to be a memref, found " << type;
    // [kernel_c4]
    if (!buffer.getLayout().isIdentity() ||
        llvm::any_of(buffer.getShape().drop_front(buffer.getRank() ? 1 : 0),
                     ShapedType::isDynamic))
      return emitOpError("[kernel_c4] expects buffer ")
             << number
             << " to have identity layout and no dynamic dimension but the "
                "leading one, found "
             << type;
    // [kernel_c5]
    Type element = buffer.getElementType();
    if (!element.isIndex() &&
        (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0))
      return emitOpError(
                 "[kernel_c5] expects elements of whole bytes in buffer ")
             << number << ", found " << type;
    Attribute fragment = getArgAttr(number + 1, kFragmentAttrName);
    if (fragment && failed(verifyFragment(*this, number, buffer, fragment)))
      return failure();
  }
  // [kernel_c2]
  if (!getResultTypes().empty())
    return emitOpError("[kernel_c2] expects no results, found ")
           << getResultTypes().size();
  // [kernel_c3]
  if (getWorkgroups() <= 0)
    return emitOpError("[kernel_c3] expects a positive number of workgroups, "
                       "found ")
           << getWorkgroups();
  return success();
}

/// May kernels contain `op`?
static bool isKernelOp(Operation *op) {
  if (isa<TileDialect>(op->getDialect()))
    return !isa<KernelOp>(op);
  if (isa<tensor::ExtractOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
          tensor::SplatOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
          tensor::EmptyOp, tensor::FromElementsOp, scf::ForOp, scf::IfOp,
          scf::YieldOp, scf::IndexSwitchOp, memref::LoadOp>(op))
    return true;
  bool isArithmetic =
      isa<arith::ArithDialect, math::MathDialect, dsv4c::fp8::Fp8Dialect>(
          op->getDialect());
  return isArithmetic && (op->hasTrait<OpTrait::Elementwise>() ||
                          op->hasTrait<OpTrait::ConstantLike>());
}

namespace {
/// The two families of FP8 encodings.
enum class Family { FN, FNUZ };
} // namespace

static std::optional<Family> getFamily(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (isa<Float8E4M3FNType, Float8E5M2Type>(element))
    return Family::FN;
  if (isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(element))
    return Family::FNUZ;
  return std::nullopt;
}

static bool mixesFamilies(Operation *op) {
  std::optional<Family> seen;
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types) {
      std::optional<Family> family = getFamily(type);
      if (family && seen && *family != *seen)
        return true;
      if (family)
        seen = family;
    }
  return false;
}

LogicalResult KernelOp::verifyRegions() {
  WalkResult result = getBody().walk([&](Operation *op) {
    // [kernel_c6]
    if (!op->getDialect() || !isKernelOp(op))
      return op->emitOpError("[kernel_c6] is not allowed in a kernel"),
             WalkResult::interrupt();
    for (Type type : op->getResultTypes()) {
      auto tensor = dyn_cast<TensorType>(type);
      // [kernel_c7]
      if (tensor && (!tensor.hasRank() || !tensor.hasStaticShape()))
        return op->emitOpError("[kernel_c7] expects static shapes, found ")
                   << type,
               WalkResult::interrupt();
    }
    // [kernel_c8]
    if (!isa<dsv4c::fp8::Fp8Dialect>(op->getDialect()) && mixesFamilies(op))
      return op->emitOpError("[kernel_c8] mixes the FP8 dialects fn and fnuz; "
                             "only fp8 operations convert between them"),
             WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
