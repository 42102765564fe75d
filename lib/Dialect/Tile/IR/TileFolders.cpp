//===- TileFolders.cpp - Folders and canonicalisations --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dsv4c::tile;

/// broadcast(x) of x's own type -> x
/// broadcast(splat constant) -> splat constant
/// broadcast(broadcast(x)) -> broadcast(x)
OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput()))
    return splat.resizeSplat(getType());
  if (auto inner = getInput().getDefiningOp<BroadcastOp>()) {
    SmallVector<int64_t> dims;
    for (int64_t dim : inner.getDims())
      dims.push_back(getDims()[dim]);
    getInputMutable().assign(inner.getInput());
    setDims(dims);
    return getResult();
  }
  return {};
}

/// transpose(transpose(x)) -> x
/// transpose(splat constant) -> splat constant
OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getInput().getDefiningOp<TransposeOp>())
    return inner.getInput();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput()))
    return splat.resizeSplat(getType());
  return {};
}

/// load valid n -> load, if n covers all rows
/// load valid 0 -> zeros
LogicalResult LoadOp::canonicalize(LoadOp op, PatternRewriter &rewriter) {
  std::optional<int64_t> valid =
      op.getValid() ? getConstantIntValue(op.getValid()) : std::nullopt;
  if (!valid)
    return rewriter.notifyMatchFailure(op, "no constant number of rows");
  RankedTensorType type = op.getResult().getType();
  Type element = type.getElementType();
  // Not every 8-bit float has a zero.
  if (*valid <= 0 &&
      (element.isIndex() || element.getIntOrFloatBitWidth() > 8)) {
    TypedAttr zero = rewriter.getZeroAttr(type);
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, zero);
    return success();
  }
  if (*valid < type.getDimSize(0) || *valid <= 0)
    return rewriter.notifyMatchFailure(op, "some rows are not read");
  rewriter.modifyOpInPlace(op, [&] {
    op.getValidMutable().clear();
    op.setRestUnspecified(false);
  });
  return success();
}

/// store valid n -> store, if n covers all rows
/// store valid 0 -> nothing
LogicalResult StoreOp::canonicalize(StoreOp op, PatternRewriter &rewriter) {
  std::optional<int64_t> valid =
      op.getValid() ? getConstantIntValue(op.getValid()) : std::nullopt;
  if (!valid)
    return rewriter.notifyMatchFailure(op, "no constant number of rows");
  if (*valid <= 0) {
    rewriter.eraseOp(op);
    return success();
  }
  if (*valid < op.getValue().getType().getDimSize(0))
    return rewriter.notifyMatchFailure(op, "some rows are not written");
  rewriter.modifyOpInPlace(op, [&] { op.getValidMutable().clear(); });
  return success();
}
