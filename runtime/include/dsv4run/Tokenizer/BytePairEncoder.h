//===- BytePairEncoder.h - Byte-pair encoding of one piece ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_BYTEPAIRENCODER_H
#define DSV4RUN_TOKENIZER_BYTEPAIRENCODER_H

#include <array>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// Splits a piece into bytes and repeatedly merges the adjacent pair of lowest
/// rank, the leftmost on ties. Takes O(n log n) for n bytes.
class BytePairEncoder {
public:
  /// `byte_tokens` are the tokens of the 256 single bytes.
  explicit BytePairEncoder(const std::array<int32_t, 256> &byte_tokens)
      : byte_tokens_(byte_tokens) {}

  /// Merging left and right gives `merged`; ranks are given in rising order. Of
  /// two merges of the same pair the later one counts, as in the reference.
  void AddMerge(int32_t left, int32_t right, int32_t merged);

  /// Appends the tokens of `piece`.
  void Encode(absl::string_view piece, std::vector<int32_t> &tokens) const;

private:
  struct Merge {
    uint32_t rank;
    int32_t merged;
  };
  /// Null if the pair has no merge.
  const Merge *Find(int32_t left, int32_t right) const;
  void EncodeShort(absl::string_view piece, std::vector<int32_t> &tokens) const;
  void EncodeLong(absl::string_view piece, std::vector<int32_t> &tokens) const;

  std::array<int32_t, 256> byte_tokens_;
  absl::flat_hash_map<uint64_t, Merge> merges_;
  uint32_t next_rank_ = 0;
};

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_BYTEPAIRENCODER_H
