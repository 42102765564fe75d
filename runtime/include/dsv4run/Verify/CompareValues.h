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

/// How far a value of one launch may be from that of another which got the same
/// inputs and computes the same.
enum class Agreement {
  /// Integers, scales, and codes where both add up in one order.
  SameBits,
  /// FP8 codes where they don't: a sum that rounds to another bf16 may move its
  /// code to the next one. At least kLaunchShare of all are the same bits.
  NeighbouringCodes,
  /// Floating-point numbers: rows of a matrix product may be added up in
  /// another order. Cosine, and kLaunchShare of all within kLaunchUlps.
  CloseValues,
};

inline constexpr double kLaunchCosine = 0.9999;
inline constexpr int64_t kLaunchUlps = 4; ///< of bf16, after rounding to it
inline constexpr double kLaunchShare = 0.999;

/// A tested launch's version of one value against the reference's. Elements
/// count that at least one of the two has written.
struct ValueComparison {
  Agreement agreement = Agreement::CloseValues;
  int64_t elements = 0;
  int64_t bit_equal = 0;
  /// Bit-equal ones and those as near as the agreement asks.
  int64_t near = 0;
  /// Of bf16, or steps from one code to the next.
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
  Agreement agreement = Agreement::CloseValues;
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

/// Whether values of an element type are floating-point numbers that may differ
/// by rounding: f32 and bf16.
bool IsInexact(absl::string_view element);

/// Whether codes of an element type are E4M3, whose neighbours can be told.
bool IsE4m3(absl::string_view element);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_COMPAREVALUES_H
