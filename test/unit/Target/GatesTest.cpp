//===- GatesTest.cpp - Figures that fail a compilation --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/Gates.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace dsv4c;
using namespace dsv4c::amdgcn;

namespace {

KernelInfo makeKernel() {
  KernelInfo kernel;
  kernel.name = "k";
  kernel.totalVgprs = 128;
  kernel.workgroupSize = 256;
  return kernel;
}

/// Diagnostics of one kernel; empty if it passes.
std::string check(const KernelInfo &kernel, const char *target = "gfx942") {
  mlir::MLIRContext context;
  std::string text;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    text += d.str();
    return mlir::success();
  });
  bool passed = succeeded(verifyGates(kernel, *tile::findTarget(target),
                                      mlir::UnknownLoc::get(&context)));
  EXPECT_EQ(passed, text.empty());
  return text;
}

TEST(GatesTest, AKernelThatFitsPasses) { EXPECT_EQ(check(makeKernel()), ""); }

TEST(GatesTest, EachFigureHasItsLabel) {
  KernelInfo kernel = makeKernel();
  kernel.sgprSpills = 3;
  EXPECT_EQ(check(kernel), "[amdgpu_spill_c1] kernel 'k' on gfx942 spills 0 "
                           "vector and 3 scalar registers; expected none");
  kernel = makeKernel();
  kernel.instructions.scratch = 1;
  EXPECT_NE(check(kernel).find("[amdgpu_scratch_c1]"), std::string::npos);
  kernel = makeKernel();
  kernel.ldsBytes = 65537;
  EXPECT_EQ(check(kernel), "[amdgpu_lds_c1] kernel 'k' on gfx942 has 65537 "
                           "bytes of LDS; expected at most 65536");
  EXPECT_EQ(check(kernel, "gfx950"), "");
  kernel = makeKernel();
  kernel.totalVgprs = 256;
  kernel.workgroupSize = 1024;
  EXPECT_EQ(check(kernel), "[amdgpu_registers_c1] kernel 'k' on gfx942 has 256 "
                           "registers a lane, with which no workgroup of 1024 "
                           "fits on a compute unit");
}

TEST(GatesTest, OccupancyByItsLimits) {
  const tile::TargetFacts &gfx942 = *tile::findTarget("gfx942");
  KernelInfo kernel = makeKernel();
  EXPECT_EQ(kernel.getOccupancy(gfx942), 4u);
  kernel.totalVgprs = 24;
  EXPECT_EQ(kernel.getOccupancy(gfx942), 8u);
  kernel.totalVgprs = 129; // allocated as 136
  EXPECT_EQ(kernel.getOccupancy(gfx942), 3u);
  kernel.totalVgprs = 24;
  kernel.ldsBytes = 32768; // two workgroups of four waves
  EXPECT_EQ(kernel.getOccupancy(gfx942), 2u);
  EXPECT_EQ(kernel.getOccupancy(*tile::findTarget("gfx950")), 5u);
}

} // namespace
