//===- HumanReadable.cpp - Sizes and durations for people -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/HumanReadable.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dsv4run {

std::string FormatBytes(uint64_t bytes) {
  constexpr const char *kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024)
    return absl::StrCat(bytes, " B");
  double value = bytes / 1024.0;
  int unit = 0;
  // 1023.995 would print as 1024.00.
  while (value >= 1023.995 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.2f %s", value, kUnits[unit]);
}

std::string FormatSeconds(double seconds) {
  if (!(seconds >= 0))
    return "unknown";
  if (seconds < 0.9995)
    return absl::StrFormat("%.0f ms", seconds * 1000);
  if (seconds < 59.95)
    return absl::StrFormat("%.1f s", seconds);
  if (seconds >= 1e9)
    return "years";
  int64_t whole = std::llround(seconds);
  if (whole < 3600)
    return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %02d min", whole / 3600, whole / 60 % 60);
}

} // namespace dsv4run
