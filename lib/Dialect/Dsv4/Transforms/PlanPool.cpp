//===- PlanPool.cpp - Size the paged pool of the sequences' state ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DEF_PLANPOOL
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

using namespace mlir;

namespace {

struct PlanPool : public dsv4c::dsv4::impl::PlanPoolBase<PlanPool> {
  using PlanPoolBase::PlanPoolBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto config = module->getAttrOfType<DictionaryAttr>("dsv4.config");
    if (!config) {
      module.emitError("dsv4-plan-pool: the module has no 'dsv4.config'");
      return signalPassFailure();
    }
    for (auto [name, value] : {std::pair<StringRef, int64_t>("max-batch", maxBatch),
                               {"max-tokens", maxTokens},
                               {"output-rows", outputRows}})
      if (value < 1) {
        module.emitError("dsv4-plan-pool: '") << name << "' is " << value << ", expected at least 1";
        return signalPassFailure();
      }
    auto symbol = [&](StringRef name) { return config.getAs<IntegerAttr>(name).getInt(); };
    int64_t page = symbol("page");
    int64_t window = symbol("window");
    int64_t maxContext = symbol("max_context");
    // An interval of n positions touches at most ceil((n - 1) / page) + 1 pages.
    int64_t carriedPages = llvm::divideCeil(window - 1, page) + 1;
    int64_t stepPages = llvm::divideCeil(maxTokens, page);
    int64_t entryPages = llvm::divideCeil(maxContext, page);

    Builder builder(&getContext());
    NamedAttrList pool;
    auto set = [&](StringRef name, int64_t value) {
      pool.set(name, builder.getI64IntegerAttr(value));
    };
    set("max_batch", maxBatch);
    set("max_context", maxContext);
    set("page", page);
    set("window", window);
    set("window_pages", maxBatch * (carriedPages + 1) + stepPages);
    set("window_pages_per_sequence", carriedPages + 1 + stepPages);
    set("entry_pages", maxBatch * entryPages);
    set("entry_pages_per_sequence", entryPages);
    set("output_rows", outputRows);
    module->setAttr("exec.pool", pool.getDictionary(&getContext()));
  }
};

} // namespace
