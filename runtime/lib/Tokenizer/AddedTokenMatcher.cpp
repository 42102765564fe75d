//===- AddedTokenMatcher.cpp - Literal tokens inside text -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/AddedTokenMatcher.h"

namespace dsv4run {

uint32_t AddedTokenMatcher::Child(uint32_t node, unsigned char byte) const {
  if (node == 0)
    return root_[byte];
  auto it = children_.find(uint64_t{node} << 8 | byte);
  return it == children_.end() ? 0 : it->second;
}

void AddedTokenMatcher::Add(absl::string_view content, int32_t id) {
  uint32_t node = 0;
  for (unsigned char byte : content) {
    uint32_t child = Child(node, byte);
    if (child == 0) {
      child = nodes_.size();
      nodes_.emplace_back();
      if (node == 0)
        root_[byte] = child;
      else
        children_.emplace(uint64_t{node} << 8 | byte, child);
    }
    node = child;
  }
  nodes_[node].id = id;
}

std::optional<AddedTokenMatcher::Match>
AddedTokenMatcher::Find(absl::string_view text, size_t start) const {
  for (size_t position = start; position < text.size(); ++position) {
    std::optional<Match> longest;
    uint32_t node = 0;
    for (size_t end = position; end < text.size();) {
      node = Child(node, text[end++]);
      if (node == 0)
        break;
      if (nodes_[node].id >= 0)
        longest = Match{position, end - position, nodes_[node].id};
    }
    if (longest)
      return longest;
  }
  return std::nullopt;
}

} // namespace dsv4run
