//===- SamplingFlags.cpp - How tokens are chosen, from the command line ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/SamplingFlags.h"

#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

absl::StatusOr<std::pair<int32_t, float>> ParseBias(const std::string &text) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  std::pair<int32_t, float> bias;
  if (!absl::SimpleAtoi(parts.first, &bias.first) || bias.first < 0 ||
      !absl::SimpleAtof(parts.second, &bias.second) || !(bias.second <= 3e38f))
    return UsageError(absl::StrCat(
        "--logit-bias: expected ID=BIAS, a token id and a number or -inf, "
        "found \"",
        text, "\""));
  return bias;
}

} // namespace

void SamplingFlags::AddTo(OptionTable &table) {
  table.Flag("greedy", &greedy, "always take the most probable token");
  table.Real("temperature", "F", &temperature, 0, 100,
             "0 is greedy; default: generation_config.json, or 1");
  table.Real("top-p", "F", &top_p, 1e-6, 1,
             "sample from the most probable tokens that together reach this\n"
             "probability; default: generation_config.json, or 1");
  table.Integer("top-k", "N", &top_k, 0, INT32_MAX,
                "sample from the N most probable tokens; 0, the default: all");
  table.Real("min-p", "F", &min_p, 0, 1,
             "leave out tokens less probable than this share of the best one;\n"
             "default: 0");
  table.Real(
      "repetition-penalty", "F", &repetition_penalty, 1e-3, 1e3,
      "above 1 makes tokens that occurred, in the prompt or later, less\n"
      "probable: divides positive logits and multiplies negative ones;\n"
      "default: 1");
  table.Real("frequency-penalty", "F", &frequency_penalty, -100, 100,
             "subtracted from a token's logit for each time it was generated;\n"
             "default: 0");
  table.Real("presence-penalty", "F", &presence_penalty, -100, 100,
             "subtracted once if a token was generated; default: 0");
  table.List("logit-bias", "ID=BIAS", &bias_texts_,
             "add BIAS to the logit of token ID, -inf forbids it; repeatable");
  table.List("stop", "TEXT", &stop, "end in front of this text; repeatable");
  table.Integer("seed", "N", &seed, 0, INT64_MAX,
                "the same seed gives the same text; default: random");
}

absl::Status SamplingFlags::Finish() {
  if (greedy && (temperature || top_p || top_k || min_p || seed))
    return UsageError("--greedy takes the best token: no temperature, top-p, "
                      "top-k, min-p or seed goes with it");
  for (const std::string &text : bias_texts_) {
    DSV4RUN_ASSIGN_OR_RETURN(auto bias, ParseBias(text));
    for (const auto &earlier : logit_bias)
      if (earlier.first == bias.first)
        return UsageError(absl::StrCat("--logit-bias: token ", bias.first,
                                       " is given twice"));
    logit_bias.push_back(bias);
  }
  for (const std::string &text : stop)
    if (text.empty())
      return UsageError("--stop: expected a text, found none");
  return absl::OkStatus();
}

SamplingOptions SamplingFlags::Choose(const GenerationConfig &config) const {
  SamplingOptions sampling;
  double usual = config.do_sample ? config.temperature : 0;
  sampling.temperature =
      static_cast<float>(greedy ? 0 : temperature.value_or(usual));
  sampling.top_p = static_cast<float>(top_p.value_or(config.top_p));
  sampling.top_k = top_k.value_or(0);
  sampling.min_p = static_cast<float>(min_p.value_or(0));
  sampling.repetition_penalty =
      static_cast<float>(repetition_penalty.value_or(1));
  sampling.frequency_penalty =
      static_cast<float>(frequency_penalty.value_or(0));
  sampling.presence_penalty = static_cast<float>(presence_penalty.value_or(0));
  sampling.logit_bias = logit_bias;
  sampling.seed = seed ? static_cast<uint64_t>(*seed) : std::random_device()();
  return sampling;
}

} // namespace dsv4run
