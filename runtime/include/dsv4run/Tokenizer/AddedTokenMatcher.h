//===- AddedTokenMatcher.h - Literal tokens inside text -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_ADDEDTOKENMATCHER_H
#define DSV4RUN_TOKENIZER_ADDEDTOKENMATCHER_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// Finds added tokens, which are matched literally before anything else: the
/// leftmost, and of several at one position the longest (spec section 6.1).
class AddedTokenMatcher {
public:
  AddedTokenMatcher() : nodes_(1) { root_.fill(0); }

  /// `content` is not empty and was not added before.
  void Add(absl::string_view content, int32_t id);

  struct Match {
    size_t position, bytes;
    int32_t id;
  };

  /// The first match at or after `start`.
  std::optional<Match> Find(absl::string_view text, size_t start) const;

private:
  struct Node {
    int32_t id = -1;
  };
  /// Node 0 is the root and never a child.
  uint32_t Child(uint32_t node, unsigned char byte) const;

  std::vector<Node> nodes_;
  std::array<uint32_t, 256> root_; // children of the root, by byte
  absl::flat_hash_map<uint64_t, uint32_t> children_; // of the others
};

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_ADDEDTOKENMATCHER_H
