//===- SplitMixes.cpp - One product of all tokens in front of a mix -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "mlir/IR/Builders.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DEF_SPLITMIXES
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

using namespace mlir;
using namespace dsv4c::dsv4;

namespace {

struct SplitMixes : public dsv4c::dsv4::impl::SplitMixesBase<SplitMixes> {
  using SplitMixesBase::SplitMixesBase;

  void runOnOperation() override {
    auto bucket = getOperation()->getAttrOfType<IntegerAttr>("dsv4.bucket");
    // [split_mixes_c1]
    if (!bucket) {
      getOperation().emitOpError("[split_mixes_c1] has no 'dsv4.bucket'; run "
                                 "dsv4-specialize-programs first");
      return signalPassFailure();
    }
    if (bucket.getInt() < minTokens)
      return;
    getOperation().walk([&](HcMixOp mix) { splitOff(mix); });
    getOperation().walk([&](HcCollapseOp collapse) { splitOff(collapse); });
  }

  /// mix(streams, fn) -> mix(streams, fn, product = linear(streams, fn))
  template <typename Op>
  void splitOff(Op mix) {
    if (mix.getProduct())
      return;
    OpBuilder builder(mix);
    auto streams = cast<RankedTensorType>(mix.getStreams().getType());
    auto fn = cast<RankedTensorType>(mix.getFn().getType());
    auto type = RankedTensorType::get({streams.getDimSize(0), fn.getDimSize(0)},
                                      fn.getElementType());
    mix.getProductMutable().assign(LinearOp::create(
        builder, mix.getLoc(), type, mix.getStreams(), mix.getFn()));
    ++split;
  }
};

} // namespace
