//===- MachineBlocksTest.cpp - Assembly, and what it costs ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/MachineBlocks.h"
#include "dsv4c/CostModel/InstructionCost.h"
#include <gtest/gtest.h>

using namespace dsv4c;

// As LLVM 22 prints it.
static constexpr char kAssembly[] = R"(	.text
	.globl	k.t1
k.t1:                                   ; @k.t1
; %bb.0:                                ; %b3_
	s_load_dwordx2 s[0:1], s[0:1], 0x0
	v_mov_b32_e32 v0, 0
	s_cbranch_scc1 .LBB0_3
; %bb.1:                                ; %b7_.lr.ph
	v_exp_f32_e32 v1, v0
.LBB0_2:                                ; %b7_
                                        ;   Parent Loop BB0_9 Depth=1
                                        ; =>  This Inner Loop Header: Depth=2
	global_load_dword v2, v[4:5], off
	global_load_dword v3, v[6:7], off
	s_waitcnt vmcnt(1)
	global_load_dword v8, v[2:3], off
	s_waitcnt vmcnt(0) lgkmcnt(0)
	v_mfma_f32_16x16x32_fp8_fp8 v[12:15], v[26:27], v[18:19], 0
	ds_read2_b64 v[0:3], v9 offset1:1
	ds_write_b16 v9, v1
	s_cbranch_scc1 .LBB0_2
.LBB0_3:
	s_endpgm
	.section	.rodata,"a",@progbits
	.amdhsa_kernel k.t1
.Lfunc_end0:
	.section	.text
next:
	s_endpgm
)";

TEST(MachineBlocks, HaveNamesLoopsAndInstructions) {
  auto kernels = amdgcn::readMachineBlocks(kAssembly);
  ASSERT_EQ(kernels.size(), 2u);
  ASSERT_TRUE(kernels.count("next"));
  std::vector<amdgcn::MachineBlock> blocks;
  for (amdgcn::MachineBlock &block : kernels["k.t1"])
    if (!block.instructions.empty())
      blocks.push_back(block);
  ASSERT_EQ(blocks.size(), 4u);
  EXPECT_EQ(blocks[0].line, 3);
  EXPECT_EQ(blocks[1].line, 7);
  EXPECT_EQ(blocks[1].loops, 0);
  EXPECT_EQ(blocks[2].line, 7);
  EXPECT_EQ(blocks[2].loops, 2);
  EXPECT_EQ(blocks[2].instructions.size(), 9u);
  EXPECT_EQ(blocks[2].instructions[2].mnemonic, "s_waitcnt");
  EXPECT_EQ(blocks[2].instructions[2].operands, "vmcnt(1)");
  EXPECT_EQ(blocks[3].line, -1);
}

TEST(InstructionCost, CountsByUnit) {
  auto kernels = amdgcn::readMachineBlocks(kAssembly);
  const tile::TargetFacts &target = *tile::findTarget("gfx942");
  const tile::TargetCosts &costs = *tile::findTargetCosts("gfx942");
  cost::InstructionCost sum, loop, partly;
  // Half of the waves have all lanes in it, the others lanes 16 to 31.
  cost::GpuRegion everywhere, branch;
  branch.activeLanes.assign(16, 0.5);
  std::fill_n(branch.activeLanes.begin() + 4, 4, 1.0);
  for (amdgcn::MachineBlock &block : kernels["k.t1"]) {
    sum += cost::costOf(block, everywhere, target, costs);
    if (!block.loops)
      continue;
    loop = cost::costOf(block, everywhere, target, costs);
    partly = cost::costOf(block, branch, target, costs);
  }
  EXPECT_EQ(sum.instructions, 14);
  EXPECT_EQ(sum.valu, 2);
  EXPECT_EQ(sum.valuCycles, 4 + 16);
  EXPECT_EQ(loop.mfmaCycles, 16);
  // Two of 8 bytes and one of 2, for 64 lanes at 128 bytes a cycle; a bank
  // serves at least 4 bytes.
  EXPECT_EQ(loop.ldsAccesses, 3);
  EXPECT_EQ(loop.ldsCycles, 4 + 4 + 2);
  // The store's lanes in two halves; loads are counted as if in front.
  EXPECT_EQ(partly.ldsAccesses, 3);
  EXPECT_EQ(partly.ldsCycles, 4 + 4 + 1 + 0.5);
  EXPECT_EQ(loop.globalLoads, 3);
  // The third load is issued after the first has arrived.
  EXPECT_EQ(loop.loadRounds, 2);
}
