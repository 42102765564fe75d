//===- PythonStrings.cpp - Texts in a Python module -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/PythonStrings.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unicode/utf8.h>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void AppendCharacter(uint32_t code, std::string &out) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return;
  char bytes[U8_MAX_LENGTH];
  int length = 0;
  U8_APPEND_UNSAFE(bytes, length, code);
  out.append(bytes, length);
}

struct Literal {
  std::string name; // of the variable it is assigned to, or empty
  std::string text;
};

/// Finds literals and what they are assigned to.
class Scanner {
public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  std::vector<Literal> Scan() {
    while (at_ < text_.size())
      Step();
    return std::move(literals_);
  }

private:
  void Step() {
    char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '"' || c == '\'') {
      ReadLiteral(/*raw=*/false);
    } else if (IsNameCharacter(c)) {
      size_t begin = at_;
      while (at_ < text_.size() && IsNameCharacter(text_[at_]))
        ++at_;
      absl::string_view word = text_.substr(begin, at_ - begin);
      if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'') &&
          word.size() <= 2)
        ReadLiteral(absl::StrContains(absl::AsciiStrToLower(word), 'r'));
      else
        SeeWord(word);
    } else {
      ++at_;
      SeeCharacter(c);
    }
  }

  /// `target: type = literal` and `target = (literal literal)`.
  void SeeWord(absl::string_view word) {
    joins_ = false;
    if (at_line_start_)
      target_ = std::string(word);
    else if (assigned_)
      target_.clear();
    at_line_start_ = false;
  }

  void SeeCharacter(char c) {
    if (c == '\n') {
      if (depth_ > 0)
        return;
      joins_ = false;
      assigned_ = false;
      at_line_start_ = true;
      target_.clear();
      return;
    }
    if (c == '\\' && at_ < text_.size())
      ++at_; // the line goes on
    if (c == ' ' || c == '\t' || c == '\r' || c == '\\')
      return;
    at_line_start_ = false;
    if (c == '(' || c == '[' || c == '{') {
      ++depth_;
    } else if (c == ')' || c == ']' || c == '}') {
      depth_ -= depth_ > 0;
    } else if (c == '=') {
      assigned_ = true;
    }
    if (c == '(')
      return;
    joins_ = false;
    if (assigned_ && c != '=')
      target_.clear();
  }

  void ReadLiteral(bool raw) {
    std::string text = LiteralText(raw);
    if (joins_) {
      literals_.back().text += text;
      return;
    }
    literals_.push_back({assigned_ ? target_ : "", std::move(text)});
    target_.clear();
    joins_ = true;
    at_line_start_ = false;
  }

  std::string LiteralText(bool raw) {
    absl::string_view quote = text_.substr(at_, 1);
    if (absl::string_view triple = text_.substr(at_, 3);
        triple == "\"\"\"" || triple == "'''")
      quote = triple;
    at_ += quote.size();
    std::string text;
    while (at_ < text_.size()) {
      if (absl::StartsWith(text_.substr(at_), quote)) {
        at_ += quote.size();
        break;
      }
      if (text_[at_] == '\n' && quote.size() == 1)
        break; // not Python
      char c = text_[at_++];
      if (c != '\\' || at_ == text_.size())
        text += c;
      else if (raw)
        absl::StrAppend(&text, "\\", text_.substr(at_++, 1));
      else
        ReadEscape(text);
    }
    return text;
  }

  void ReadEscape(std::string &text) {
    char c = text_[at_++];
    switch (c) {
    case '\n':
      return;
    case 'a':
      text += '\a';
      return;
    case 'b':
      text += '\b';
      return;
    case 'f':
      text += '\f';
      return;
    case 'n':
      text += '\n';
      return;
    case 'r':
      text += '\r';
      return;
    case 't':
      text += '\t';
      return;
    case 'v':
      text += '\v';
      return;
    case '\\':
    case '\'':
    case '"':
      text += c;
      return;
    case 'x':
      return ReadCode(16, 2, text);
    case 'u':
      return ReadCode(16, 4, text);
    case 'U':
      return ReadCode(16, 8, text);
    default:
      if (c >= '0' && c <= '7') {
        --at_;
        return ReadCode(8, 3, text);
      }
      text += '\\';
      text += c;
    }
  }

  void ReadCode(uint32_t base, int most_digits, std::string &text) {
    uint32_t code = 0;
    for (int i = 0; i < most_digits && at_ < text_.size(); ++i) {
      unsigned char c = text_[at_];
      uint32_t digit = absl::ascii_isdigit(c) ? c - '0'
                       : absl::ascii_isxdigit(c)
                           ? absl::ascii_tolower(c) - 'a' + 10
                           : base;
      if (digit >= base)
        break;
      code = code * base + digit;
      ++at_;
    }
    AppendCharacter(code, text);
  }

  absl::string_view text_;
  size_t at_ = 0;
  std::vector<Literal> literals_;
  /// The word that the logical line starts with, until something else than a
  /// literal is assigned to it.
  std::string target_;
  bool at_line_start_ = true, assigned_ = false;
  /// Whether another literal would join the last one.
  bool joins_ = false;
  int depth_ = 0; // of brackets
};

using Names = absl::flat_hash_map<std::string, std::string>;

/// The name in "{name}" at the front of `text`, which may have a conversion or
/// a format behind it.
std::optional<absl::string_view> FieldName(absl::string_view text,
                                           size_t &size) {
  size_t end = text.find('}');
  if (end == absl::string_view::npos)
    return std::nullopt;
  size = end + 1;
  absl::string_view name = text.substr(1, end - 1);
  return name.substr(0, name.find_first_of("!:"));
}

void AppendParts(absl::string_view literal, const Names &names,
                 std::vector<std::string> &texts) {
  std::string part;
  while (!literal.empty()) {
    size_t brace = std::min(literal.find_first_of("{}"), literal.size());
    absl::StrAppend(&part, literal.substr(0, brace));
    literal.remove_prefix(brace);
    if (literal.empty())
      break;
    if (literal.size() > 1 && literal[1] == literal[0]) {
      part += literal[0];
      literal.remove_prefix(2);
      continue;
    }
    size_t size = 1;
    std::optional<absl::string_view> name;
    if (literal[0] == '{')
      name = FieldName(literal, size);
    auto value = name ? names.find(*name) : names.end();
    if (value != names.end()) {
      absl::StrAppend(&part, value->second);
    } else {
      texts.push_back(std::move(part));
      part.clear();
    }
    literal.remove_prefix(size);
  }
  texts.push_back(std::move(part));
}

} // namespace

std::vector<std::string> PythonTexts(absl::string_view module) {
  std::vector<Literal> literals = Scanner(module).Scan();
  Names names;
  for (const Literal &literal : literals)
    if (!literal.name.empty())
      names[literal.name] = literal.text;
  std::vector<std::string> texts;
  for (const Literal &literal : literals) {
    texts.push_back(literal.text);
    if (literal.text.find_first_of("{}") != std::string::npos)
      AppendParts(literal.text, names, texts);
  }
  return texts;
}

} // namespace dsv4run
