//===- SamplerBenchmark.cpp - Drawing one token of the whole vocabulary ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "dsv4run/Sampling/LogProbabilities.h"
#include "dsv4run/Sampling/Sampler.h"

namespace dsv4run {
namespace {

/// 129,280 logits with a spread as models have it.
const std::vector<float> &Logits() {
  static const std::vector<float> logits = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 3);
    std::vector<float> logits(129'280);
    for (float &logit : logits)
      logit = normal(random);
    return logits;
  }();
  return logits;
}

void Sample(benchmark::State &state, const SamplingOptions &options) {
  absl::StatusOr<Sampler> sampler = Sampler::Create(options);
  TokenCounts counts;
  counts.AddPrompt({1, 2, 3});
  uint64_t position = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(sampler->Sample(Logits(), position++, counts));
}

void BM_SampleGreedy(benchmark::State &state) {
  SamplingOptions options;
  options.temperature = 0;
  Sample(state, options);
}
BENCHMARK(BM_SampleGreedy)->Unit(benchmark::kMicrosecond);

void BM_SampleAll(benchmark::State &state) { Sample(state, {}); }
BENCHMARK(BM_SampleAll)->Unit(benchmark::kMicrosecond);

void BM_SampleTopP(benchmark::State &state) {
  SamplingOptions options;
  options.top_p = 0.95f;
  Sample(state, options);
}
BENCHMARK(BM_SampleTopP)->Unit(benchmark::kMicrosecond);

void BM_SamplePenalties(benchmark::State &state) {
  SamplingOptions options;
  options.repetition_penalty = 1.1f;
  options.logit_bias = {{5, 1.0f}};
  Sample(state, options);
}
BENCHMARK(BM_SamplePenalties)->Unit(benchmark::kMicrosecond);

void BM_LogProbabilities(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(ComputeLogProbabilities(Logits(), 7, 20));
}
BENCHMARK(BM_LogProbabilities)->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace dsv4run
