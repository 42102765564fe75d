//===- ToolArguments.cpp - The arguments of a tool call -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ToolArguments.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/Json.h"

namespace dsv4run {

absl::StatusOr<PythonJson> ParseToolArguments(absl::string_view text) {
  absl::StatusOr<PythonJson> parsed =
      PythonJson::Parse(text, "arguments", PythonJson::Duplicates::kLastWins);
  if (!parsed.ok()) {
    PythonJson raw;
    raw.kind = PythonJson::Kind::kString;
    raw.text = std::string(text);
    PythonJson object;
    object.kind = PythonJson::Kind::kObject;
    object.members.emplace_back("arguments", std::move(raw));
    return object;
  }
  if (parsed->kind != PythonJson::Kind::kObject)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected the text of a JSON object, found ", QuoteForMessage(text)));
  return parsed;
}

} // namespace dsv4run
