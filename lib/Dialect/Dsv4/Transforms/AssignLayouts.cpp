//===- AssignLayouts.cpp - Weights of products in the target's layout -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

namespace {

/// The operand of a product that is a matrix of weights, or null.
OpOperand *weightOperand(Operation *op) {
  return llvm::TypeSwitch<Operation *, OpOperand *>(op)
      .Case([](fp8::ScaledMatmulOp matmul) { return &matmul.getRhsMutable(); })
      .Case([](LinearOp linear) { return &linear.getWeightMutable(); })
      .Case([](ExpertLinearOp linear) { return &linear.getWeightMutable(); })
      .Case([](HcMixOp mix) { return &mix.getFnMutable(); })
      .Case([](HcCollapseOp collapse) { return &collapse.getFnMutable(); })
      .Default([](Operation *) { return nullptr; });
}

/// Bytes of a row that a lane holds in one step of a matrix instruction; 0 for
/// types that have none. e2m1 is decoded to twice as many bytes of e4m3.
int64_t fragmentBytes(Type element) {
  if (element.isF32() || isa<Float4E2M1FNType>(element))
    return 4;
  if (element.isBF16() || isa<Float8E4M3FNType, Float8E4M3FNUZType>(element))
    return 8;
  return 0;
}

struct AssignLayouts
    : public dsv4c::dsv4::impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    DenseMap<Value, Value> done;
    WalkResult result = getOperation().walk([&](Operation *op) {
      OpOperand *operand = weightOperand(op);
      if (!operand)
        return WalkResult::advance();
      Value &shuffled = done[operand->get()];
      if (!shuffled && failed(shuffle(op, operand->get(), shuffled)))
        return WalkResult::interrupt();
      operand->set(shuffled);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  LogicalResult shuffle(Operation *user, Value weight, Value &shuffled) {
    auto scaled = dyn_cast<fp8::ScaledType>(weight.getType());
    auto tensor = dyn_cast<RankedTensorType>(weight.getType());
    ArrayRef<int64_t> shape = scaled ? scaled.getShape() : tensor.getShape();
    int64_t rows = shape[shape.size() - 2];
    int64_t width = std::min<int64_t>(rows, panel);
    // [assign_layouts_c1]
    if (rows % width)
      return user->emitOpError("[assign_layouts_c1] weight has ")
             << rows << " rows, which is not a multiple of the panel width "
             << width;
    Type element = scaled ? scaled.getElementType() : tensor.getElementType();
    int64_t rowBytes = shape.back() * element.getIntOrFloatBitWidth() / 8;
    bool whole = width % fp8::LayoutAttr::kFragmentRows == 0 &&
                 rowBytes % fp8::LayoutAttr::kFragmentBlock == 0;
    auto layout =
        fp8::LayoutAttr::get(&getContext(), fp8::LayoutKind::Panel, width,
                             fragments && whole ? fragmentBytes(element) : 0);
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(weight);
    if (scaled)
      shuffled = fp8::ShuffleOp::create(builder, weight.getLoc(),
                                        scaled.withLayout(layout), weight);
    else
      shuffled = dsv4::ShuffleOp::create(
          builder, weight.getLoc(),
          RankedTensorType::get(shape, tensor.getElementType(), layout),
          weight);
    ++this->shuffled;
    return success();
  }
};

} // namespace
