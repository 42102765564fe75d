//===- TokenizerFile.cpp - Reading tokenizer.json -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TokenizerFile.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Tokenizer/ByteAlphabet.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

// Bounds the id table against hostile files; published ids end below 2^18.
constexpr int64_t kMaxId = (int64_t{1} << 21) - 1;

bool IsNull(const std::optional<JsonNode> &node) {
  return !node || node->value().is_null();
}

/// An optional member that, if present, must have this value or be null.
absl::Status ExpectIfPresent(const JsonNode &parent, absl::string_view key,
                             const nlohmann::json &value) {
  std::optional<JsonNode> node = parent.Find(key);
  if (IsNull(node) || node->value() == value)
    return absl::OkStatus();
  return node->Expected(absl::StrCat(value.dump(), " (nothing else is "
                                                   "supported)"));
}

absl::Status ExpectType(const JsonNode &node, absl::string_view type) {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode type_node, node.Get("type"));
  DSV4RUN_ASSIGN_OR_RETURN(std::string found, type_node.String());
  if (found != type)
    return type_node.Expected(absl::StrCat("\"", type, "\""));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSplit(const JsonNode &step) {
  DSV4RUN_RETURN_IF_ERROR(ExpectType(step, "Split"));
  DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(step, "behavior", "Isolated"));
  DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(step, "invert", false));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode pattern, step.Get("pattern"));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode regex, pattern.Get("Regex"));
  return regex.String();
}

/// Without its own regular expression ByteLevel only respells bytes, which this
/// tokenizer has no need to do.
absl::Status CheckByteLevel(const JsonNode &step) {
  DSV4RUN_RETURN_IF_ERROR(ExpectType(step, "ByteLevel"));
  for (const char *key : {"add_prefix_space", "use_regex"}) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, step.Get(key));
    DSV4RUN_ASSIGN_OR_RETURN(bool value, node.Bool());
    if (value)
      return node.Expected("false (nothing else is supported)");
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>>
Tokenizer::Parse(absl::string_view text, absl::string_view source) {
  DSV4RUN_ASSIGN_OR_RETURN(nlohmann::json document, ParseJson(text, source));
  TokenizerFile file(JsonNode(document, source));
  DSV4RUN_RETURN_IF_ERROR(file.Read());
  return file.Take();
}

TokenizerFile::TokenizerFile(JsonNode root)
    : root_(std::move(root)), tokenizer_(absl::WrapUnique(new Tokenizer())) {}

absl::Status TokenizerFile::Read() {
  DSV4RUN_RETURN_IF_ERROR(root_.ExpectObject());
  for (const char *key : {"truncation", "padding"})
    DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(root_, key, nullptr));
  // A normalizer that is an empty sequence does nothing.
  if (auto node = root_.Find("normalizer"); !IsNull(node)) {
    DSV4RUN_RETURN_IF_ERROR(ExpectType(*node, "Sequence"));
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode steps, node->Get("normalizers"));
    DSV4RUN_ASSIGN_OR_RETURN(size_t size, steps.ArraySize());
    if (size != 0)
      return steps.Expected("no normalizers (none is supported)");
  }
  // A ByteLevel post-processor changes offsets only, no ids.
  if (auto node = root_.Find("post_processor"); !IsNull(node))
    DSV4RUN_RETURN_IF_ERROR(ExpectType(*node, "ByteLevel"));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode decoder, root_.Get("decoder"));
  DSV4RUN_RETURN_IF_ERROR(ExpectType(decoder, "ByteLevel"));
  DSV4RUN_RETURN_IF_ERROR(ReadPreTokenizer());
  return ReadModel();
}

absl::Status TokenizerFile::ReadPreTokenizer() {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, root_.Get("pre_tokenizer"));
  DSV4RUN_RETURN_IF_ERROR(ExpectType(node, "Sequence"));
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode steps, node.Get("pretokenizers"));
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, steps.ArraySize());
  if (size == 0)
    return steps.Expected("a last step of type ByteLevel");
  std::vector<std::string> patterns;
  for (size_t i = 0; i + 1 < size; ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(std::string pattern, ReadSplit(steps.At(i)));
    patterns.push_back(std::move(pattern));
  }
  DSV4RUN_RETURN_IF_ERROR(CheckByteLevel(steps.At(size - 1)));
  absl::StatusOr<std::unique_ptr<PreTokenizer>> splitter =
      PreTokenizer::Create(patterns);
  if (!splitter.ok())
    return steps.Error(splitter.status().message());
  tokenizer_->pre_tokenizer_ = *std::move(splitter);
  return absl::OkStatus();
}

absl::Status TokenizerFile::ReadModel() {
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode model, root_.Get("model"));
  DSV4RUN_RETURN_IF_ERROR(ExpectType(model, "BPE"));
  for (const char *key : {"dropout", "unk_token"})
    DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(model, key, nullptr));
  for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"})
    DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(model, key, ""));
  DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(model, "byte_fallback", false));
  bool ignore_merges = false;
  if (auto node = model.Find("ignore_merges"); !IsNull(node)) {
    DSV4RUN_ASSIGN_OR_RETURN(ignore_merges, node->Bool());
  }
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode vocab, model.Get("vocab"));
  DSV4RUN_RETURN_IF_ERROR(ReadVocabulary(vocab));
  // Added tokens come next: some vocabulary entries are spelt as themselves
  // only because they are added tokens.
  DSV4RUN_RETURN_IF_ERROR(ReadAddedTokens());

  std::array<int32_t, 256> byte_tokens;
  byte_tokens.fill(-1);
  for (const auto &[spelling, id] : vocabulary_) {
    Tokenizer::Token &token = tokenizer_->tokens_[id];
    if (token.kind != Tokenizer::Token::Kind::kVocabulary)
      continue;
    std::optional<std::string> bytes = BytesFromAlphabet(spelling);
    if (!bytes || bytes->empty())
      return vocab.Error(absl::StrCat(
          "token ", QuoteForMessage(spelling), " (id ", id,
          "): expected "
          "characters of the byte-level alphabet, or an added token"));
    token.bytes = *std::move(bytes);
    if (token.bytes.size() == 1)
      byte_tokens[static_cast<unsigned char>(token.bytes[0])] = id;
  }
  for (int byte = 0; byte < 256; ++byte)
    if (byte_tokens[byte] < 0)
      return vocab.Error(
          absl::StrCat("no token for byte ", byte, ": expected all 256"));
  tokenizer_->encoder_ = std::make_unique<BytePairEncoder>(byte_tokens);
  DSV4RUN_ASSIGN_OR_RETURN(JsonNode merges, model.Get("merges"));
  DSV4RUN_RETURN_IF_ERROR(ReadMerges(merges));
  FindWholePieces(ignore_merges);
  return absl::OkStatus();
}

absl::StatusOr<int32_t> TokenizerFile::ReadId(const JsonNode &node) {
  DSV4RUN_ASSIGN_OR_RETURN(int64_t id, node.Int(0, kMaxId));
  if (id >= tokenizer_->id_limit())
    tokenizer_->tokens_.resize(id + 1);
  return static_cast<int32_t>(id);
}

absl::Status TokenizerFile::ReadVocabulary(const JsonNode &vocab) {
  DSV4RUN_RETURN_IF_ERROR(vocab.ExpectObject());
  vocabulary_.reserve(vocab.value().size());
  for (const auto &[spelling, unused] : vocab.value().items()) {
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode node, vocab.Get(spelling));
    DSV4RUN_ASSIGN_OR_RETURN(int32_t id, ReadId(node));
    Tokenizer::Token &token = tokenizer_->tokens_[id];
    if (token.kind != Tokenizer::Token::Kind::kUnused)
      return node.Error(absl::StrCat("id ", id, " is taken by ",
                                     QuoteForMessage(token.bytes)));
    // The spelling, until ReadModel knows whether it stands for bytes.
    token.bytes = spelling;
    token.kind = Tokenizer::Token::Kind::kVocabulary;
    vocabulary_.emplace(spelling, id);
  }
  return absl::OkStatus();
}

absl::Status TokenizerFile::ReadAddedTokens() {
  std::optional<JsonNode> list = root_.Find("added_tokens");
  if (IsNull(list))
    return absl::OkStatus();
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, list->ArraySize());
  for (size_t i = 0; i < size; ++i) {
    JsonNode entry = list->At(i);
    for (const char *key : {"single_word", "lstrip", "rstrip"})
      DSV4RUN_RETURN_IF_ERROR(ExpectIfPresent(entry, key, false));
    bool special = false;
    if (auto node = entry.Find("special"); !IsNull(node)) {
      DSV4RUN_ASSIGN_OR_RETURN(special, node->Bool());
    }
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode content_node, entry.Get("content"));
    DSV4RUN_ASSIGN_OR_RETURN(std::string content, content_node.String());
    if (content.empty())
      return content_node.Expected("at least one character");
    DSV4RUN_ASSIGN_OR_RETURN(JsonNode id_node, entry.Get("id"));
    DSV4RUN_ASSIGN_OR_RETURN(int32_t id, ReadId(id_node));

    using Kind = Tokenizer::Token::Kind;
    Tokenizer::Token &token = tokenizer_->tokens_[id];
    if (token.kind == Kind::kAdded || token.kind == Kind::kSpecial ||
        (token.kind == Kind::kVocabulary && token.bytes != content))
      return id_node.Error(absl::StrCat("id ", id, " is taken by ",
                                        QuoteForMessage(token.bytes)));
    if (auto it = vocabulary_.find(content);
        it != vocabulary_.end() && it->second != id)
      return id_node.Error(absl::StrCat("the vocabulary gives ",
                                        QuoteForMessage(content), " id ",
                                        it->second, ", found ", id));
    if (!tokenizer_->added_ids_.emplace(content, id).second)
      return content_node.Error(
          absl::StrCat(QuoteForMessage(content), " is added twice"));
    tokenizer_->added_matcher_.Add(content, id);
    token.bytes = std::move(content);
    token.kind = special ? Kind::kSpecial : Kind::kAdded;
  }
  return absl::OkStatus();
}

absl::StatusOr<int32_t>
TokenizerFile::FindInVocabulary(const JsonNode &merge,
                                absl::string_view token) const {
  auto it = vocabulary_.find(token);
  if (it == vocabulary_.end())
    return merge.Error(absl::StrCat("token ", QuoteForMessage(token),
                                    " is not in /model/vocab"));
  return it->second;
}

absl::Status TokenizerFile::ReadMerges(const JsonNode &merges) {
  DSV4RUN_ASSIGN_OR_RETURN(size_t size, merges.ArraySize());
  for (size_t i = 0; i < size; ++i) {
    // Either "left right" or ["left", "right"].
    JsonNode merge = merges.At(i);
    std::string left, right;
    if (merge.value().is_array() && merge.value().size() == 2) {
      DSV4RUN_ASSIGN_OR_RETURN(left, merge.At(0).String());
      DSV4RUN_ASSIGN_OR_RETURN(right, merge.At(1).String());
    } else {
      if (!merge.value().is_string())
        return merge.Expected("\"left right\" or [\"left\", \"right\"]");
      DSV4RUN_ASSIGN_OR_RETURN(std::string text, merge.String());
      size_t space = text.find(' ');
      if (space == std::string::npos ||
          text.find(' ', space + 1) != std::string::npos)
        return merge.Expected("two tokens separated by one space");
      left = text.substr(0, space);
      right = text.substr(space + 1);
    }
    DSV4RUN_ASSIGN_OR_RETURN(int32_t left_id, FindInVocabulary(merge, left));
    DSV4RUN_ASSIGN_OR_RETURN(int32_t right_id, FindInVocabulary(merge, right));
    DSV4RUN_ASSIGN_OR_RETURN(int32_t merged_id,
                             FindInVocabulary(merge, left + right));
    tokenizer_->encoder_->AddMerge(left_id, right_id, merged_id);
  }
  return absl::OkStatus();
}

void TokenizerFile::FindWholePieces(bool ignore_merges) {
  std::vector<int32_t> ids;
  for (const auto &[spelling, id] : vocabulary_) {
    const Tokenizer::Token &token = tokenizer_->tokens_[id];
    if (token.kind != Tokenizer::Token::Kind::kVocabulary)
      continue;
    // No split rule is asked here: a token that no piece can equal costs memory
    // only.
    ids.clear();
    if (!ignore_merges)
      tokenizer_->encoder_->Encode(token.bytes, ids);
    if (ignore_merges || (ids.size() == 1 && ids[0] == id))
      tokenizer_->whole_pieces_.emplace(token.bytes, id);
  }
}

} // namespace dsv4run
