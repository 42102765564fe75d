//===- ChatOutputFuzzer.cpp - What a model may write ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Chat/ChatOutputParser.h"

using namespace dsv4run;

namespace {

/// Joins what was given out.
struct Collected {
  ChatMessage message;

  void Add(const std::vector<ChatDelta> &deltas) {
    for (const ChatDelta &delta : deltas)
      switch (delta.kind) {
      case ChatDelta::Kind::kReasoning:
        message.reasoning_content += delta.text;
        break;
      case ChatDelta::Kind::kContent:
        message.content += delta.text;
        break;
      case ChatDelta::Kind::kToolCall:
        fuzz::Check(delta.call == message.tool_calls.size(),
                    "calls come in order");
        message.tool_calls.push_back({"", delta.text, ""});
        break;
      case ChatDelta::Kind::kToolArguments:
        fuzz::Check(delta.call + 1 == message.tool_calls.size(),
                    "arguments belong to the open call");
        message.tool_calls.back().arguments += delta.text;
        break;
      }
  }
};

bool Same(const ChatMessage &a, const ChatMessage &b) {
  bool same = a.content == b.content &&
              a.reasoning_content == b.reasoning_content &&
              a.tool_calls.size() == b.tool_calls.size();
  for (size_t i = 0; same && i < a.tool_calls.size(); ++i)
    same = a.tool_calls[i].name == b.tool_calls[i].name &&
           a.tool_calls[i].arguments == b.tool_calls[i].arguments;
  return same;
}

} // namespace

/// The first byte chooses the mode and how the rest is cut into pieces.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  ChatMode mode = data[0] & 1 ? ChatMode::kThinking : ChatMode::kChat;
  bool stopped = data[0] & 2;
  size_t step = 1 + (data[0] >> 2) % 16;
  absl::string_view text = fuzz::AsText(data + 1, size - 1);

  ChatOutputParser whole(mode), pieces(mode);
  Collected collected;
  whole.Push(text);
  whole.Finish(stopped);
  for (size_t at = 0; at < text.size(); at += step)
    collected.Add(pieces.Push(text.substr(at, step)));
  collected.Add(pieces.Finish(stopped));
  fuzz::Check(Same(whole.message(), pieces.message()), "cuts do not matter");
  fuzz::Check(Same(collected.message, pieces.message()),
              "the pieces make up the message");
  fuzz::Check(whole.well_formed() == pieces.well_formed() &&
                  whole.well_formed().size() ==
                      whole.message().tool_calls.size(),
              "every call is judged, and cuts do not matter");
  fuzz::Check(whole.deviations().size() == pieces.deviations().size(),
              "deviations do not depend on cuts");
  for (const std::string &deviation : whole.deviations())
    fuzz::CheckError(absl::InvalidArgumentError(deviation));

  absl::StatusOr<ChatMessage> strict = ParseChatOutput(text, mode);
  if (strict.ok())
    fuzz::Check(Same(*strict, whole.message()),
                "both parsers agree on well-formed output");
  else
    fuzz::CheckError(strict.status());
  return 0;
}
