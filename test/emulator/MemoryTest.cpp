//===- MemoryTest.cpp - Allocation, shadow and what they cost -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Memory.h"
#include "TestDevice.h"
#include <fstream>
#include <unistd.h>

using namespace dsv4emu;

namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

uint64_t residentBytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(Memory, LargeAllocationsCostNothingUntouched) {
  Memory memory(400 * kGiB);
  uint64_t before = residentBytes();
  auto address = memory.allocate(300 * kGiB, "weights");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_LT(residentBytes() - before, kGiB / 2);
  for (uint64_t at : {uint64_t{0}, 7 * kGiB + 3, 300 * kGiB - 1})
    EXPECT_EQ(*memory.shadow(*address + at), Memory::Fresh) << at;
  EXPECT_EQ(*memory.shadow(*address - 1), Memory::Unallocated);
  EXPECT_EQ(*memory.shadow(*address + 300 * kGiB), Memory::Unallocated);
  memory.markWritten(*address + 1, 200 * kGiB);
  EXPECT_EQ(*memory.shadow(*address), Memory::Fresh);
  for (uint64_t at : {uint64_t{1}, 7 * kGiB + 3, 200 * kGiB})
    EXPECT_EQ(*memory.shadow(*address + at), Memory::Written) << at;
  EXPECT_EQ(*memory.shadow(*address + 200 * kGiB + 1), Memory::Fresh);
  EXPECT_LT(residentBytes() - before, kGiB);
}

TEST(Memory, ShadowOfOneByteIsItsOwn) {
  Memory memory(4 * kGiB);
  auto address = memory.allocate(kGiB, "buffer");
  ASSERT_TRUE(address.ok()) << address.status();
  uint8_t byte = 7;
  ASSERT_TRUE(memory.write(*address + kGiB / 2, &byte, 1).ok());
  EXPECT_EQ(*memory.shadow(*address + kGiB / 2), Memory::Written);
  // A block of the same pattern elsewhere in the shadow.
  EXPECT_EQ(*memory.shadow(*address + kGiB / 4), Memory::Fresh);
}

TEST(Memory, FreedMemoryIsNoLongerReadable) {
  Memory memory(8 * kGiB);
  for (uint64_t bytes : {uint64_t{100}, uint64_t{5000}, 3 * kGiB}) {
    auto address = memory.allocate(bytes, "buffer");
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_TRUE(memory.live(*address, bytes));
    EXPECT_FALSE(memory.live(*address, bytes + 1));
    ASSERT_TRUE(memory.free(*address).ok());
    EXPECT_FALSE(memory.live(*address, 1));
    EXPECT_LE(*memory.shadow(*address), Memory::Freed) << bytes;
    EXPECT_LE(*memory.shadow(*address + bytes - 1), Memory::Freed) << bytes;
  }
}

TEST(Memory, ManyLaunchesTakeNoMore) {
  emutest::TestDevice device("corpus-O2.hsaco");
  ASSERT_NE(device.program, nullptr);
  auto kernels = codeObject(*device.program).kernels();
  ASSERT_FALSE(kernels.empty());
  auto kernel = device.device.kernel(device.program, kernels.front().name);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  // Whatever the kernel makes of null pointers: a launch takes its buffers.
  std::vector<uint8_t> arguments(explicitArgumentBytes(*kernel->info), 0);
  LaunchConfig config;
  config.workgroup = config.grid = {64, 1, 1};
  config.maxInstructionsPerWave = 100;
  ASSERT_TRUE(device.device.launch(*kernel, config, arguments).ok());
  auto first = device.device.memory().allocate(1, "before");
  for (int k = 0; k < 100; ++k)
    ASSERT_TRUE(device.device.launch(*kernel, config, arguments).ok());
  auto second = device.device.memory().allocate(1, "after");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_LT(*second - *first, 16384u);
}

} // namespace
