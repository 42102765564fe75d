//===- JudgeOps.cpp - Figures of op-by-op verification --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/OpByOp.h"

namespace dsv4run {
namespace {

double Length(absl::Span<const float> row) {
  double sum = 0;
  for (float value : row)
    sum += double{value} * value;
  return std::sqrt(sum);
}

} // namespace

void JudgeRows(const std::string &name, absl::Span<const float> ours,
               absl::Span<const float> golden, int64_t columns, double share,
               bool bits, const std::vector<bool> &keep, VerifyReport &report) {
  std::vector<float> a, b;
  int64_t rows = golden.size() / columns;
  for (int64_t row = 0; row < rows; ++row) {
    if (!keep.empty() && !keep[row])
      continue;
    auto append = [&](std::vector<float> &to, absl::Span<const float> from) {
      to.insert(to.end(), from.begin() + row * columns,
                from.begin() + (row + 1) * columns);
    };
    append(a, ours);
    append(b, golden);
  }
  std::vector<double> cosines = RowCosines(a, b, columns);
  std::string remark = absl::StrCat(cosines.size(), " of ", rows, " rows");
  if (!cosines.empty())
    absl::StrAppend(&remark, absl::StrFormat(", worst %.6f",
                                             *std::min_element(cosines.begin(),
                                                               cosines.end())));
  report.AtLeast(absl::StrCat(name, ": rows with cosine >= ", kEqualRowCosine),
                 ShareAtLeast(cosines, kEqualRowCosine), share, remark);

  std::vector<double> closeness;
  for (size_t at = 0; at < a.size(); at += columns) {
    double x = Length(absl::MakeConstSpan(a).subspan(at, columns));
    double y = Length(absl::MakeConstSpan(b).subspan(at, columns));
    double off = x == y ? 0 : std::fabs(x - y) / std::max(x, y);
    closeness.push_back(off <= kLengthTolerance ? 1 : 0);
  }
  report.AtLeast(absl::StrCat(name, ": rows of the golden's length"),
                 ShareAtLeast(closeness, 1), share,
                 absl::StrFormat("within %g", kLengthTolerance));
  if (bits)
    report.AtLeast(absl::StrCat(name, ": bit-equal elements"),
                   BitEqualShare(a, b), kBitEqualShare);
}

void SelectionTally::Judge(const std::string &name,
                           VerifyReport &report) const {
  report.AtMost(absl::StrCat(name, ": rows that differ beyond near ties"),
                static_cast<double>(wrong), 0, absl::StrCat(rows, " rows"));
  report.AtMost(absl::StrCat(name, ": rows with a near tie"),
                rows ? static_cast<double>(near_ties) / rows : 0,
                rows > 1 ? kNearTieShare : 1,
                absl::StrCat(near_ties, " of ", rows));
}

absl::StatusOr<RouterScores> RouterScores::Load(const TensorSource &weights,
                                                int layer, int64_t hidden) {
  RouterScores router;
  router.hidden_ = hidden;
  std::string stem = absl::StrCat("layers.", layer, ".ffn.gate.");
  DSV4RUN_ASSIGN_OR_RETURN(TensorView weight,
                           weights.Find(absl::StrCat(stem, "weight")));
  DSV4RUN_ASSIGN_OR_RETURN(router.weight_, ToFloats(weight));
  if (weights.FindInfo(absl::StrCat(stem, "bias"))) {
    DSV4RUN_ASSIGN_OR_RETURN(TensorView bias,
                             weights.Find(absl::StrCat(stem, "bias")));
    DSV4RUN_ASSIGN_OR_RETURN(router.bias_, ToFloats(bias));
  }
  router.bias_.resize(router.weight_.size() / hidden);
  return router;
}

std::vector<float> RouterScores::Scores(absl::Span<const float> x) const {
  std::vector<float> scores;
  for (size_t expert = 0; expert < bias_.size(); ++expert) {
    double z = 0;
    for (int64_t i = 0; i < hidden_; ++i)
      z += double{weight_[expert * hidden_ + i]} * x[i];
    double softplus = z > 20 ? z : std::log1p(std::exp(z));
    scores.push_back(static_cast<float>(std::sqrt(softplus) + bias_[expert]));
  }
  return scores;
}

} // namespace dsv4run
