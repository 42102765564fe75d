//===- ChatRequestFuzzer.cpp - Messages and their prompts -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Chat/ChatEncoder.h"
#include "dsv4run/Chat/ChatRequest.h"

using namespace dsv4run;

namespace {

void CheckPrompt(const EncodedChat &prompt) {
  size_t end = 0;
  for (auto [begin, size] : prompt.control) {
    fuzz::Check(begin >= end && size > 0, "control tokens are in order");
    end = begin + size;
  }
  fuzz::Check(end <= prompt.text.size(), "control tokens are in the text");
  OutputMode(prompt);
}

void CheckJson(const ChatRequest &request) {
  std::string json = "[";
  for (const ChatMessage &message : request.messages)
    json += (json.size() > 1 ? "," : "") + ChatMessageToJson(message);
  absl::StatusOr<ChatRequest> again = ParseChatRequest(json + "]", "again");
  fuzz::Check(again.ok(), "messages can be written and read");
  fuzz::Check(again->messages.size() == request.messages.size(),
              "no message is lost");
  for (size_t i = 0; i < request.messages.size(); ++i)
    fuzz::Check(ChatMessageToJson(again->messages[i]) ==
                    ChatMessageToJson(request.messages[i]),
                "messages read back as they were");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::StatusOr<ChatRequest> request =
      ParseChatRequest(fuzz::AsText(data, size), "fuzz");
  if (!request.ok()) {
    fuzz::CheckError(request.status());
    return 0;
  }
  CheckJson(*request);
  const ChatTexts texts = {"<｜DSML｜<think>", "</think>", "format", "max"};
  const absl::Span<const ChatMessage> messages = request->messages;
  for (int variant = 0; variant < 8; ++variant) {
    ChatOptions options;
    options.mode = variant & 1 ? ChatMode::kChat : ChatMode::kThinking;
    options.drop_thinking = variant & 2;
    options.effort =
        variant & 2 ? ReasoningEffort::kMax : ReasoningEffort::kHigh;
    options.render_tools = !request->tools_forbidden;
    size_t context = variant & 4 ? messages.size() / 2 : 0;
    absl::StatusOr<EncodedChat> prompt =
        EncodeChat(messages.subspan(context), texts, options,
                   messages.subspan(0, context));
    if (prompt.ok())
      CheckPrompt(*prompt);
    else
      fuzz::CheckError(prompt.status());
  }
  return 0;
}
