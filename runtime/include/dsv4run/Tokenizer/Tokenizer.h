//===- Tokenizer.h - Text to token ids and back ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_TOKENIZER_H
#define DSV4RUN_TOKENIZER_TOKENIZER_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Tokenizer/AddedTokenMatcher.h"
#include "dsv4run/Tokenizer/BytePairEncoder.h"
#include "dsv4run/Tokenizer/PreTokenizer.h"

namespace dsv4run {

/// A byte-level BPE tokenizer as published in tokenizer.json (spec
/// section 6.1). Any byte string can be encoded, and decoding gives it back.
/// Thread-safe.
class Tokenizer {
public:
  /// `path` is a tokenizer.json or a directory with one.
  static absl::StatusOr<std::unique_ptr<Tokenizer>>
  Load(absl::string_view path);

  /// `text` is the contents of a tokenizer.json, `source` its name for
  /// messages. Whatever would change the ids and is not supported (a
  /// normalizer, dropout, other split behaviours, ...) is an error that names
  /// its JSON pointer.
  static absl::StatusOr<std::unique_ptr<Tokenizer>>
  Parse(absl::string_view text, absl::string_view source);

  enum class AddedTokens {
    kMatch, ///< spelt-out added tokens such as "<think>" become their id
    kText,  ///< they are text like any other: for untrusted text
  };

  /// No token is added in front or behind. Bytes that are not UTF-8 are encoded
  /// as they are.
  absl::StatusOr<std::vector<int32_t>>
  Encode(absl::string_view text,
         AddedTokens added_tokens = AddedTokens::kMatch) const;

  /// The bytes of all tokens, which need not be UTF-8 if the ids come from a
  /// model. Unknown ids are an error.
  absl::StatusOr<std::string> Decode(absl::Span<const int32_t> ids) const;

  /// The bytes of one token, valid as long as the tokenizer.
  absl::StatusOr<absl::string_view> TokenBytes(int32_t id) const;

  /// The id of an added token given as it is written, for example "<think>".
  std::optional<int32_t> FindAddedToken(absl::string_view content) const;

  /// True for added tokens that are marked special.
  bool IsSpecial(int32_t id) const;

  /// One more than the largest id.
  int32_t id_limit() const { return static_cast<int32_t>(tokens_.size()); }

private:
  friend class TokenizerFile;

  struct Token {
    enum class Kind { kUnused, kVocabulary, kAdded, kSpecial };
    std::string bytes;
    Kind kind = Kind::kUnused;
  };

  Tokenizer() = default;
  absl::Status EncodeText(absl::string_view text,
                          std::vector<int32_t> &ids) const;
  void EncodePiece(absl::string_view piece, std::vector<int32_t> &ids) const;

  std::vector<Token> tokens_; // by id
  absl::flat_hash_map<std::string, int32_t> added_ids_;
  AddedTokenMatcher added_matcher_;
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  std::unique_ptr<BytePairEncoder> encoder_;
  /// Pieces that are one token: with ignore_merges all vocabulary entries, else
  /// those to which merging leads.
  absl::flat_hash_map<std::string, int32_t> whole_pieces_;
};

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_TOKENIZER_H
