//===- FaultTest.cpp - Planted faults are found ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <numeric>

namespace emutest {
namespace {

using dsv4emu::Check;
using dsv4emu::CheckSet;
using dsv4emu::Report;

class Faults : public testing::Test {
protected:
  /// Exactly the given check reports, and its first report comes back.
  Report only(const dsv4emu::LaunchResult &result, Check check) {
    for (const Report &r : result.reports)
      EXPECT_EQ(r.check, check) << r.str();
    EXPECT_FALSE(result.reports.empty());
    return result.reports.empty() ? Report{} : result.reports[0];
  }
  Report expect(const std::string &kernel, Check check,
                const Arguments &arguments, u32 workgroup = 64,
                u32 groups = 1) {
    Report r = only(device.run(kernel, groups, workgroup, arguments), check);
    EXPECT_EQ(r.kernel, kernel);
    return r;
  }
  static bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
  }
  Arguments inOut(u32 n = 256) {
    std::vector<u32> data(n);
    std::iota(data.begin(), data.end(), 1000);
    return Arguments().add(device.upload(data, "in")).add(out(n));
  }
  u64 out(u32 n) { return last = device.reserve(4 * n, "out"); }

  TestDevice device{"faults.hsaco"};
  u64 last = 0;
};

TEST_F(Faults, RemovedVmWait) {
  Report r = expect("wait_missing", Check::WaitCount, inOut());
  EXPECT_TRUE(contains(r.message, "s_waitcnt vmcnt")) << r.message;
  EXPECT_TRUE(contains(r.instruction, "v_add_u32")) << r.instruction;
  EXPECT_TRUE(contains(r.sourceLine, "faults.hip:")) << r.sourceLine;
  expect("wait_too_large", Check::WaitCount, inOut());
  device.runClean("wait_present", 1, 64, inOut());
  expect("wait_counter_not_full", Check::WaitCount, inOut());
  device.runClean("wait_counter_full", 1, 64, inOut());
  EXPECT_EQ(device.download<u32>(last, 1)[0], 1001u);
}

TEST_F(Faults, RemovedScalarWait) {
  Report r = expect("scalar_wait_missing", Check::WaitCount, inOut());
  EXPECT_TRUE(contains(r.message, "lgkmcnt")) << r.message;
  device.runClean("scalar_wait_present", 1, 64, inOut());
}

TEST_F(Faults, LdsReadBeforeDirectLoadArrived) {
  Report r = expect("dma_wait_missing", Check::WaitCount, inOut());
  EXPECT_TRUE(contains(r.message, "direct-to-LDS")) << r.message;
  device.runClean("dma_wait_present", 1, 64, inOut());
  auto got = device.download<u32>(last, 64);
  for (u32 k = 0; k < 64; ++k)
    ASSERT_EQ(got[k], 1000 + k);
}

TEST_F(Faults, RemovedBarrier) {
  // The waves run one after the other here, so the first reads nothing yet.
  device.config.checks = device.config.checks.without(Check::Uninitialised);
  Report r = expect("barrier_missing", Check::LdsRace, inOut(), 256);
  EXPECT_TRUE(contains(r.message, "since the last barrier")) << r.message;
  device.runClean("barrier_present", 1, 256, inOut());
  auto got = device.download<u32>(last, 256);
  for (u32 k = 0; k < 256; ++k)
    ASSERT_EQ(got[k], 1255 - k);
}

TEST_F(Faults, LdsWriteNotWaitedForBeforeBarrier) {
  Report r = expect("barrier_before_wait", Check::WaitCount, inOut(), 256);
  EXPECT_TRUE(contains(r.message, "before the barrier")) << r.message;
}

TEST_F(Faults, IndexOutOfBounds) {
  std::vector<u32> data(64, 1);
  Report r = expect("index_too_large", Check::OutOfBounds,
                    Arguments()
                        .add(device.upload(std::vector<u32>(40, 1), "in"))
                        .add(device.reserve(4 * 40, "out"))
                        .add(u32{40}));
  EXPECT_EQ(r.lane, 40);
  EXPECT_TRUE(contains(r.message, "past the end of 'in'") ||
              contains(r.message, "past the end of 'out'"))
      << r.message;
}

TEST_F(Faults, UseAfterFree) {
  u64 in = device.upload(std::vector<u32>(64, 1), "in"), o = out(64);
  ASSERT_TRUE(device.device.memory().free(in).ok());
  Report r = expect("copy", Check::OutOfBounds, Arguments().add(in).add(o));
  EXPECT_TRUE(contains(r.message, "freed")) << r.message;
  EXPECT_FALSE(device.device.memory().free(in).ok());
}

TEST_F(Faults, WildPointer) {
  auto result =
      device.run("copy", 1, 64, Arguments().add(u64{64}).add(out(64)));
  Report r = only(result, Check::OutOfBounds);
  EXPECT_TRUE(contains(r.message, "no device memory")) << r.message;
  // Without checks the emulator itself stays safe.
  device.config.checks = dsv4emu::CheckSet::none();
  result = device.run("copy", 1, 64, Arguments().add(u64{64}).add(out(64)));
  EXPECT_TRUE(result.faulted());
}

TEST_F(Faults, UninitialisedLds) {
  Report r = expect("lds_uninitialised", Check::Uninitialised,
                    Arguments().add(out(64)).add(u32{63}));
  EXPECT_EQ(r.lane, 62);
  EXPECT_TRUE(contains(r.message, "LDS byte 252")) << r.message;
  device.runClean("lds_uninitialised", 1, 64,
                  Arguments().add(out(64)).add(u32{64}));
}

TEST_F(Faults, UninitialisedMemory) {
  Report r = expect("copy", Check::Uninitialised,
                    Arguments().add(device.reserve(256, "in")).add(out(64)));
  EXPECT_TRUE(contains(r.message, "never written")) << r.message;
}

TEST_F(Faults, UninitialisedRegister) {
  Report r = expect("register_uninitialised", Check::Uninitialised,
                    Arguments().add(out(64)));
  EXPECT_TRUE(contains(r.instruction, "global_store")) << r.instruction;
}

TEST_F(Faults, UninitialisedHalfOfARegister) {
  expect("half_uninitialised", Check::Uninitialised,
         Arguments().add(out(64)).add(u32{1}));
  device.runClean("half_uninitialised", 1, 64,
                  Arguments().add(out(64)).add(u32{0}));
}

TEST_F(Faults, UninitialisedHalfOfAPair) {
  expect("pair_uninitialised", Check::Uninitialised,
         Arguments().add(out(64)).add(u32{1}));
  device.runClean("pair_uninitialised", 1, 64,
                  Arguments().add(out(64)).add(u32{0}));
}

TEST_F(Faults, MissingAgentScopeRelease) {
  auto arguments = [&] {
    return Arguments()
        .add(device.reserve(256, "data"))
        .add(device.upload(std::vector<u32>{0}, "flag"))
        .add(out(64));
  };
  Report r = expect("release_missing", Check::GlobalRace, arguments(), 64, 2);
  EXPECT_TRUE(contains(r.message, "agent-scope release")) << r.message;
  EXPECT_TRUE(contains(r.message, "'data'")) << r.message;
  EXPECT_EQ(r.workgroup[0], 1u);
  device.runClean("message_passing", 2, 64, arguments());
  EXPECT_EQ(device.download<u32>(last, 1)[0], 100u);
}

TEST_F(Faults, StaleReadAcrossDies) {
  Report r = expect("acquire_missing", Check::GlobalRace,
                    Arguments()
                        .add(device.reserve(256, "data"))
                        .add(device.upload(std::vector<u32>{0}, "flag"))
                        .add(out(64)),
                    64, 2);
  EXPECT_TRUE(contains(r.message, "stale")) << r.message;
}

TEST_F(Faults, WaitingWorkgroupLetsTheOtherRun) {
  device.runClean("message_backwards", 2, 64,
                  Arguments()
                      .add(device.reserve(256, "data"))
                      .add(device.upload(std::vector<u32>{0}, "flag"))
                      .add(out(64)));
  EXPECT_EQ(device.download<u32>(last, 64)[63], 163u);
}

TEST_F(Faults, UnorderedStoresOfTwoWorkgroups) {
  expect("overlapping_stores", Check::GlobalRace, Arguments().add(out(64)), 64,
         2);
}

TEST_F(Faults, BytesOfADwordAreApart) {
  device.runClean("neighbouring_bytes", 64, 64, Arguments().add(out(16)));
  Report r = expect("overlapping_bytes", Check::GlobalRace,
                    Arguments().add(out(65)), 64, 64);
  EXPECT_TRUE(contains(r.message, "overwrites what workgroup")) << r.message;
}

TEST_F(Faults, RowsOfBytesMeetInADword) {
  device.runClean("rows_of_bytes", 8, 64,
                  Arguments().add(out(129)).add(u32{64}));
  Report r = expect("rows_of_bytes", Check::GlobalRace,
                    Arguments().add(out(129)).add(u32{63}), 64, 8);
  EXPECT_TRUE(contains(r.message, "overwrites what workgroup")) << r.message;
}

TEST_F(Faults, AStoreKeepsTheOtherBytesOfItsWorkgroup) {
  device.runClean("third_byte", 2, 64, Arguments().add(out(1)).add(u32{2}));
  for (u32 place : {0, 1})
    expect("third_byte", Check::GlobalRace, Arguments().add(out(1)).add(place),
           64, 2);
}

TEST_F(Faults, ReadOfADwordOfSeveralWorkgroups) {
  for (u32 count : {1, 2, 4}) {
    u64 data = device.upload(std::vector<u32>{0});
    Report r =
        expect("dword_of_bytes", Check::GlobalRace,
               Arguments().add(data).add(out(1)).add(count), 64, count + 1);
    EXPECT_TRUE(contains(r.message, "reads what workgroup 0 stored"))
        << r.message;
  }
}

TEST_F(Faults, ReadOfANeighboursByte) {
  Arguments own, other;
  own.add(out(1)).add(out(2)).add(u32{0});
  other.add(out(1)).add(out(2)).add(u32{1});
  device.runClean("read_of_neighbour", 2, 64, own);
  Report r = expect("read_of_neighbour", Check::GlobalRace, other, 64, 2);
  EXPECT_TRUE(contains(r.message, "reads what workgroup 0 stored"))
      << r.message;
}

TEST_F(Faults, DivergentBarrier) {
  Report r =
      expect("barrier_divergent", Check::Barrier, Arguments().add(out(64)));
  EXPECT_TRUE(contains(r.message, "divergent")) << r.message;
  r = expect("barrier_skipped", Check::Barrier, Arguments().add(out(128)), 128);
  EXPECT_TRUE(contains(r.message, "never reaches")) << r.message;
  EXPECT_TRUE(contains(r.instruction, "s_barrier")) << r.instruction;
}

TEST_F(Faults, MisalignedStore) {
  Report r = expect("misaligned", Check::Misaligned, Arguments().add(out(128)));
  EXPECT_TRUE(contains(r.message, "not a multiple of 4")) << r.message;
}

TEST_F(Faults, EndlessLoopAndTrap) {
  device.config.maxInstructionsPerWave = 10000;
  auto result = device.run("endless", 1, 64, Arguments());
  EXPECT_TRUE(contains(only(result, Check::Fault).message, "still running"));
  result = device.run("trap", 1, 64, Arguments());
  EXPECT_TRUE(contains(only(result, Check::Fault).message, "s_trap 2"));
}

TEST_F(Faults, UnknownInstructionIsNamed) {
  Report r = expect("unknown", Check::Fault, Arguments().add(out(64)));
  EXPECT_TRUE(contains(r.instruction, "v_screen_partition_4se_b32"))
      << r.instruction;
  EXPECT_EQ(r.message, "the emulator has no semantics for "
                       "v_screen_partition_4se_b32: it looks up a screen "
                       "position");
  EXPECT_NE(r.pc, 0u);
}

// Each with one wait state less than it takes, and with exactly that many.
TEST_F(Faults, MissingWaitStates) {
  device.config.checks = CheckSet::all().with(Check::Hazard);
  auto run = [&](const std::string &kernel) {
    return device.run(kernel, 1, 64, Arguments().add(out(256)));
  };
  const std::pair<const char *, const char *> kernels[] = {
      {"matrix_read", "reads v40 6 wait states after "
                      "v_mfma_f32_16x16x32_fp8_fp8; 7 are needed"},
      {"matrix_overwrite", "overwrites v41 6 wait states"},
      {"matrix_operand", "reads v42 6 wait states"},
      {"vector_to_matrix", "reads v44 1 wait states"},
      {"scalar_to_vector", "reads s20 1 wait states"},
      {"mask_to_select", "reads vcc 1 wait states"},
      {"lane_select", "reads s20 3 wait states"},
      {"lanes_moved", "reads v40 1 wait states"},
      {"transcendental", "reads v40 0 wait states after v_rcp_f32; 1 are"},
      {"shifted_result", "reads v40 0 wait states after v_cvt_pk_fp8_f32"},
      {"mode_read", "reads hardware register 1 1 wait states"},
      {"relative_move", "reads m0 0 wait states"},
      {"scalar_base", "reads s21 4 wait states"},
      {"wide_store", "overwrites v40 1 wait states"}};
  for (auto [kernel, part] : kernels) {
    Report r = only(run(std::string(kernel) + "_early"), Check::Hazard);
    EXPECT_TRUE(contains(r.message, part)) << kernel << ": " << r.message;
    auto late = run(std::string(kernel) + "_late");
    EXPECT_TRUE(late.clean()) << late.reports[0].str();
  }
}

TEST_F(Faults, ChecksCanBeSwitchedOff) {
  device.config.checks = dsv4emu::CheckSet::none();
  EXPECT_TRUE(device.run("wait_missing", 1, 64, inOut()).clean());
  EXPECT_TRUE(device.run("barrier_missing", 1, 256, inOut()).clean());
  EXPECT_TRUE(device.run("overlapping_stores", 2, 64, Arguments().add(out(64)))
                  .clean());
}

TEST_F(Faults, LaunchArgumentsAreChecked) {
  auto launch = [&](std::array<u32, 3> grid, std::array<u32, 3> workgroup,
                    size_t bytes, u32 lds) {
    dsv4emu::LaunchConfig config;
    config.grid = grid;
    config.workgroup = workgroup;
    config.dynamicLdsBytes = lds;
    auto kernel = device.device.kernel(device.program, "copy");
    std::vector<uint8_t> arguments(bytes);
    return std::string(
        device.device.launch(*kernel, config, arguments).status().message());
  };
  EXPECT_TRUE(contains(launch({64, 1, 1}, {64, 1, 1}, 12, 0),
                       "arguments take 16 bytes, got 12"));
  EXPECT_TRUE(contains(launch({~0u, ~0u, 1}, {1, 1, 1}, 16, 0), "too large"));
  EXPECT_TRUE(contains(launch({0, 1, 1}, {64, 1, 1}, 16, 0), "positive"));
  EXPECT_TRUE(contains(launch({64, 1, 1}, {64, 64, 1}, 16, 0), "at most 1024"));
  EXPECT_TRUE(
      contains(launch({64, 1, 1}, {64, 1, 1}, 16, 70000), "exceed the 65536"));
  EXPECT_TRUE(contains(
      std::string(
          device.device.kernel(device.program, "nothing").status().message()),
      "no kernel 'nothing'"));
}

} // namespace
} // namespace emutest
