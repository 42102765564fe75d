//===- TokenChooser.cpp - The tokens of one sequence ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/TokenChooser.h"

#include "dsv4run/Sampling/Philox.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Counters of independent draws for one position; the sampler uses the
/// position itself.
constexpr uint64_t kDraftDraw = uint64_t{1} << 62;
constexpr uint64_t kKeepDraw = uint64_t{2} << 62;

} // namespace

absl::StatusOr<int32_t> TokenChooser::Choose(absl::Span<const float> logits,
                                             int64_t position) {
  DSV4RUN_ASSIGN_OR_RETURN(
      int32_t token,
      sampler_.Sample(logits, static_cast<uint64_t>(position), counts_));
  counts_.AddGenerated(token);
  return token;
}

absl::StatusOr<DraftToken> TokenChooser::Draft(absl::Span<const float> logits,
                                               int64_t position) const {
  DraftToken draft;
  DSV4RUN_ASSIGN_OR_RETURN(draft.distribution,
                           sampler_.Distribution(logits, counts_));
  draft.token = DrawToken(draft.distribution,
                          RandomUnit(options().seed, position + kDraftDraw));
  return draft;
}

absl::StatusOr<int32_t> TokenChooser::Verify(absl::Span<const float> logits,
                                             int64_t position,
                                             const DraftToken &draft) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<TokenProbability> target,
                           sampler_.Distribution(logits, counts_));
  const uint64_t seed = options().seed;
  int32_t token =
      VerifyDraft(target, draft, RandomUnit(seed, position + kKeepDraw),
                  RandomUnit(seed, position));
  counts_.AddGenerated(token);
  return token;
}

} // namespace dsv4run
