//===- WholeRun.cpp - Teacher-forced runs against goldens -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/WholeRun.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/Compare.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kDistance = "1 - mean cosine";

std::string TimesNoise(double factor, double noise) {
  return absl::StrFormat("%g x noise %.3g", factor, noise);
}

/// Index of the best of a row and how far it is above the second.
struct Best {
  int64_t token = 0;
  float gap = 0;
};

Best BestOf(absl::Span<const float> row) {
  Best best;
  float second = 0;
  for (size_t i = 1; i < row.size(); ++i) {
    if (row[i] > row[best.token]) {
      second = row[best.token];
      best.token = static_cast<int64_t>(i);
    } else if (i == 1 || row[i] > second) {
      second = row[i];
    }
  }
  best.gap = row.size() > 1 ? row[best.token] - second : 0;
  return best;
}

void Append(std::vector<double> &to, const std::vector<double> &from) {
  to.insert(to.end(), from.begin(), from.end());
}

} // namespace

absl::StatusOr<HiddenNoise> ReadHiddenNoise(absl::string_view path) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document, ReadJsonFile(path));
  JsonNode root(document, path);
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode hidden, root.Get("hidden"));
  DSV4RUN_RETURN_IF_ERROR(hidden.ExpectObject());
  HiddenNoise noise;
  for (const auto &item : hidden.value().items()) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode layers, hidden.Get(item.key()));
    DSV4RUN_ASSIGN_OR_RETURN(size_t count, layers.ArraySize());
    for (size_t i = 0; i < count; ++i) {
      JsonNode value = layers.At(i);
      if (!value.value().is_number())
        return value.Expected("a number");
      noise[item.key()].push_back(value.value().get<double>());
    }
  }
  return noise;
}

void WholeRunJudge::AddLogits(const GoldenCase &golden,
                              const CaseOutputs &outputs,
                              const GoldenCase *noise, VerifyReport &report) {
  auto add = [&](absl::string_view what, absl::Span<const float> ours,
                 absl::Span<const float> expected, absl::Span<const float> twin,
                 std::vector<double> &pool, std::vector<double> &noise_pool) {
    std::vector<double> rows = RowCosines(ours, expected, golden.vocab);
    std::string remark = absl::StrCat(rows.size(), " rows");
    if (!twin.empty()) {
      std::vector<double> twin_rows = RowCosines(twin, expected, golden.vocab);
      absl::StrAppend(&remark,
                      absl::StrFormat(", noise %.3g", MeanDistance(twin_rows)));
      Append(noise_pool, twin_rows);
    }
    report.Note(absl::StrCat(golden.name, ": ", what, ": ", kDistance),
                MeanDistance(rows), remark);
    Append(pool, rows);
  };
  add("logits", outputs.logits, golden.logits,
      noise ? absl::MakeConstSpan(noise->logits) : absl::Span<const float>(),
      logits_, logits_noise_);
  if (!golden.mtp_logits.empty())
    add("MTP logits", outputs.mtp_logits, golden.mtp_logits,
        noise ? absl::MakeConstSpan(noise->mtp_logits)
              : absl::Span<const float>(),
        drafts_, drafts_noise_);
  if (!golden.generated)
    return;

  int64_t clear = 0, equal = 0;
  for (int64_t row = 0; row < golden.batch() * golden.logit_rows; ++row) {
    auto at = [&](const std::vector<float> &logits) {
      return absl::MakeConstSpan(logits).subspan(row * golden.vocab,
                                                 golden.vocab);
    };
    Best expected = BestOf(at(golden.logits));
    if (expected.gap <= kBestTokenGap)
      continue;
    ++clear;
    equal += BestOf(at(outputs.logits)).token == expected.token;
  }
  report.AtLeast(
      absl::StrCat(golden.name, ": best token equal"),
      clear ? static_cast<double>(equal) / clear : 1, kBestTokenShare,
      absl::StrCat(clear, " rows with a golden gap above ", kBestTokenGap));
}

void WholeRunJudge::AddHidden(const std::string &name, int layer,
                              absl::Span<const float> ours,
                              absl::Span<const float> golden, int64_t columns,
                              const HiddenNoise &noise,
                              VerifyReport &report) const {
  double distance = MeanDistance(RowCosines(ours, golden, columns));
  std::string figure = absl::StrCat(name, ": hidden.", layer, ": ", kDistance);
  auto it = noise.find(name);
  if (it == noise.end() || layer >= static_cast<int>(it->second.size()))
    return report.Note(figure, distance, "no noise given");
  report.AtMost(figure, distance, kHiddenNoiseFactor * it->second[layer],
                TimesNoise(kHiddenNoiseFactor, it->second[layer]));
}

void WholeRunJudge::Finish(bool has_noise, VerifyReport &report) const {
  auto pooled = [&](absl::string_view what, const std::vector<double> &rows,
                    const std::vector<double> &noise_rows, double factor) {
    if (rows.empty())
      return;
    double noise = MeanDistance(noise_rows);
    report.AtMost(absl::StrCat("all cases: ", what, ": ", kDistance),
                  MeanDistance(rows), std::max(kLogitsFloor, factor * noise),
                  absl::StrCat(rows.size(), " rows; ",
                               has_noise ? TimesNoise(factor, noise)
                                         : std::string("no noise given"),
                               ", at least ", kLogitsFloor));
  };
  pooled("logits", logits_, logits_noise_, kLogitsNoiseFactor);
  pooled("MTP logits", drafts_, drafts_noise_, kDraftNoiseFactor);
}

absl::Status VerifyWholeRuns(Session &session, const Golden &golden,
                             const Golden *noise,
                             const HiddenNoise &hidden_noise,
                             const std::vector<std::string> &cases,
                             absl::FunctionRef<void(absl::string_view)> on_case,
                             VerifyReport &report) {
  WholeRunJudge judge;
  for (const std::string &name : cases) {
    on_case(name);
    DSV4RUN_ASSIGN_OR_RETURN(GoldenCase expected, golden.Case(name));
    std::optional<GoldenCase> twin;
    if (noise) {
      DSV4RUN_ASSIGN_OR_RETURN(twin, noise->Case(name));
      if (twin->logits.size() != expected.logits.size() ||
          twin->mtp_logits.size() != expected.mtp_logits.size() ||
          twin->tokens != expected.tokens)
        return absl::InvalidArgumentError(absl::StrCat(
            noise->path(), ": case ", name,
            " is not of the same tokens and sizes as in ", golden.path()));
    }

    int layers = 0;
    while (golden.Has(absl::StrCat(name, ".hidden.", layers)))
      ++layers;
    std::vector<GoldenTensor> hidden;
    int64_t rows = 0;
    if (session.model().manifest().observed()) {
      for (int layer = 0; layer < layers; ++layer) {
        DSV4RUN_ASSIGN_OR_RETURN(
            GoldenTensor tensor,
            golden.Floats(absl::StrCat(name, ".hidden.", layer)));
        if (tensor.shape.size() != 4 || tensor.shape[0] != 1 ||
            tensor.shape[1] > static_cast<uint64_t>(expected.prompt))
          return absl::InvalidArgumentError(absl::StrCat(
              golden.path(), ": ", name, ".hidden.", layer,
              ": expected shape [1, at most ", expected.prompt,
              ", streams, hidden], found ", FormatShape(tensor.shape)));
        rows = static_cast<int64_t>(tensor.shape[1]);
        hidden.push_back(std::move(tensor));
      }
    } else if (layers) {
      report.Note(absl::StrCat(name, ": hidden layers compared"), 0,
                  "the bundle was not compiled with --observe");
    }

    DSV4RUN_ASSIGN_OR_RETURN(
        CaseOutputs outputs,
        RunCase(session, expected, rows, static_cast<int>(hidden.size())));
    judge.AddLogits(expected, outputs, twin ? &*twin : nullptr, report);
    for (size_t layer = 0; layer < hidden.size(); ++layer) {
      if (outputs.hidden[layer].size() != hidden[layer].values.size())
        return absl::InvalidArgumentError(absl::StrCat(
            "layers.", layer, ".streams has ", outputs.hidden[layer].size(),
            " elements; ", name, ".hidden.", layer, " has ",
            hidden[layer].values.size()));
      judge.AddHidden(name, static_cast<int>(layer), outputs.hidden[layer],
                      hidden[layer].values, hidden[layer].Columns(2),
                      hidden_noise, report);
    }
  }
  judge.Finish(noise != nullptr, report);
  return absl::OkStatus();
}

} // namespace dsv4run
