//===- HostKernelABI.cpp - Give kernels one C signature -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Conversion/BufferDescriptor.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace dsv4c::tile {
#define GEN_PASS_DEF_HOSTKERNELABI
#include "Tile/TilePasses.h.inc"
} // namespace dsv4c::tile

using namespace mlir;
using namespace dsv4c;

/// Alignment of every buffer that a kernel gets.
static constexpr int64_t bufferAlignment = 64;

namespace {
class HostKernelABIPass
    : public tile::impl::HostKernelABIBase<HostKernelABIPass> {
public:
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        convert(function);
  }

private:
  void convert(func::FuncOp function) {
    MLIRContext *context = &getContext();
    Location loc = function.getLoc();
    Type pointerType = LLVM::LLVMPointerType::get(context);
    Type i64 = IntegerType::get(context, 64);
    Block &entry = function.getBody().front();
    unsigned numOld = entry.getNumArguments();
    Value table = entry.addArgument(pointerType, loc);
    Value first = entry.addArgument(i64, loc);
    Value last = entry.addArgument(i64, loc);

    OpBuilder builder = OpBuilder::atBlockBegin(&entry);
    for (unsigned i = 0; i + 2 < numOld; ++i) {
      BlockArgument buffer = entry.getArgument(i);
      Value address =
          LLVM::GEPOp::create(builder, loc, pointerType, pointerType, table,
                              ArrayRef<LLVM::GEPArg>{int32_t(i)});
      Value pointer = LLVM::LoadOp::create(builder, loc, pointerType, address);
      Value isTrue = LLVM::ConstantOp::create(builder, loc, builder.getI1Type(),
                                              builder.getBoolAttr(true));
      Value alignment = LLVM::ConstantOp::create(
          builder, loc, i64, builder.getI64IntegerAttr(bufferAlignment));
      LLVM::AssumeOp::create(builder, loc, isTrue, LLVM::AssumeAlignTag(),
                             pointer, alignment);
      buffer.replaceAllUsesWith(buildBufferDescriptor(
          builder, loc, cast<MemRefType>(buffer.getType()), pointer));
    }
    for (auto [argument, value] :
         {std::pair(numOld - 2, first), std::pair(numOld - 1, last)})
      entry.getArgument(argument).replaceAllUsesWith(arith::IndexCastOp::create(
          builder, loc, builder.getIndexType(), value));
    entry.eraseArguments(0, numOld);
    function.setFunctionType(
        FunctionType::get(context, entry.getArgumentTypes(), {}));
  }
};
} // namespace
