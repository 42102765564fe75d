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

// Eight workgroups, of which three go one way and five another. Both ways end
// with the same two branches.
constexpr char kSides[] = R"(
tile.kernel @k(%wg: index, %x: memref<8x8xf32>) attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %first = arith.cmpi ult, %wg, %c3 : index
  scf.if %first {
    %a = tile.load %x[%wg, %c0] : memref<8x8xf32> -> tensor<8xf32>
    tile.store %a, %x[%wg, %c0] : tensor<8xf32>, memref<8x8xf32>
  } else {
    %a = tile.load %x[%c0, %c0] : memref<8x8xf32> -> tensor<8xf32>
    tile.store %a, %x[%wg, %c0] : tensor<8xf32>, memref<8x8xf32>
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

class KernelCost : public testing::Test {
protected:
  KernelCost() : context(makeRegistry()) { context.loadAllAvailableDialects(); }

  tile::KernelOp parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    return module ? *module->getOps<tile::KernelOp>().begin() : nullptr;
  }

  /// Of one wave in each workgroup.
  cost::KernelCost costOf(const std::vector<amdgcn::MachineBlock> &blocks,
                          const cost::GpuRegions &regions,
                          const cost::KernelRun &run) {
    return cost::costOf(blocks, regions, run, 64, *tile::findTarget("gfx942"),
                        *tile::findTargetCosts("gfx942"));
  }

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(KernelCost, LastWorkgroupsAreApart) {
  tile::KernelOp kernel = parse(kGroups);
  ASSERT_TRUE(kernel);
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

  cost::KernelCost cost =
      costOf({block(0, 0, 10), block(1, 0, 5), block(2, 1, 2)}, regions, *run);
  EXPECT_EQ(cost.each.valu, 8 * 10);
  ASSERT_EQ(cost.last.size(), 1u);
  EXPECT_EQ(cost.last[0].workgroups, 2);
  EXPECT_EQ(cost.last[0].instructions.valu, 2 * (5 + 3 * 2));
  EXPECT_EQ(cost.sum().valu, 80 + 22);
}

TEST_F(KernelCost, SharedEndsRunForBothSides) {
  tile::KernelOp kernel = parse(kSides);
  ASSERT_TRUE(kernel);
  FailureOr<cost::KernelRun> run =
      cost::runKernel(kernel, {nullptr, nullptr}, 128);
  ASSERT_TRUE(succeeded(run));

  // The whole kernel, and each side with two parts of its store: 2 and 3 of 1,
  // 5 and 6 of 4.
  auto branch = *kernel.getBody().front().getOps<scf::IfOp>().begin();
  Operation *store = &branch.thenBlock()->back();
  cost::GpuRegions regions;
  regions.resize(7);
  regions[0].block = &kernel.getBody().front();
  for (int64_t side : {1, 4}) {
    regions[side].parent = 0;
    regions[side].branch = branch;
    regions[side].side = side == 4;
    regions[side].block = side == 1 ? branch.thenBlock() : branch.elseBlock();
    for (int64_t part : {side + 1, side + 2}) {
      regions[part].parent = side;
      regions[part].block = regions[side].block;
      regions[part].inside = store;
      regions[part].stores = "memref.store ";
    }
  }

  auto valu = [&](const std::vector<amdgcn::MachineBlock> &blocks) {
    return costOf(blocks, regions, *run).sum().valu;
  };
  // All that there is: the second part of the second side is its own.
  EXPECT_EQ(valu({block(1, 0, 100), block(2, 0, 10), block(3, 0, 1),
                  block(4, 0, 100), block(5, 0, 10), block(6, 0, 1)}),
            8 * 111);
  // No block is left of 5 and 6. What follows 2 on the first side is also the
  // second's, what precedes it isn't.
  EXPECT_EQ(valu({block(4, 0, 100), block(1, 0, 20), block(2, 0, 10),
                  block(1, 0, 4), block(3, 0, 1), block(1, 0, 2)}),
            5 * 100 + 3 * 20 + 8 * (10 + 4 + 1 + 2));
  // Only the last parts are merged.
  EXPECT_EQ(valu({block(4, 0, 100), block(5, 0, 30), block(1, 0, 20),
                  block(2, 0, 10), block(1, 0, 4), block(3, 0, 1)}),
            5 * (100 + 30) + 3 * (20 + 10 + 4) + 8 * 1);
  // Other code isn't the same end.
  regions[6].stores = "vector.store ";
  EXPECT_EQ(valu({block(4, 0, 100), block(1, 0, 20), block(2, 0, 10),
                  block(3, 0, 1)}),
            5 * 100 + 3 * 31);
}
