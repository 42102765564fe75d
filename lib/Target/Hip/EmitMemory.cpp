//===- EmitMemory.cpp - Pointers, loads and stores ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionEmitter.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::hip;

/// LLVM's numbers of global memory and LDS.
static constexpr unsigned kGlobalSpace = 1, kLdsSpace = 3;

static int64_t bytesOf(Type type) {
  return numElements(type) * llvm::divideCeil(elementBits(type), 8);
}

/// Pointers of LLVM count bytes, those of memrefs elements.
std::optional<std::string> FunctionEmitter::pointerType(Value pointer) {
  std::string constant = constPointers.contains(pointer) ? "const " : "";
  if (auto type = dyn_cast<LLVM::LLVMPointerType>(pointer.getType())) {
    if (type.getAddressSpace() == kGlobalSpace)
      return constant + "GLOBAL u8 *";
    if (type.getAddressSpace() == kLdsSpace)
      return constant + "LOCAL u8 *";
    return std::nullopt;
  }
  auto type = dyn_cast<MemRefType>(pointer.getType());
  // Only the leading dimension, which addresses don't depend on, is dynamic.
  if (!type || !type.getLayout().isIdentity() ||
      llvm::any_of(type.getShape().drop_front(type.getRank() > 0),
                   ShapedType::isDynamic))
    return std::nullopt;
  std::optional<std::string> element = file.types.find(type.getElementType());
  bool isShared = gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(type);
  if (!element || (type.getMemorySpace() && !isShared))
    return std::nullopt;
  return constant + (isShared ? "LOCAL " : "GLOBAL ") + *element + " *";
}

std::string FunctionEmitter::address(Value memref, ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  std::string sum;
  int64_t stride = 1;
  SmallVector<std::string> terms;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    std::string index = operand(indices[dim]);
    if (index != "0ull")
      terms.push_back(stride == 1 ? index
                                  : index + " * " + std::to_string(stride));
    // Of the leading dimension nothing is asked.
    if (dim > 0)
      stride *= type.getDimSize(dim);
  }
  for (const std::string &term : llvm::reverse(terms))
    sum += " + " + term;
  return operand(memref) + sum;
}

LogicalResult FunctionEmitter::emitGetElement(LLVM::GEPOp op) {
  if (constPointers.contains(op.getBase()))
    constPointers.insert(op.getResult());
  if (op.getRawConstantIndices().size() != 1 || op.getElemType().isInteger(1))
    return noTranslation(op, " with several indices");
  std::string type;
  if (failed(requireType(op, op.getElemType(), type)))
    return failure();
  int64_t bytes = bytesOf(op.getElemType());
  auto index = *op.getIndices().begin();
  std::string offset;
  if (auto constant = dyn_cast<IntegerAttr>(index)) {
    offset = std::to_string(constant.getInt() * bytes);
  } else {
    Value number = cast<Value>(index);
    // Indices are signed.
    offset = elementBits(number.getType()) == 64 ? operand(number)
                                                 : "(i64)" + asSigned(number);
    if (bytes > 1)
      offset += " * " + std::to_string(bytes);
  }
  return bind(op.getResult(), operand(op.getBase()) + " + " + offset);
}

/// Whether C++ lays the type out like LLVM: vectors of other sizes are padded.
static bool hasMemoryLayout(Type type) {
  return llvm::isPowerOf2_64(numElements(type));
}

/// Elements or bytes from one element to the next, as `pointer` counts.
static int64_t strideOf(Value pointer, Type type) {
  return isa<MemRefType>(pointer.getType()) ? 1 : bytesOf(elementType(type));
}

LogicalResult FunctionEmitter::emitLoad(Operation *op, Value pointer,
                                        const std::string &address,
                                        int64_t alignment, bool nontemporal) {
  Value result = op->getResult(0);
  Type type = result.getType();
  bool isWhole = hasMemoryLayout(type);
  std::string name;
  if (failed(requireType(op, isWhole ? type : elementType(type), name)))
    return failure();
  if (elementBits(type) == 1)
    return noTranslation(op, " of booleans");
  file.helpers.insert(nontemporal ? Helper::LoadNontemporal : Helper::Load);
  if (!isWhole)
    alignment = std::min(alignment, bytesOf(elementType(type)));
  std::string load = (nontemporal ? "load_nontemporal<" : "load<") + name +
                     ", " + std::to_string(alignment) + ">(" + address;
  if (isWhole)
    return define(result, load + ")");
  std::string list;
  for (int64_t i = 0; i < numElements(type); ++i)
    list += (i ? ", " : "") + load + " + " +
            std::to_string(i * strideOf(pointer, type)) + ")";
  if (failed(requireType(op, type, name)))
    return failure();
  return define(result, name + "{" + list + "}");
}

LogicalResult FunctionEmitter::emitStore(Operation *op, Value pointer,
                                         const std::string &address,
                                         Value value, int64_t alignment,
                                         bool nontemporal) {
  Type type = value.getType();
  bool isWhole = hasMemoryLayout(type);
  std::string name;
  if (failed(requireType(op, isWhole ? type : elementType(type), name)))
    return failure();
  if (elementBits(type) == 1)
    return noTranslation(op, " of booleans");
  file.helpers.insert(nontemporal ? Helper::StoreNontemporal : Helper::Store);
  comment(op);
  if (!isWhole)
    alignment = std::min(alignment, bytesOf(elementType(type)));
  std::string store = (nontemporal ? "store_nontemporal<" : "store<") + name +
                      ", " + std::to_string(alignment) + ">(" + address;
  if (isWhole) {
    statement(store + ", " + use(value) + ");");
    return success();
  }
  for (int64_t i = 0; i < numElements(type); ++i)
    statement(store + " + " + std::to_string(i * strideOf(pointer, type)) +
              ", " + element(value, i) + ");");
  return success();
}

/// Of loads and stores of the LLVM dialect, what C++ can't say.
template <typename OpT>
static LogicalResult verifyAccess(OpT op) {
  // [hip_source_c3]
  if (op.getVolatile_() || op.getOrdering() != LLVM::AtomicOrdering::not_atomic)
    return op.emitOpError("[hip_source_c3] is volatile or atomic, which the "
                          "source has no word for");
  return success();
}

LogicalResult FunctionEmitter::emitPointerLoad(LLVM::LoadOp op) {
  if (failed(verifyAccess(op)))
    return failure();
  return emitLoad(op, op.getAddr(), use(op.getAddr()),
                  op.getAlignment().value_or(bytesOf(op.getType())),
                  op.getNontemporal());
}

LogicalResult FunctionEmitter::emitPointerStore(LLVM::StoreOp op) {
  if (failed(verifyAccess(op)))
    return failure();
  return emitStore(op, op.getAddr(), use(op.getAddr()), op.getValue(),
                   op.getAlignment().value_or(bytesOf(op.getValue().getType())),
                   op.getNontemporal());
}

LogicalResult FunctionEmitter::emitView(memref::ViewOp op) {
  std::optional<std::string> type = pointerType(op.getResult());
  if (!type || !op.getType().hasStaticShape())
    return noTranslation(op, " to " + Twine(type.value_or("this type")));
  return define(op.getResult(), "(" + *type + ")(" + use(op.getSource()) +
                                    " + " + use(op.getByteShift()) + ")");
}

LogicalResult FunctionEmitter::emitMemory(Operation *op) {
  for (Value value : op->getOperands())
    if (isa<MemRefType, LLVM::LLVMPointerType>(value.getType()) &&
        !pointerType(value))
      // [hip_source_c2]
      return op->emitOpError("[hip_source_c2] has a value of type ")
             << value.getType() << ", which has no HIP C++ type";
  // Elements lie at multiples of their size unless the op knows better.
  auto alignmentOf = [](Type type, std::optional<uint64_t> alignment) {
    return static_cast<int64_t>(alignment.value_or(bytesOf(elementType(type))));
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](LLVM::GEPOp op) { return emitGetElement(op); })
      .Case([&](LLVM::LoadOp op) { return emitPointerLoad(op); })
      .Case([&](LLVM::StoreOp op) { return emitPointerStore(op); })
      .Case([&](memref::ViewOp op) { return emitView(op); })
      .Case([&](memref::AtomicRMWOp op) { return emitAtomic(op); })
      .Case([&](LLVM::AtomicRMWOp op) { return emitAtomic(op); })
      .Case([&](memref::LoadOp op) {
        return emitLoad(
            op, op.getMemref(), address(op.getMemref(), op.getIndices()),
            alignmentOf(op.getType(), op.getAlignment()), op.getNontemporal());
      })
      .Case([&](memref::StoreOp op) {
        return emitStore(
            op, op.getMemref(), address(op.getMemref(), op.getIndices()),
            op.getValue(),
            alignmentOf(op.getValue().getType(), op.getAlignment()),
            op.getNontemporal());
      })
      .Case([&](vector::LoadOp op) {
        return emitLoad(
            op, op.getBase(), address(op.getBase(), op.getIndices()),
            alignmentOf(op.getType(), op.getAlignment()), op.getNontemporal());
      })
      .Case([&](vector::StoreOp op) {
        return emitStore(
            op, op.getBase(), address(op.getBase(), op.getIndices()),
            op.getValueToStore(),
            alignmentOf(op.getValueToStore().getType(), op.getAlignment()),
            op.getNontemporal());
      })
      .Default([&](Operation *op) { return noTranslation(op); });
}
