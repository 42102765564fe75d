//===- GenerateCommand.cpp - dsv4-run [generate] --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Cli/BatchFile.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Cli/GenerateOutput.h"
#include "dsv4run/Cli/GenerationConfig.h"
#include "dsv4run/Cli/Interrupt.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Cli/PromptProgress.h"
#include "dsv4run/Cli/RunFlags.h"
#include "dsv4run/Cli/SamplingFlags.h"
#include "dsv4run/Cli/TextStream.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run [generate] model.dsv4 --weights DIR (--prompt TEXT | --prompt-file FILE | --tokens LIST | --batch FILE | -)

Continues a prompt. Text goes to stdout as it comes; progress and timing go to
stderr. "-" reads the prompt from stdin. Text needs a tokenizer.json, which is
looked for beside the weights; without one, token ids go in and out. A prompt is
taken as it is: special tokens are spelt out in it.

A generation ends at the end-of-sequence token, at a --stop text, after
--max-new-tokens, when the context is full, or with Ctrl-C (exit code 130).

--batch reads a JSON object per line, for example {"prompt": "ROMEO:", "seed": 1},
and runs as many at a time as the bundle has slots. Keys are prompt, tokens or
messages, id, and the options below that concern sampling and length, with _ for -.

Sampling starts from generation_config.json beside the weights (temperature and
top-p 1 without one).

examples:
  dsv4-run model.dsv4 --weights models/dsv4-shakespeare --prompt "ROMEO:" --greedy
  dsv4-run model.dsv4 --weights DIR --batch prompts.jsonl --json > results.jsonl
  dsv4-run model.dsv4 --weights DIR --prompt-file story.txt --draft 2 --temperature 0.6
)";

constexpr int64_t kDefaultNewTokens = 256;

class GenerateCommand : public Command {
public:
  absl::string_view name() const override { return "generate"; }
  absl::string_view summary() const override {
    return "continue a prompt (the default)";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override;
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  /// One prompt while it runs.
  struct Output {
    TextStream text;
    GenerateResult result;
  };

  absl::Status Check(std::vector<std::string> &positional);
  bool TextPrompt() const { return tokens_.empty() && batch_.empty(); }
  absl::StatusOr<std::vector<PromptSpec>> ReadPrompts(CliStreams &streams);
  absl::Status CheckSpec(size_t index, const Engine &engine) const;
  absl::StatusOr<std::vector<GenerationRequest>>
  MakeRequests(PromptProgress &progress, CliStreams &streams);
  absl::StatusOr<bool> TakeToken(size_t index, const NewToken &token,
                                 CliStreams &streams);
  absl::Status Finish(size_t index, Generation generation,
                      PromptProgress &progress, CliStreams &streams);
  absl::Status Write(size_t index, CliStreams &streams);

  ModelOptions model_;
  RunFlags run_;
  SamplingFlags sampling_;
  std::string prompt_, prompt_file_, tokens_, batch_, tokenizer_path_;
  std::optional<int64_t> max_new_tokens_, logprobs_;
  bool json_ = false, from_stdin_ = false;
  OptionTable *table_ = nullptr;

  std::unique_ptr<Tokenizer> tokenizer_;
  LoadedModel loaded_;
  GenerationConfig config_;
  std::vector<PromptSpec> specs_;
  std::vector<SamplingOptions> samplings_;
  std::vector<Output> outputs_;
  std::vector<bool> complete_;
  size_t written_ = 0; ///< results written, in the order of the prompts
};

void GenerateCommand::AddOptions(OptionTable &table) {
  table_ = &table;
  model_.AddTo(table);
  table.Text("prompt", "TEXT", &prompt_, "the text to continue");
  table.Text("prompt-file", "FILE", &prompt_file_, "a file with that text");
  table.Text("tokens", "LIST", &tokens_,
             "the prompt as ids separated by commas");
  table.Text("batch", "FILE", &batch_,
             "prompts as lines of JSON; \"-\" is stdin");
  table.Text("tokenizer", "FILE", &tokenizer_path_,
             "default: tokenizer.json beside the weights");
  table.Integer("max-new-tokens", "N", &max_new_tokens_, 1, INT32_MAX,
                absl::StrCat("default: ", kDefaultNewTokens));
  sampling_.AddTo(table);
  table.Flag("json", &json_,
             "a line of JSON per prompt: ids, text, finish reason, timings");
  table.Integer("logprobs", "N", &logprobs_, 0, 1000,
                "with --json: the log-probability of every new token, and of\n"
                "the N most probable ones in its place");
  run_.AddTo(table);
}

absl::Status GenerateCommand::Check(std::vector<std::string> &positional) {
  DSV4RUN_RETURN_IF_ERROR(model_.Finish(positional));
  if (!positional.empty() && positional.front() == "-") {
    from_stdin_ = true;
    positional.erase(positional.begin());
  }
  DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
  int sources = from_stdin_;
  for (const char *option : {"prompt", "prompt-file", "tokens", "batch"})
    sources += table_->Given(option);
  if (sources != 1)
    return UsageError("expected one of --prompt TEXT, --prompt-file FILE, "
                      "--tokens LIST, --batch FILE and -");
  if (logprobs_ && !json_)
    return UsageError("--logprobs goes with --json");
  DSV4RUN_RETURN_IF_ERROR(run_.Finish());
  return sampling_.Finish();
}

absl::StatusOr<std::string> ReadWhole(std::istream &in) {
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad())
    return absl::DataLossError("stdin could not be read");
  return text;
}

absl::StatusOr<std::string> ReadTextFile(const std::string &path) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  return std::string(reinterpret_cast<const char *>(file.bytes().data()),
                     file.bytes().size());
}

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

absl::StatusOr<std::vector<PromptSpec>>
GenerateCommand::ReadPrompts(CliStreams &streams) {
  PromptSpec spec;
  spec.sampling = sampling_;
  spec.max_new_tokens = max_new_tokens_.value_or(kDefaultNewTokens);
  if (!batch_.empty()) {
    absl::StatusOr<std::string> text =
        batch_ == "-" ? ReadWhole(streams.in) : ReadTextFile(batch_);
    DSV4RUN_RETURN_IF_ERROR(text.status());
    TextTools tools;
    tools.tokenizer = tokenizer_.get();
    if (!model_.synthetic()) {
      DSV4RUN_ASSIGN_OR_RETURN(tools.texts,
                               LoadChatTexts(WeightsDirectory(model_)));
    }
    return ParseBatch(*text, batch_ == "-" ? "stdin" : batch_, spec, tools);
  }
  if (!tokens_.empty()) {
    DSV4RUN_ASSIGN_OR_RETURN(spec.tokens, ParseTokenList(tokens_));
    return std::vector<PromptSpec>{std::move(spec)};
  }
  std::string text = prompt_;
  if (from_stdin_) {
    DSV4RUN_ASSIGN_OR_RETURN(text, ReadWhole(streams.in));
  } else if (!prompt_file_.empty()) {
    DSV4RUN_ASSIGN_OR_RETURN(text, ReadTextFile(prompt_file_));
  }
  DSV4RUN_ASSIGN_OR_RETURN(spec.tokens, tokenizer_->Encode(text));
  if (spec.tokens.empty())
    return UsageError("the prompt is empty");
  return std::vector<PromptSpec>{std::move(spec)};
}

absl::StatusOr<bool> GenerateCommand::TakeToken(size_t index,
                                                const NewToken &token,
                                                CliStreams &streams) {
  Output &output = outputs_[index];
  if (logprobs_) {
    DSV4RUN_ASSIGN_OR_RETURN(
        LogProbabilities entry,
        ComputeLogProbabilities(token.logits, token.id, *logprobs_));
    output.result.log_probabilities.push_back(std::move(entry));
  }
  DSV4RUN_ASSIGN_OR_RETURN(std::string text, output.text.Push(token.id));
  if (!json_ && specs_.size() == 1) {
    streams.out << text << std::flush;
    if (streams.out.fail())
      return absl::DataLossError("the output could not be written");
  }
  output.result.text += text;
  return !output.text.stopped();
}

absl::Status GenerateCommand::Write(size_t index, CliStreams &streams) {
  const PromptSpec &spec = specs_[index];
  const GenerateResult &result = outputs_[index].result;
  if (json_) {
    streams.out << ResultJson(spec, result, tokenizer_.get(), samplings_[index],
                              loaded_.seconds)
                       .dump()
                << "\n";
  } else if (specs_.size() == 1) {
    streams.out << "\n";
  } else {
    std::string name = spec.id.is_null()     ? absl::StrCat(index + 1)
                       : spec.id.is_string() ? spec.id.get<std::string>()
                                             : spec.id.dump();
    streams.out << (index ? "\n" : "") << "==> " << name << " <==\n"
                << result.text << "\n";
  }
  streams.out.flush();
  return streams.out.fail()
             ? absl::DataLossError("the output could not be written")
             : absl::OkStatus();
}

absl::Status GenerateCommand::Finish(size_t index, Generation generation,
                                     PromptProgress &progress,
                                     CliStreams &streams) {
  Output &output = outputs_[index];
  progress.Clear();
  std::string rest = output.text.Finish();
  output.result.text += rest;
  if (!json_ && specs_.size() == 1)
    streams.out << rest;
  output.result.generation = std::move(generation);
  complete_[index] = true;
  for (; written_ < specs_.size() && complete_[written_]; ++written_)
    DSV4RUN_RETURN_IF_ERROR(Write(written_, streams));
  if (!run_.quiet && (!json_ || run_.verbose)) {
    if (specs_.size() > 1)
      streams.err << index + 1 << ": ";
    streams.err << Summary(specs_[index].tokens.size(),
                           output.result.generation);
  }
  return absl::OkStatus();
}

/// Everything that would end the run later, so that a batch fails before it has
/// cost anything.
absl::Status GenerateCommand::CheckSpec(size_t index,
                                        const Engine &engine) const {
  const PromptSpec &spec = specs_[index];
  absl::Status status = engine.CheckPrompt(spec.tokens);
  status.Update(Sampler::Create(samplings_[index]).status());
  const int64_t vocab = loaded_.model->manifest().model()->vocab();
  for (const auto &bias : samplings_[index].logit_bias)
    if (bias.first >= vocab)
      status.Update(absl::InvalidArgumentError(
          absl::StrCat("logit bias of token ", bias.first,
                       "; the vocabulary has ids 0 to ", vocab - 1)));
  if (status.ok() || specs_.size() == 1)
    return status;
  return absl::Status(status.code(), absl::StrCat("prompt ", index + 1, ": ",
                                                  status.message()));
}

absl::StatusOr<std::vector<GenerationRequest>>
GenerateCommand::MakeRequests(PromptProgress &progress, CliStreams &streams) {
  std::vector<GenerationRequest> requests;
  for (size_t i = 0; i < specs_.size(); ++i) {
    const PromptSpec &spec = specs_[i];
    if (!tokenizer_ && !spec.sampling.stop.empty())
      return UsageError("--stop needs a tokenizer");
    DSV4RUN_ASSIGN_OR_RETURN(
        TextStream text,
        TextStream::Create(tokenizer_.get(), spec.sampling.stop));
    outputs_.push_back({std::move(text), {}});
    samplings_.push_back(spec.sampling.Choose(config_));
    GenerationRequest request;
    request.prompt = spec.tokens;
    request.sampling = samplings_.back();
    request.max_new_tokens = spec.max_new_tokens;
    request.stop_ids = config_.stop_ids;
    request.drafts = run_.drafts();
    request.prefill.on_progress = [&progress](int64_t done, int64_t total) {
      progress.Show(done, total);
    };
    request.prefill.interrupted = InterruptScope::Interrupted;
    request.on_token = [this, i, &streams](const NewToken &token) {
      return TakeToken(i, token, streams);
    };
    requests.push_back(std::move(request));
  }
  complete_.resize(specs_.size());
  return requests;
}

absl::StatusOr<int> GenerateCommand::Run(std::vector<std::string> &positional,
                                         CliStreams &streams) {
  DSV4RUN_RETURN_IF_ERROR(Check(positional));
  DSV4RUN_ASSIGN_OR_RETURN(
      tokenizer_, LoadTokenizer(model_, tokenizer_path_, TextPrompt()));
  DSV4RUN_ASSIGN_OR_RETURN(specs_, ReadPrompts(streams));
  model_.progress = !run_.quiet;
  DSV4RUN_ASSIGN_OR_RETURN(loaded_, LoadModel(model_));
  const schema::Model &description = *loaded_.model->manifest().model();
  DSV4RUN_ASSIGN_OR_RETURN(
      config_,
      ReadGenerationConfig(model_, static_cast<int32_t>(description.eos())));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(*loaded_.model));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Drafter> drafter,
                           run_.MakeDrafter(*session));
  // Only a further prompt can make use of it.
  PrefixCache cache(specs_.size() > 1 ? run_.prefix_cache_bytes() : 0);
  Engine engine(*session, drafter.get(), cache.max_bytes() ? &cache : nullptr);
  PromptProgress progress(streams, run_.quiet);
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<GenerationRequest> requests,
                           MakeRequests(progress, streams));
  for (size_t i = 0; i < specs_.size(); ++i)
    DSV4RUN_RETURN_IF_ERROR(CheckSpec(i, engine));
  if (run_.verbose) {
    streams.err << Describe(loaded_, *session);
    if (samplings_.size() == 1 && samplings_[0].temperature > 0)
      streams.err << "seed: " << samplings_[0].seed << "\n";
  }
  InterruptScope interrupts;
  DSV4RUN_RETURN_IF_ERROR(
      GenerateBatch(engine, requests, [&](size_t index, Generation generation) {
        return Finish(index, std::move(generation), progress, streams);
      }));
  return InterruptScope::Interrupted() ? kInterruptedExit : 0;
}

} // namespace

std::unique_ptr<Command> MakeGenerateCommand() {
  return std::make_unique<GenerateCommand>();
}

} // namespace dsv4run
