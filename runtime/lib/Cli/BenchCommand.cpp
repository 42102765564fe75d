//===- BenchCommand.cpp - dsv4-run bench ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <map>
#include <numeric>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Cli/CountersFile.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Device/GpuDevice.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Executor/WeightTraffic.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Synthetic/ModelConfig.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run bench model.dsv4 --weights DIR [options]

Processes a prompt, then tokens one by one, several times, and reports the median
tokens per second. The bytes of weights that a step must read, per second, are set
against the bandwidth of a copy (bytes read plus bytes written) in the same run, on
the same threads or in the GPU's memory. Small models stay in the caches and can exceed it.
With several lengths or sizes of steps, each size is measured behind each length.
)";

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

/// Best of several copies, in bytes read plus written per second.
double MeasureCopyBandwidth(ThreadPool &pool) {
  constexpr size_t kBytes = size_t{128} << 20, kPiece = size_t{1} << 20;
  std::vector<char> from(kBytes, 1), to(kBytes, 2);
  double best = 0;
  for (int repetition = 0; repetition < 5; ++repetition) {
    Clock::time_point start = Clock::now();
    pool.ParallelFor(kBytes / kPiece, 1, [&](uint64_t begin, uint64_t end) {
      std::memcpy(to.data() + begin * kPiece, from.data() + begin * kPiece,
                  (end - begin) * kPiece);
    });
    best = std::max(best, 2.0 * kBytes / SecondsSince(start));
  }
  return best;
}

/// The same of a GPU's memory.
absl::StatusOr<double> MeasureDeviceCopyBandwidth(Device &device) {
  constexpr uint64_t kBytes = uint64_t{512} << 20;
  constexpr int kCopies = 8;
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> from,
                           device.Allocate(kBytes, "copy bandwidth: source"));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> to,
                           device.Allocate(kBytes, "copy bandwidth: target"));
  double best = 0;
  for (int repetition = 0; repetition < 5; ++repetition) {
    // Reading back waits for what is under way.
    std::byte last;
    DSV4RUN_RETURN_IF_ERROR(
        device.CopyOut(absl::MakeSpan(&last, 1), to->address()));
    Clock::time_point start = Clock::now();
    for (int copy = 0; copy < kCopies; ++copy)
      DSV4RUN_RETURN_IF_ERROR(
          device.CopyWithin(to->address(), from->address(), kBytes));
    DSV4RUN_RETURN_IF_ERROR(
        device.CopyOut(absl::MakeSpan(&last, 1), to->address()));
    best = std::max(best, 2.0 * kCopies * kBytes / SecondsSince(start));
  }
  return best;
}

struct Options {
  ModelOptions model;
  std::vector<int64_t> prompts, decode_steps;
  std::optional<int64_t> decode, decode_count, repetitions;
  std::string profile;
  bool json = false;
};

/// One phase of the benchmark.
struct Phase {
  std::string name;
  int64_t tokens = 0, step = 0; ///< in all, and of one step
  std::vector<double> seconds;
  uint64_t weight_bytes = 0; ///< of one step
  /// By index into the model's programs.
  std::map<int, LaunchProfile> profile;

  double TokensPerSecond() const { return tokens / Median(seconds); }
  double BytesPerSecond() const {
    return static_cast<double>(weight_bytes) * tokens / step / Median(seconds);
  }
};

/// A prompt and what follows it.
struct Case {
  Phase prefill{"prefill"}, decode{"decode"};
};

/// The program that a step of `tokens` tokens with one row of logits runs.
absl::StatusOr<int> ProgramFor(const Model &model, int64_t tokens) {
  DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const int> programs,
                           model.Entry(kStepEntry));
  for (int program : programs)
    if (model.programs()[program].size().tokens >= tokens)
      return program;
  return programs.back();
}

absl::StatusOr<double> RunTokens(Session &session, int slot, int64_t begin,
                                 int64_t end, int64_t step) {
  int64_t vocab = session.model().manifest().model()->vocab();
  Clock::time_point start = Clock::now();
  for (int64_t at = begin; at < end; at += step) {
    std::vector<Token> tokens;
    for (int64_t t = at; t < std::min(end, at + step); ++t)
      tokens.push_back({slot, static_cast<int32_t>((t * 7919 + 3) % vocab), t});
    int last = static_cast<int>(tokens.size()) - 1;
    RunRequest request;
    request.tokens = tokens;
    request.wanted = {&last, 1};
    DSV4RUN_RETURN_IF_ERROR(session.Run(request).status());
  }
  return SecondsSince(start);
}

/// Of each launch or layer.
std::vector<double> Medians(const LaunchProfile &profile) {
  std::vector<double> medians;
  for (size_t i = 0; i < profile.labels.size(); ++i) {
    std::vector<double> seconds;
    for (const std::vector<double> &run : profile.seconds)
      seconds.push_back(run[i]);
    medians.push_back(Median(std::move(seconds)));
  }
  return medians;
}

std::string ProfileTable(const Session &session, const Phase &phase) {
  std::string text;
  for (const auto &[index, profile] : phase.profile) {
    const schema::Program &program = *session.model().programs()[index].program;
    std::vector<double> medians = Medians(profile);
    double total = std::accumulate(medians.begin(), medians.end(), 0.0);
    absl::StrAppendFormat(&text,
                          "\n%s, %s for up to %d tokens: %d runs, %.3f ms, sum "
                          "of the medians of:\n",
                          phase.name, program.name()->str(), program.tokens(),
                          profile.seconds.size(), 1e3 * total);
    for (size_t i = 0; i < medians.size(); ++i)
      absl::StrAppendFormat(&text, "%10.1f us %5.1f%%  %s\n", 1e6 * medians[i],
                            100 * medians[i] / total, profile.labels[i]);
  }
  return text;
}

nlohmann::json ProfileJson(const Session &session, const Phase &phase) {
  nlohmann::json programs = nlohmann::json::array();
  for (const auto &[index, profile] : phase.profile) {
    const schema::Program &program = *session.model().programs()[index].program;
    nlohmann::json parts = nlohmann::json::array();
    std::vector<double> medians = Medians(profile);
    for (size_t i = 0; i < medians.size(); ++i)
      parts.push_back({{"label", profile.labels[i]}, {"seconds", medians[i]}});
    programs.push_back({{"program", program.name()->str()},
                        {"tokens", program.tokens()},
                        {"runs", profile.seconds.size()},
                        {"parts", std::move(parts)}});
  }
  return programs;
}

/// Adds what a session has measured.
void Add(std::map<int, LaunchProfile> measured,
         std::map<int, LaunchProfile> &all) {
  for (auto &[program, profile] : measured) {
    auto [it, is_new] = all.try_emplace(program, profile);
    if (!is_new)
      std::move(profile.seconds.begin(), profile.seconds.end(),
                std::back_inserter(it->second.seconds));
  }
}

absl::Status EnableProfile(const std::string &by, Session &session) {
  if (by == "launches")
    session.EnableProfile(ProfileBy::Launch);
  else if (by == "layers")
    session.EnableProfile(ProfileBy::Layer);
  else if (!by.empty())
    return UsageError(absl::StrCat(
        "--profile: expected \"launches\" or \"layers\", found \"", by, "\""));
  return absl::OkStatus();
}

absl::Status CheckCase(const Model &model, const Case &c, int64_t largest) {
  int64_t context = model.pool_geometry().max_context;
  if (c.prefill.tokens + c.decode.tokens > context)
    return UsageError(absl::StrCat(
        "--prompt-tokens ", c.prefill.tokens, " and ", c.decode.tokens,
        " tokens behind them exceed the context of ", context));
  if (c.decode.step > largest)
    return UsageError(absl::StrCat("--decode-step ", c.decode.step,
                                   " exceeds the bundle's largest step of ",
                                   largest, " tokens"));
  return absl::OkStatus();
}

/// Every size of steps behind every length of prompts.
absl::StatusOr<std::vector<Case>> MakeCases(const Model &model,
                                            const Options &options,
                                            int64_t experts_per_token) {
  int64_t context = model.pool_geometry().max_context;
  DSV4RUN_ASSIGN_OR_RETURN(int64_t largest, model.LargestStep(kStepEntry));
  std::vector<int64_t> prompts = options.prompts, steps = options.decode_steps;
  if (prompts.empty())
    prompts = {std::clamp<int64_t>(context / 2, 1, 256)};
  if (steps.empty())
    steps = {1};
  std::vector<Case> cases;
  for (int64_t prompt : prompts)
    for (int64_t step : steps) {
      Case c;
      c.prefill.tokens = prompt;
      c.prefill.step = std::min(prompt, largest);
      c.decode.tokens = options.decode_count
                            ? *options.decode_count * step
                            : options.decode.value_or(
                                  std::clamp<int64_t>(context / 4, 1, 32));
      c.decode.step = std::min(step, c.decode.tokens);
      DSV4RUN_RETURN_IF_ERROR(CheckCase(model, c, largest));
      for (Phase *phase : {&c.prefill, &c.decode}) {
        DSV4RUN_ASSIGN_OR_RETURN(int program, ProgramFor(model, phase->step));
        for (uint64_t bytes : WeightBytesOfLaunches(model, program, phase->step,
                                                    experts_per_token))
          phase->weight_bytes += bytes;
      }
      cases.push_back(std::move(c));
    }
  return cases;
}

absl::Status RunCase(Session &session, Case &c) {
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session.ReleaseSlot(slot); });
  int64_t begin = 0;
  for (Phase *phase : {&c.prefill, &c.decode}) {
    DSV4RUN_ASSIGN_OR_RETURN(
        double seconds,
        RunTokens(session, slot, begin, begin + phase->tokens, phase->step));
    phase->seconds.push_back(seconds);
    Add(session.TakeProfile(), phase->profile);
    begin += phase->tokens;
  }
  return absl::OkStatus();
}

nlohmann::json PhaseJson(const Session &session, const Phase &phase,
                         double copy_bandwidth) {
  nlohmann::json json = {
      {"tokens", phase.tokens},
      {"tokens_per_step", phase.step},
      {"seconds", phase.seconds},
      {"tokens_per_second", phase.TokensPerSecond()},
      {"weight_bytes_per_step", phase.weight_bytes},
      {"weight_bytes_per_second", phase.BytesPerSecond()},
      {"share_of_copy_bandwidth", phase.BytesPerSecond() / copy_bandwidth}};
  if (!phase.profile.empty())
    json["profile"] = ProfileJson(session, phase);
  return json;
}

class BenchCommand : public Command {
public:
  absl::string_view name() const override { return "bench"; }
  absl::string_view summary() const override {
    return "tokens per second and share of the memory bandwidth";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override;
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  Options options_;
};

void BenchCommand::AddOptions(OptionTable &table) {
  options_.model.AddTo(table);
  options_.model.AddCountersTo(table);
  table.Integers("prompt-tokens", "N,...", &options_.prompts, 1, INT32_MAX,
                 "lengths of prompts; default: 256, or half the context");
  table.Integer("decode-tokens", "N", &options_.decode, 1, INT32_MAX,
                "behind a prompt; default: 32, or a quarter of the context");
  table.Integers("decode-step", "N,...", &options_.decode_steps, 1, INT32_MAX,
                 "tokens per step behind the prompt; default: 1");
  table.Integer("decode-count", "N", &options_.decode_count, 1, 1 << 20,
                "steps behind a prompt, instead of --decode-tokens");
  table.Integer("repetitions", "N", &options_.repetitions, 1, 1000,
                "default: 3");
  table.Text("profile", "launches|layers", &options_.profile,
             "time of every launch, which slows short ones down, or of every "
             "layer");
  table.Flag("json", &options_.json, "machine-readable output");
}

absl::StatusOr<int> BenchCommand::Run(std::vector<std::string> &positional,
                                      CliStreams &streams) {
  const Options &options = options_;
  DSV4RUN_RETURN_IF_ERROR(options_.model.Finish(positional));
  DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
  if (options.decode && options.decode_count)
    return UsageError("--decode-tokens and --decode-count exclude each other");
  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options.model));
  const Model &model = *loaded.model;
  DSV4RUN_ASSIGN_OR_RETURN(
      ModelConfig config,
      ParseModelConfig(model.manifest().model()->config()->str(),
                       "config.json of the bundle"));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(model));
  DSV4RUN_RETURN_IF_ERROR(EnableProfile(options.profile, *session));

  DSV4RUN_ASSIGN_OR_RETURN(
      std::vector<Case> cases,
      MakeCases(model, options,
                static_cast<int64_t>(config.num_experts_per_tok)));
  for (Case &c : cases)
    for (int64_t i = 0; i < options.repetitions.value_or(3); ++i)
      DSV4RUN_RETURN_IF_ERROR(RunCase(*session, c));
  if (!options.model.counters.empty())
    DSV4RUN_RETURN_IF_ERROR(
        WriteCounters(*loaded.emulator, options.model.counters));
  double copy = 0;
  if (dynamic_cast<GpuDevice *>(loaded.device.get())) {
    DSV4RUN_ASSIGN_OR_RETURN(copy, MeasureDeviceCopyBandwidth(*loaded.device));
  } else {
    copy = MeasureCopyBandwidth(*loaded.pool);
  }

  if (options.json) {
    nlohmann::json result = {
        {"device", std::string(loaded.device->description())},
        {"threads", loaded.pool->size()},
        {"load_seconds", loaded.seconds},
        {"copy_bytes_per_second", copy}};
    for (const Case &c : cases)
      result["cases"].push_back(
          {{"prefill", PhaseJson(*session, c.prefill, copy)},
           {"decode", PhaseJson(*session, c.decode, copy)}});
    streams.out << result.dump(2) << "\n";
    return 0;
  }
  streams.out << loaded.device->description() << ", weights loaded in "
              << FormatSeconds(loaded.seconds) << ", copy bandwidth "
              << FormatBytes(static_cast<uint64_t>(copy)) << "/s\n";
  for (const Case &c : cases)
    for (const Phase *phase : {&c.prefill, &c.decode})
      streams.out << absl::StreamFormat(
          "%-8s %5d tokens, %4d per step: %10.2f tokens/s; a step reads %s of "
          "weights, %s/s, %.1f%% of the copy bandwidth\n",
          phase->name, phase->tokens, phase->step, phase->TokensPerSecond(),
          FormatBytes(phase->weight_bytes),
          FormatBytes(static_cast<uint64_t>(phase->BytesPerSecond())),
          100 * phase->BytesPerSecond() / copy);
  for (const Case &c : cases)
    for (const Phase *phase : {&c.prefill, &c.decode})
      streams.out << ProfileTable(*session, *phase);
  return 0;
}

} // namespace

std::unique_ptr<Command> MakeBenchCommand() {
  return std::make_unique<BenchCommand>();
}

} // namespace dsv4run
