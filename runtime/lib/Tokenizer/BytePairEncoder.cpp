//===- BytePairEncoder.cpp - Byte-pair encoding of one piece --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/BytePairEncoder.h"

#include <functional>
#include <queue>
#include <tuple>

namespace dsv4run {
namespace {

// Up to this length scanning all ranks after each merge beats a queue.
constexpr size_t kShort = 32;
constexpr uint32_t kNoMerge = UINT32_MAX;

uint64_t Key(int32_t left, int32_t right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 |
         static_cast<uint32_t>(right);
}

} // namespace

void BytePairEncoder::AddMerge(int32_t left, int32_t right, int32_t merged) {
  merges_.insert_or_assign(Key(left, right), Merge{next_rank_++, merged});
}

const BytePairEncoder::Merge *BytePairEncoder::Find(int32_t left,
                                                    int32_t right) const {
  auto it = merges_.find(Key(left, right));
  return it == merges_.end() ? nullptr : &it->second;
}

void BytePairEncoder::Encode(absl::string_view piece,
                             std::vector<int32_t> &tokens) const {
  if (piece.size() <= kShort)
    EncodeShort(piece, tokens);
  else
    EncodeLong(piece, tokens);
}

void BytePairEncoder::EncodeShort(absl::string_view piece,
                                  std::vector<int32_t> &tokens) const {
  int32_t symbols[kShort];
  // merges[i] is that of symbols i and i + 1.
  Merge merges[kShort];
  auto refresh = [&](size_t i) {
    const Merge *merge = Find(symbols[i], symbols[i + 1]);
    merges[i] = merge ? *merge : Merge{kNoMerge, 0};
  };
  size_t size = piece.size();
  for (size_t i = 0; i < size; ++i)
    symbols[i] = byte_tokens_[static_cast<unsigned char>(piece[i])];
  for (size_t i = 0; i + 1 < size; ++i)
    refresh(i);
  while (size > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < size; ++i)
      if (merges[i].rank < merges[best].rank)
        best = i;
    if (merges[best].rank == kNoMerge)
      break;
    symbols[best] = merges[best].merged;
    --size;
    for (size_t i = best + 1; i < size; ++i) {
      symbols[i] = symbols[i + 1];
      merges[i - 1] = merges[i];
    }
    if (best + 1 < size)
      refresh(best);
    if (best > 0)
      refresh(best - 1);
  }
  tokens.insert(tokens.end(), symbols, symbols + size);
}

void BytePairEncoder::EncodeLong(absl::string_view piece,
                                 std::vector<int32_t> &tokens) const {
  // A doubly linked list of symbols; a merge keeps the left node.
  struct Node {
    int32_t symbol;
    uint32_t previous, next;
  };
  constexpr uint32_t kEnd = UINT32_MAX;
  std::vector<Node> nodes(piece.size());
  for (uint32_t i = 0; i < nodes.size(); ++i)
    nodes[i] = {byte_tokens_[static_cast<unsigned char>(piece[i])],
                i == 0 ? kEnd : i - 1, i + 1 == nodes.size() ? kEnd : i + 1};

  // Ordered by rank, then position. An entry is stale if its symbols changed.
  using Candidate = std::tuple<uint32_t, uint32_t, int32_t, int32_t, int32_t>;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  auto push = [&](uint32_t left) {
    if (left == kEnd || nodes[left].next == kEnd)
      return;
    int32_t a = nodes[left].symbol, b = nodes[nodes[left].next].symbol;
    if (const Merge *merge = Find(a, b))
      queue.emplace(merge->rank, left, a, b, merge->merged);
  };
  for (uint32_t i = 0; i < nodes.size(); ++i)
    push(i);
  while (!queue.empty()) {
    auto [rank, left, a, b, merged] = queue.top();
    queue.pop();
    uint32_t right = nodes[left].next;
    if (nodes[left].symbol != a || right == kEnd || nodes[right].symbol != b)
      continue;
    nodes[left].symbol = merged;
    nodes[left].next = nodes[right].next;
    if (nodes[right].next != kEnd)
      nodes[nodes[right].next].previous = left;
    nodes[right].symbol = -1; // makes its own candidates stale
    push(left);
    push(nodes[left].previous);
  }
  for (uint32_t i = 0; i != kEnd; i = nodes[i].next)
    tokens.push_back(nodes[i].symbol);
}

} // namespace dsv4run
