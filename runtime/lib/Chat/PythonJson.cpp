//===- PythonJson.cpp - JSON as Python writes it --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/PythonJson.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

void AppendDump(const PythonJson &value, std::string &out) {
  using Kind = PythonJson::Kind;
  switch (value.kind) {
  case Kind::kNull:
    out += "null";
    return;
  case Kind::kBool:
    out += value.boolean ? "true" : "false";
    return;
  case Kind::kNumber:
    out += value.text;
    return;
  case Kind::kString:
    out += '"';
    AppendJsonEscaped(value.text, out);
    out += '"';
    return;
  case Kind::kArray: {
    out += '[';
    const char *separator = "";
    for (const PythonJson &element : value.elements) {
      out += separator;
      AppendDump(element, out);
      separator = ", ";
    }
    out += ']';
    return;
  }
  case Kind::kObject: {
    out += '{';
    const char *separator = "";
    for (const auto &[key, member] : value.members) {
      absl::StrAppend(&out, separator, QuoteJson(key), ": ");
      AppendDump(member, out);
      separator = ", ";
    }
    out += '}';
    return;
  }
  }
}

std::string Describe(const PythonJson &value) {
  switch (value.kind) {
  case PythonJson::Kind::kObject:
    return "an object";
  case PythonJson::Kind::kArray:
    return absl::StrCat("an array of ", value.elements.size());
  case PythonJson::Kind::kString:
    return QuoteForMessage(value.text);
  default:
    return value.Dump().substr(0, 60); // an integer may be long
  }
}

} // namespace

void AppendJsonEscaped(absl::string_view text, std::string &out) {
  for (char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\b':
      out += "\\b";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20)
        absl::StrAppendFormat(&out, "\\u%04x", c);
      else
        out += c;
    }
  }
}

std::string QuoteJson(absl::string_view text) {
  std::string quoted = "\"";
  AppendJsonEscaped(text, quoted);
  quoted += '"';
  return quoted;
}

std::string PythonJson::Dump() const {
  std::string out;
  AppendDump(*this, out);
  return out;
}

const PythonJson *PythonJsonNode::Member(absl::string_view key) const {
  for (const auto &[name, member] : value_->members)
    if (name == key)
      return &member;
  return nullptr;
}

PythonJsonNode PythonJsonNode::Child(const PythonJson &value,
                                     absl::string_view token) const {
  PythonJsonNode child(value, source_);
  child.pointer_ = absl::StrCat(pointer_, "/", token);
  return child;
}

std::optional<PythonJsonNode>
PythonJsonNode::Find(absl::string_view key) const {
  const PythonJson *member = Member(key);
  if (!member || member->kind == PythonJson::Kind::kNull)
    return std::nullopt;
  return Child(*member, key);
}

absl::StatusOr<PythonJsonNode>
PythonJsonNode::Get(absl::string_view key) const {
  DSV4RUN_RETURN_IF_ERROR(ExpectObject());
  if (const PythonJson *member = Member(key))
    return Child(*member, key);
  return Error(absl::StrCat("missing key ", QuoteForMessage(key)));
}

PythonJsonNode PythonJsonNode::At(size_t index) const {
  return Child(value_->elements[index], absl::StrCat(index));
}

absl::StatusOr<std::string> PythonJsonNode::String() const {
  if (!is(PythonJson::Kind::kString))
    return Expected("a string");
  return value_->text;
}

absl::StatusOr<bool> PythonJsonNode::Bool() const {
  if (!is(PythonJson::Kind::kBool))
    return Expected("true or false");
  return value_->boolean;
}

absl::StatusOr<size_t> PythonJsonNode::ArraySize() const {
  if (!is(PythonJson::Kind::kArray))
    return Expected("an array");
  return value_->elements.size();
}

absl::Status PythonJsonNode::ExpectObject() const {
  return is(PythonJson::Kind::kObject) ? absl::OkStatus()
                                       : Expected("an object");
}

absl::Status PythonJsonNode::Expected(absl::string_view what) const {
  return Error(absl::StrCat("expected ", what, ", found ", Describe(*value_)));
}

absl::Status PythonJsonNode::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(
      source_, ": ", pointer_.empty() ? "top level" : pointer_, ": ", message));
}

} // namespace dsv4run
