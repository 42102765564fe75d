//===- TokenizerBenchmark.cpp - Encoding speed on one core ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstdio>
#include <random>
#include <string>

#include "BenchmarkCorpus.h"
#include "BpeTrainer.h"
#include "Tokenizer/RandomText.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "dsv4run/Tokenizer/ByteAlphabet.h"
#include "dsv4run/Tokenizer/PreTokenizer.h"
#include "dsv4run/Tokenizer/StreamingDecoder.h"
#include "dsv4run/Tokenizer/Tokenizer.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

const Tokenizer &Shakespeare() {
  static const auto *tokenizer =
      Tokenizer::Load(DSV4RUN_SOURCE_DIR "/models/dsv4-shakespeare")->release();
  return *tokenizer;
}

/// About a megabyte of prose, code, numbers and other scripts in turn.
const std::string &MixedText() {
  static const std::string text = [] {
    const std::string paragraphs[] = {
        "Now is the winter of our discontent\nMade glorious summer by this sun "
        "of York;\nAnd all the clouds that lour'd upon our house\n\n",
        "for (size_t i = 0; i + 1 < values.size(); ++i) {\n    sum += "
        "values[i] * 0x1F; // 3.14159\n}\n",
        "ラーメンを食べました。価格は1250円でした。中文文本也在这里。\n",
        "Съешь же ещё этих мягких французских булок, да выпей чаю. naïve café "
        "🙂🙂\n",
        "| 2026-11-22 | 1,234,567.89 | -17 | \"quoted\", {\"key\": [1, 2]} |\n",
    };
    std::mt19937_64 random(1);
    std::string text;
    while (text.size() < (1 << 20))
      text += paragraphs[random() % std::size(paragraphs)];
    return text;
  }();
  return text;
}

void SetBytes(benchmark::State &state, const std::string &text) {
  state.SetBytesProcessed(state.iterations() * text.size());
}

const BenchmarkCorpus &Corpus() {
  static const BenchmarkCorpus corpus = ReadBenchmarkCorpus();
  return corpus;
}

/// A tokenizer.json of the published size: 3 special tokens, 256 bytes, 127,741
/// merges and 1,280 more added tokens, 129,280 in all. The merges are learnt
/// from the corpus, which takes some seconds.
const std::string &FullSizeFile() {
  static const std::string file = [] {
    absl::flat_hash_map<std::string, int64_t> pieces;
    CreatePublishedSplitter()
        ->Split(Corpus().training,
                [&](absl::string_view piece) { ++pieces[piece]; })
        .IgnoreError();
    std::vector<std::pair<int32_t, int32_t>> merges = TrainBpe(pieces, 127'741);
    std::fprintf(stderr, "learnt %zu merges from %zu bytes, %zu pieces\n",
                 merges.size(), Corpus().training.size(), pieces.size());

    std::vector<std::string> spellings;
    for (char16_t c : ByteAlphabet())
      testing::AppendUtf8(spellings.emplace_back(), c);
    nlohmann::json vocab, list = nlohmann::json::array(),
                          added = nlohmann::json::array();
    auto add_special = [&](const std::string &content, int id) {
      added.push_back({{"id", id}, {"content", content}, {"special", true}});
    };
    for (int i = 0; i < 3; ++i) {
      add_special(absl::StrCat("<|", i, "|>"), i);
      vocab[absl::StrCat("<|", i, "|>")] = i;
    }
    for (auto [left, right] : merges) {
      list.push_back({spellings[left], spellings[right]});
      spellings.push_back(spellings[left] + spellings[right]);
    }
    for (size_t i = 0; i < spellings.size(); ++i)
      vocab[spellings[i]] = 3 + i;
    for (int id = 128'000; id < 129'280; ++id)
      add_special(absl::StrCat("<｜", id, "｜>"), id);
    nlohmann::json steps = nlohmann::json::array();
    for (const std::string &pattern : PublishedSplitPatterns())
      steps.push_back({{"type", "Split"},
                       {"pattern", {{"Regex", pattern}}},
                       {"behavior", "Isolated"}});
    steps.push_back({{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"use_regex", false}});
    nlohmann::json document = {
        {"decoder", {{"type", "ByteLevel"}}},
        {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}},
        {"added_tokens", added},
        {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", list}}}};
    return document.dump();
  }();
  return file;
}

/// Null if there was too little text.
const Tokenizer *FullSize(benchmark::State &state) {
  static const Tokenizer *tokenizer =
      Tokenizer::Parse(FullSizeFile(), "corpus")->release();
  if (Corpus().mixed.empty() || tokenizer->id_limit() != 129'280 ||
      !tokenizer->TokenBytes(127'999).ok()) {
    state.SkipWithError("the machine has too little text for 127,741 merges");
    return nullptr;
  }
  return tokenizer;
}

void BM_FullSizeLoad(benchmark::State &state) {
  if (!FullSize(state))
    return;
  for (auto _ : state)
    benchmark::DoNotOptimize(Tokenizer::Parse(FullSizeFile(), "corpus"));
}
BENCHMARK(BM_FullSizeLoad)->Unit(benchmark::kMillisecond);

void BM_FullSizeEncode(benchmark::State &state) {
  const Tokenizer *tokenizer = FullSize(state);
  if (!tokenizer)
    return;
  const std::string &text = Corpus().mixed;
  size_t tokens = 0;
  for (auto _ : state)
    tokens = tokenizer->Encode(text)->size();
  state.SetBytesProcessed(state.iterations() * text.size());
  state.counters["bytes_per_token"] =
      static_cast<double>(text.size()) / static_cast<double>(tokens);
}
BENCHMARK(BM_FullSizeEncode)->Unit(benchmark::kMillisecond);

void BM_FullSizeStreamingDecode(benchmark::State &state) {
  const Tokenizer *tokenizer = FullSize(state);
  if (!tokenizer)
    return;
  const std::vector<int32_t> ids = *tokenizer->Encode(Corpus().mixed);
  for (auto _ : state) {
    StreamingDecoder decoder(*tokenizer);
    size_t bytes = 0;
    for (int32_t id : ids)
      bytes += decoder.Push(id)->size();
    if (bytes + decoder.Flush().size() != Corpus().mixed.size())
      state.SkipWithError("the text did not come back");
  }
  state.SetBytesProcessed(state.iterations() * Corpus().mixed.size());
}
BENCHMARK(BM_FullSizeStreamingDecode)->Unit(benchmark::kMillisecond);

void BM_EncodeMixedText(benchmark::State &state) {
  const std::string &text = MixedText();
  for (auto _ : state)
    benchmark::DoNotOptimize(Shakespeare().Encode(text));
  SetBytes(state, text);
}
BENCHMARK(BM_EncodeMixedText)->Unit(benchmark::kMillisecond);

void BM_EncodeRandomUnicode(benchmark::State &state) {
  std::mt19937_64 random(2);
  std::string text = testing::RandomText(random, 300'000);
  for (auto _ : state)
    benchmark::DoNotOptimize(Shakespeare().Encode(text));
  SetBytes(state, text);
}
BENCHMARK(BM_EncodeRandomUnicode)->Unit(benchmark::kMillisecond);

void BM_EncodeOneHugePiece(benchmark::State &state) {
  std::mt19937_64 random(3);
  std::string text;
  while (text.size() < (1 << 20))
    text += static_cast<char>('a' + random() % 26);
  for (auto _ : state)
    benchmark::DoNotOptimize(Shakespeare().Encode(text));
  SetBytes(state, text);
}
BENCHMARK(BM_EncodeOneHugePiece)->Unit(benchmark::kMillisecond);

void SplitMixedText(benchmark::State &state, const PreTokenizer &splitter) {
  const std::string &text = MixedText();
  size_t pieces = 0;
  for (auto _ : state)
    splitter.Split(text, [&](absl::string_view) { ++pieces; }).IgnoreError();
  benchmark::DoNotOptimize(pieces);
  SetBytes(state, text);
}

void BM_SplitPublished(benchmark::State &state) {
  SplitMixedText(state, *CreatePublishedSplitter());
}
BENCHMARK(BM_SplitPublished)->Unit(benchmark::kMillisecond);

void BM_SplitIcuRegex(benchmark::State &state) {
  SplitMixedText(state,
                 **PreTokenizer::CreateFromRegexes(PublishedSplitPatterns()));
}
BENCHMARK(BM_SplitIcuRegex)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace dsv4run
