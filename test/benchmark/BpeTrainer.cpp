//===- BpeTrainer.cpp - Byte-pair merges from text ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BpeTrainer.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace dsv4run {
namespace {

struct Word {
  std::vector<int32_t> symbols;
  int64_t count;
};

struct Pair {
  int64_t count = 0;
  std::vector<uint32_t> words; // with repetitions, and some it has left
};

uint64_t Key(int32_t left, int32_t right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 |
         static_cast<uint32_t>(right);
}

class Trainer {
public:
  explicit Trainer(const absl::flat_hash_map<std::string, int64_t> &pieces) {
    std::vector<std::pair<std::string, int64_t>> sorted(pieces.begin(),
                                                        pieces.end());
    std::sort(sorted.begin(), sorted.end());
    for (const auto &[piece, count] : sorted) {
      Word word{{}, count};
      for (unsigned char byte : piece)
        word.symbols.push_back(byte);
      for (size_t i = 0; i + 1 < word.symbols.size(); ++i)
        Count(word.symbols[i], word.symbols[i + 1], count, words_.size());
      words_.push_back(std::move(word));
    }
    for (const auto &[key, pair] : pairs_)
      queue_.emplace(pair.count, ~key);
  }

  bool Merge(int32_t symbol, std::pair<int32_t, int32_t> &merge) {
    while (!queue_.empty()) {
      auto [count, inverted_key] = queue_.top();
      queue_.pop();
      auto it = pairs_.find(~inverted_key);
      if (it == pairs_.end() || count <= 0)
        continue;
      if (it->second.count != count) { // has changed since
        if (it->second.count > 0)
          queue_.emplace(it->second.count, inverted_key);
        continue;
      }
      uint64_t key = it->first;
      merge = {static_cast<int32_t>(key >> 32), static_cast<int32_t>(key)};
      std::vector<uint32_t> words = std::move(it->second.words);
      pairs_.erase(it);
      std::sort(words.begin(), words.end());
      words.erase(std::unique(words.begin(), words.end()), words.end());
      touched_.clear();
      for (uint32_t index : words)
        MergeIn(index, merge, symbol);
      for (uint64_t touched : touched_)
        if (auto pair = pairs_.find(touched);
            pair != pairs_.end() && pair->second.count > 0)
          queue_.emplace(pair->second.count, ~touched);
      return true;
    }
    return false;
  }

private:
  void Count(int32_t left, int32_t right, int64_t count, size_t word) {
    Pair &pair = pairs_[Key(left, right)];
    pair.count += count;
    if (count > 0)
      pair.words.push_back(word);
  }

  void MergeIn(uint32_t index, std::pair<int32_t, int32_t> merge,
               int32_t symbol) {
    Word &word = words_[index];
    std::vector<int32_t> &symbols = word.symbols;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      if (symbols[i] != merge.first || symbols[i + 1] != merge.second)
        continue;
      auto change = [&](int32_t left, int32_t right, int64_t count) {
        if (left == merge.first && right == merge.second)
          return; // the pair itself is gone
        Count(left, right, count, index);
        if (count > 0)
          touched_.push_back(Key(left, right));
      };
      if (i > 0) {
        change(symbols[i - 1], merge.first, -word.count);
        change(symbols[i - 1], symbol, word.count);
      }
      if (i + 2 < symbols.size()) {
        change(merge.second, symbols[i + 2], -word.count);
        change(symbol, symbols[i + 2], word.count);
      }
      symbols[i] = symbol;
      symbols.erase(symbols.begin() + i + 1);
    }
  }

  std::vector<Word> words_;
  absl::flat_hash_map<uint64_t, Pair> pairs_;
  /// By count, then by lower symbols: keys are inverted.
  std::priority_queue<std::pair<int64_t, uint64_t>> queue_;
  std::vector<uint64_t> touched_;
};

} // namespace

std::vector<std::pair<int32_t, int32_t>>
TrainBpe(const absl::flat_hash_map<std::string, int64_t> &pieces,
         size_t merges) {
  Trainer trainer(pieces);
  std::vector<std::pair<int32_t, int32_t>> result;
  std::pair<int32_t, int32_t> merge;
  while (result.size() < merges &&
         trainer.Merge(256 + static_cast<int32_t>(result.size()), merge))
    result.push_back(merge);
  return result;
}

} // namespace dsv4run
