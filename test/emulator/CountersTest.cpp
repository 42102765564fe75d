//===- CountersTest.cpp - Costs that can be counted by hand ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <functional>

namespace emutest {
namespace {

class CountersTest : public testing::Test {
protected:
  CountersTest() {
    device.config.countCaches = true;
    device.config.checks = dsv4emu::CheckSet::none();
  }
  dsv4emu::Counters ldsRead(const char *kernel,
                            std::function<u32(u32)> offset) {
    std::vector<u32> offsets(64);
    for (u32 l = 0; l < 64; ++l)
      offsets[l] = offset(l);
    return device
        .runClean(
            kernel, 1, 64,
            Arguments().add(device.upload(offsets)).add(device.reserve(256)))
        .counters;
  }
  TestDevice device{"counters.hsaco"};
};

TEST_F(CountersTest, BankConflictsOfDwords) {
  auto linear = ldsRead("lds_read_b32", [](u32 l) { return 4 * l; });
  EXPECT_EQ(linear.ldsAccesses, 1u);
  EXPECT_EQ(linear.ldsCycles, 2u);
  EXPECT_EQ(linear.ldsConflictCycles, 0u);
  // Every second bank: two dwords in each, per half wave.
  EXPECT_EQ(
      ldsRead("lds_read_b32", [](u32 l) { return 8 * l; }).ldsConflictCycles,
      2u);
  // One bank: 32 dwords, per half wave.
  EXPECT_EQ(
      ldsRead("lds_read_b32", [](u32 l) { return 128 * l; }).ldsConflictCycles,
      62u);
  // A broadcast is one access.
  EXPECT_EQ(ldsRead("lds_read_b32", [](u32) { return 128u; }).ldsConflictCycles,
            0u);
  // Padding by one dword repairs the worst case.
  EXPECT_EQ(
      ldsRead("lds_read_b32", [](u32 l) { return 132 * l; }).ldsConflictCycles,
      0u);
}

TEST_F(CountersTest, BankConflictsOfWideReads) {
  EXPECT_EQ(
      ldsRead("lds_read_b64", [](u32 l) { return 8 * l; }).ldsConflictCycles,
      0u);
  auto linear = ldsRead("lds_read_b128", [](u32 l) { return 16 * l; });
  EXPECT_EQ(linear.ldsCycles, 8u);
  EXPECT_EQ(linear.ldsConflictCycles, 0u);
  // Lanes 0-3 and 20-23 are served together, so they need different banks;
  // neighbours 0-3 and 4-7 don't. Rows of 128 bytes keep all dwords distinct.
  auto grouped = ldsRead("lds_read_b128", [](u32 l) {
    u32 slot = l % 4 + (l / 16 % 2 ? 4 : 0);
    return 128 * l + 16 * slot;
  });
  EXPECT_EQ(grouped.ldsConflictCycles, 0u);
  // Slots by neighbouring eight lanes the other way round collide.
  auto wrong =
      ldsRead("lds_read_b128", [](u32 l) { return 128 * l + 16 * (l % 4); });
  EXPECT_EQ(wrong.ldsConflictCycles, 8u);
}

TEST_F(CountersTest, CoalescingAndCaches) {
  u64 data = device.upload(std::vector<u8>(64 * 256, 1));
  auto run = [&](u32 groups, u32 stride) {
    return device
        .runClean("global_read", groups, 64, Arguments().add(data).add(stride))
        .counters;
  };
  // The kernel arguments cost one line of their own per dword loaded.
  auto none = run(1, 0);
  auto dense = run(1, 4), sparse = run(1, 256);
  EXPECT_EQ(dense.globalLines - none.globalLines, 1u);
  EXPECT_EQ(sparse.globalLines - none.globalLines, 63u);
  EXPECT_EQ(dense.idealLines - none.idealLines, 1u);
  EXPECT_EQ(sparse.idealLines - none.idealLines, 1u);
  EXPECT_EQ(sparse.hbmBytes - none.hbmBytes, 63u * 128);
  // Workgroups 0 and 8 share a die, 1 does not: its lines come from the
  // infinity cache, not from HBM again.
  auto two = run(2, 256), nine = run(9, 256);
  EXPECT_EQ(two.hbmBytes, sparse.hbmBytes);
  EXPECT_GE(two.infinityCacheHits, 64u);
  EXPECT_EQ(nine.l2Misses, 8 * sparse.l2Misses);
}

TEST_F(CountersTest, OccupancyAndClasses) {
  u64 out = device.reserve(256);
  auto result = device.runClean("many_registers", 1, 64, Arguments().add(out));
  EXPECT_EQ(result.counters.occupancy, 2u);
  EXPECT_EQ(result.counters.occupancyLimit, "vgprs");
  EXPECT_EQ(result.counters.byClass["global-store"], 1u);
  u64 sum = 0;
  for (const auto &[name, n] : result.counters.byClass)
    sum += n;
  EXPECT_EQ(sum, result.counters.instructions);
  // 16 KB of LDS per single-wave workgroup: four of them, one wave per SIMD.
  auto lds = ldsRead("lds_read_b32", [](u32 l) { return 4 * l; });
  EXPECT_EQ(lds.occupancy, 1u);
  EXPECT_EQ(lds.occupancyLimit, "lds");
}

} // namespace
} // namespace emutest
