//===- TokenizerBenchmark.cpp - Encoding speed on one core ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <random>
#include <string>

#include "Tokenizer/RandomText.h"
#include "benchmark/benchmark.h"
#include "dsv4run/Tokenizer/PreTokenizer.h"
#include "dsv4run/Tokenizer/Tokenizer.h"

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
