//===- Json.cpp - Untrusted JSON with located errors ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/Json.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using nlohmann::json;

/// Builds the document; nlohmann's own builder lets the last duplicate of a key
/// win and has no limit on nesting.
class DocumentBuilder : public nlohmann::json_sax<json> {
public:
  DocumentBuilder(absl::string_view source, int max_depth)
      : source_(source), max_depth_(max_depth) {}

  bool null() override { return Add(nullptr) != nullptr; }
  bool boolean(bool value) override { return Add(value) != nullptr; }
  bool number_integer(number_integer_t value) override {
    return Add(value) != nullptr;
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(value) != nullptr;
  }
  bool number_float(number_float_t value, const string_t &) override {
    return Add(value) != nullptr;
  }
  bool string(string_t &value) override {
    return Add(std::move(value)) != nullptr;
  }
  bool binary(binary_t &) override { return false; }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t &name) override {
    auto [it, inserted] = open_.back()->emplace(name, nullptr);
    if (!inserted)
      return Fail(absl::StrCat("duplicate key ", QuoteForMessage(name)));
    member_ = &*it;
    return true;
  }

  bool parse_error(size_t position, const std::string &,
                   const nlohmann::detail::exception &error) override {
    // "[json.exception.parse_error.101] parse error at line ...: ..."
    absl::string_view message = error.what();
    if (size_t end = message.find("] "); end != absl::string_view::npos)
      message.remove_prefix(end + 2);
    return Fail(
        absl::StrCat("invalid JSON near byte ", position, ": ", message));
  }

  absl::Status status() const { return status_; }
  json TakeDocument() { return std::move(root_); }

private:
  json *Add(json value) {
    if (open_.empty())
      return &(root_ = std::move(value));
    if (open_.back()->is_array())
      return &open_.back()->emplace_back(std::move(value));
    return &(*member_ = std::move(value));
  }

  bool Open(json container) {
    if (static_cast<int>(open_.size()) >= max_depth_)
      return Fail(absl::StrCat("JSON is nested more than ", max_depth_,
                               " levels deep"));
    open_.push_back(Add(std::move(container)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool Fail(absl::string_view message) {
    status_ = absl::InvalidArgumentError(absl::StrCat(source_, ": ", message));
    return false;
  }

  absl::string_view source_;
  int max_depth_;
  json root_;
  // Pointers stay valid: a container's siblings are added only after it closed.
  std::vector<json *> open_;
  json *member_ = nullptr;
  absl::Status status_;
};

std::string EscapePointerToken(absl::string_view key) {
  std::string token;
  for (char c : key) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

} // namespace

absl::StatusOr<json> ParseJson(absl::string_view text, absl::string_view source,
                               int max_depth) {
  DocumentBuilder builder(source, max_depth);
  bool parsed = json::sax_parse(text.begin(), text.end(), &builder);
  DSV4RUN_RETURN_IF_ERROR(builder.status());
  if (!parsed)
    return absl::InvalidArgumentError(absl::StrCat(source, ": invalid JSON"));
  return builder.TakeDocument();
}

absl::StatusOr<json> ReadJsonFile(absl::string_view path, size_t max_bytes) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  if (file.bytes().size() > max_bytes)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected at most ", max_bytes,
                     " bytes of JSON, found ", file.bytes().size()));
  return ParseJson(
      absl::string_view(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size()),
      path);
}

absl::StatusOr<JsonNode> JsonNode::Get(absl::string_view key) const {
  DSV4RUN_RETURN_IF_ERROR(ExpectObject());
  if (std::optional<JsonNode> member = Find(key))
    return *std::move(member);
  return Error(absl::StrCat("missing key ", QuoteForMessage(key)));
}

std::optional<JsonNode> JsonNode::Find(absl::string_view key) const {
  if (!value_->is_object())
    return std::nullopt;
  auto it = value_->find(std::string(key));
  if (it == value_->end())
    return std::nullopt;
  return JsonNode(*it, source_,
                  absl::StrCat(pointer_, "/", EscapePointerToken(key)));
}

JsonNode JsonNode::At(size_t index) const {
  return JsonNode((*value_)[index], source_,
                  absl::StrCat(pointer_, "/", index));
}

absl::StatusOr<int64_t> JsonNode::Int(int64_t min, int64_t max) const {
  bool fits = value_->is_number_unsigned()
                  ? value_->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                  : value_->is_number_integer();
  if (fits) {
    int64_t number = value_->get<int64_t>();
    if (number >= min && number <= max)
      return number;
  }
  if (min == INT64_MIN && max == INT64_MAX)
    return Expected("an integer");
  return Expected(absl::StrCat("an integer in [", min, ", ", max, "]"));
}

absl::StatusOr<bool> JsonNode::Bool() const {
  if (!value_->is_boolean())
    return Expected("true or false");
  return value_->get<bool>();
}

absl::StatusOr<std::string> JsonNode::String() const {
  if (!value_->is_string())
    return Expected("a string");
  return value_->get<std::string>();
}

absl::StatusOr<size_t> JsonNode::ArraySize() const {
  if (!value_->is_array())
    return Expected("an array");
  return value_->size();
}

absl::Status JsonNode::ExpectObject() const {
  return value_->is_object() ? absl::OkStatus() : Expected("an object");
}

absl::Status JsonNode::Expected(absl::string_view what) const {
  return Error(
      absl::StrCat("expected ", what, ", found ", DescribeJson(*value_)));
}

absl::Status JsonNode::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(
      source_, ": ", pointer_.empty() ? "top level" : pointer_, ": ", message));
}

std::string DescribeJson(const json &value) {
  switch (value.type()) {
  case json::value_t::object:
    return "an object";
  case json::value_t::array:
    return absl::StrCat("an array of ", value.size());
  case json::value_t::string:
    return QuoteForMessage(value.get_ref<const std::string &>());
  default:
    return value.dump(-1, ' ', true, json::error_handler_t::replace);
  }
}

std::string QuoteForMessage(absl::string_view text) {
  constexpr size_t kLimit = 60;
  bool cut = text.size() > kLimit;
  std::string quoted =
      json(std::string(text.substr(0, kLimit)))
          .dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::ignore);
  if (cut)
    quoted += "...";
  return quoted;
}

} // namespace dsv4run
