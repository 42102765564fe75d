//===- Compare.cpp - How close two results are ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/Compare.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "dsv4run/Support/NumberFormats.h"

namespace dsv4run {

std::vector<double> RowCosines(absl::Span<const float> a,
                               absl::Span<const float> b, int64_t columns) {
  std::vector<double> cosines;
  for (size_t begin = 0; begin < a.size(); begin += columns) {
    double aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < columns; ++i) {
      double x = a[begin + i], y = b[begin + i];
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
    double cosine = aa == 0 && bb == 0 ? 1 : ab / std::sqrt(aa * bb);
    cosines.push_back(std::isfinite(cosine) ? cosine : 0);
  }
  return cosines;
}

double ShareAtLeast(absl::Span<const double> values, double bound) {
  if (values.empty())
    return 1;
  auto count = std::count_if(values.begin(), values.end(),
                             [&](double value) { return value >= bound; });
  return static_cast<double>(count) / values.size();
}

double MeanDistance(absl::Span<const double> cosines) {
  if (cosines.empty())
    return 0;
  double distance = 0;
  for (double cosine : cosines)
    distance += 1 - cosine;
  return distance / cosines.size();
}

double BitEqualShare(absl::Span<const float> a, absl::Span<const float> b) {
  if (a.empty())
    return 1;
  int64_t equal = 0;
  for (size_t i = 0; i < a.size(); ++i)
    equal += a[i] == b[i];
  return static_cast<double>(equal) / a.size();
}

int64_t Bf16Distance(float a, float b) {
  auto ordinal = [](float value) -> int64_t {
    uint16_t code = Bf16FromFloat(value);
    int64_t magnitude = code & 0x7FFF;
    return code & 0x8000 ? -magnitude : magnitude;
  };
  return std::abs(ordinal(a) - ordinal(b));
}

std::vector<int32_t> SortedSelection(absl::Span<const int32_t> selection) {
  std::vector<int32_t> sorted;
  for (int32_t candidate : selection)
    if (candidate >= 0)
      sorted.push_back(candidate);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::vector<int32_t> internal::OnlyInFirst(absl::Span<const int32_t> a,
                                           absl::Span<const int32_t> b) {
  std::vector<int32_t> only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::back_inserter(only));
  return only;
}

} // namespace dsv4run
