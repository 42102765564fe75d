//===- StopStrings.cpp - Texts that end the generation --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/StopStrings.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

constexpr size_t kMaxStrings = 64, kMaxBytes = 4096;

} // namespace

absl::StatusOr<StopStrings>
StopStrings::Create(std::vector<std::string> strings) {
  if (strings.size() > kMaxStrings)
    return absl::InvalidArgumentError(
        absl::StrCat("stop strings: expected at most ", kMaxStrings, ", found ",
                     strings.size()));
  for (size_t i = 0; i < strings.size(); ++i)
    if (strings[i].empty() || strings[i].size() > kMaxBytes)
      return absl::InvalidArgumentError(
          absl::StrCat("stop string ", i, ": expected 1 to ", kMaxBytes,
                       " bytes, found ", strings[i].size()));
  return StopStrings(std::move(strings));
}

StopStrings::StopStrings(std::vector<std::string> strings)
    : strings_(std::move(strings)) {
  for (const std::string &string : strings_)
    longest_ = std::max(longest_, string.size());
}

StopStrings::Output StopStrings::Push(absl::string_view text) {
  const size_t old_size = pending_.size();
  absl::StrAppend(&pending_, text);
  const absl::string_view all = pending_;

  // A match that ends inside the text held back would have been found before.
  size_t first_end = absl::string_view::npos;
  std::optional<size_t> match;
  for (size_t i = 0; i < strings_.size(); ++i) {
    const std::string &string = strings_[i];
    size_t from = old_size < string.size() ? 0 : old_size - string.size() + 1;
    size_t begin = all.find(string, from);
    if (begin == absl::string_view::npos)
      continue;
    size_t end = begin + string.size();
    if (!match || end < first_end ||
        (end == first_end && string.size() > strings_[*match].size())) {
      first_end = end;
      match = i;
    }
  }
  if (match) {
    pending_.resize(first_end - strings_[*match].size());
    return {std::exchange(pending_, {}), match};
  }

  size_t held = all.size() - std::min(all.size(), longest_ ? longest_ - 1 : 0);
  while (held < all.size() &&
         std::none_of(strings_.begin(), strings_.end(),
                      [&](const std::string &string) {
                        return absl::StartsWith(string, all.substr(held));
                      }))
    ++held;
  Output output{pending_.substr(0, held), std::nullopt};
  pending_.erase(0, held);
  return output;
}

std::string StopStrings::Flush() { return std::exchange(pending_, {}); }

} // namespace dsv4run
