//===- VerifyAgainst.cpp - dsv4-run verify --against ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "VerifyAgainst.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/Golden.h"

namespace dsv4run {
namespace {

/// Rows of logits that a step computes, where its program can.
constexpr int64_t kOutputRows = 8;

/// Ids of one sequence, with the id behind the last.
absl::StatusOr<std::vector<int32_t>> TokenIds(const AgainstOptions &options,
                                              int64_t count, int64_t vocab) {
  std::vector<int32_t> ids;
  if (options.golden.empty()) {
    for (int64_t i = 0; i <= count; ++i)
      ids.push_back(static_cast<int32_t>((i * 7919 + 3) % vocab));
    return ids;
  }
  DSV4RUN_ASSIGN_OR_RETURN(Golden golden, Golden::Open(options.golden));
  std::string name = options.golden_case;
  if (name.empty() && !golden.cases().empty())
    name = golden.cases().front();
  DSV4RUN_ASSIGN_OR_RETURN(GoldenCase golden_case, golden.Case(name));
  ids = golden_case.tokens.front();
  if (count >= static_cast<int64_t>(ids.size()))
    return UsageError(absl::StrCat("--steps: ", count,
                                   " tokens in all; the golden case ", name,
                                   " has ", ids.size(),
                                   ", one of which is the "
                                   "last one's next"));
  return ids;
}

/// The number of logits rows that the program for a step of `tokens` has.
absl::StatusOr<int64_t> OutputRows(const Model &model, int64_t tokens) {
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           model.Entry(kStepEntry));
  for (int program : programs) {
    ProgramSize size = model.programs()[program].size();
    if (size.tokens >= tokens)
      return std::min({size.output_rows, tokens, kOutputRows});
  }
  return UsageError(absl::StrCat(
      "--steps: ", tokens, " tokens; the largest program of the bundle takes ",
      model.programs()[programs.back()].size().tokens));
}

/// Streams like those below the first layer: uniform in [-1, 1], the same for
/// each position in every run.
RowBlock MakeStreams(absl::Span<const Token> tokens, int64_t columns) {
  std::vector<float> values;
  for (const Token &token : tokens) {
    std::minstd_rand random(static_cast<unsigned>(token.position) + 1);
    for (int64_t i = 0; i < columns; ++i)
      values.push_back(static_cast<float>(
          2.0 * random() / static_cast<double>(std::minstd_rand::max()) - 1));
  }
  return RowBlock::Bf16(static_cast<int64_t>(tokens.size()), columns, values);
}

/// Steps of one sequence on two sessions.
class Runner {
public:
  Runner(Session &reference, Session &tested, LaunchComparer &comparer)
      : reference_(reference.model()), tested_(tested.model()),
        comparer_(comparer) {}

  absl::Status Run(absl::Span<const Token> tokens, LaunchReport &report) {
    return Both(kStepEntry) ? RunStep(tokens, report)
                            : RunLayers(tokens, report);
  }

private:
  bool Both(absl::string_view entry) const {
    return reference_.HasEntry(entry) && tested_.HasEntry(entry);
  }

  /// The whole step, then the draft block over the same tokens.
  absl::Status RunStep(absl::Span<const Token> tokens, LaunchReport &report) {
    auto count = static_cast<int64_t>(tokens.size());
    DSV4RUN_ASSIGN_OR_RETURN(int64_t rows, OutputRows(reference_, count));
    DSV4RUN_ASSIGN_OR_RETURN(int64_t tested_rows, OutputRows(tested_, count));
    std::vector<int> wanted(std::min(rows, tested_rows));
    std::iota(wanted.begin(), wanted.end(),
              static_cast<int>(count - wanted.size()));
    RunRequest request;
    request.tokens = tokens;
    request.wanted = wanted;
    if (Both(kDraftEntry))
      request.outputs.emplace_back(kStreams);
    DSV4RUN_ASSIGN_OR_RETURN(RunResult result, comparer_.Run(request, report));
    if (!Both(kDraftEntry))
      return absl::OkStatus();
    RunRequest draft;
    draft.entry = std::string(kDraftEntry);
    draft.tokens = tokens;
    draft.wanted = wanted;
    draft.advance = false;
    draft.inputs[std::string(kStreams)] =
        std::move(result.outputs[std::string(kStreams)]);
    return comparer_.Run(draft, report).status();
  }

  /// Bundles that have programs of single layers alone: one after the other, on
  /// made-up streams.
  absl::Status RunLayers(absl::Span<const Token> tokens, LaunchReport &report) {
    const schema::Model &model = *reference_.manifest().model();
    RowBlock streams =
        MakeStreams(tokens, int64_t{model.streams()} * model.hidden());
    for (uint32_t layer = 0; layer < model.layers(); ++layer) {
      RunRequest request;
      request.entry = absl::StrCat("layers.", layer);
      request.tokens = tokens;
      request.advance = layer == 0;
      request.inputs[std::string(kStreams)] = std::move(streams);
      request.outputs = {"out"};
      DSV4RUN_ASSIGN_OR_RETURN(RunResult result,
                               comparer_.Run(request, report));
      streams = std::move(result.outputs["out"]);
    }
    return absl::OkStatus();
  }

  const Model &reference_;
  const Model &tested_;
  LaunchComparer &comparer_;
};

} // namespace

absl::StatusOr<LaunchReport> VerifyAgainst(const ModelOptions &model,
                                           const AgainstOptions &options,
                                           const LoadedModel &loaded,
                                           CliStreams &streams) {
  int64_t count =
      std::accumulate(options.steps.begin(), options.steps.end(), int64_t{0});
  DSV4RUN_ASSIGN_OR_RETURN(
      std::vector<int32_t> ids,
      TokenIds(options, count, loaded.model->manifest().model()->vocab()));

  ModelOptions reference_options = model;
  reference_options.device = "host";
  reference_options.counters.clear();
  if (options.reference != "host")
    reference_options.bundle = options.reference;
  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel reference, LoadModel(reference_options));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> expected,
                           Session::Create(*reference.model));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> tested,
                           Session::Create(*loaded.model));
  DSV4RUN_ASSIGN_OR_RETURN(
      LaunchComparer comparer,
      LaunchComparer::Create(*expected, *tested, {options.sample.value_or(0)}));
  streams.err << "reference: " << reference_options.bundle << " on "
              << reference.device->description() << "\ntested: " << model.bundle
              << " on " << loaded.device->description()
              << "\nFP8 dialect of both: "
              << loaded.model->code_object().format()->str() << "\n";

  DSV4RUN_ASSIGN_OR_RETURN(int slot, expected->AcquireSlot());
  DSV4RUN_RETURN_IF_ERROR(tested->AcquireSlot().status());
  LaunchReport report;
  Runner runner(*expected, *tested, comparer);
  int64_t at = 0;
  for (int64_t step : options.steps) {
    streams.err << "positions " << at << " to " << at + step - 1 << "\n";
    std::vector<Token> tokens;
    for (int64_t end = at + step; at < end; ++at)
      tokens.push_back({slot, ids[at], at, ids[at + 1]});
    DSV4RUN_RETURN_IF_ERROR(runner.Run(tokens, report));
  }
  return report;
}

} // namespace dsv4run
