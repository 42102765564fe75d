//===- TokenCounts.cpp - How often tokens occurred ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/TokenCounts.h"

namespace dsv4run {

void TokenCounts::AddPrompt(absl::Span<const int32_t> tokens) {
  for (int32_t token : tokens)
    ++counts_[token].prompt;
}

void TokenCounts::AddGenerated(int32_t token) { ++counts_[token].generated; }

void TokenCounts::RemoveGenerated(int32_t token) {
  auto it = counts_.find(token);
  if (it == counts_.end() || it->second.generated == 0)
    return;
  if (--it->second.generated == 0 && it->second.prompt == 0)
    counts_.erase(it);
}

} // namespace dsv4run
