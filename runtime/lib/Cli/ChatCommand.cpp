//===- ChatCommand.cpp - dsv4-run chat ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Chat/ControlTokens.h"
#include "dsv4run/Cli/ChatPrinter.h"
#include "dsv4run/Cli/ChatSession.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Cli/GenerateOutput.h"
#include "dsv4run/Cli/GenerationConfig.h"
#include "dsv4run/Cli/Interrupt.h"
#include "dsv4run/Cli/LineReader.h"
#include "dsv4run/Cli/PromptProgress.h"
#include "dsv4run/Cli/RunFlags.h"
#include "dsv4run/Cli/SamplingFlags.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run chat model.dsv4 --weights DIR [options]

A conversation on the terminal. Type a message; the answer appears as it is
generated, reasoning dimmed. The state stays between turns, so that only new tokens
are computed. Ctrl-C stops an answer, and what was generated of it stays part of the
conversation. /help lists what can be typed besides messages; Ctrl-D leaves.

From a pipe, every line is a message or a command. NO_COLOR=1 turns colours off.

Sampling starts from generation_config.json beside the weights (temperature and
top-p 1 without one).

example: dsv4-run chat model.dsv4 --weights models/dsv4-shakespeare --think off --max-new-tokens 80
)";

constexpr absl::string_view kCommands =
    R"(/reset           forget the conversation, but not the system message
/system [TEXT]   show the system message, or set it ("-" removes it)
/think [WORD]    whether the model reasons first: on, off or max
/save FILE       write the conversation with its state to a file
/load FILE       go on with a conversation that was saved
/help            this list
/exit            leave; so does Ctrl-D
A line that ends in \ goes on in the next one. A message that starts with / is
typed with //. Ctrl-C stops an answer.
)";

class ChatCommand : public Command {
public:
  absl::string_view name() const override { return "chat"; }
  absl::string_view summary() const override {
    return "talk to the model on the terminal";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override;
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  static absl::Status Think(absl::string_view word, ChatOptions &options);
  absl::StatusOr<TurnSettings> MakeSettings(const Tokenizer &tokenizer) const;
  /// Until the end of the input; false if anything failed on the way.
  absl::StatusOr<bool> Talk(CliStreams &streams);
  bool ReadMessage(LineReader &reader, CliStreams &streams, std::string &text);
  /// False for /exit.
  absl::StatusOr<bool> RunSlash(const std::string &line, CliStreams &streams);
  absl::Status Reply(const std::string &message, CliStreams &streams);
  absl::StatusOr<ModelIdentity> Identity();
  absl::Status Load(const std::string &path, CliStreams &streams);
  void Note(CliStreams &streams, const std::string &text) const;

  ModelOptions model_;
  RunFlags run_;
  SamplingFlags sampling_;
  std::string system_, think_ = "on", load_, tokenizer_path_;
  std::optional<int64_t> max_new_tokens_;

  LoadedModel loaded_;
  std::unique_ptr<ChatSession> chat_;
  TurnSettings settings_;
};

void ChatCommand::AddOptions(OptionTable &table) {
  model_.AddTo(table);
  table.Text("system", "TEXT", &system_, "the system message");
  table.Text("think", "on|off|max", &think_,
             "whether the model reasons before it answers; default: on");
  table.Text("load", "FILE", &load_, "go on with a saved conversation");
  table.Text("tokenizer", "FILE", &tokenizer_path_,
             "default: tokenizer.json beside the weights");
  table.Integer("max-new-tokens", "N", &max_new_tokens_, 1, INT32_MAX,
                "of one answer; default: as long as the context has room");
  sampling_.AddTo(table);
  run_.AddTo(table);
}

absl::Status ChatCommand::Think(absl::string_view word, ChatOptions &options) {
  if (SetThinking(word, options))
    return absl::OkStatus();
  return UsageError(
      absl::StrCat("think: expected on, off or max, found \"", word, "\""));
}

absl::StatusOr<TurnSettings>
ChatCommand::MakeSettings(const Tokenizer &tokenizer) const {
  const schema::Model &description = *loaded_.model->manifest().model();
  DSV4RUN_ASSIGN_OR_RETURN(
      GenerationConfig config,
      ReadGenerationConfig(model_, static_cast<int32_t>(description.eos())));
  TurnSettings settings;
  settings.sampling = sampling_.Choose(config);
  settings.stop = sampling_.stop;
  settings.stop_ids = config.stop_ids;
  // A model that goes on with the next turn itself has ended its own (spec 7).
  for (const char *token : {control::kBos, control::kUser, control::kAssistant})
    if (std::optional<int32_t> id = tokenizer.FindAddedToken(token))
      settings.stop_ids.push_back(*id);
  settings.max_new_tokens = max_new_tokens_.value_or(INT32_MAX);
  settings.drafts = run_.drafts();
  settings.interrupted = InterruptScope::Interrupted;
  return settings;
}

void ChatCommand::Note(CliStreams &streams, const std::string &text) const {
  if (run_.quiet)
    return;
  streams.err << (streams.color ? "\x1b[2m" : "") << text
              << (streams.color ? "\x1b[0m" : "") << "\n"
              << std::flush;
}

absl::StatusOr<ModelIdentity> ChatCommand::Identity() {
  return IdentifyModel(*loaded_.model, *loaded_.weights);
}

absl::Status ChatCommand::Load(const std::string &path, CliStreams &streams) {
  DSV4RUN_ASSIGN_OR_RETURN(ModelIdentity identity, Identity());
  DSV4RUN_ASSIGN_OR_RETURN(bool taken, chat_->Load(path, identity));
  const Conversation &conversation = chat_->conversation();
  Note(streams,
       absl::StrCat("loaded ", conversation.messages.size(), " messages, ",
                    conversation.history().tokens.size(), " tokens",
                    taken ? ""
                          : "; saved without drafts, so the next turn computes "
                            "them again"));
  return absl::OkStatus();
}

absl::StatusOr<bool> ChatCommand::RunSlash(const std::string &line,
                                           CliStreams &streams) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const absl::string_view command = parts.first;
  const std::string argument(absl::StripAsciiWhitespace(parts.second));
  Conversation &conversation = chat_->conversation();
  if (command == "/exit" || command == "/quit")
    return false;
  if (command == "/help") {
    streams.out << kCommands << std::flush;
  } else if (command == "/reset") {
    conversation.Reset();
    Note(streams, "the conversation is empty");
  } else if (command == "/system") {
    if (!argument.empty())
      conversation.set_system(argument == "-" ? "" : argument);
    const std::string *system = conversation.system();
    streams.out << (system ? absl::StrCat("system message: ", *system)
                           : "no system message")
                << "\n"
                << std::flush;
  } else if (command == "/think") {
    if (!argument.empty())
      DSV4RUN_RETURN_IF_ERROR(Think(argument, conversation.options));
    streams.out << "think: " << ThinkingWord(conversation.options) << "\n"
                << std::flush;
  } else if (command == "/save" || command == "/load") {
    if (argument.empty())
      return UsageError(absl::StrCat(command, " needs a file name"));
    if (command == "/load") {
      DSV4RUN_RETURN_IF_ERROR(Load(argument, streams));
    } else {
      DSV4RUN_ASSIGN_OR_RETURN(ModelIdentity identity, Identity());
      DSV4RUN_RETURN_IF_ERROR(chat_->Save(argument, identity));
      Note(streams, absl::StrCat("saved to ", argument));
    }
  } else {
    return UsageError(
        absl::StrCat("unknown command ", command, "; /help lists them"));
  }
  return true;
}

absl::Status ChatCommand::Reply(const std::string &message,
                                CliStreams &streams) {
  ChatPrinter printer(streams.out, streams.color);
  PromptProgress progress(streams, run_.quiet);
  settings_.on_progress = [&](int64_t done, int64_t total) {
    progress.Show(done, total);
  };
  absl::StatusOr<Turn> turn = chat_->Reply(
      message, settings_,
      [&](const std::vector<ChatDelta> &deltas) { printer.Print(deltas); });
  settings_.on_progress = nullptr;
  progress.Clear();
  printer.Finish();
  DSV4RUN_RETURN_IF_ERROR(turn.status());
  if (streams.out.fail())
    return absl::OkStatus();
  const FinishReason reason = turn->generation.finish_reason;
  if (!turn->answered) {
    Note(streams, "interrupted before the answer; the message was taken back");
    return absl::OkStatus();
  }
  std::string summary = Summary(turn->prompt_tokens, turn->generation);
  summary.pop_back(); // the newline
  Note(streams, summary);
  if (reason == FinishReason::kContext)
    Note(streams, "the context is full: /reset starts anew");
  return absl::OkStatus();
}

bool ChatCommand::ReadMessage(LineReader &reader, CliStreams &streams,
                              std::string &text) {
  text.clear();
  const bool prompts = streams.terminal >= 0;
  for (bool more = true; more;) {
    if (prompts)
      streams.out << (text.empty() ? "> " : ". ") << std::flush;
    std::string line;
    switch (reader.Read(line)) {
    case LineReader::Outcome::kEnd:
      if (prompts)
        streams.out << "\n" << std::flush;
      return !text.empty();
    case LineReader::Outcome::kInterrupted:
      InterruptScope::Clear();
      streams.out << "\n" << std::flush;
      Note(streams, "Ctrl-D or /exit leaves");
      text.clear();
      continue;
    case LineReader::Outcome::kLine:
      break;
    }
    more = absl::EndsWith(line, "\\");
    if (more)
      line.back() = '\n';
    text += line;
  }
  text = ReplaceInvalidUtf8(text);
  return true;
}

absl::StatusOr<bool> ChatCommand::Talk(CliStreams &streams) {
  LineReader reader(streams);
  std::string text;
  bool all_well = true;
  while (!streams.out.fail() && ReadMessage(reader, streams, text)) {
    if (absl::StripAsciiWhitespace(text).empty())
      continue;
    absl::StatusOr<bool> more = true;
    if (absl::StartsWith(text, "/") && !absl::StartsWith(text, "//"))
      more = RunSlash(text, streams);
    else if (absl::Status status =
                 Reply(text.substr(absl::StartsWith(text, "//")), streams);
             !status.ok())
      more = status;
    InterruptScope::Clear();
    if (!more.ok()) {
      all_well = false;
      streams.err << "error: " << more.status().message() << "\n" << std::flush;
    } else if (!*more) {
      break;
    }
  }
  return all_well;
}

absl::StatusOr<int> ChatCommand::Run(std::vector<std::string> &positional,
                                     CliStreams &streams) {
  DSV4RUN_RETURN_IF_ERROR(model_.Finish(positional));
  DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
  DSV4RUN_RETURN_IF_ERROR(run_.Finish());
  DSV4RUN_RETURN_IF_ERROR(sampling_.Finish());
  ChatOptions options;
  DSV4RUN_RETURN_IF_ERROR(Think(think_, options));
  DSV4RUN_ASSIGN_OR_RETURN(
      std::unique_ptr<Tokenizer> tokenizer,
      LoadTokenizer(model_, tokenizer_path_, /*required=*/true));
  ChatTexts texts;
  if (!model_.synthetic()) {
    DSV4RUN_ASSIGN_OR_RETURN(texts, LoadChatTexts(WeightsDirectory(model_)));
  }
  model_.progress = !run_.quiet;
  DSV4RUN_ASSIGN_OR_RETURN(loaded_, LoadModel(model_));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                           Session::Create(*loaded_.model));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Drafter> drafter,
                           run_.MakeDrafter(*session));
  PrefixCache cache(run_.prefix_cache_bytes());
  Engine engine(*session, drafter.get(), cache.max_bytes() ? &cache : nullptr);
  DSV4RUN_ASSIGN_OR_RETURN(settings_, MakeSettings(*tokenizer));
  if (run_.verbose)
    streams.err << Describe(loaded_, *session)
                << "seed: " << settings_.sampling.seed << "\n";
  DSV4RUN_ASSIGN_OR_RETURN(chat_,
                           ChatSession::Create(engine, drafter != nullptr,
                                               *tokenizer, std::move(texts)));
  // It refers to what lives in this function.
  auto close = absl::MakeCleanup([&] { chat_.reset(); });
  InterruptScope interrupts;
  chat_->conversation().options = options;
  chat_->conversation().set_system(system_);
  if (!load_.empty())
    DSV4RUN_RETURN_IF_ERROR(Load(load_, streams));
  if (streams.terminal >= 0)
    Note(streams,
         absl::StrCat(loaded_.model->manifest().model()->name()->str(),
                      ", think ", ThinkingWord(chat_->conversation().options),
                      "; /help lists commands, Ctrl-D leaves"));
  DSV4RUN_ASSIGN_OR_RETURN(bool all_well, Talk(streams));
  return all_well ? 0 : 1;
}

} // namespace

std::unique_ptr<Command> MakeChatCommand() {
  return std::make_unique<ChatCommand>();
}

} // namespace dsv4run
