//===- TextStream.cpp - New tokens as text --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/TextStream.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {

TextStream::TextStream(const Tokenizer *tokenizer, StopStrings stop)
    : stop_(std::move(stop)) {
  if (tokenizer)
    decoder_.emplace(*tokenizer);
}

absl::StatusOr<TextStream> TextStream::Create(const Tokenizer *tokenizer,
                                              std::vector<std::string> stop) {
  // Text is compared after it was made UTF-8.
  for (size_t i = 0; i < stop.size(); ++i)
    if (ReplaceInvalidUtf8(stop[i]) != stop[i])
      return absl::InvalidArgumentError(
          absl::StrCat("stop string ", i, ": expected UTF-8"));
  DSV4RUN_ASSIGN_OR_RETURN(StopStrings strings,
                           StopStrings::Create(std::move(stop)));
  return TextStream(tokenizer, std::move(strings));
}

absl::StatusOr<std::string> TextStream::Push(int32_t token) {
  std::string text;
  if (decoder_) {
    DSV4RUN_ASSIGN_OR_RETURN(text, decoder_->Push(token));
  } else {
    text = absl::StrCat(first_ ? "" : " ", token);
    first_ = false;
  }
  StopStrings::Output output = stop_.Push(ReplaceInvalidUtf8(text));
  stopped_ = output.match.has_value();
  return std::move(output.text);
}

std::string TextStream::Finish() {
  if (stopped_)
    return "";
  std::string text;
  if (decoder_) {
    StopStrings::Output output =
        stop_.Push(ReplaceInvalidUtf8(decoder_->Flush()));
    stopped_ = output.match.has_value();
    text = std::move(output.text);
  }
  return stopped_ ? text : text + stop_.Flush();
}

} // namespace dsv4run
