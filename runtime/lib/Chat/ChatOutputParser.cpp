//===- ChatOutputParser.cpp - The model's text as a message ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatOutputParser.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsv4run/Chat/ControlTokens.h"
#include "dsv4run/Support/Json.h"

namespace dsv4run {
namespace {

// Bounds what a stream of garbage can make of the list of deviations.
constexpr size_t kMaxDeviations = 100;

/// Markers in reasoning and content. The newlines in front of a block belong to
/// it; two are the format.
enum TextMarker { kEosMark, kEndThinkMark, kBlock, kBlockOneLine, kBlockBare };
constexpr absl::string_view kTextMarkers[] = {
    control::kEos, control::kEndThink, "\n\n<｜DSML｜tool_calls",
    "\n<｜DSML｜tool_calls", "<｜DSML｜tool_calls"};

} // namespace

ChatOutputParser::ChatOutputParser(ChatMode mode)
    : state_(mode == ChatMode::kThinking ? State::kReasoning
                                         : State::kContent) {
  message_.role = ChatRole::kAssistant;
}

absl::string_view ChatOutputParser::pending() const {
  return absl::string_view(buffer_).substr(at_);
}

std::string ChatOutputParser::Take(size_t size) {
  std::string text = buffer_.substr(at_, size);
  at_ += size;
  return text;
}

/// The first place where a marker is, or where one may begin at the end of what
/// has come so far. All of them begin with one of four characters.
ChatOutputParser::Found
ChatOutputParser::Find(absl::Span<const absl::string_view> markers) {
  const absl::string_view text = buffer_;
  constexpr char kFirst[] = "<\n\"/";
  for (size_t i = text.find_first_of(kFirst, std::max(at_, searched_));
       i != text.npos; i = text.find_first_of(kFirst, i + 1)) {
    absl::string_view rest = text.substr(i);
    for (size_t m = 0; m < markers.size(); ++m) {
      if (absl::StartsWith(rest, markers[m])) {
        searched_ = 0;
        return {i - at_, static_cast<int>(m)};
      }
      if (!finishing_ && absl::StartsWith(markers[m], rest)) {
        searched_ = i;
        return {i - at_, -1};
      }
    }
  }
  searched_ = text.size();
  return {text.size() - at_, -1};
}

void ChatOutputParser::Emit(ChatDelta::Kind kind, absl::string_view text) {
  size_t call = 0;
  switch (kind) {
  case ChatDelta::Kind::kReasoning:
    absl::StrAppend(&message_.reasoning_content, text);
    break;
  case ChatDelta::Kind::kContent:
    absl::StrAppend(&message_.content, text);
    break;
  case ChatDelta::Kind::kToolCall:
    call = message_.tool_calls.size();
    message_.tool_calls.emplace_back();
    message_.tool_calls.back().name = std::string(text);
    break;
  case ChatDelta::Kind::kToolArguments:
    call = message_.tool_calls.size() - 1;
    absl::StrAppend(&message_.tool_calls.back().arguments, text);
    break;
  }
  bool starts_call = kind == ChatDelta::Kind::kToolCall;
  if (text.empty() && !starts_call)
    return;
  if (!starts_call && !deltas_.empty() && deltas_.back().kind == kind)
    absl::StrAppend(&deltas_.back().text, text);
  else
    deltas_.push_back({kind, std::string(text), call});
}

void ChatOutputParser::Deviate(absl::string_view expected,
                               absl::string_view found) {
  if (deviations_.size() < kMaxDeviations)
    deviations_.push_back(absl::StrCat("byte ", buffer_offset_ + at_,
                                       ": expected ", expected, ", found ",
                                       found));
}

std::vector<ChatDelta> ChatOutputParser::Push(absl::string_view text) {
  absl::StrAppend(&buffer_, text);
  while (Step()) {
  }
  buffer_offset_ += at_;
  buffer_.erase(0, at_);
  searched_ -= std::min(searched_, at_);
  at_ = 0;
  return std::exchange(deltas_, {});
}

bool ChatOutputParser::Step() {
  switch (state_) {
  case State::kReasoning:
  case State::kContent:
    return StepText();
  case State::kBetweenCalls:
    return StepBetweenCalls();
  case State::kCallName:
    return StepCallName();
  case State::kBetweenParameters:
    return StepBetweenParameters();
  case State::kParameterHead:
    return StepParameterHead();
  case State::kValue:
    return StepValue();
  case State::kEnded:
    if (!pending().empty() && !std::exchange(stray_noted_, true))
      Deviate("nothing after the end of the sequence",
              QuoteForMessage(pending()));
    Skip(pending().size());
    return false;
  }
  return false;
}

/// Reasoning and content: all text up to a marker.
bool ChatOutputParser::StepText() {
  Found found = Find(kTextMarkers);
  bool reasoning = state_ == State::kReasoning;
  if (after_calls_ && state_ == State::kContent) {
    // Space behind a block means nothing; other text is content.
    absl::string_view text = pending().substr(0, found.position);
    absl::string_view stripped = absl::StripLeadingAsciiWhitespace(text);
    if (!text.empty() && !std::exchange(stray_noted_, true))
      Deviate("nothing after the tool calls", QuoteForMessage(text));
    Skip(text.size() - stripped.size());
    found.position = stripped.size();
    after_calls_ = stripped.empty();
  }
  Emit(reasoning ? ChatDelta::Kind::kReasoning : ChatDelta::Kind::kContent,
       Take(found.position));
  switch (found.marker) {
  case kEosMark:
    if (reasoning)
      Deviate("\"</think>\"", "the end of the sequence");
    saw_eos_ = true;
    stray_noted_ = false;
    Skip(kTextMarkers[kEosMark].size());
    state_ = State::kEnded;
    return true;
  case kEndThinkMark:
    if (!reasoning) {
      Deviate("no special token in the content", "\"</think>\"");
      Emit(ChatDelta::Kind::kContent, control::kEndThink);
    }
    Skip(kTextMarkers[kEndThinkMark].size());
    state_ = State::kContent;
    return true;
  case kBlock:
  case kBlockOneLine:
  case kBlockBare:
    if (reasoning)
      Deviate("\"</think>\" before tool calls", "a block of tool calls");
    if (found.marker != kBlock)
      Deviate("two newlines before the tool calls",
              found.marker == kBlockOneLine ? "one" : "none");
    Skip(kTextMarkers[found.marker].size());
    stray_noted_ = false;
    state_ = State::kBetweenCalls;
    return true;
  default:
    return false;
  }
}

std::vector<ChatDelta> ChatOutputParser::Finish(bool stopped) {
  // The beginning of a block's tag is no text.
  if (absl::StrContains(pending(), "<｜D") &&
      (state_ == State::kReasoning || state_ == State::kContent)) {
    Deviate("a block of tool calls", QuoteForMessage(pending()));
    Skip(pending().size());
  }
  finishing_ = true;
  while (Step()) {
  }
  stopped |= saw_eos_;
  switch (state_) {
  case State::kReasoning:
    Deviate("\"</think>\"", "the end of the output");
    break;
  case State::kContent:
    if (!stopped)
      Deviate("the end of the sequence", "the end of the output");
    break;
  case State::kBetweenCalls:
    Deviate("the end of the tool calls", "the end of the output");
    break;
  case State::kCallName:
    Deviate("the name of a tool call", "the end of the output");
    break;
  case State::kBetweenParameters:
  case State::kParameterHead:
  case State::kValue:
    DeviateInCall("the end of a tool call", "the end of the output");
    break;
  case State::kEnded:
    break;
  }
  for (const auto &[name, text] :
       {std::pair<absl::string_view, absl::string_view>(
            "reasoning", message_.reasoning_content),
        std::pair<absl::string_view, absl::string_view>("content",
                                                        message_.content)})
    for (absl::string_view token :
         {control::kBos, control::kEos, control::kThink, control::kDsml})
      if (absl::StrContains(text, token))
        Deviate(absl::StrCat("no special token in the ", name),
                QuoteForMessage(token));
  state_ = State::kEnded;
  Skip(pending().size());
  return std::exchange(deltas_, {});
}

absl::StatusOr<ChatMessage> ParseChatOutput(absl::string_view text,
                                            ChatMode mode) {
  ChatOutputParser parser(mode);
  parser.Push(text);
  parser.Finish(/*stopped=*/false);
  if (!parser.deviations().empty())
    return absl::InvalidArgumentError(
        absl::StrCat("output of the model: ", parser.deviations().front()));
  return parser.message();
}

} // namespace dsv4run
