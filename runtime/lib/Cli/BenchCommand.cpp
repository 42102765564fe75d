//===- BenchCommand.cpp - dsv4-run bench ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/CountersFile.h"
#include "dsv4run/Cli/LoadModel.h"
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
against the bandwidth of a copy (bytes read plus bytes written) on the same threads
in the same run. Small models stay in the caches and can exceed it.

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

struct Options {
  ModelOptions model;
  std::optional<int64_t> prompt, decode, repetitions;
  bool profile = false, json = false, help = false;
};

/// One phase of the benchmark.
struct Phase {
  std::string name;
  int64_t tokens = 0, step = 0; ///< in all, and of one step
  std::vector<double> seconds;
  uint64_t weight_bytes = 0; ///< of one step

  double TokensPerSecond() const { return tokens / Median(seconds); }
  double BytesPerSecond() const {
    return static_cast<double>(weight_bytes) * tokens / step / Median(seconds);
  }
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

std::string ProfileTable(const Session &session) {
  std::string text;
  for (const auto &[index, profile] : session.profile()) {
    const schema::Program &program = *session.model().programs()[index].program;
    double total =
        std::accumulate(profile.seconds.begin(), profile.seconds.end(), 0.0);
    absl::StrAppendFormat(&text,
                          "\n%s for up to %d tokens: %d runs, %.3f ms each\n",
                          program.name()->str(), program.tokens(), profile.runs,
                          1e3 * total / profile.runs);
    for (size_t i = 0; i < profile.seconds.size(); ++i) {
      const schema::Launch &launch = *program.launches()->Get(i);
      absl::StrAppendFormat(&text, "%10.1f us %5.1f%%  %s\n",
                            1e6 * profile.seconds[i] / profile.runs,
                            100 * profile.seconds[i] / total,
                            launch.label() ? launch.label()->str() : "");
    }
  }
  return text;
}

nlohmann::json ProfileJson(const Session &session) {
  nlohmann::json programs = nlohmann::json::array();
  for (const auto &[index, profile] : session.profile()) {
    const schema::Program &program = *session.model().programs()[index].program;
    nlohmann::json launches = nlohmann::json::array();
    for (size_t i = 0; i < profile.seconds.size(); ++i) {
      const schema::Launch &launch = *program.launches()->Get(i);
      launches.push_back(
          {{"label", launch.label() ? launch.label()->str() : ""},
           {"seconds", profile.seconds[i] / profile.runs}});
    }
    programs.push_back({{"program", program.name()->str()},
                        {"tokens", program.tokens()},
                        {"runs", profile.runs},
                        {"launches", std::move(launches)}});
  }
  return programs;
}

absl::Status CheckLengths(const Model &model, int64_t prompt, int64_t decode) {
  int64_t context = model.pool_geometry().max_context;
  if (prompt + decode <= context)
    return absl::OkStatus();
  return UsageError(absl::StrCat("--prompt-tokens ", prompt,
                                 " and --decode-tokens ", decode,
                                 " exceed the bundle's context of ", context));
}

} // namespace

absl::StatusOr<int> BenchCommand(absl::Span<const std::string> arguments,
                                 CliStreams &streams) {
  Options options;
  OptionTable table;
  options.model.AddTo(table);
  options.model.AddCountersTo(table);
  table.Integer("prompt-tokens", "N", &options.prompt, 1, INT32_MAX,
                "default: 256, or half the context");
  table.Integer("decode-tokens", "N", &options.decode, 1, INT32_MAX,
                "default: 32, or a quarter of the context");
  table.Integer("repetitions", "N", &options.repetitions, 1, 1000,
                "default: 3");
  table.Flag("profile", &options.profile,
             "time of every launch; slows short launches down");
  table.Flag("json", &options.json, "machine-readable output");
  table.Flag("help", &options.help, "this text");
  std::vector<std::string> positional;
  DSV4RUN_RETURN_IF_ERROR(table.Parse(arguments, &positional));
  if (options.help) {
    streams.out << kHelp << table.Help();
    return 0;
  }
  DSV4RUN_RETURN_IF_ERROR(options.model.Finish(positional));
  if (!positional.empty())
    return UsageError(
        absl::StrCat("unexpected argument \"", positional[0], "\""));

  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options.model));
  const Model &model = *loaded.model;
  DSV4RUN_ASSIGN_OR_RETURN(
      ModelConfig config,
      ParseModelConfig(model.manifest().model()->config()->str(),
                       "config.json of the bundle"));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(model));
  if (options.profile)
    session->EnableProfile();

  int64_t context = model.pool_geometry().max_context;
  int64_t prompt =
      options.prompt.value_or(std::clamp<int64_t>(context / 2, 1, 256));
  int64_t decode =
      options.decode.value_or(std::clamp<int64_t>(context / 4, 1, 32));
  DSV4RUN_RETURN_IF_ERROR(CheckLengths(model, prompt, decode));
  DSV4RUN_ASSIGN_OR_RETURN(int64_t largest, model.LargestStep(kStepEntry));
  Phase phases[] = {{"prefill", prompt, std::min(prompt, largest), {}, 0},
                    {"decode", decode, 1, {}, 0}};
  for (Phase &phase : phases) {
    DSV4RUN_ASSIGN_OR_RETURN(int program, ProgramFor(model, phase.step));
    for (uint64_t bytes : WeightBytesOfLaunches(
             model, program, phase.step,
             static_cast<int64_t>(config.num_experts_per_tok)))
      phase.weight_bytes += bytes;
  }

  for (int64_t i = 0; i < options.repetitions.value_or(3); ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(int slot, session->AcquireSlot());
    auto release = absl::MakeCleanup([&] { session->ReleaseSlot(slot); });
    int64_t begin = 0;
    for (Phase &phase : phases) {
      DSV4RUN_ASSIGN_OR_RETURN(
          double seconds,
          RunTokens(*session, slot, begin, begin + phase.tokens, phase.step));
      phase.seconds.push_back(seconds);
      begin += phase.tokens;
    }
  }
  if (!options.model.counters.empty())
    DSV4RUN_RETURN_IF_ERROR(
        WriteCounters(*loaded.emulator, options.model.counters));
  double copy = MeasureCopyBandwidth(*loaded.pool);

  if (options.json) {
    nlohmann::json result = {
        {"device", std::string(loaded.device->description())},
        {"threads", loaded.pool->size()},
        {"load_seconds", loaded.seconds},
        {"copy_bytes_per_second", copy}};
    for (const Phase &phase : phases)
      result[phase.name] = {
          {"tokens", phase.tokens},
          {"tokens_per_step", phase.step},
          {"seconds", phase.seconds},
          {"tokens_per_second", phase.TokensPerSecond()},
          {"weight_bytes_per_step", phase.weight_bytes},
          {"weight_bytes_per_second", phase.BytesPerSecond()},
          {"share_of_copy_bandwidth", phase.BytesPerSecond() / copy}};
    if (options.profile)
      result["profile"] = ProfileJson(*session);
    streams.out << result.dump(2) << "\n";
    return 0;
  }
  streams.out << loaded.device->description() << ", weights loaded in "
              << FormatSeconds(loaded.seconds) << ", copy bandwidth "
              << FormatBytes(static_cast<uint64_t>(copy)) << "/s\n";
  for (const Phase &phase : phases)
    streams.out << absl::StreamFormat(
        "%-8s %5d tokens, %4d per step: %10.2f tokens/s; a step reads %s of "
        "weights, %s/s, %.1f%% of the copy bandwidth\n",
        phase.name, phase.tokens, phase.step, phase.TokensPerSecond(),
        FormatBytes(phase.weight_bytes),
        FormatBytes(static_cast<uint64_t>(phase.BytesPerSecond())),
        100 * phase.BytesPerSecond() / copy);
  if (options.profile)
    streams.out << ProfileTable(*session);
  return 0;
}

} // namespace dsv4run
