//===- HostDeviceTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/HostDevice.h"

#include <algorithm>
#include <cstring>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using testing::AsBytes;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyCode;

class HostDeviceTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(pool_, ThreadPool::Create({3}));
    device_ = CreateHostDevice(*pool_);
  }

  absl::StatusOr<std::unique_ptr<DeviceCode>> Load(const std::string &code,
                                                   CodeTarget target) {
    return device_->LoadCode(AsBytes(code), target);
  }

  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Device> device_;
};

TEST_F(HostDeviceTest, CopiesBetweenHostAndDevice) {
  ASSERT_OK_AND_ASSIGN(auto memory, device_->Allocate(64, "memory"));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory->address()) % 256, 0u);
  EXPECT_EQ(memory->bytes(), 64u);
  std::string text = "0123456789", found(10, '?');
  ASSERT_OK(device_->CopyIn(memory->address() + 4, AsBytes(text)));
  ASSERT_OK(
      device_->CopyWithin(memory->address() + 20, memory->address() + 4, 10));
  ASSERT_OK(device_->CopyOut(
      {reinterpret_cast<std::byte *>(found.data()), found.size()},
      memory->address() + 20));
  EXPECT_EQ(found, text);
  EXPECT_EQ(static_cast<int>(memory->address()[40]), 0);
}

/// The dynamic loader must not take a second object for the first.
TEST_F(HostDeviceTest, CodeObjectsAreApart) {
  ASSERT_OK_AND_ASSIGN(auto a, Load(TinyCode(), {"host", "x86-64"}));
  ASSERT_OK_AND_ASSIGN(auto b, Load(TinyCode(), {"host", "x86-64"}));
  ASSERT_OK_AND_ASSIGN(const void *of_a, a->FindKernel("tiny_count"));
  ASSERT_OK_AND_ASSIGN(const void *of_b, b->FindKernel("tiny_count"));
  EXPECT_NE(of_a, of_b);
}

/// The state of a million tokens is more address space than this machine has
/// memory.
TEST_F(HostDeviceTest, LargeAllocationsCostWhatIsTouched) {
  ASSERT_OK_AND_ASSIGN(auto memory,
                       device_->Allocate(uint64_t{1} << 40, "memory"));
  std::byte *end = memory->address() + memory->bytes() - 1;
  *end = std::byte{7};
  EXPECT_EQ(static_cast<int>(*end), 7);
}

TEST_F(HostDeviceTest, EveryWorkgroupRunsOnce) {
  ASSERT_OK_AND_ASSIGN(auto code, Load(TinyCode(), {"host", "x86-64"}));
  ASSERT_OK_AND_ASSIGN(const void *kernel, code->FindKernel("tiny_count"));
  for (uint64_t workgroups : {1, 2, 3, 7, 24, 25, 1000, 4097}) {
    ASSERT_OK_AND_ASSIGN(auto memory,
                         device_->Allocate(workgroups * 4, "counts"));
    ASSERT_OK_AND_ASSIGN(
        auto sequence,
        device_->Prepare(
            {{kernel, {{memory->address(), "counts"}}, workgroups, "a"},
             {kernel, {{memory->address(), "counts"}}, workgroups, "b"}}));
    ASSERT_OK(sequence->Run());
    std::vector<double> seconds(2, 0);
    ASSERT_OK(sequence->RunTimed({1, 2}, absl::MakeSpan(seconds)));
    EXPECT_GT(seconds[0], 0);
    auto *counts = reinterpret_cast<const int32_t *>(memory->address());
    EXPECT_EQ(std::count(counts, counts + workgroups, 4),
              static_cast<int64_t>(workgroups))
        << workgroups;
  }
}

TEST_F(HostDeviceTest, TimingNeedsGroupsOfAllLaunchesAndNumbers) {
  ASSERT_OK_AND_ASSIGN(auto sequence, device_->Prepare({}));
  std::vector<double> seconds(1);
  auto timed = [&](std::vector<size_t> ends) {
    return sequence->RunTimed(ends, absl::MakeSpan(seconds));
  };
  EXPECT_THAT(timed({}), IsInvalid("0 groups of launches into 1 numbers"));
  EXPECT_THAT(timed({0}), IsInvalid("a group of launches from 0 to 0"));
  EXPECT_THAT(timed({1}), IsInvalid("groups of 1 launches in all, found 0"));
}

TEST_F(HostDeviceTest, RefusesOtherTargetsAndLevels) {
  EXPECT_THAT(
      Load(TinyCode(), {"gfx942", ""}),
      IsError(absl::StatusCode::kFailedPrecondition, "for target \"gfx942\""));
  EXPECT_THAT(Load(TinyCode(), {"host", "x86-64-v9"}),
              IsError(absl::StatusCode::kFailedPrecondition, "x86-64-v9"));
}

TEST_F(HostDeviceTest, RefusesWhatIsNoSharedObject) {
  EXPECT_THAT(Load("not an ELF file", {"host", "x86-64"}),
              IsInvalid("cannot be loaded"));
  EXPECT_THAT(Load("", {"host", "x86-64"}), IsInvalid("cannot be loaded"));
  EXPECT_THAT(Load(TinyCode().substr(0, 500), {"host", "x86-64"}),
              IsInvalid("cannot be loaded"));
}

TEST_F(HostDeviceTest, NamesMissingKernels) {
  ASSERT_OK_AND_ASSIGN(auto code, Load(TinyCode(), {"host", "x86-64"}));
  EXPECT_THAT(code->FindKernel("tiny_missing"),
              IsError(absl::StatusCode::kNotFound, "\"tiny_missing\""));
}

} // namespace
} // namespace dsv4run
