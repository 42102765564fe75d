//===- PublishedSplitter.cpp - The published patterns by hand -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks the text once instead of three times through a backtracking regular
// expression engine. The letters A to F are the alternatives of spec section
// 6.1; character classes are ICU's.

#include <algorithm>
#include <array>
#include <cstdint>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "absl/strings/ascii.h"
#include "dsv4run/Tokenizer/PreTokenizer.h"

namespace dsv4run {
namespace {

enum Class : uint8_t {
  kLetter = 1,      // \p{L}
  kMark = 2,        // \p{M}
  kNumber = 4,      // \p{N}
  kPunctuation = 8, // \p{P} and \p{S}
  kSpace = 16,      // \s
  kNewline = 32,    // \r and \n
  kEastAsian = 64,  // the second pattern's
  kAsciiPunctuation = 128,
};

constexpr uint8_t kWord = kLetter | kMark;

uint8_t Classify(UChar32 c) {
  uint8_t classes = 0;
  uint32_t category = U_GET_GC_MASK(c);
  if (category & U_GC_L_MASK)
    classes |= kLetter;
  if (category & U_GC_M_MASK)
    classes |= kMark;
  if (category & U_GC_N_MASK)
    classes |= kNumber;
  if (category & (U_GC_P_MASK | U_GC_S_MASK))
    classes |= kPunctuation;
  if (u_isUWhiteSpace(c))
    classes |= kSpace;
  if (c == '\r' || c == '\n')
    classes |= kNewline;
  if ((c >= 0x4E00 && c <= 0x9FA5) || (c >= 0x3040 && c <= 0x30FF))
    classes |= kEastAsian;
  if (c < 0x80 && absl::ascii_ispunct(static_cast<unsigned char>(c)))
    classes |= kAsciiPunctuation;
  return classes;
}

const std::array<uint8_t, 0x10000> &BmpClasses() {
  static const std::array<uint8_t, 0x10000> table = [] {
    std::array<uint8_t, 0x10000> table;
    for (UChar32 c = 0; c < 0x10000; ++c)
      table[c] = Classify(c);
    return table;
  }();
  return table;
}

/// One step over valid UTF-8.
struct Character {
  uint8_t classes;
  uint8_t bytes;
};

class Scanner {
public:
  Scanner(absl::string_view text, const std::array<uint8_t, 0x10000> &classes)
      : text_(text), classes_(classes) {}

  Character At(size_t position) const {
    unsigned char lead = text_[position];
    if (lead < 0x80)
      return {classes_[lead], 1};
    size_t next = position;
    UChar32 c;
    const char *data = text_.data();
    U8_NEXT_UNSAFE(data, next, c);
    return {c < 0x10000 ? classes_[c] : Classify(c),
            static_cast<uint8_t>(next - position)};
  }

  /// First position from `position` to `end` without any of `classes`.
  size_t SkipAny(size_t position, size_t end, uint8_t classes) const {
    while (position < end) {
      Character c = At(position);
      if (!(c.classes & classes))
        break;
      position += c.bytes;
    }
    return position;
  }

  /// End of the third pattern's match at `position` inside a piece that ends at
  /// `end`, or `position` if there is none.
  size_t MatchWordPattern(size_t position, size_t end) const;

private:
  size_t MatchWhitespace(size_t position, size_t end) const;

  absl::string_view text_;
  const std::array<uint8_t, 0x10000> &classes_;
};

size_t Scanner::MatchWordPattern(size_t position, size_t end) const {
  Character first = At(position);
  size_t after = position + first.bytes;

  if (first.classes & kAsciiPunctuation) { // A
    size_t letters = after;
    while (letters < end && absl::ascii_isalpha(text_[letters]))
      ++letters;
    if (letters > after)
      return letters;
  }
  if (first.classes & kWord) // B without a lead, or with a mark as the lead
    return SkipAny(after, end, kWord);
  if (!(first.classes & (kNewline | kPunctuation))) { // B with a lead
    size_t word = SkipAny(after, end, kWord);
    if (word > after)
      return word;
  }
  size_t punctuation = text_[position] == ' ' ? after : position;
  size_t last = SkipAny(punctuation, end, kPunctuation); // C
  if (last > punctuation)
    return SkipAny(last, end, kNewline);
  if (first.classes & kSpace)
    return MatchWhitespace(position, end);
  return position;
}

/// D, E and F for a run of whitespace that starts at `position`.
size_t Scanner::MatchWhitespace(size_t position, size_t end) const {
  size_t run = position, last = position, newline = position;
  while (run < end) {
    Character c = At(run);
    if (!(c.classes & kSpace))
      break;
    last = run;
    run += c.bytes;
    if (c.classes & kNewline)
      newline = run;
  }
  if (newline > position) // D: up to the last newline
    return newline;
  if (run < end && last > position) // E: leaves one for the next word
    return last;
  return run; // E at the piece's end, else F
}

class PublishedSplitter : public PreTokenizer {
public:
  absl::Status
  Split(absl::string_view text,
        absl::FunctionRef<void(absl::string_view)> piece) const override {
    Scanner scanner(text, classes_);
    size_t position = 0;
    while (position < text.size()) {
      Character c = scanner.At(position);
      if (c.classes & kNumber) {
        size_t end = position;
        for (int digits = 0; digits < 3 && end < text.size(); ++digits) {
          c = scanner.At(end);
          if (!(c.classes & kNumber))
            break;
          end += c.bytes;
        }
        piece(text.substr(position, end - position));
        position = end;
        continue;
      }
      // A run with or without East Asian characters is a piece of its own,
      // which the third pattern then never looks out of.
      uint8_t kind = c.classes & kEastAsian;
      size_t end = position;
      do {
        end += c.bytes;
        if (end == text.size())
          break;
        c = scanner.At(end);
      } while ((c.classes & kEastAsian) == kind && !(c.classes & kNumber));
      SplitWords(scanner, text, position, end, piece);
      position = end;
    }
    return absl::OkStatus();
  }

private:
  static void SplitWords(const Scanner &scanner, absl::string_view text,
                         size_t position, size_t end,
                         absl::FunctionRef<void(absl::string_view)> piece) {
    size_t gap = position;
    while (position < end) {
      size_t match = scanner.MatchWordPattern(position, end);
      if (match == position) {
        position += scanner.At(position).bytes;
        continue;
      }
      if (gap < position)
        piece(text.substr(gap, position - gap));
      piece(text.substr(position, match - position));
      gap = position = match;
    }
    if (gap < end)
      piece(text.substr(gap, end - gap));
  }

  const std::array<uint8_t, 0x10000> &classes_ = BmpClasses();
};

} // namespace

const std::vector<std::string> &PublishedSplitPatterns() {
  static const std::vector<std::string> patterns = {
      R"(\p{N}{1,3})",
      "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
      R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)re"
      R"re(|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)re"
      R"re(| ?[\p{P}\p{S}]+[\r\n]*)re"
      R"re(|\s*[\r\n]+|\s+(?!\S)|\s+)re",
  };
  return patterns;
}

std::unique_ptr<PreTokenizer> CreatePublishedSplitter() {
  return std::make_unique<PublishedSplitter>();
}

} // namespace dsv4run
