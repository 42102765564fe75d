//===- Json.h - Untrusted JSON with located errors ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nlohmann-json underneath, with a nesting limit, no duplicate keys, no
// exceptions, and accessors whose errors name the file and the JSON pointer.

#ifndef DSV4RUN_SUPPORT_JSON_H
#define DSV4RUN_SUPPORT_JSON_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace dsv4run {

/// Every file format that we read nests less than ten levels deep.
inline constexpr int kMaxJsonDepth = 64;

/// Parses UTF-8 JSON text. `source` (a file name) starts every error message.
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text,
                                         absl::string_view source,
                                         int max_depth = kMaxJsonDepth);

/// Reads and parses a file of at most `max_bytes`.
absl::StatusOr<nlohmann::json> ReadJsonFile(absl::string_view path,
                                            size_t max_bytes = size_t{1} << 28);

/// A node of a parsed document together with where it came from. It refers to
/// the document, which must outlive it.
class JsonNode {
public:
  JsonNode(const nlohmann::json &document, absl::string_view source)
      : value_(&document), source_(source) {}

  const nlohmann::json &value() const { return *value_; }
  const std::string &source() const { return source_; }
  /// JSON pointer (RFC 6901) of this node; empty for the document itself.
  const std::string &pointer() const { return pointer_; }

  /// The member `key`; an error if this is no object or lacks the key.
  absl::StatusOr<JsonNode> Get(absl::string_view key) const;
  /// The member `key`, or nothing if this is no object or lacks the key.
  std::optional<JsonNode> Find(absl::string_view key) const;
  /// Element `index` of an array; the caller has checked the size.
  JsonNode At(size_t index) const;

  /// An integer within [min, max]. 1.0 is not an integer.
  absl::StatusOr<int64_t> Int(int64_t min = INT64_MIN,
                              int64_t max = INT64_MAX) const;
  absl::StatusOr<bool> Bool() const;
  absl::StatusOr<std::string> String() const;
  /// The number of elements of an array.
  absl::StatusOr<size_t> ArraySize() const;
  absl::Status ExpectObject() const;

  /// INVALID_ARGUMENT "<source>: <pointer>: expected <what>, found <value>".
  absl::Status Expected(absl::string_view what) const;
  /// INVALID_ARGUMENT "<source>: <pointer>: <message>".
  absl::Status Error(absl::string_view message) const;

private:
  JsonNode(const nlohmann::json &value, std::string source, std::string pointer)
      : value_(&value), source_(std::move(source)),
        pointer_(std::move(pointer)) {}

  const nlohmann::json *value_;
  std::string source_;
  std::string pointer_;
};

/// A value as it appears in messages: short, printable, valid UTF-8.
std::string DescribeJson(const nlohmann::json &value);

/// The text in double quotes, without control characters or invalid UTF-8 and
/// cut after 60 bytes, for naming untrusted strings in messages.
std::string QuoteForMessage(absl::string_view text);

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_JSON_H
