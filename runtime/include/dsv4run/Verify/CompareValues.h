//===- CompareValues.h - What two launches wrote, element by element ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_VERIFY_COMPAREVALUES_H
#define DSV4RUN_VERIFY_COMPAREVALUES_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// Bounds on floating-point values of one launch that got the inputs of another
/// that computes the same: rows of a matrix product may be added up in another
/// order. Codes, scales and integers must be the same bits.
inline constexpr double kLaunchCosine = 0.9999;
inline constexpr int64_t kLaunchUlps = 4; ///< of bf16, after rounding to it
inline constexpr double kLaunchUlpShare = 0.999;

/// A tested launch's version of one value against the reference's. Elements
/// count that at least one of the two has written.
struct ValueComparison {
  bool exact = false; ///< must be the same bits
  int64_t elements = 0;
  int64_t bit_equal = 0;
  int64_t within_ulps = 0; ///< bit-equal ones included
  int64_t max_ulps = 0;
  /// Written by one of them alone. `extra` ones, by the tested launch, don't
  /// count as elements.
  int64_t missing = 0, extra = 0;
  /// Sums over the finite elements, for the cosine.
  double dot = 0, reference_norm = 0, tested_norm = 0;

  /// 1 if all elements are zero.
  double cosine() const;
  /// What is out of bounds, or nothing.
  std::string Failure() const;
  /// Adds the elements of another launch of the same kernel.
  void Add(const ValueComparison &other);
};

/// How elements that changed are told from others, and which of them count.
struct CompareOptions {
  bool exact = false;
  /// The tested launch ran some of its workgroups: only what it wrote counts.
  bool sampled = false;
};

/// Compares the contents of a buffer after two launches that found `before` in
/// it; what equals `before` counts as not written. All of one size, a multiple
/// of the element's. UNIMPLEMENTED for an unknown element type.
absl::StatusOr<ValueComparison>
CompareValues(absl::string_view element, absl::Span<const std::byte> before,
              absl::Span<const std::byte> reference,
              absl::Span<const std::byte> tested,
              const CompareOptions &options);

/// Whether values of an element type and part are floating-point numbers that
/// may differ by rounding: f32 and bf16.
bool IsInexact(absl::string_view element);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_COMPAREVALUES_H
