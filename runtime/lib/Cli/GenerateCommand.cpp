//===- GenerateCommand.cpp - dsv4-run [generate] --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <filesystem>
#include <iterator>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/GenerateText.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Sampling/Sampler.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/StreamingDecoder.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "dsv4run/Tokenizer/Utf8.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run [generate] model.dsv4 --weights DIR (--prompt TEXT | --tokens LIST | -)

Continues a prompt. Text goes to stdout as it comes; progress and timing go to
stderr. "-" reads the prompt from stdin. Text needs a tokenizer.json, which is
looked for beside the weights; without one, token ids go in and out. Ends at the
end-of-sequence token, after --max-new-tokens or when the context is full.

Sampling starts from generation_config.json beside the weights (temperature and
top-p 1 without one). The same seed gives the same text.

example: dsv4-run model.dsv4 --weights models/dsv4-shakespeare --prompt "ROMEO:" --greedy

)";

constexpr int64_t kDefaultNewTokens = 256;

struct Options {
  ModelOptions model;
  std::string prompt, tokens, tokenizer;
  std::optional<int64_t> max_new_tokens, top_k, seed;
  std::optional<double> temperature, top_p, min_p;
  bool greedy = false, json = false, help = false;
  bool from_stdin = false, has_prompt = false;
};

absl::StatusOr<std::vector<int32_t>> ParseTokenList(const std::string &list) {
  std::vector<int32_t> ids;
  for (absl::string_view piece :
       absl::StrSplit(list, absl::ByAnyChar(", \t\n"), absl::SkipEmpty())) {
    int32_t id;
    if (!absl::SimpleAtoi(piece, &id))
      return UsageError(absl::StrCat(
          "--tokens: expected ids separated by commas, found \"", piece, "\""));
    ids.push_back(id);
  }
  if (ids.empty())
    return UsageError("--tokens: expected at least one id");
  return ids;
}

absl::Status ParseOptions(absl::Span<const std::string> arguments,
                          OptionTable &table, Options &options) {
  std::vector<std::string> positional;
  DSV4RUN_RETURN_IF_ERROR(table.Parse(arguments, &positional));
  if (options.help)
    return absl::OkStatus();
  for (const std::string &argument : arguments)
    options.has_prompt |=
        argument == "--prompt" || absl::StartsWith(argument, "--prompt=");
  DSV4RUN_RETURN_IF_ERROR(options.model.Finish(positional));
  if (!positional.empty() && positional.front() == "-") {
    options.from_stdin = true;
    positional.erase(positional.begin());
  }
  if (!positional.empty())
    return UsageError(
        absl::StrCat("unexpected argument \"", positional[0], "\""));
  if (options.from_stdin + options.has_prompt + !options.tokens.empty() != 1)
    return UsageError("expected one of --prompt TEXT, --tokens LIST and -");
  if (options.greedy && (options.temperature || options.top_p ||
                         options.top_k || options.min_p || options.seed))
    return UsageError("--greedy takes the best token: no temperature, top-p, "
                      "top-k, min-p or seed goes with it");
  return absl::OkStatus();
}

/// The directory of the checkpoint; empty for synthetic weights.
std::filesystem::path WeightsDirectory(const Options &options) {
  if (options.model.synthetic())
    return {};
  std::filesystem::path path = options.model.weights;
  return std::filesystem::is_directory(path) ? path : path.parent_path();
}

/// Null if there is no tokenizer and none was asked for.
absl::StatusOr<std::unique_ptr<Tokenizer>>
LoadTokenizer(const Options &options) {
  std::filesystem::path path = options.tokenizer;
  if (path.empty()) {
    path = WeightsDirectory(options) / "tokenizer.json";
    if (options.model.synthetic() || !std::filesystem::exists(path)) {
      if (options.tokens.empty())
        return absl::NotFoundError(absl::StrCat(
            "a text prompt needs a tokenizer: no tokenizer.json beside the "
            "weights (",
            options.model.weights,
            "); give --tokenizer FILE, or ids by --tokens"));
      return std::unique_ptr<Tokenizer>();
    }
  }
  return Tokenizer::Load(path.string());
}

/// What generation_config.json says.
struct GenerationConfig {
  std::vector<int32_t> stop_ids;
  bool do_sample = true;
  double temperature = 1, top_p = 1;
};

absl::StatusOr<GenerationConfig> ReadGenerationConfig(const Options &options,
                                                      int32_t eos) {
  GenerationConfig config;
  std::filesystem::path path =
      WeightsDirectory(options) / "generation_config.json";
  if (options.model.synthetic() || !std::filesystem::exists(path)) {
    config.stop_ids = {eos};
    return config;
  }
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document,
                           ReadJsonFile(path.string()));
  JsonNode root(document, path.string());
  DSV4RUN_RETURN_IF_ERROR(root.ExpectObject());
  auto add_id = [&](const JsonNode &node) -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(int64_t id, node.Int(0, INT32_MAX));
    config.stop_ids.push_back(static_cast<int32_t>(id));
    return absl::OkStatus();
  };
  if (std::optional<JsonNode> node = root.Find("eos_token_id")) {
    if (!node->value().is_array()) {
      DSV4RUN_RETURN_IF_ERROR(add_id(*node));
    } else {
      for (size_t i = 0; i < node->value().size(); ++i)
        DSV4RUN_RETURN_IF_ERROR(add_id(node->At(i)));
    }
  } else {
    config.stop_ids = {eos};
  }
  if (std::optional<JsonNode> node = root.Find("do_sample")) {
    DSV4RUN_ASSIGN_OR_RETURN(config.do_sample, node->Bool());
  }
  for (auto [key, target] : {std::pair("temperature", &config.temperature),
                             std::pair("top_p", &config.top_p)})
    if (std::optional<JsonNode> node = root.Find(key)) {
      if (!node->value().is_number())
        return node->Expected("a number");
      *target = node->value().get<double>();
    }
  return config;
}

SamplingOptions ChooseSampling(const Options &options,
                               const GenerationConfig &config) {
  SamplingOptions sampling;
  double temperature = config.do_sample ? config.temperature : 0;
  sampling.temperature = static_cast<float>(
      options.greedy ? 0 : options.temperature.value_or(temperature));
  sampling.top_p = static_cast<float>(options.top_p.value_or(config.top_p));
  sampling.top_k = options.top_k.value_or(0);
  sampling.min_p = static_cast<float>(options.min_p.value_or(0));
  sampling.seed = options.seed ? static_cast<uint64_t>(*options.seed)
                               : std::random_device()();
  return sampling;
}

/// Writes new tokens as they come: text, or ids where there is no tokenizer.
class TokenWriter {
public:
  TokenWriter(const Tokenizer *tokenizer, std::ostream &out) : out_(out) {
    if (tokenizer)
      decoder_.emplace(*tokenizer);
  }

  absl::Status Write(int32_t token) {
    std::string text;
    if (decoder_) {
      DSV4RUN_ASSIGN_OR_RETURN(text, decoder_->Push(token));
    } else {
      text = absl::StrCat(first_ ? "" : " ", token);
      first_ = false;
    }
    return Put(text);
  }

  absl::Status Finish() { return Put(decoder_ ? decoder_->Flush() : ""); }

private:
  absl::Status Put(const std::string &text) {
    out_ << ReplaceInvalidUtf8(text) << std::flush;
    if (out_.fail())
      return absl::DataLossError("the output could not be written");
    return absl::OkStatus();
  }

  std::ostream &out_;
  std::optional<StreamingDecoder> decoder_;
  bool first_ = true;
};

void ShowPromptProgress(CliStreams &streams, int64_t done, int64_t total) {
  if (streams.progress)
    streams.err << "\r\x1b[Kprompt " << done << "/" << total << " tokens"
                << (done == total ? "\r\x1b[K" : "") << std::flush;
}

nlohmann::json TimingsJson(const LoadedModel &loaded,
                           const Generation &generation, size_t prompt) {
  auto rate = [](double count, double seconds) {
    return seconds > 0 ? count / seconds : 0;
  };
  return {{"load_seconds", loaded.seconds},
          {"prompt_seconds", generation.prompt_seconds},
          {"prompt_tokens_per_second", rate(prompt, generation.prompt_seconds)},
          {"decode_seconds", generation.decode_seconds},
          {"decode_tokens_per_second",
           rate(generation.decode_steps, generation.decode_seconds)}};
}

void PrintTimings(CliStreams &streams, const LoadedModel &loaded,
                  const Generation &generation, size_t prompt) {
  streams.err << absl::StreamFormat(
      "loaded in %s; prompt: %d tokens in %s; new: %d tokens",
      FormatSeconds(loaded.seconds), prompt,
      FormatSeconds(generation.prompt_seconds), generation.tokens.size());
  if (generation.decode_steps)
    streams.err << absl::StreamFormat(
        ", %.2f tokens/s", generation.decode_steps / generation.decode_seconds);
  streams.err << " (" << generation.finish_reason << ")\n";
}

absl::StatusOr<int> Run(const Options &options, CliStreams &streams) {
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer,
                           LoadTokenizer(options));
  std::vector<int32_t> prompt;
  if (!options.tokens.empty()) {
    DSV4RUN_ASSIGN_OR_RETURN(prompt, ParseTokenList(options.tokens));
  } else {
    std::string text = options.prompt;
    if (options.from_stdin)
      text.assign(std::istreambuf_iterator<char>(streams.in), {});
    DSV4RUN_ASSIGN_OR_RETURN(prompt, tokenizer->Encode(text));
    if (prompt.empty())
      return UsageError("the prompt is empty");
  }

  DSV4RUN_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options.model));
  const schema::Model &description = *loaded.model->manifest().model();
  DSV4RUN_ASSIGN_OR_RETURN(
      GenerationConfig config,
      ReadGenerationConfig(options, static_cast<int32_t>(description.eos())));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(*loaded.model));

  DSV4RUN_ASSIGN_OR_RETURN(Sampler sampler,
                           Sampler::Create(ChooseSampling(options, config)));
  GenerationOptions generate;
  generate.max_new_tokens = options.max_new_tokens.value_or(kDefaultNewTokens);
  generate.stop_ids = config.stop_ids;
  generate.choose = [&](absl::Span<const float> logits, int64_t position) {
    return sampler.Sample(logits, static_cast<uint64_t>(position));
  };
  generate.on_prompt = [&](int64_t done, int64_t total) {
    ShowPromptProgress(streams, done, total);
  };
  TokenWriter writer(tokenizer.get(), streams.out);
  if (!options.json)
    generate.on_token = [&](int32_t token) { return writer.Write(token); };
  DSV4RUN_ASSIGN_OR_RETURN(Generation generation,
                           Generate(*session, prompt, generate));
  if (!options.json) {
    DSV4RUN_RETURN_IF_ERROR(writer.Finish());
    streams.out << "\n";
    PrintTimings(streams, loaded, generation, prompt.size());
    return 0;
  }
  nlohmann::json result = {
      {"prompt_tokens", prompt},
      {"tokens", generation.tokens},
      {"finish_reason", generation.finish_reason},
      {"timings", TimingsJson(loaded, generation, prompt.size())}};
  if (sampler.options().temperature > 0)
    result["seed"] = sampler.options().seed;
  if (tokenizer) {
    DSV4RUN_ASSIGN_OR_RETURN(std::string text,
                             tokenizer->Decode(generation.tokens));
    result["text"] = ReplaceInvalidUtf8(text);
  }
  streams.out << result.dump(2) << "\n";
  return 0;
}

} // namespace

absl::StatusOr<int> GenerateCommand(absl::Span<const std::string> arguments,
                                    CliStreams &streams) {
  Options options;
  OptionTable table;
  options.model.AddTo(table);
  table.Text("prompt", "TEXT", &options.prompt, "the text to continue");
  table.Text("tokens", "LIST", &options.tokens,
             "the prompt as ids separated by commas");
  table.Text("tokenizer", "FILE", &options.tokenizer,
             "default: tokenizer.json beside the weights");
  table.Integer("max-new-tokens", "N", &options.max_new_tokens, 1, INT32_MAX,
                absl::StrCat("default: ", kDefaultNewTokens));
  table.Flag("greedy", &options.greedy, "always take the best token");
  table.Real("temperature", "F", &options.temperature, 0, 100,
             "0 is greedy; default: generation_config.json, or 1");
  table.Real("top-p", "F", &options.top_p, 1e-6, 1,
             "sample from the likeliest tokens that reach this probability");
  table.Integer("top-k", "N", &options.top_k, 0, INT32_MAX,
                "sample from the N likeliest tokens; 0: all");
  table.Real("min-p", "F", &options.min_p, 0, 1,
             "leave out tokens below this share of the likeliest one");
  table.Integer("seed", "N", &options.seed, 0, INT64_MAX, "default: random");
  table.Flag("json", &options.json, "ids, text and timings as JSON at the end");
  table.Flag("help", &options.help, "this text");
  DSV4RUN_RETURN_IF_ERROR(ParseOptions(arguments, table, options));
  if (options.help) {
    streams.out << kHelp << table.Help();
    return 0;
  }
  return Run(options, streams);
}

} // namespace dsv4run
