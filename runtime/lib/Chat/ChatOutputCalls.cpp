//===- ChatOutputCalls.cpp - Tool calls in the model's text ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatOutputParser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsv4run/Chat/ControlTokens.h"
#include "dsv4run/Chat/PythonJson.h"
#include "dsv4run/Support/Json.h"

namespace dsv4run {
namespace {

/// Markers inside a block.
enum Tag { kEos, kCall, kEndCall, kParameter, kEndParameter, kEndBlock };
constexpr absl::string_view kTags[] = {
    control::kEos,        "<｜DSML｜invoke",     "</｜DSML｜invoke",
    "<｜DSML｜parameter", "</｜DSML｜parameter", "</｜DSML｜tool_calls>"};
constexpr int kTagCount = std::size(kTags);

} // namespace

void ChatOutputParser::DeviateInCall(absl::string_view expected,
                                     absl::string_view found) {
  Deviate(expected, found);
  well_formed_.back() = false;
}

void ChatOutputParser::ExpectGap(absl::string_view gap,
                                 absl::string_view expected) {
  if (gap != expected)
    Deviate(QuoteForMessage(expected), QuoteForMessage(gap));
}

void ChatOutputParser::StartCall(absl::string_view name) {
  Emit(ChatDelta::Kind::kToolCall, name);
  well_formed_.push_back(true);
  parameter_names_.clear();
  after_name_ = true;
}

void ChatOutputParser::EndCall(bool complete) {
  if (complete)
    Emit(ChatDelta::Kind::kToolArguments,
         parameter_names_.empty() ? "{}" : "}");
  else
    well_formed_.back() = false;
}

bool ChatOutputParser::StepBetweenCalls() {
  Found found = Find(kTags);
  if (found.marker < 0)
    return false;
  ExpectGap(pending().substr(0, found.position), ">\n");
  Skip(found.position);
  switch (found.marker) {
  case kEos:
    Deviate("the end of the tool calls", "the end of the sequence");
    saw_eos_ = true;
    state_ = State::kEnded;
    break;
  case kCall:
    state_ = State::kCallName;
    break;
  case kEndBlock:
    after_calls_ = true;
    state_ = State::kContent;
    break;
  default:
    Deviate("a tool call", QuoteForMessage(kTags[found.marker]));
  }
  Skip(kTags[found.marker].size());
  return true;
}

bool ChatOutputParser::StepCallName() {
  std::vector<absl::string_view> markers(std::begin(kTags), std::end(kTags));
  markers.push_back("\">");
  Found found = Find(markers);
  if (found.marker < 0)
    return false;
  absl::string_view text = pending().substr(0, found.position);
  absl::string_view name = absl::StripLeadingAsciiWhitespace(text);
  bool named = absl::ConsumePrefix(&name, "name=\"");
  StartCall(named ? name : "");
  if (!named || found.marker != kTagCount)
    DeviateInCall("name=\"NAME\"> of a tool call", QuoteForMessage(text));
  Skip(found.position + (found.marker == kTagCount ? 2 : 0));
  state_ = State::kBetweenParameters;
  return true;
}

bool ChatOutputParser::StepBetweenParameters() {
  Found found = Find(kTags);
  if (found.marker < 0)
    return false;
  absl::string_view gap = pending().substr(0, found.position);
  bool fits = after_name_ ? gap == "\n" || gap == "\n\n" : gap == ">\n";
  if (!fits)
    DeviateInCall(after_name_ ? "one or two newlines" : "\">\\n\"",
                  QuoteForMessage(gap));
  after_name_ = false;
  Skip(found.position);
  return HandleTag(found.marker);
}

/// A tag inside a call, at the front of the pending text.
bool ChatOutputParser::HandleTag(int marker) {
  switch (marker) {
  case kEos:
    DeviateInCall("the end of a tool call", "the end of the sequence");
    EndCall(/*complete=*/false);
    saw_eos_ = true;
    state_ = State::kEnded;
    break;
  case kParameter:
    state_ = State::kParameterHead;
    break;
  case kEndCall:
    EndCall(/*complete=*/true);
    state_ = State::kBetweenCalls;
    break;
  case kCall:
  case kEndBlock: // the call does not end: leave the tag to what follows it
    DeviateInCall("the end of a tool call", QuoteForMessage(kTags[marker]));
    EndCall(/*complete=*/true);
    after_calls_ = marker == kEndBlock;
    state_ = marker == kEndBlock ? State::kContent : State::kCallName;
    break;
  default: // an end of a parameter that was not begun
    DeviateInCall("a parameter", QuoteForMessage(kTags[marker]));
    state_ = State::kBetweenParameters;
  }
  Skip(kTags[marker].size());
  return true;
}

bool ChatOutputParser::StepParameterHead() {
  constexpr absl::string_view kString = "\" string=\"true\">",
                              kJson = "\" string=\"false\">";
  std::vector<absl::string_view> markers(std::begin(kTags), std::end(kTags));
  markers.push_back(kString);
  markers.push_back(kJson);
  Found found = Find(markers);
  if (found.marker < 0)
    return false;
  absl::string_view head = pending().substr(0, found.position);
  absl::string_view name = head;
  bool named = absl::ConsumePrefix(&name, " name=\"");
  if (found.marker < kTagCount) {
    // Its value, if any, is lost with it.
    DeviateInCall(" name=\"NAME\" string=\"true|false\"> of a parameter",
                  QuoteForMessage(head));
    Skip(found.position);
    if (found.marker != kEndParameter)
      return HandleTag(found.marker);
    Skip(kTags[kEndParameter].size());
    state_ = State::kBetweenParameters;
    return true;
  }
  bool repeated = std::find(parameter_names_.begin(), parameter_names_.end(),
                            name) != parameter_names_.end();
  skip_value_ = !named || repeated;
  if (!named)
    DeviateInCall("name=\"NAME\" of a parameter", QuoteForMessage(head));
  else if (repeated)
    DeviateInCall("each parameter once",
                  absl::StrCat(QuoteForMessage(name), " again"));
  string_value_ = found.marker == kTagCount;
  if (!skip_value_) {
    Emit(ChatDelta::Kind::kToolArguments,
         absl::StrCat(parameter_names_.empty() ? "{" : ", ", QuoteJson(name),
                      string_value_ ? ": \"" : ": "));
    parameter_names_.emplace_back(name);
  }
  Skip(found.position + markers[found.marker].size());
  state_ = State::kValue;
  return true;
}

bool ChatOutputParser::StepValue() {
  constexpr absl::string_view kEnds[] = {control::kEos, kTags[kEndParameter],
                                         "/｜DSML｜parameter"};
  Found found = Find(kEnds);
  std::string text = Take(found.position);
  if (!skip_value_ && string_value_) {
    std::string escaped;
    AppendJsonEscaped(text, escaped);
    text = std::move(escaped);
  }
  if (!skip_value_)
    Emit(ChatDelta::Kind::kToolArguments, text);
  if (found.marker < 0)
    return false;
  if (found.marker == 0)
    return HandleTag(kEos);
  if (!skip_value_ && string_value_)
    Emit(ChatDelta::Kind::kToolArguments, "\"");
  if (found.marker == 2)
    DeviateInCall("\"</｜DSML｜parameter\"", QuoteForMessage(kEnds[2]));
  Skip(kEnds[found.marker].size());
  state_ = State::kBetweenParameters;
  return true;
}

} // namespace dsv4run
