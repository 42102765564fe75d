//===- Compare.h - How close two results are ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The measures by which results are held against goldens. Rows are compared by
// their cosine, because one flipped rounding moves whole rows and random
// weights are chaotic; selections as sets.

#ifndef DSV4RUN_VERIFY_COMPARE_H
#define DSV4RUN_VERIFY_COMPARE_H

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace dsv4run {

/// Cosine of each row of `a` with the same row of `b`, in fp64. Two zero rows
/// have cosine 1; a zero row and another, or a row with a NaN or an infinity,
/// 0. Sizes are equal and multiples of `columns`.
std::vector<double> RowCosines(absl::Span<const float> a,
                               absl::Span<const float> b, int64_t columns);

/// The cosine from which rows count as equal.
inline constexpr double kEqualRowCosine = 0.9999;

/// Share of values >= bound; 1 if there are none.
double ShareAtLeast(absl::Span<const double> values, double bound);

/// 1 - mean; 0 if there are none.
double MeanDistance(absl::Span<const double> cosines);

/// Share of elements that are the same number; NaN equals nothing, 0 equals -0.
double BitEqualShare(absl::Span<const float> a, absl::Span<const float> b);

/// Distance of two numbers in bf16 codes, after rounding both to bf16; 0 and -0
/// are one code.
int64_t Bf16Distance(float a, float b);

/// The non-negative elements of a selection, ascending.
std::vector<int32_t> SortedSelection(absl::Span<const int32_t> selection);

/// How two selections of one row compare.
enum class SelectionMatch {
  kSame,    ///< as sets
  kNearTie, ///< they differ, in candidates whose scores lie within 2 ulps of
            ///< bf16 of the cut only
  kWrong,
};

/// `score(candidate)` gives the score by which candidates were chosen. The cut
/// lies between the candidates that only one of the two has: these are near
/// ties if their scores differ by at most 2 bf16 codes.
template <typename Score>
SelectionMatch CompareSelections(absl::Span<const int32_t> a,
                                 absl::Span<const int32_t> b, Score score);

//===----------------------------------------------------------------------===//

namespace internal {
/// Candidates of `a` that `b` lacks; both ascending.
std::vector<int32_t> OnlyInFirst(absl::Span<const int32_t> a,
                                 absl::Span<const int32_t> b);
} // namespace internal

template <typename Score>
SelectionMatch CompareSelections(absl::Span<const int32_t> a,
                                 absl::Span<const int32_t> b, Score score) {
  std::vector<int32_t> first = SortedSelection(a), second = SortedSelection(b);
  if (first == second)
    return SelectionMatch::kSame;
  std::vector<int32_t> only_a = internal::OnlyInFirst(first, second);
  std::vector<int32_t> only_b = internal::OnlyInFirst(second, first);
  if (only_a.size() != only_b.size())
    return SelectionMatch::kWrong;
  for (int32_t x : only_a)
    for (int32_t y : only_b) {
      std::optional<float> a_score = score(x), b_score = score(y);
      if (!a_score || !b_score || Bf16Distance(*a_score, *b_score) > 2)
        return SelectionMatch::kWrong;
    }
  return SelectionMatch::kNearTie;
}

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_COMPARE_H
