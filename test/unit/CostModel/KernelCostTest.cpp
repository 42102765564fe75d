//===- KernelCostTest.cpp - Instructions of a kernel's workgroups ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/InstructionCost.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"
#include <gmock/gmock.h>

using namespace mlir;
using namespace dsv4c;

namespace {
// Two groups of four workgroups. The last of each runs a loop of three.
constexpr char kGroups[] = R"(
tile.kernel @k(%wg: index, %c: memref<2xi32>, %x: memref<8x8xf32>, %y: memref<2x8xf32>)
    attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %group = arith.divui %wg, %c4 : index
  %a = tile.load %x[%wg, %c0] : memref<8x8xf32> -> tensor<8xf32>
  %last = tile.arrive %c[%group] of 4 : memref<2xi32>
  scf.if %last {
    scf.for %i = %c0 to %c3 step %c1 {
      tile.store %a, %y[%group, %c0] : tensor<8xf32>, memref<2x8xf32>
    }
  }
  tile.return
}
)";

amdgcn::MachineBlock block(int64_t line, int64_t loops, size_t instructions) {
  amdgcn::MachineBlock result;
  result.line = line;
  result.loops = loops;
  for (size_t i = 0; i < instructions; ++i)
    result.instructions.push_back({"v_add_f32_e32", "v0, v1, v2"});
  result.instructions.push_back({"s_cbranch_scc1", "BB0_1"});
  return result;
}
} // namespace

TEST(KernelCost, LastWorkgroupsAreApart) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kGroups, &context);
  ASSERT_TRUE(module);
  tile::KernelOp kernel = *module->getOps<tile::KernelOp>().begin();
  FailureOr<cost::KernelRun> run =
      cost::runKernel(kernel, {nullptr, nullptr, nullptr}, 128);
  ASSERT_TRUE(succeeded(run));

  // Regions of the whole kernel, of the branch and of its loop.
  auto branch = *kernel.getBody().front().getOps<scf::IfOp>().begin();
  auto loop = *branch.thenBlock()->getOps<scf::ForOp>().begin();
  cost::GpuRegions regions;
  regions.resize(3);
  regions[0].block = &kernel.getBody().front();
  regions[1].parent = 0;
  regions[1].block = branch.thenBlock();
  regions[2].parent = 1;
  regions[2].loops = 1;
  regions[2].block = loop.getBody();

  // One wave of 64 in each workgroup.
  cost::KernelCost cost = cost::costOf(
      {block(0, 0, 10), block(1, 0, 5), block(2, 1, 2)}, regions, *run, 64,
      *tile::findTarget("gfx942"), *tile::findTargetCosts("gfx942"));
  EXPECT_EQ(cost.each.valu, 8 * 10);
  ASSERT_EQ(cost.last.size(), 1u);
  EXPECT_EQ(cost.last[0].workgroups, 2);
  EXPECT_EQ(cost.last[0].instructions.valu, 2 * (5 + 3 * 2));
  EXPECT_EQ(cost.sum().valu, 80 + 22);
}
