//===- PrefixCache.cpp - Checkpoints that prompts can start from ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/PrefixCache.h"

#include <algorithm>

namespace dsv4run {

uint64_t PrefixCache::Node::bytes() const {
  return image.bytes() + carried.size() + ids.size() * sizeof(int32_t);
}

void PrefixCache::Descend(Node &node, absl::Span<const int32_t> ids,
                          int64_t limit, std::vector<Node *> &path) {
  std::vector<Node *> best;
  int64_t best_length = 0;
  for (const std::unique_ptr<Node> &child : node.children) {
    if (child->image.length > limit || child->ids.size() > ids.size() ||
        !std::equal(child->ids.begin(), child->ids.end(), ids.begin()))
      continue;
    std::vector<Node *> found = {child.get()};
    Descend(*child, ids.subspan(child->ids.size()), limit, found);
    if (found.back()->image.length > best_length) {
      best_length = found.back()->image.length;
      best = std::move(found);
    }
  }
  path.insert(path.end(), best.begin(), best.end());
}

PrefixCache::Match PrefixCache::Find(absl::Span<const int32_t> ids,
                                     int64_t limit) {
  std::vector<Node *> path;
  Descend(root_, ids, limit, path);
  Match match;
  ++clock_;
  for (Node *node : path) {
    node->used = clock_;
    match.length = node->image.length;
    match.images.push_back(&node->image);
    match.carried = node->carried;
  }
  return match;
}

void PrefixCache::Insert(absl::Span<const int32_t> ids, StateImage image,
                         std::vector<std::byte> carried) {
  std::vector<Node *> path;
  Descend(root_, ids, static_cast<int64_t>(ids.size()), path);
  Node &parent = path.empty() ? root_ : *path.back();
  if (image.begin != parent.image.length || image.length <= image.begin ||
      image.length != static_cast<int64_t>(ids.size()))
    return;
  auto node = std::make_unique<Node>();
  node->ids.assign(ids.begin() + image.begin, ids.end());
  node->image = std::move(image);
  node->carried = std::move(carried);
  ++clock_;
  for (Node *ancestor : path)
    ancestor->used = clock_;
  node->used = clock_;
  bytes_ += node->bytes();
  parent.children.push_back(std::move(node));
  Evict();
}

void PrefixCache::Evict() {
  while (bytes_ > max_bytes_) {
    // The leaf that was used least recently.
    Node *parent = nullptr;
    size_t index = 0;
    std::vector<Node *> open = {&root_};
    while (!open.empty()) {
      Node *node = open.back();
      open.pop_back();
      for (size_t i = 0; i < node->children.size(); ++i) {
        Node *child = node->children[i].get();
        if (!child->children.empty()) {
          open.push_back(child);
        } else if (!parent || child->used < parent->children[index]->used) {
          parent = node;
          index = i;
        }
      }
    }
    bytes_ -= parent->children[index]->bytes();
    parent->children.erase(parent->children.begin() + index);
  }
}

void PrefixCache::Clear() {
  root_ = Node();
  bytes_ = 0;
}

} // namespace dsv4run
