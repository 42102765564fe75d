//===- TokenizerFile.h - Reading tokenizer.json ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_TOKENIZERFILE_H
#define DSV4RUN_TOKENIZER_TOKENIZERFILE_H

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

namespace dsv4run {

/// Builds a Tokenizer from the document, section by section.
class TokenizerFile {
public:
  explicit TokenizerFile(JsonNode root);

  absl::Status Read();
  std::unique_ptr<Tokenizer> Take() { return std::move(tokenizer_); }

private:
  absl::Status ReadPreTokenizer();
  absl::Status ReadModel();
  absl::Status ReadVocabulary(const JsonNode &vocab);
  absl::Status ReadMerges(const JsonNode &merges);
  absl::Status ReadAddedTokens();
  void FindWholePieces(bool ignore_merges);

  /// The id, with room for it in the table.
  absl::StatusOr<int32_t> ReadId(const JsonNode &node);
  absl::StatusOr<int32_t> FindInVocabulary(const JsonNode &merge,
                                           absl::string_view token) const;

  JsonNode root_;
  std::unique_ptr<Tokenizer> tokenizer_;
  absl::flat_hash_map<std::string, int32_t> vocabulary_; // by spelling
};

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_TOKENIZERFILE_H
