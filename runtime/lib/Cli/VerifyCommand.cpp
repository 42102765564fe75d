//===- VerifyCommand.cpp - dsv4-run verify --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <filesystem>

#include "VerifyAgainst.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Cli/CountersFile.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Verify/OpByOp.h"
#include "dsv4run/Verify/WholeRun.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run verify model.dsv4 --weights DIR --golden FILE [--noise FILE]
       dsv4-run verify --ops observed.dsv4 --weights DIR --golden FILE
       dsv4-run verify --against REFERENCE model.dsv4 --weights DIR

Feeds the golden cases' tokens and compares every row of logits and draft logits
by its cosine. Over the rows of all cases, 1 - mean cosine must be at most 0.005
or 4 times (draft logits: 10 times) that of --noise, a golden run that differs in
nothing but accumulation. Where the model chose its tokens itself, its best token
must agree in 95% of the rows in which the golden's choice was clear. With a bundle
compiled with --observe, residual streams are compared layer by layer as well.

--ops runs each layer alone from the golden streams below it, and attention and
experts alone from golden operands; it needs a bundle compiled with --observe.

--against runs a few steps on two images of a model and compares what each launch
writes: REFERENCE is "host", for the host code of the same bundle, or another bundle
for the host. Each tested launch gets the values, inputs and caches that the
reference's had. Codes, scales and integers must be the same bits; other values must
have cosine >= 0.9999, and 99.9% of them must lie within 4 ulps of bf16. On NVIDIA
GPUs 0.1% of FP8 codes may be the next code. Both images must be of one plan and one
FP8 dialect.

Every figure is printed. Exit code 0 only if all judged figures keep their bounds.
)";

struct Options {
  ModelOptions model;
  std::string golden, noise, hidden_noise, cases;
  AgainstOptions against;
  bool ops = false, json = false;
};

/// noise.json next to the golden file, unless another file is given.
absl::StatusOr<HiddenNoise> FindHiddenNoise(const Options &options) {
  if (!options.hidden_noise.empty())
    return ReadHiddenNoise(options.hidden_noise);
  std::filesystem::path beside =
      std::filesystem::path(options.golden).parent_path() / "noise.json";
  if (!std::filesystem::exists(beside))
    return HiddenNoise();
  return ReadHiddenNoise(beside.string());
}

absl::Status VerifyOps(const Options &options, const LoadedModel &loaded,
                       Session &session, const Golden &golden,
                       CliStreams &streams, VerifyReport &report) {
  std::string name = options.cases.empty() ? "long" : options.cases;
  DSV4RUN_ASSIGN_OR_RETURN(
      OpByOpVerifier verifier,
      OpByOpVerifier::Create(session, *loaded.weights, golden, name));
  for (int layer = 0; layer < verifier.layers(); ++layer) {
    streams.err << "layer " << layer << "\n";
    DSV4RUN_RETURN_IF_ERROR(verifier.VerifyLayer(layer, report));
  }
  return absl::OkStatus();
}

absl::Status VerifyRuns(const Options &options, Session &session,
                        const Golden &golden, CliStreams &streams,
                        VerifyReport &report) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::string> cases,
                           ChooseCases(golden, options.cases));
  DSV4RUN_ASSIGN_OR_RETURN(HiddenNoise hidden_noise, FindHiddenNoise(options));
  std::optional<Golden> noise;
  if (!options.noise.empty()) {
    DSV4RUN_ASSIGN_OR_RETURN(Golden twin, Golden::Open(options.noise));
    noise.emplace(std::move(twin));
  }
  return VerifyWholeRuns(
      session, golden, noise ? &*noise : nullptr, hidden_noise, cases,
      [&](absl::string_view name) { streams.err << "case " << name << "\n"; },
      report);
}

/// Usage errors for options that don't go together.
absl::Status CheckOptions(const Options &options) {
  bool against = !options.against.reference.empty();
  if (against && options.ops)
    return UsageError("--against and --ops are two kinds of verification");
  if (!against && options.against.sample)
    return UsageError("--sample needs --against");
  if (!against && options.golden.empty())
    return UsageError("verify needs --golden FILE or --against REFERENCE");
  return absl::OkStatus();
}

absl::Status WriteCountersIfWanted(const Options &options,
                                   const LoadedModel &loaded) {
  if (options.model.counters.empty())
    return absl::OkStatus();
  return WriteCounters(*loaded.emulator, options.model.counters);
}

absl::StatusOr<int> CompareWithReference(Options &options,
                                         CliStreams &streams) {
  options.against.golden = options.golden;
  options.against.golden_case = options.cases;
  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options.model));
  DSV4RUN_ASSIGN_OR_RETURN(
      LaunchReport report,
      VerifyAgainst(options.model, options.against, loaded, streams));
  DSV4RUN_RETURN_IF_ERROR(WriteCountersIfWanted(options, loaded));
  streams.out << (options.json ? report.ToJson().dump(1) + "\n"
                               : report.ToText());
  return report.passed() ? 0 : 1;
}

class VerifyCommand : public Command {
public:
  absl::string_view name() const override { return "verify"; }
  absl::string_view summary() const override {
    return "compare with golden outputs; exit 0 only within tolerance";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override;
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  Options options_;
};

void VerifyCommand::AddOptions(OptionTable &table) {
  options_.model.emulator_checks = "all";
  options_.model.AddTo(table);
  options_.model.AddCountersTo(table);
  table.Text("golden", "FILE", &options_.golden, "golden outputs, safetensors");
  table.Text("noise", "FILE", &options_.noise,
             "the same outputs with other accumulation");
  table.Text("hidden-noise", "FILE", &options_.hidden_noise,
             "noise of the residual streams; default: noise.json beside the\n"
             "golden file, if there is one");
  table.Text("cases", "LIST", &options_.cases,
             "comma-separated; default: all, or \"long\" for --ops");
  table.Text("against", "REFERENCE", &options_.against.reference,
             "launch by launch against \"host\" or a bundle for the host");
  table.Integers(
      "steps", "N,...", &options_.against.steps, 1, INT32_MAX,
      "with --against: tokens of each step, of the first --cases of\n"
      "--golden if given; default: 16,1");
  table.Integer("sample", "N", &options_.against.sample, 1, INT32_MAX,
                "with --against: workgroups of each launch that run");
  table.Flag("ops", &options_.ops, "layer by layer and op by op");
  table.Flag("json", &options_.json, "machine-readable figures");
}

absl::StatusOr<int> VerifyCommand::Run(std::vector<std::string> &positional,
                                       CliStreams &streams) {
  const Options &options = options_;
  DSV4RUN_RETURN_IF_ERROR(options_.model.Finish(positional));
  DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
  DSV4RUN_RETURN_IF_ERROR(CheckOptions(options));
  if (!options.against.reference.empty())
    return CompareWithReference(options_, streams);

  DSV4RUN_ASSIGN_OR_RETURN(Golden golden, Golden::Open(options.golden));
  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options.model));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(*loaded.model));
  VerifyReport report;
  DSV4RUN_RETURN_IF_ERROR(
      options.ops
          ? VerifyOps(options, loaded, *session, golden, streams, report)
          : VerifyRuns(options, *session, golden, streams, report));
  DSV4RUN_RETURN_IF_ERROR(WriteCountersIfWanted(options, loaded));
  streams.out << (options.json ? report.ToJson().dump(2) + "\n"
                               : report.ToText());
  return report.passed() ? 0 : 1;
}

} // namespace

std::unique_ptr<Command> MakeVerifyCommand() {
  return std::make_unique<VerifyCommand>();
}

} // namespace dsv4run
