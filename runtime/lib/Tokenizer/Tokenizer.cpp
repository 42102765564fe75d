//===- Tokenizer.cpp - Text to token ids and back -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/Tokenizer.h"

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

// Positions inside a piece are 32 bits.
constexpr size_t kMaxTextBytes = size_t{1} << 31;

} // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>>
Tokenizer::Load(absl::string_view path) {
  std::filesystem::path name = std::string(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored))
    name /= "tokenizer.json";
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(name.string()));
  return Parse(
      absl::string_view(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size()),
      name.string());
}

absl::StatusOr<std::vector<int32_t>>
Tokenizer::Encode(absl::string_view text, AddedTokens added_tokens) const {
  if (text.size() > kMaxTextBytes)
    return absl::InvalidArgumentError(
        absl::StrCat("expected at most ", kMaxTextBytes,
                     " bytes of text to encode, found ", text.size()));
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 4);
  size_t start = 0;
  if (added_tokens == AddedTokens::kMatch) {
    while (auto match = added_matcher_.Find(text, start)) {
      DSV4RUN_RETURN_IF_ERROR(
          EncodeText(text.substr(start, match->position - start), ids));
      ids.push_back(match->id);
      start = match->position + match->bytes;
    }
  }
  DSV4RUN_RETURN_IF_ERROR(EncodeText(text.substr(start), ids));
  return ids;
}

absl::Status Tokenizer::EncodeText(absl::string_view text,
                                   std::vector<int32_t> &ids) const {
  auto encode_piece = [&](absl::string_view piece) { EncodePiece(piece, ids); };
  while (!text.empty()) {
    size_t valid = ValidUtf8Prefix(text);
    if (valid > 0)
      DSV4RUN_RETURN_IF_ERROR(
          pre_tokenizer_->Split(text.substr(0, valid), encode_piece));
    text.remove_prefix(valid);
    // Split rules are defined for characters only.
    size_t invalid = InvalidUtf8Prefix(text);
    if (invalid > 0)
      EncodePiece(text.substr(0, invalid), ids);
    text.remove_prefix(invalid);
  }
  return absl::OkStatus();
}

void Tokenizer::EncodePiece(absl::string_view piece,
                            std::vector<int32_t> &ids) const {
  auto whole = whole_pieces_.find(piece);
  if (whole != whole_pieces_.end())
    ids.push_back(whole->second);
  else
    encoder_->Encode(piece, ids);
}

absl::StatusOr<absl::string_view> Tokenizer::TokenBytes(int32_t id) const {
  if (id < 0 || id >= id_limit() || tokens_[id].kind == Token::Kind::kUnused)
    return absl::InvalidArgumentError(
        absl::StrCat("expected a token id in [0, ", id_limit(),
                     ") that the tokenizer defines, found ", id));
  return absl::string_view(tokens_[id].bytes);
}

absl::StatusOr<std::string>
Tokenizer::Decode(absl::Span<const int32_t> ids) const {
  std::string text;
  for (int32_t id : ids) {
    DSV4RUN_ASSIGN_OR_RETURN(absl::string_view bytes, TokenBytes(id));
    text.append(bytes.data(), bytes.size());
  }
  return text;
}

std::optional<int32_t>
Tokenizer::FindAddedToken(absl::string_view content) const {
  auto it = added_ids_.find(content);
  if (it == added_ids_.end())
    return std::nullopt;
  return it->second;
}

bool Tokenizer::IsSpecial(int32_t id) const {
  return id >= 0 && id < id_limit() &&
         tokens_[id].kind == Token::Kind::kSpecial;
}

} // namespace dsv4run
