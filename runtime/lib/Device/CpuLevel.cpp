//===- CpuLevel.cpp - x86-64 microarchitecture levels ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/CpuLevel.h"

#include "absl/strings/str_cat.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <cstdint>
#endif

namespace dsv4run {
namespace {

#if defined(__x86_64__)
struct Registers {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers Cpuid(uint32_t leaf) {
  Registers r;
  if (!__get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx))
    return Registers();
  return r;
}

bool HasAll(uint32_t value, uint32_t mask) { return (value & mask) == mask; }

/// State components that the operating system saves; without its help wide
/// registers must not be used, whatever the CPU offers.
uint32_t EnabledState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}
#endif

} // namespace

int HostCpuLevel() {
#if defined(__x86_64__)
  constexpr uint32_t kSse3 = 1u << 0, kSsse3 = 1u << 9, kFma = 1u << 12,
                     kCx16 = 1u << 13, kSse41 = 1u << 19, kSse42 = 1u << 20,
                     kMovbe = 1u << 22, kPopcnt = 1u << 23, kOsxsave = 1u << 27,
                     kAvx = 1u << 28, kF16c = 1u << 29;
  constexpr uint32_t kBmi1 = 1u << 3, kAvx2 = 1u << 5, kBmi2 = 1u << 8,
                     kAvx512F = 1u << 16, kAvx512Dq = 1u << 17,
                     kAvx512Cd = 1u << 28, kAvx512Bw = 1u << 30,
                     kAvx512Vl = 1u << 31;
  constexpr uint32_t kLahf = 1u << 0, kLzcnt = 1u << 5;
  constexpr uint32_t kYmmState = 0x6, kZmmState = 0xE6;

  Registers basic = Cpuid(1), extended = Cpuid(7), amd = Cpuid(0x80000001);
  if (!HasAll(basic.ecx, kSse3 | kSsse3 | kCx16 | kSse41 | kSse42 | kPopcnt) ||
      !HasAll(amd.ecx, kLahf))
    return 1;
  if (!HasAll(basic.ecx, kFma | kMovbe | kOsxsave | kAvx | kF16c) ||
      !HasAll(extended.ebx, kBmi1 | kAvx2 | kBmi2) ||
      !HasAll(amd.ecx, kLzcnt) || !HasAll(EnabledState(), kYmmState))
    return 2;
  if (!HasAll(extended.ebx,
              kAvx512F | kAvx512Dq | kAvx512Cd | kAvx512Bw | kAvx512Vl) ||
      !HasAll(EnabledState(), kZmmState))
    return 3;
  return 4;
#else
  return 0;
#endif
}

std::string CpuLevelName(int level) {
  if (level <= 0)
    return "not x86-64";
  return level == 1 ? "x86-64" : absl::StrCat("x86-64-v", level);
}

absl::Status CheckCpuLevel(absl::string_view level, int host_level) {
  for (int known = 1; known <= 4; ++known) {
    if (level != CpuLevelName(known))
      continue;
    if (known <= host_level)
      return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("the bundle's host code needs a CPU of level ", level,
                     "; this CPU is of level ", CpuLevelName(host_level)));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the bundle's host code is for the unknown CPU level \"", level,
      "\"; expected x86-64, x86-64-v2, x86-64-v3 or x86-64-v4"));
}

} // namespace dsv4run
