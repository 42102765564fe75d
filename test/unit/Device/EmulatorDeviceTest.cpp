//===- EmulatorDeviceTest.cpp ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/EmulatorDevice.h"

#include <cstdlib>
#include <cstring>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using ::testing::AllOf;
using testing::AsBytes;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::ReadFile;

class EmulatorDeviceTest : public ::testing::Test {
protected:
  void SetUp() override { Open({}); }

  void Open(const EmulatorOptions &options) {
    code_.reset();
    device_.reset();
    ASSERT_OK_AND_ASSIGN(device_, EmulatorDevice::Create(options));
  }

  absl::StatusOr<const void *> Kernel(const std::string &file,
                                      const std::string &name) {
    auto code = device_->LoadCode(AsBytes(ReadFile(file)), {"gfx942", ""});
    if (!code.ok())
      return code.status();
    code_ = *std::move(code);
    return code_->FindKernel(name);
  }

  std::vector<int32_t> Read(const DeviceMemory &memory) {
    std::vector<int32_t> values(memory.bytes() / 4);
    EXPECT_OK(device_->CopyOut(
        {reinterpret_cast<std::byte *>(values.data()), memory.bytes()},
        memory.address()));
    return values;
  }

  std::unique_ptr<EmulatorDevice> device_;
  std::unique_ptr<DeviceCode> code_;
};

TEST_F(EmulatorDeviceTest, CopiesBetweenHostAndDevice) {
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(64, "memory"));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory->address()) % 256, 0u);
  EXPECT_FALSE(device_->host_visible());
  EXPECT_THAT(Read(*memory), Each(0));
  std::string text = "0123456789ab";
  ASSERT_OK(device_->CopyIn(memory->address() + 4, AsBytes(text)));
  ASSERT_OK(
      device_->CopyWithin(memory->address() + 20, memory->address() + 4, 12));
  std::vector<int32_t> found = Read(*memory);
  EXPECT_EQ(std::memcmp(found.data() + 5, text.data(), 12), 0);
  EXPECT_EQ(found[8], 0);
  EXPECT_THAT(device_->CopyIn(memory->address() + 60, AsBytes(text)),
              IsError(absl::StatusCode::kOutOfRange, "write of 12 bytes"));
}

TEST_F(EmulatorDeviceTest, RunsEveryWorkgroupOrThoseSampled) {
  ASSERT_OK_AND_ASSIGN(const void *count,
                       Kernel(DSV4RUN_TINY_GPU_KERNELS, "tiny_count"));
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(1000 * 4, "counts"));
  DeviceLaunch launch{count, {{memory->address(), "counts"}}, 1000, "count"};
  ASSERT_OK_AND_ASSIGN(auto sequence, device_->Prepare({launch, launch}));
  // The second launch reads what the first one has written.
  ASSERT_OK(sequence->Run());
  EXPECT_THAT(Read(*memory), Each(2));
  std::vector<double> seconds(2, 0);
  ASSERT_OK(sequence->RunTimed({1, 2}, absl::MakeSpan(seconds)));
  EXPECT_GT(seconds[1], 0);
  ASSERT_OK(sequence->RunLaunch(1, {3, 999}));
  std::vector<int32_t> counts = Read(*memory);
  EXPECT_EQ(counts[3], 5);
  EXPECT_EQ(counts[4], 4);
  EXPECT_EQ(counts[999], 5);
  EXPECT_THAT(sequence->RunLaunch(1, {1000}),
              IsInvalid("sampled workgroup 1000 of 1000"));
  EXPECT_THAT(sequence->RunLaunch(2, {}),
              IsError(absl::StatusCode::kOutOfRange, "launch 2 of 2"));
}

TEST_F(EmulatorDeviceTest, RunsWorkgroupsOfTheRequiredSize) {
  ASSERT_OK_AND_ASSIGN(const void *kernel,
                       Kernel(DSV4RUN_REQUIRED_KERNEL, "required"));
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(3 * 4, "out"));
  ASSERT_OK_AND_ASSIGN(
      auto sequence,
      device_->Prepare({{kernel, {{memory->address(), "out"}}, 3, "count"}}));
  ASSERT_OK(sequence->Run());
  EXPECT_THAT(Read(*memory), ElementsAre(256, 256, 256));
}

TEST_F(EmulatorDeviceTest, DiscardedMemoryMustBeWrittenBeforeItIsRead) {
  for (bool keep : {false, true}) {
    EmulatorOptions options;
    options.keep_discarded = keep;
    Open(options);
    ASSERT_OK_AND_ASSIGN(const void *copy, Kernel(DSV4RUN_GPU_KERNELS, "copy"));
    ASSERT_OK_AND_ASSIGN(auto in, device_->Allocate(8, "the input"));
    ASSERT_OK_AND_ASSIGN(auto out, device_->Allocate(8, "the output"));
    ASSERT_OK_AND_ASSIGN(
        auto sequence,
        device_->Prepare({{copy,
                           {{in->address(), "x"}, {out->address(), "y"}},
                           2,
                           "copy"}}));
    ASSERT_OK(sequence->Run());
    ASSERT_OK(device_->Discard(in->address(), 8));
    ASSERT_OK(device_->CopyIn(in->address(), AsBytes(std::string("word"))));
    absl::Status status = sequence->Run();
    if (keep) {
      EXPECT_OK(status);
      continue;
    }
    EXPECT_THAT(status, IsError(absl::StatusCode::kAborted,
                                "launch \"copy\" of kernel copy failed"));
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("copy: [uninitialised] loads 0x"),
                      HasSubstr("byte 4 of 'the input' (8 bytes"),
                      HasSubstr("workgroup (1,0,0) wave 0 lane 0"),
                      HasSubstr("buffers of the launch:\n  0: 0x"),
                      HasSubstr(" x\n  1: 0x")));
  }
}

TEST_F(EmulatorDeviceTest, FindingsFailTheLaunch) {
  for (const char *checks : {"all", "all,-out-of-bounds"}) {
    EmulatorOptions options;
    options.checks = checks;
    Open(options);
    ASSERT_OK_AND_ASSIGN(const void *copy, Kernel(DSV4RUN_GPU_KERNELS, "copy"));
    ASSERT_OK_AND_ASSIGN(auto in, device_->Allocate(64, "in"));
    ASSERT_OK_AND_ASSIGN(auto out, device_->Allocate(40, "out"));
    ASSERT_OK_AND_ASSIGN(
        auto sequence,
        device_->Prepare({{copy,
                           {{in->address(), "in"}, {out->address(), "out"}},
                           11,
                           ""}}));
    absl::Status status = sequence->Run();
    if (options.checks == "all")
      EXPECT_THAT(status, IsError(absl::StatusCode::kAborted,
                                  "0 bytes past the end of 'out'"));
    else
      EXPECT_OK(status);
  }
}

TEST_F(EmulatorDeviceTest, RefusesLaunchesThatDoNotFitTheKernel) {
  ASSERT_OK_AND_ASSIGN(const void *copy, Kernel(DSV4RUN_GPU_KERNELS, "copy"));
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(8, "memory"));
  DeviceBuffer buffer{memory->address(), "memory"};
  EXPECT_THAT(device_->Prepare({{copy, {buffer}, 1, "layers.0: copy"}}),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "kernel copy takes 2 buffers; launch \"layers.0: copy\" "
                      "has 1"));
  EXPECT_THAT(device_->Prepare({{copy, {buffer, buffer}, 0, "l"}}),
              IsError(absl::StatusCode::kFailedPrecondition, "no workgroups"));
  ASSERT_OK_AND_ASSIGN(
      auto sequence,
      device_->Prepare({{copy, {buffer, buffer}, uint64_t{1} << 40, "l"}}));
  EXPECT_THAT(sequence->Run(), IsInvalid("exceed a grid of 2^32 - 1"));
}

TEST_F(EmulatorDeviceTest, RefusesKernelsOfAnotherAbi) {
  EXPECT_THAT(Kernel(DSV4RUN_GPU_KERNELS, "scale"),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "expected a global_buffer of 8 bytes at offset 8, found "
                      "a by_value of 4 bytes at offset 8"));
  EXPECT_THAT(Kernel(DSV4RUN_GPU_KERNELS, "missing"),
              IsError(absl::StatusCode::kNotFound, "the code object has ["));
}

TEST_F(EmulatorDeviceTest, RefusesOtherTargetsAndNoise) {
  std::string code = ReadFile(DSV4RUN_GPU_KERNELS);
  EXPECT_THAT(device_->LoadCode(AsBytes(code), {"host", "x86-64"}),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "code for target \"host\"; the emulator runs gfx942"));
  EXPECT_THAT(device_->LoadCode(AsBytes(code.substr(0, 700)), {"gfx942", ""}),
              IsInvalid("ELF"));
}

TEST_F(EmulatorDeviceTest, CountsByKernelAndLabel) {
  EXPECT_TRUE(device_->counters().empty());
  EmulatorOptions options;
  options.count_caches = true;
  Open(options);
  ASSERT_OK_AND_ASSIGN(const void *copy, Kernel(DSV4RUN_GPU_KERNELS, "copy"));
  ASSERT_OK_AND_ASSIGN(auto in, device_->Allocate(4000, "in"));
  ASSERT_OK_AND_ASSIGN(auto out, device_->Allocate(4000, "out"));
  std::vector<DeviceBuffer> buffers = {{in->address(), "in"},
                                       {out->address(), "out"}};
  ASSERT_OK_AND_ASSIGN(auto sequence,
                       device_->Prepare({{copy, buffers, 1000, "a"},
                                         {copy, buffers, 10, "b"},
                                         {copy, buffers, 10, "b"}}));
  ASSERT_OK(sequence->Run());
  ASSERT_EQ(device_->counters().size(), 2u);
  const EmulatorLaunchCounters &a = device_->counters().at({"copy", "a"});
  const EmulatorLaunchCounters &b = device_->counters().at({"copy", "b"});
  EXPECT_EQ(a.runs, 1);
  EXPECT_EQ(b.runs, 2);
  EXPECT_EQ(a.counters.at("workgroups").value, 1000u);
  EXPECT_EQ(b.counters.at("workgroups").value, 20u);
  EXPECT_EQ(b.counters.at("classes.global-store").value, 20u);
  EXPECT_EQ(a.counters.at("opcodes.s_endpgm").value, 1000u);
  EXPECT_GE(a.counters.at("hbm_bytes").value, 8000u);
  EXPECT_FALSE(a.counters.at("waves_per_simd").sums);
}

TEST(EmulatorLibrary, ErrorsNameTheFile) {
  EmulatorOptions options;
  options.checks = "all,-spelling";
  EXPECT_THAT(EmulatorDevice::Create(options),
              IsInvalid("unknown check '-spelling'"));
  setenv("DSV4_EMULATOR_DEVICE", "/nonexistent/emulator.so", 1);
  EXPECT_THAT(EmulatorDevice::Create({}),
              IsError(absl::StatusCode::kNotFound, "/nonexistent/emulator.so"));
  setenv("DSV4_EMULATOR_DEVICE", DSV4RUN_TINY_KERNELS, 1);
  EXPECT_THAT(EmulatorDevice::Create({}),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "no symbol dsv4_emulator_device"));
  unsetenv("DSV4_EMULATOR_DEVICE");
}

} // namespace
} // namespace dsv4run
