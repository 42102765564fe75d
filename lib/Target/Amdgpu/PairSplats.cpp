//===- PairSplats.cpp - Registers of their own for repeated factors -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dsv4c::amdgcn {
#define GEN_PASS_DEF_AMDGPUPAIRSPLATS
#include "Conversion/AmdgpuPasses.h.inc"
} // namespace dsv4c::amdgcn

using namespace mlir;

namespace {

/// The number that all elements of `vector` are, in front of it; null if there
/// is no such number or it is known at compile time.
Value getSplat(OpBuilder &builder, Value vector) {
  auto type = dyn_cast<VectorType>(vector.getType());
  if (!type || type.getRank() != 1 || !type.getElementType().isF32() ||
      type.getDimSize(0) % 2)
    return {};
  if (auto broadcast = vector.getDefiningOp<vector::BroadcastOp>())
    return broadcast.getSource().getType().isF32() ? broadcast.getSource()
                                                   : Value();
  auto shuffle = vector.getDefiningOp<vector::ShuffleOp>();
  if (!shuffle || !llvm::all_equal(shuffle.getMask()) ||
      shuffle.getMask()[0] >= shuffle.getV1VectorType().getDimSize(0))
    return {};
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(shuffle);
  return vector::ExtractOp::create(builder, shuffle.getLoc(), shuffle.getV1(),
                                   shuffle.getMask()[0]);
}

struct PairSplatsPass
    : dsv4c::amdgcn::impl::AmdgpuPairSplatsBase<PairSplatsPass> {
  using AmdgpuPairSplatsBase::AmdgpuPairSplatsBase;

  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation()->walk([&](scf::ForOp loop) {
      // Only where loads are in flight while numbers are multiplied.
      if (loop.getBody()->getOps<ROCDL::SchedBarrier>().empty())
        return;
      for (Operation &op : *loop.getBody())
        if (isa<arith::MulFOp, math::FmaOp>(op))
          products.push_back(&op);
    });
    for (Operation *product : products)
      for (OpOperand &operand : product->getOpOperands()) {
        OpBuilder builder(product);
        Value vector = operand.get();
        Value &paired = pairs[vector];
        if (!paired)
          if (Value number = getSplat(builder, vector))
            paired = pair(number, vector);
        if (paired)
          operand.set(paired);
      }
    pairs.clear();
  }

private:
  /// `vector`, of `number` alone, from a pair that LLVM can't see through.
  Value pair(Value number, Value vector) {
    ImplicitLocOpBuilder b(vector.getLoc(), vector.getContext());
    b.setInsertionPointAfterValue(vector);
    auto type = VectorType::get(2, b.getF32Type());
    Value both = vector::BroadcastOp::create(b, type, number);
    Value opaque =
        LLVM::InlineAsmOp::create(
            b, type, ValueRange{both}, /*asm_string=*/"", "=v,0",
            /*has_side_effects=*/false, /*is_align_stack=*/false,
            LLVM::TailCallKind::None,
            LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
            /*operand_attrs=*/ArrayAttr())
            .getResult(0);
    SmallVector<int64_t> mask;
    for (int64_t i = 0, size = cast<VectorType>(vector.getType()).getDimSize(0);
         i < size; ++i)
      mask.push_back(i % 2);
    ++numPairs;
    return vector::ShuffleOp::create(b, opaque, opaque, mask);
  }

  llvm::DenseMap<Value, Value> pairs;
};

} // namespace
