//===- CpuLevelTest.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/CpuLevel.h"

#include <fstream>
#include <set>
#include <sstream>

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsError;

TEST(CpuLevel, ChecksAgainstTheHost) {
  EXPECT_OK(CheckCpuLevel("x86-64", 1));
  EXPECT_OK(CheckCpuLevel("x86-64-v3", 3));
  EXPECT_OK(CheckCpuLevel("x86-64-v3", 4));
  EXPECT_THAT(CheckCpuLevel("x86-64-v4", 3),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "needs a CPU of level x86-64-v4; this CPU is of level "
                      "x86-64-v3"));
  EXPECT_THAT(CheckCpuLevel("gfx942", 4),
              IsError(absl::StatusCode::kFailedPrecondition, "\"gfx942\""));
  EXPECT_THAT(CheckCpuLevel("", 4),
              IsError(absl::StatusCode::kFailedPrecondition, "unknown"));
}

/// The kernel's own reading of cpuid, an independent source.
TEST(CpuLevel, AgreesWithProcCpuinfo) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  std::set<std::string> flags;
  while (flags.empty() && std::getline(file, line))
    if (line.rfind("flags", 0) == 0) {
      std::istringstream words(line.substr(line.find(':') + 1));
      for (std::string word; words >> word;)
        flags.insert(word);
    }
  if (flags.empty())
    GTEST_SKIP() << "no flags in /proc/cpuinfo";
  auto has = [&](std::initializer_list<const char *> names) {
    for (const char *name : names)
      if (!flags.count(name))
        return false;
    return true;
  };
  int level = 1;
  if (has({"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}))
    level = 2;
  if (level == 2 && has({"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm",
                         "movbe", "xsave"}))
    level = 3;
  if (level == 3 &&
      has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    level = 4;
  EXPECT_EQ(HostCpuLevel(), level);
}

} // namespace
} // namespace dsv4run
