//===- PreTokenizer.h - Splitting text into pieces ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_PRETOKENIZER_H
#define DSV4RUN_TOKENIZER_PRETOKENIZER_H

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// Splits text into the pieces that byte-pair encoding works on. Thread-safe.
class PreTokenizer {
public:
  virtual ~PreTokenizer();

  /// Calls `piece` with consecutive, non-empty parts that make up `text`, which
  /// is valid UTF-8.
  virtual absl::Status
  Split(absl::string_view text,
        absl::FunctionRef<void(absl::string_view)> piece) const = 0;

  /// Applies regular expressions one after the other, each to every piece of
  /// the one before; matches and the text between them become pieces
  /// ("Isolated"). The patterns are compiled by ICU; one that is too complex
  /// for a text gives an error instead of taking forever. The three published
  /// patterns get a hand-written matcher with the same results.
  static absl::StatusOr<std::unique_ptr<PreTokenizer>>
  Create(const std::vector<std::string> &patterns);

  /// As Create, but always with ICU's regular expressions.
  static absl::StatusOr<std::unique_ptr<PreTokenizer>>
  CreateFromRegexes(const std::vector<std::string> &patterns);
};

/// The published patterns of spec section 6.1, as tokenizer.json has them.
const std::vector<std::string> &PublishedSplitPatterns();

/// The hand-written matcher of PublishedSplitPatterns.
std::unique_ptr<PreTokenizer> CreatePublishedSplitter();

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_PRETOKENIZER_H
