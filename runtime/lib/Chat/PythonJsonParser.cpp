//===- PythonJsonParser.cpp - JSON as Python reads it ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <unicode/utf8.h>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Chat/PythonJson.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

constexpr int kMaxDepth = 256;
/// Python's default for conversions between integers and text.
constexpr size_t kMaxIntegerDigits = 4300;

/// Python's repr: the shortest digits that give the number back, with an
/// exponent from 1e16 on and below 1e-4.
std::string FloatRepr(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value < 0 ? "-Infinity" : "Infinity";
  char buffer[32]; // "-d.dddddddddddddddde-ddd"
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                           std::chars_format::scientific)
                 .ptr;
  absl::string_view scientific(buffer, end - buffer);
  size_t mark = scientific.find('e');
  int exponent = 0;
  absl::string_view exponent_text = scientific.substr(mark + 1);
  if (exponent_text[0] == '+')
    exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(),
                  exponent_text.data() + exponent_text.size(), exponent);
  if (exponent < -4 || exponent >= 16)
    return std::string(scientific);

  std::string sign, digits;
  for (char c : scientific.substr(0, mark)) {
    if (c == '-')
      sign = "-";
    else if (c != '.')
      digits += c;
  }
  if (exponent < 0)
    return absl::StrCat(sign, "0.", std::string(-exponent - 1, '0'), digits);
  size_t integral = exponent + 1;
  if (digits.size() <= integral)
    return absl::StrCat(sign, digits,
                        std::string(integral - digits.size(), '0'), ".0");
  return absl::StrCat(sign, digits.substr(0, integral), ".",
                      digits.substr(integral));
}

class Parser {
public:
  Parser(absl::string_view text, absl::string_view source,
         PythonJson::Duplicates duplicates)
      : text_(text), source_(source), duplicates_(duplicates) {}

  absl::StatusOr<PythonJson> ParseDocument() {
    size_t valid = ValidUtf8Prefix(text_);
    if (valid != text_.size())
      return ErrorAt(valid, "expected UTF-8");
    PythonJson document;
    DSV4RUN_RETURN_IF_ERROR(ParseValue(document, 0));
    SkipSpace();
    if (at_ != text_.size())
      return ErrorAt(at_, "expected the end of the text");
    return document;
  }

private:
  absl::Status ErrorAt(size_t position, absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(
        source_, ": invalid JSON at byte ", position, ": ", message));
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                  text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  bool Skip(absl::string_view token) {
    if (!absl::StartsWith(text_.substr(at_), token))
      return false;
    at_ += token.size();
    return true;
  }

  absl::Status ParseValue(PythonJson &value, int depth) {
    using Kind = PythonJson::Kind;
    if (depth > kMaxDepth)
      return ErrorAt(
          at_, absl::StrCat("nested more than ", kMaxDepth, " levels deep"));
    SkipSpace();
    if (Skip("{"))
      return ParseObject(value, depth);
    if (Skip("[")) {
      value.kind = Kind::kArray;
      return ParseArray(value.elements, depth);
    }
    if (Skip("\"")) {
      value.kind = Kind::kString;
      return ParseString(value.text);
    }
    if (Skip("null"))
      return absl::OkStatus();
    if (Skip("true") || Skip("false")) {
      value.kind = Kind::kBool;
      value.boolean = text_[at_ - 2] == 'u';
      return absl::OkStatus();
    }
    value.kind = Kind::kNumber;
    for (absl::string_view name : {"NaN", "Infinity", "-Infinity"})
      if (Skip(name)) {
        value.text = std::string(name);
        return absl::OkStatus();
      }
    return ParseNumber(value.text);
  }

  absl::Status ParseObject(PythonJson &value, int depth) {
    value.kind = PythonJson::Kind::kObject;
    absl::flat_hash_map<std::string, size_t> places;
    SkipSpace();
    if (Skip("}"))
      return absl::OkStatus();
    for (;;) {
      SkipSpace();
      size_t begin = at_;
      if (!Skip("\""))
        return ErrorAt(at_, "expected a key in double quotes");
      std::string key;
      DSV4RUN_RETURN_IF_ERROR(ParseString(key));
      SkipSpace();
      if (!Skip(":"))
        return ErrorAt(at_, "expected ':'");
      auto [place, is_new] = places.emplace(key, value.members.size());
      if (is_new)
        value.members.emplace_back(key, PythonJson());
      else if (duplicates_ == PythonJson::Duplicates::kReject)
        return ErrorAt(begin,
                       absl::StrCat("duplicate key ", QuoteForMessage(key)));
      PythonJson member;
      DSV4RUN_RETURN_IF_ERROR(ParseValue(member, depth + 1));
      value.members[place->second].second = std::move(member);
      SkipSpace();
      if (Skip("}"))
        return absl::OkStatus();
      if (!Skip(","))
        return ErrorAt(at_, "expected ',' or '}'");
    }
  }

  absl::Status ParseArray(std::vector<PythonJson> &elements, int depth) {
    SkipSpace();
    if (Skip("]"))
      return absl::OkStatus();
    for (;;) {
      PythonJson element;
      DSV4RUN_RETURN_IF_ERROR(ParseValue(element, depth + 1));
      elements.push_back(std::move(element));
      SkipSpace();
      if (Skip("]"))
        return absl::OkStatus();
      if (!Skip(","))
        return ErrorAt(at_, "expected ',' or ']'");
    }
  }

  absl::Status ParseString(std::string &out) {
    for (;;) {
      size_t run = at_;
      while (run < text_.size() && text_[run] != '"' && text_[run] != '\\' &&
             static_cast<unsigned char>(text_[run]) >= 0x20)
        ++run;
      absl::StrAppend(&out, text_.substr(at_, run - at_));
      at_ = run;
      if (Skip("\""))
        return absl::OkStatus();
      if (!Skip("\\"))
        return ErrorAt(at_, at_ == text_.size()
                                ? "the string does not end"
                                : "expected no control character in a string");
      DSV4RUN_RETURN_IF_ERROR(ParseEscape(out));
    }
  }

  absl::Status ParseEscape(std::string &out) {
    constexpr absl::string_view kLetters = "\"\\/bfnrt",
                                kMeanings = "\"\\/\b\f\n\r\t";
    size_t letter =
        at_ < text_.size() ? kLetters.find(text_[at_]) : kLetters.npos;
    if (letter != kLetters.npos) {
      out += kMeanings[letter];
      ++at_;
      return absl::OkStatus();
    }
    size_t begin = at_ - 1;
    uint32_t code = 0;
    if (!ParseHex(code))
      return ErrorAt(begin, "expected an escape sequence of JSON");
    if (code >= 0xD800 && code < 0xE000) {
      uint32_t second = 0;
      if (code >= 0xDC00 || !Skip("\\") || !ParseHex(second) ||
          second < 0xDC00 || second >= 0xE000)
        return ErrorAt(begin, "expected both halves of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
    }
    char bytes[U8_MAX_LENGTH];
    int length = 0;
    U8_APPEND_UNSAFE(bytes, length, code);
    out.append(bytes, length);
    return absl::OkStatus();
  }

  /// "u" and four digits.
  bool ParseHex(uint32_t &code) {
    if (!Skip("u") || text_.size() - at_ < 4)
      return false;
    for (int i = 0; i < 4; ++i) {
      unsigned char c = text_[at_++];
      if (!absl::ascii_isxdigit(c))
        return false;
      code = code << 4 |
             (absl::ascii_isdigit(c) ? c - '0'
                                     : absl::ascii_tolower(c) - 'a' + 10);
    }
    return true;
  }

  size_t SkipDigits() {
    size_t begin = at_;
    while (at_ < text_.size() && absl::ascii_isdigit(text_[at_]))
      ++at_;
    return at_ - begin;
  }

  absl::Status ParseNumber(std::string &out) {
    const size_t begin = at_;
    Skip("-");
    size_t digits = Skip("0") ? 1 : SkipDigits();
    if (digits == 0)
      return ErrorAt(begin, "expected a value");
    bool is_integer = true;
    size_t end = at_;
    if (Skip(".") && SkipDigits() > 0) {
      is_integer = false;
      end = at_;
    }
    at_ = end;
    if (Skip("e") || Skip("E")) {
      if (!Skip("+"))
        Skip("-");
      if (SkipDigits() > 0) {
        is_integer = false;
        end = at_;
      }
    }
    at_ = end;
    absl::string_view number = text_.substr(begin, end - begin);
    if (is_integer) {
      if (digits > kMaxIntegerDigits)
        return ErrorAt(begin, absl::StrCat("expected an integer of at most ",
                                           kMaxIntegerDigits, " digits"));
      out = number == "-0" ? "0" : std::string(number);
      return absl::OkStatus();
    }
    double value;
    auto result =
        absl::from_chars(number.data(), number.data() + number.size(), value);
    // The largest finite value stands for what is larger.
    if (result.ec == std::errc::result_out_of_range && std::abs(value) > 1)
      value = std::copysign(INFINITY, value);
    out = FloatRepr(value);
    return absl::OkStatus();
  }

  absl::string_view text_;
  absl::string_view source_;
  PythonJson::Duplicates duplicates_;
  size_t at_ = 0;
};

} // namespace

absl::StatusOr<PythonJson> PythonJson::Parse(absl::string_view text,
                                             absl::string_view source,
                                             Duplicates duplicates) {
  return Parser(text, source, duplicates).ParseDocument();
}

} // namespace dsv4run
