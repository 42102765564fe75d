//===- TextStream.h - New tokens as text ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_TEXTSTREAM_H
#define DSV4RUN_CLI_TEXTSTREAM_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Sampling/StopStrings.h"
#include "dsv4run/Tokenizer/StreamingDecoder.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

/// Turns the tokens of one sequence into text that can be shown at once: whole
/// characters, up to the first stop string. Without a tokenizer, ids.
class TextStream {
public:
  /// `tokenizer` may be null and outlives the stream.
  static absl::StatusOr<TextStream> Create(const Tokenizer *tokenizer,
                                           std::vector<std::string> stop);

  /// The text that is free to be shown after one more token.
  absl::StatusOr<std::string> Push(int32_t token);
  /// What was held back, at the end.
  std::string Finish();

  /// Whether a stop string was found; then nothing more may be pushed.
  bool stopped() const { return stopped_; }

private:
  TextStream(const Tokenizer *tokenizer, StopStrings stop);

  std::optional<StreamingDecoder> decoder_;
  StopStrings stop_;
  bool stopped_ = false, first_ = true;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_TEXTSTREAM_H
