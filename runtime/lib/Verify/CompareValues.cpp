//===- CompareValues.cpp - What two launches wrote, element by element ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/CompareValues.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Bundle/ElementType.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Verify/Compare.h"

namespace dsv4run {
namespace {

float FloatAt(const std::byte *element, size_t bytes) {
  if (bytes == 2) {
    uint16_t code;
    std::memcpy(&code, element, sizeof(code));
    return FloatFromBf16(code);
  }
  float value;
  std::memcpy(&value, element, sizeof(value));
  return value;
}

/// Adds an element whose bits differ or not.
void AddFloats(float reference, float tested, bool same,
               ValueComparison &result) {
  int64_t ulps = same ? 0 : Bf16Distance(reference, tested);
  bool finite = std::isfinite(reference) && std::isfinite(tested);
  if (!same && !finite)
    ulps = std::numeric_limits<int64_t>::max();
  result.near += ulps <= kLaunchUlps;
  result.max_ulps = std::max(result.max_ulps, ulps);
  if (!finite)
    return;
  double a = reference, b = tested;
  result.dot += a * b;
  result.reference_norm += a * a;
  result.tested_norm += b * b;
}

/// The number of a sign-magnitude code of eight bits; zeros have one.
int64_t CodeNumber(std::byte code) {
  int magnitude = std::to_integer<int>(code & std::byte{0x7F});
  return (code & std::byte{0x80}) == std::byte{0} ? magnitude : -magnitude;
}

/// NaN, of OCP or fnuz, is no number's neighbour.
bool IsE4m3Nan(std::byte code, bool fnuz) {
  return fnuz ? code == std::byte{0x80}
              : (code & std::byte{0x7F}) == std::byte{0x7F};
}

void AddCodes(std::byte reference, std::byte tested, bool same, bool fnuz,
              ValueComparison &result) {
  int64_t steps = std::abs(CodeNumber(reference) - CodeNumber(tested));
  if (!same && (IsE4m3Nan(reference, fnuz) || IsE4m3Nan(tested, fnuz)))
    steps = std::numeric_limits<int64_t>::max();
  result.near += steps <= 1;
  result.max_ulps = std::max(result.max_ulps, steps);
}

} // namespace

bool IsE4m3(absl::string_view element) {
  return element == "f8E4M3FN" || element == "f8E4M3FNUZ";
}

bool IsInexact(absl::string_view element) {
  return element == "f32" || element == "bf16";
}

double ValueComparison::cosine() const {
  if (reference_norm == 0 && tested_norm == 0)
    return 1;
  double norm = std::sqrt(reference_norm) * std::sqrt(tested_norm);
  return norm > 0 ? std::min(dot / norm, 1.0) : 0;
}

std::string ValueComparison::Failure() const {
  if (missing > 0)
    return absl::StrCat(missing, " elements not written");
  if (extra > 0)
    return absl::StrCat(extra, " elements written that should not be");
  if (agreement == Agreement::SameBits) {
    if (bit_equal == elements)
      return "";
    return absl::StrCat(elements - bit_equal, " of ", elements,
                        " elements differ, which must be the same bits");
  }
  if (agreement == Agreement::NeighbouringCodes) {
    if (near < elements)
      return absl::StrCat(elements - near, " of ", elements,
                          " codes are more than one step away");
    if (!(bit_equal >= kLaunchShare * elements))
      return absl::StrFormat("%d of %d codes differ, at most %.3g%%",
                             elements - bit_equal, elements,
                             100 * (1 - kLaunchShare));
    return "";
  }
  // Written so that a NaN fails.
  if (!(cosine() >= kLaunchCosine))
    return absl::StrFormat("1 - cosine is %.3g, at most %.3g", 1 - cosine(),
                           1 - kLaunchCosine);
  if (!(near >= kLaunchShare * elements))
    return absl::StrFormat(
        "%d of %d elements differ by more than %d ulps of bf16, at most %.3g%%",
        elements - near, elements, kLaunchUlps, 100 * (1 - kLaunchShare));
  return "";
}

void ValueComparison::Add(const ValueComparison &other) {
  agreement = other.agreement;
  elements += other.elements;
  bit_equal += other.bit_equal;
  near += other.near;
  max_ulps = std::max(max_ulps, other.max_ulps);
  missing += other.missing;
  extra += other.extra;
  dot += other.dot;
  reference_norm += other.reference_norm;
  tested_norm += other.tested_norm;
}

absl::StatusOr<ValueComparison>
CompareValues(absl::string_view element, absl::Span<const std::byte> before,
              absl::Span<const std::byte> reference,
              absl::Span<const std::byte> tested,
              const CompareOptions &options) {
  uint64_t bits = ElementBits(element).value_or(0);
  if (bits == 0)
    return absl::UnimplementedError(
        absl::StrCat("cannot compare elements of type ", element));
  if (options.agreement == Agreement::NeighbouringCodes && !IsE4m3(element))
    return absl::UnimplementedError(
        absl::StrCat("codes of type ", element, " have no known neighbours"));
  // Two codes of four bits in a byte are compared together.
  size_t bytes = std::max<uint64_t>(bits / 8, 1);
  ValueComparison result;
  result.agreement = options.agreement;
  for (size_t at = 0; at + bytes <= before.size(); at += bytes) {
    const std::byte *b = before.data() + at, *r = reference.data() + at,
                    *t = tested.data() + at;
    bool by_reference = std::memcmp(b, r, bytes) != 0;
    bool by_tested = std::memcmp(b, t, bytes) != 0;
    if (!by_tested && (options.sampled || !by_reference))
      continue;
    if (by_tested && !by_reference) {
      ++result.extra;
      continue;
    }
    ++result.elements;
    if (!by_tested) {
      ++result.missing;
      continue;
    }
    bool same = std::memcmp(r, t, bytes) == 0;
    result.bit_equal += same;
    switch (options.agreement) {
    case Agreement::SameBits:
      result.near += same;
      break;
    case Agreement::NeighbouringCodes:
      AddCodes(*r, *t, same, element == "f8E4M3FNUZ", result);
      break;
    case Agreement::CloseValues:
      AddFloats(FloatAt(r, bytes), FloatAt(t, bytes), same, result);
      break;
    }
  }
  return result;
}

} // namespace dsv4run
