//===- GenerateText.cpp - Continue a prompt -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/GenerateText.h"

#include <algorithm>
#include <chrono>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Logits of the last of some tokens.
absl::StatusOr<std::vector<float>>
Feed(Session &session, int slot, absl::Span<const int32_t> ids, bool wanted) {
  std::vector<Token> tokens;
  for (int32_t id : ids)
    tokens.push_back(
        {slot, id, session.length(slot) + static_cast<int64_t>(tokens.size())});
  int last = static_cast<int>(tokens.size()) - 1;
  RunRequest request;
  request.tokens = tokens;
  if (wanted)
    request.wanted = {&last, 1};
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session.Run(request));
  if (!wanted)
    return std::vector<float>();
  return result.outputs[std::string(kLogits)].ToFloats();
}

} // namespace

absl::StatusOr<Generation> Generate(Session &session,
                                    absl::Span<const int32_t> prompt,
                                    const GenerationOptions &options) {
  const int64_t context = session.pool().geometry().max_context;
  const auto total = static_cast<int64_t>(prompt.size());
  if (total == 0)
    return absl::InvalidArgumentError("the prompt has no tokens");
  if (total > context)
    return absl::OutOfRangeError(absl::StrCat(
        "the prompt has ", total, " tokens; this bundle's state holds ",
        context, " (--max-context when it was compiled)"));
  const int64_t vocab = session.model().manifest().model()->vocab();
  for (int64_t i = 0; i < total; ++i)
    if (prompt[i] < 0 || prompt[i] >= vocab)
      return absl::InvalidArgumentError(
          absl::StrCat("token ", i, " of the prompt has id ", prompt[i],
                       "; the vocabulary has ids 0 to ", vocab - 1));

  DSV4RUN_ASSIGN_OR_RETURN(int slot, session.AcquireSlot());
  auto release = absl::MakeCleanup([&] { session.ReleaseSlot(slot); });
  DSV4RUN_ASSIGN_OR_RETURN(int64_t step,
                           session.model().LargestStep(kStepEntry));
  Generation generation;
  Clock::time_point start = Clock::now();
  std::vector<float> logits;
  for (int64_t at = 0; at < total; at += step) {
    int64_t count = std::min(step, total - at);
    DSV4RUN_ASSIGN_OR_RETURN(
        logits,
        Feed(session, slot, prompt.subspan(at, count), at + count == total));
    if (options.on_prompt)
      options.on_prompt(at + count, total);
  }
  for (;;) {
    if (static_cast<int64_t>(generation.tokens.size()) ==
        options.max_new_tokens) {
      generation.finish_reason = "length";
      break;
    }
    DSV4RUN_ASSIGN_OR_RETURN(int32_t token,
                             options.choose(logits, session.length(slot)));
    if (generation.decode_steps == 0)
      generation.prompt_seconds = SecondsSince(start);
    if (std::find(options.stop_ids.begin(), options.stop_ids.end(), token) !=
        options.stop_ids.end()) {
      generation.finish_reason = "stop";
      break;
    }
    generation.tokens.push_back(token);
    if (options.on_token)
      DSV4RUN_RETURN_IF_ERROR(options.on_token(token));
    if (static_cast<int64_t>(generation.tokens.size()) ==
        options.max_new_tokens)
      continue;
    if (session.length(slot) == context) {
      generation.finish_reason = "context";
      break;
    }
    Clock::time_point step_start = Clock::now();
    DSV4RUN_ASSIGN_OR_RETURN(logits,
                             Feed(session, slot, {&token, 1}, /*wanted=*/true));
    generation.decode_seconds += SecondsSince(step_start);
    ++generation.decode_steps;
  }
  if (generation.decode_steps == 0)
    generation.prompt_seconds = SecondsSince(start);
  return generation;
}

} // namespace dsv4run
