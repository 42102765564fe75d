//===- PythonJson.h - JSON as Python reads and writes it ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The chat format embeds JSON in the spelling of Python's json module (spec
// section 6.4): keys keep their order, integers any number of digits, and
// floating-point numbers are written as Python writes them.

#ifndef DSV4RUN_CHAT_PYTHONJSON_H
#define DSV4RUN_CHAT_PYTHONJSON_H

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

struct PythonJson {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  /// What to do with an object that has a key twice.
  enum class Duplicates {
    kReject,
    kLastWins, ///< at the first one's place, as in Python
  };

  /// Parses what json.loads accepts, so also NaN and Infinity. Errors (of the
  /// text; half of a surrogate pair; more than 256 levels of nesting; integers
  /// of more than 4300 digits, which Python rejects) give the byte offset.
  /// `source` starts every message.
  static absl::StatusOr<PythonJson>
  Parse(absl::string_view text, absl::string_view source,
        Duplicates duplicates = Duplicates::kReject);

  /// As json.dumps(value, ensure_ascii=False): one line, separators ", " and
  /// ": ".
  std::string Dump() const;

  Kind kind = Kind::kNull;
  bool boolean = false;
  /// The characters of a string, or a number as Python writes it.
  std::string text;
  std::vector<PythonJson> elements;
  std::vector<std::pair<std::string, PythonJson>> members;
};

/// Appends `text` in the spelling of Dump, without the quotes. UTF-8 may be cut
/// anywhere: the spellings of two halves make up that of the whole.
void AppendJsonEscaped(absl::string_view text, std::string &out);

/// The text with quotes, as Dump writes a string.
std::string QuoteJson(absl::string_view text);

/// A node of a document together with where it is, for located errors.
class PythonJsonNode {
public:
  PythonJsonNode(const PythonJson &document, absl::string_view source)
      : value_(&document), source_(source) {}

  const PythonJson &value() const { return *value_; }
  bool is(PythonJson::Kind kind) const { return value_->kind == kind; }

  /// The member `key`; nothing if it is null or missing, or this no object.
  std::optional<PythonJsonNode> Find(absl::string_view key) const;
  /// The member `key`; an error if it is missing or this no object.
  absl::StatusOr<PythonJsonNode> Get(absl::string_view key) const;
  /// Element `index` of an array that is large enough.
  PythonJsonNode At(size_t index) const;

  absl::StatusOr<std::string> String() const;
  absl::StatusOr<bool> Bool() const;
  absl::StatusOr<size_t> ArraySize() const;
  absl::Status ExpectObject() const;

  /// INVALID_ARGUMENT "<source>: <pointer>: expected <what>, found <value>".
  absl::Status Expected(absl::string_view what) const;
  /// INVALID_ARGUMENT "<source>: <pointer>: <message>".
  absl::Status Error(absl::string_view message) const;

private:
  const PythonJson *Member(absl::string_view key) const;
  PythonJsonNode Child(const PythonJson &value, absl::string_view token) const;

  const PythonJson *value_;
  std::string source_;
  std::string pointer_; // RFC 6901
};

} // namespace dsv4run

#endif // DSV4RUN_CHAT_PYTHONJSON_H
