//===- KernelAbi.cpp - Give kernels global pointers for arguments ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferDescriptor.h"
#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AttrTypeSubElements.h"

namespace dsv4c {
#define GEN_PASS_DEF_GPUKERNELABI
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;

/// Alignment of every buffer that a kernel gets (exec::BufferOp::kAlignment).
static constexpr int64_t kBufferAlignment = 256;
/// LLVM's numbers of global memory and of the memory that a workgroup shares.
static constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;

namespace {

struct KernelAbiPass : dsv4c::impl::GpuKernelAbiBase<KernelAbiPass> {
  using GpuKernelAbiBase::GpuKernelAbiBase;

  void runOnOperation() override {
    const tile::TargetFacts *facts = tile::findTarget(target);
    if (!facts) {
      getOperation()->emitError("no target '")
          << target << "'; expected one of " << tile::getTargetNames();
      return signalPassFailure();
    }
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>()) {
      if (failed(verify(kernel, *facts)))
        return signalPassFailure();
      numberSpaces(kernel);
      convertParameters(kernel);
    }
  }

private:
  LogicalResult verify(gpu::GPUFuncOp kernel, const tile::TargetFacts &facts) {
    // [gpu_abi_c1]
    for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes())) {
      auto pointer = dyn_cast<LLVM::LLVMPointerType>(type);
      if (pointer && pointer.getAddressSpace() == kGlobalSpace)
        continue;
      auto memref = dyn_cast<MemRefType>(type);
      bool isStatic =
          memref && memref.getLayout().isIdentity() &&
          llvm::none_of(memref.getShape().drop_front(memref.getRank() > 0),
                        ShapedType::isDynamic);
      if (!isStatic)
        return kernel.emitOpError("[gpu_abi_c1] parameter #")
               << i << " is a memref with identity layout of which only the "
               << "leading dimension is dynamic, or a pointer to global "
                  "memory, "
               << "found " << type;
    }
    // [gpu_abi_c4]
    std::optional<ArrayRef<int32_t>> block = kernel.getKnownBlockSize();
    if (!block)
      return kernel.emitOpError("[gpu_abi_c4] has no known_block_size");
    int64_t threads = 1;
    for (int32_t size : *block)
      threads *= size;
    if (threads < 1 || threads % facts.waveSize ||
        threads > facts.maxWorkgroupSize)
      return kernel.emitOpError("[gpu_abi_c4] has workgroups of ")
             << threads << " threads; " << target << " expects a multiple of "
             << facts.waveSize << " up to " << facts.maxWorkgroupSize;
    WalkResult result = kernel.walk([&](Operation *op) {
      if (failed(verify(op)))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  LogicalResult verify(Operation *op) {
    // [gpu_abi_c2]
    if (isa<memref::AllocaOp, memref::AllocOp>(op))
      return op->emitOpError("[gpu_abi_c2] allocates memory; tiles are in "
                             "registers or in the kernel's workgroup memory");
    // [gpu_abi_c3]
    if (auto dim = dyn_cast<memref::DimOp>(op))
      return op->emitOpError("[gpu_abi_c3] asks for a size of ")
             << dim.getSource().getType() << ", but buffers are passed without";
    return success();
  }

  /// Numbers address spaces, which upstream's conversions of single dialects
  /// understand, too.
  void numberSpaces(gpu::GPUFuncOp kernel) {
    Builder builder(&getContext());
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](MemRefType type) -> std::optional<Type> {
      Attribute space = type.getMemorySpace();
      auto gpuSpace = dyn_cast_or_null<gpu::AddressSpaceAttr>(space);
      if (space && !gpuSpace)
        return std::nullopt;
      bool isWorkgroup =
          gpuSpace && gpuSpace.getValue() == gpu::AddressSpace::Workgroup;
      return MemRefType::Builder(type).setMemorySpace(
          builder.getI64IntegerAttr(isWorkgroup ? kSharedSpace : kGlobalSpace));
    });
    replacer.recursivelyReplaceElementsIn(kernel, /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }

  void convertParameters(gpu::GPUFuncOp kernel) {
    MLIRContext *context = &getContext();
    Type pointerType = LLVM::LLVMPointerType::get(context, kGlobalSpace);
    Block &entry = kernel.getBody().front();
    unsigned count = kernel.getNumArguments();
    OpBuilder builder = OpBuilder::atBlockBegin(&entry);
    for (unsigned i = 0; i < count; ++i) {
      BlockArgument argument = entry.getArgument(i);
      if (auto type = dyn_cast<MemRefType>(argument.getType())) {
        argument.setType(pointerType);
        Value buffer =
            buildBufferDescriptor(builder, kernel.getLoc(), type, argument);
        // The descriptor itself is built from the pointer.
        argument.replaceUsesWithIf(buffer, [&](OpOperand &use) {
          return !isa<LLVM::InsertValueOp>(use.getOwner());
        });
      }
      auto set = [&](StringRef name, Attribute value) {
        kernel.setArgAttr(i, name, value);
      };
      set(LLVM::LLVMDialect::getAlignAttrName(),
          builder.getI64IntegerAttr(kBufferAlignment));
      set(LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
      set(LLVM::LLVMDialect::getNonNullAttrName(), builder.getUnitAttr());
      set(LLVM::LLVMDialect::getNoUndefAttrName(), builder.getUnitAttr());
    }
    SmallVector<Type> inputs(count, pointerType);
    kernel.setFunctionType(FunctionType::get(context, inputs, {}));
  }
};

} // namespace
