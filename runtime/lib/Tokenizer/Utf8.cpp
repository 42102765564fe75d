//===- Utf8.cpp - UTF-8 in byte strings of unknown origin -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/Utf8.h"

#include <algorithm>
#include <unicode/utf8.h>

namespace dsv4run {
namespace {

/// Reads one character, or one maximal ill-formed subpart: then it is negative.
UChar32 Next(absl::string_view text, size_t &position) {
  UChar32 character;
  const size_t size = text.size();
  const char *data = text.data();
  U8_NEXT(data, position, size, character);
  return character;
}

} // namespace

size_t ValidUtf8Prefix(absl::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    size_t next = position;
    if (static_cast<unsigned char>(text[next]) < 0x80)
      ++next;
    else if (Next(text, next) < 0)
      break;
    position = next;
  }
  return position;
}

size_t InvalidUtf8Prefix(absl::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    size_t next = position;
    if (Next(text, next) >= 0)
      break;
    position = next;
  }
  return position;
}

size_t FinishedUtf8Prefix(absl::string_view text) {
  // Only the last three bytes can be an unfinished character.
  size_t tail = std::min<size_t>(3, text.size());
  for (size_t start = text.size() - tail; start < text.size(); ++start) {
    unsigned char lead = text[start];
    if (!U8_IS_LEAD(lead))
      continue;
    size_t needed = U8_COUNT_TRAIL_BYTES(lead) + size_t{1};
    size_t end = start;
    if (text.size() - start < needed && Next(text, end) < 0 &&
        end == text.size())
      return start;
  }
  return text.size();
}

std::string ReplaceInvalidUtf8(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    size_t valid = ValidUtf8Prefix(text);
    result.append(text.data(), valid);
    text.remove_prefix(valid);
    if (text.empty())
      break;
    size_t subpart = 0;
    Next(text, subpart);
    result += "\xEF\xBF\xBD";
    text.remove_prefix(subpart);
  }
  return result;
}

} // namespace dsv4run
