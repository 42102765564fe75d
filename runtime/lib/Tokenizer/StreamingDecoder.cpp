//===- StreamingDecoder.cpp - Token ids to text, a token at a time --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/StreamingDecoder.h"

#include <utility>

#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {

absl::StatusOr<std::string> StreamingDecoder::Push(int32_t id) {
  DSV4RUN_ASSIGN_OR_RETURN(absl::string_view bytes, tokenizer_->TokenBytes(id));
  pending_.append(bytes.data(), bytes.size());
  size_t finished = FinishedUtf8Prefix(pending_);
  std::string text = pending_.substr(0, finished);
  pending_.erase(0, finished);
  return text;
}

std::string StreamingDecoder::Flush() {
  return std::exchange(pending_, std::string());
}

} // namespace dsv4run
