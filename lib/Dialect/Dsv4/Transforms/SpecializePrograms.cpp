//===- SpecializePrograms.cpp - One program per entry and token bucket ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Dialect/Dsv4/Transforms/Passes.h"
#include "mlir/IR/Builders.h"

namespace dsv4c::dsv4 {
#define GEN_PASS_DEF_SPECIALIZEPROGRAMS
#include "Dsv4/Dsv4Passes.h.inc"
} // namespace dsv4c::dsv4

using namespace mlir;
using namespace dsv4c::dsv4;

namespace {

struct SpecializePrograms
    : public dsv4c::dsv4::impl::SpecializeProgramsBase<SpecializePrograms> {
  using SpecializeProgramsBase::SpecializeProgramsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (buckets.empty() || buckets.front() < 1 || !llvm::is_sorted(buckets)) {
      module.emitError("dsv4-specialize-programs: 'buckets' must be increasing positive "
                       "numbers of tokens");
      return signalPassFailure();
    }
    for (auto program : llvm::make_early_inc_range(module.getOps<ProgramOp>())) {
      bool runsAtAnySize = program.getSymName() == "step" || program.getSymName() == "draft";
      ArrayRef<int64_t> sizes = buckets;
      specialize(program, runsAtAnySize ? sizes : sizes.take_back());
      program.erase();
    }
  }

  void specialize(ProgramOp program, ArrayRef<int64_t> sizes) {
    OpBuilder builder(program);
    for (int64_t tokens : sizes) {
      auto copy = cast<ProgramOp>(builder.clone(*program));
      copy.setSymName((program.getSymName() + ".t" + Twine(tokens)).str());
      copy->setAttr("dsv4.entry", program.getSymNameAttr());
      copy->setAttr("dsv4.bucket", builder.getI64IntegerAttr(tokens));
    }
  }
};

} // namespace
