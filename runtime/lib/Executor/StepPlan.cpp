//===- StepPlan.cpp - Cut a batch of tokens into program runs -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/StepPlan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

/// The smallest program that takes `tokens` and `rows`; -1 if there is none.
int SmallestFit(absl::Span<const ProgramSize> programs, int64_t tokens,
                int64_t rows) {
  int best = -1;
  for (size_t i = 0; i < programs.size(); ++i) {
    if (programs[i].tokens < tokens || programs[i].output_rows < rows)
      continue;
    if (best < 0 || programs[i].tokens < programs[best].tokens)
      best = static_cast<int>(i);
  }
  return best;
}

/// Batch indices with each sequence's tokens together, in stable order.
absl::StatusOr<std::vector<int>>
GroupBySequence(absl::Span<const Token> batch) {
  absl::flat_hash_map<int32_t, int> rank;
  absl::flat_hash_map<int32_t, int64_t> next;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Token &token = batch[i];
    rank.try_emplace(token.slot, static_cast<int>(rank.size()));
    auto [it, first] = next.try_emplace(token.slot, token.position);
    if (!first && it->second != token.position)
      return absl::InvalidArgumentError(absl::StrCat(
          "token ", i, " of the step is at position ", token.position,
          " of slot ", token.slot, "; expected position ", it->second));
    ++it->second;
  }
  std::vector<int> order(batch.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return std::make_pair(rank[batch[a].slot], a) <
           std::make_pair(rank[batch[b].slot], b);
  });
  return order;
}

} // namespace

absl::StatusOr<std::vector<StepChunk>>
PlanStep(absl::Span<const Token> batch, absl::Span<const int> wanted,
         absl::Span<const ProgramSize> programs,
         absl::FunctionRef<int64_t(int64_t first)> step_limit) {
  if (batch.empty())
    return absl::InvalidArgumentError("a step needs at least one token");
  std::vector<bool> is_wanted(batch.size(), false);
  for (int row : wanted) {
    if (row < 0 || row >= static_cast<int>(batch.size()))
      return absl::InvalidArgumentError(
          absl::StrCat("the logits of token ", row,
                       " are wanted; the step has ", batch.size(), " tokens"));
    if (is_wanted[row])
      return absl::InvalidArgumentError(
          absl::StrCat("the logits of token ", row, " are wanted twice"));
    is_wanted[row] = true;
  }
  auto order = GroupBySequence(batch);
  if (!order.ok())
    return order.status();

  std::vector<StepChunk> chunks;
  StepChunk chunk;
  int64_t of_sequence = 0, limit = 0;
  for (size_t i = 0; i < order->size(); ++i) {
    int index = (*order)[i];
    bool starts_sequence = chunk.tokens.empty() ||
                           batch[chunk.tokens.back()].slot != batch[index].slot;
    int64_t rows = chunk.output_rows.size() + is_wanted[index];
    int program = SmallestFit(programs, chunk.tokens.size() + 1, rows);
    if (!chunk.tokens.empty() &&
        (program < 0 || (!starts_sequence && of_sequence == limit))) {
      chunks.push_back(std::move(chunk));
      chunk = StepChunk();
      starts_sequence = true;
      program = SmallestFit(programs, 1, is_wanted[index]);
    }
    if (program < 0)
      return absl::FailedPreconditionError(
          "the bundle has no program that takes one token and its logits");
    if (starts_sequence) {
      of_sequence = 0;
      limit = step_limit(batch[index].position);
    }
    if (is_wanted[index])
      chunk.output_rows.push_back(static_cast<int>(chunk.tokens.size()));
    chunk.tokens.push_back(index);
    chunk.program = program;
    ++of_sequence;
  }
  chunks.push_back(std::move(chunk));
  return chunks;
}

} // namespace dsv4run
