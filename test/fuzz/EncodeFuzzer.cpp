//===- EncodeFuzzer.cpp - Texts -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>
#include <vector>

#include "FuzzCheck.h"
#include "dsv4run/Tokenizer/StreamingDecoder.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "dsv4run/Tokenizer/Utf8.h"

using namespace dsv4run;

namespace {

const Tokenizer &LoadTokenizer() {
  static const auto *tokenizer =
      Tokenizer::Load(DSV4RUN_SOURCE_DIR "/models/dsv4-shakespeare")->release();
  return *tokenizer;
}

std::vector<std::string> Split(const PreTokenizer &splitter,
                               absl::string_view text) {
  std::vector<std::string> pieces;
  absl::Status status = splitter.Split(
      text, [&](absl::string_view piece) { pieces.emplace_back(piece); });
  fuzz::Check(status.ok(), "the published patterns match in time");
  return pieces;
}

void CheckSplitters(absl::string_view valid) {
  static const auto *regexes =
      PreTokenizer::CreateFromRegexes(PublishedSplitPatterns())->release();
  static const auto *published = CreatePublishedSplitter().release();
  fuzz::Check(Split(*regexes, valid) == Split(*published, valid),
              "both splitters agree");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::string_view text = fuzz::AsText(data, size);
  const Tokenizer &tokenizer = LoadTokenizer();
  for (auto mode :
       {Tokenizer::AddedTokens::kMatch, Tokenizer::AddedTokens::kText}) {
    absl::StatusOr<std::vector<int32_t>> ids = tokenizer.Encode(text, mode);
    fuzz::Check(ids.ok(), "any text can be encoded");
    fuzz::Check(*tokenizer.Decode(*ids) == text, "text round-trips");
    StreamingDecoder decoder(tokenizer);
    std::string streamed;
    for (int32_t id : *ids)
      streamed += *decoder.Push(id);
    streamed += decoder.Flush();
    fuzz::Check(streamed == text, "streaming loses nothing");
  }
  CheckSplitters(text.substr(0, ValidUtf8Prefix(text)));
  return 0;
}
