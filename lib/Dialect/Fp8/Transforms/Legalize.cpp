//===- Legalize.cpp - Move a module to the FP8 dialect of the target ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"

namespace dsv4c::fp8 {
#define GEN_PASS_DEF_FP8LEGALIZE
#include "Fp8/Fp8Passes.h.inc"
} // namespace dsv4c::fp8

using namespace mlir;
using namespace dsv4c::fp8;

namespace {

/// Calls `visit` for each value that `op` itself defines.
void forEachDefinedValue(Operation *op, function_ref<void(Value)> visit) {
  for (Value result : op->getResults())
    visit(result);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Value argument : block.getArguments())
        visit(argument);
}

struct LegalizePass : dsv4c::fp8::impl::Fp8LegalizeBase<LegalizePass> {
  using Fp8LegalizeBase::Fp8LegalizeBase;

  void runOnOperation() override {
    AttrTypeReplacer replacer;
    replacer.addReplacement(
        [&](ScaledType type) { return type.withDialect(targetFormat); });
    SmallVector<WeightSourceOpInterface> sources;
    getOperation()->walk([&](Operation *op) {
      if (auto source = dyn_cast<WeightSourceOpInterface>(op))
        sources.push_back(source);
      else
        retype(op, replacer);
    });
    for (WeightSourceOpInterface source : sources)
      for (OpResult weight : source.getCheckpointWeights())
        recast(weight);
    removeIdentities();
  }

private:
  void retype(Operation *op, AttrTypeReplacer &replacer) {
    SmallVector<Type> before;
    forEachDefinedValue(op, [&](Value v) { before.push_back(v.getType()); });
    replacer.replaceElementsIn(op, /*replaceAttrs=*/true,
                               /*replaceLocs=*/false, /*replaceTypes=*/true);
    auto *type = before.begin();
    forEachDefinedValue(op,
                        [&](Value v) { numTypes += v.getType() != *type++; });
  }

  /// weight -> recast(weight) for all readers.
  void recast(OpResult weight) {
    auto type = dyn_cast<ScaledType>(weight.getType());
    if (!type || type.withDialect(targetFormat) == type)
      return;
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(weight);
    auto cast = RecastOp::create(builder, weight.getLoc(),
                                 type.withDialect(targetFormat), weight);
    weight.replaceAllUsesExcept(cast, cast);
    ++numRecasts;
  }

  void removeIdentities() {
    getOperation()->walk([](RecastOp op) {
      if (op.getInput().getType() != op.getType())
        return;
      op.replaceAllUsesWith(op.getInput());
      op.erase();
    });
  }
};

} // namespace
