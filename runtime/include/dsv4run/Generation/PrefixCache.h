//===- PrefixCache.h - Checkpoints that prompts can start from ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_GENERATION_PREFIXCACHE_H
#define DSV4RUN_GENERATION_PREFIXCACHE_H

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "dsv4run/Executor/StateImage.h"

namespace dsv4run {

/// Images of the state at boundaries of sequences, in host memory, as a tree: a
/// node's image has the entries behind its parent's. A prompt that starts with
/// the tokens of a node restarts there. When the images exceed the limit, those
/// that have not been used for longest go first, leaves before their parents.
class PrefixCache {
public:
  explicit PrefixCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  struct Match {
    int64_t length = 0;                     ///< tokens; 0 if there is none
    std::vector<const StateImage *> images; ///< for RestoreState
    absl::Span<const std::byte> carried;    ///< what the drafter kept
  };

  /// The longest sequence of at most `limit` tokens that `ids` start with and
  /// that has an image. Pointers are valid until the next Insert.
  Match Find(absl::Span<const int32_t> ids, int64_t limit);

  /// Keeps the state of the sequence `ids`. The image begins at the length that
  /// Find returns for `ids`, which is not all of them; otherwise nothing is
  /// kept.
  void Insert(absl::Span<const int32_t> ids, StateImage image,
              std::vector<std::byte> carried);

  uint64_t bytes() const { return bytes_; }
  uint64_t max_bytes() const { return max_bytes_; }
  void Clear();

private:
  struct Node {
    std::vector<int32_t> ids; ///< behind the parent's
    StateImage image;
    std::vector<std::byte> carried;
    uint64_t used = 0;
    std::vector<std::unique_ptr<Node>> children;

    uint64_t bytes() const;
  };

  /// Appends the nodes of the longest match below `node` to `path`.
  static void Descend(Node &node, absl::Span<const int32_t> ids, int64_t limit,
                      std::vector<Node *> &path);
  void Evict();

  uint64_t max_bytes_;
  uint64_t bytes_ = 0;
  uint64_t clock_ = 0;
  Node root_;
};

} // namespace dsv4run

#endif // DSV4RUN_GENERATION_PREFIXCACHE_H
