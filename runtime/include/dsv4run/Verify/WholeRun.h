//===- WholeRun.h - Teacher-forced runs against goldens -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_VERIFY_WHOLERUN_H
#define DSV4RUN_VERIFY_WHOLERUN_H

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Verify/Golden.h"
#include "dsv4run/Verify/Report.h"

namespace dsv4run {

/// 1 - mean cosine between two golden runs of different accumulation, per case
/// and layer: the noise of hidden.<L>.
using HiddenNoise = std::map<std::string, std::vector<double>>;

/// Reads {"hidden": {"<case>": [layer 0, layer 1, ...]}}.
absl::StatusOr<HiddenNoise> ReadHiddenNoise(absl::string_view path);

/// Bounds on 1 - mean cosine, relative to the goldens' own noise.
inline constexpr double kLogitsFloor = 0.005;
inline constexpr double kLogitsNoiseFactor = 4;
inline constexpr double kDraftNoiseFactor = 10;
inline constexpr double kHiddenNoiseFactor = 4;
/// The best token agrees in this share of the rows in which the golden's best
/// two are further apart than the gap.
inline constexpr double kBestTokenShare = 0.95;
inline constexpr double kBestTokenGap = 1;

/// What a model made of a case.
struct CaseOutputs {
  std::vector<float> logits;              ///< [B, 1 + D, V]
  std::vector<float> mtp_logits;          ///< [B, V]
  std::vector<std::vector<float>> hidden; ///< per layer [N, streams * D]
};

/// Feeds the prompt, in as few steps as the bundle's programs allow, then the
/// remaining ids one step each, all sequences of the batch together as far as
/// the state has slots. `hidden_rows` of the prompt's last positions are
/// observed for `hidden_layers` layers.
absl::StatusOr<CaseOutputs> RunCase(Session &session, const GoldenCase &golden,
                                    int64_t hidden_rows, int hidden_layers);

/// Adds the figures of one case and collects the rows that are judged pooled.
class WholeRunJudge {
public:
  void AddLogits(const GoldenCase &golden, const CaseOutputs &outputs,
                 const GoldenCase *noise, VerifyReport &report);
  void AddHidden(const std::string &name, int layer,
                 absl::Span<const float> ours, absl::Span<const float> golden,
                 int64_t columns, const HiddenNoise &noise,
                 VerifyReport &report) const;
  /// The pooled figures.
  void Finish(bool has_noise, VerifyReport &report) const;

private:
  std::vector<double> logits_, logits_noise_, drafts_, drafts_noise_;
};

/// Runs and judges the cases. `noise` may be null, which leaves the floor as
/// the only bound. `on_case` is told the name of each case before it runs.
absl::Status VerifyWholeRuns(Session &session, const Golden &golden,
                             const Golden *noise,
                             const HiddenNoise &hidden_noise,
                             const std::vector<std::string> &cases,
                             absl::FunctionRef<void(absl::string_view)> on_case,
                             VerifyReport &report);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_WHOLERUN_H
