//===- StreamingDecoder.h - Token ids to text, a token at a time ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_STREAMINGDECODER_H
#define DSV4RUN_TOKENIZER_STREAMINGDECODER_H

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

/// Gives out text as soon as its characters are complete: at most three bytes
/// are held back. All output together is Tokenizer::Decode of all ids, so it
/// has invalid bytes where the model produced some; ReplaceInvalidUtf8 may be
/// applied to each output on its own.
class StreamingDecoder {
public:
  /// The tokenizer must outlive the decoder.
  explicit StreamingDecoder(const Tokenizer &tokenizer)
      : tokenizer_(&tokenizer) {}

  /// The text that is complete once `id` follows the ids before it.
  absl::StatusOr<std::string> Push(int32_t id);

  /// What is still held back at the end; then the decoder starts anew.
  std::string Flush();

private:
  const Tokenizer *tokenizer_;
  std::string pending_;
};

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_STREAMINGDECODER_H
