//===- PackBenchmark.cpp - Speed of the pack programs ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes per second of the packed output, source in memory. `Copy` is memcpy of
// the same size, for scale.

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <cstring>

#include "Bundle/SampleManifest.h"
#include "Pack/MemorySource.h"
#include "dsv4run/Pack/PackWeights.h"

using namespace dsv4run;
using namespace dsv4run::testing;

namespace {

constexpr uint64_t kRows = 8192, kColumns = 8192;

/// Weights as stored, and the bytes of a fragment to pack them in; 0 for panels
/// of 16 rows.
struct Format {
  const char *dtype;
  uint64_t bits;
  uint32_t fragment = 0;
  bool recast = false;
};
constexpr Format kE4m3 = {"F8_E4M3", 8}, kE2m1 = {"I8", 4},
                 kBf16 = {"BF16", 16}, kE4m3Recast = {"F8_E4M3", 8, 0, true},
                 kE4m3Fragments = {"F8_E4M3", 8, 8},
                 kE2m1Fragments = {"I8", 4, 4},
                 kBf16Fragments = {"BF16", 16, 8},
                 kF32Fragments = {"F32", 32, 4};

/// Packs one matrix with range(0) threads.
void Pack(benchmark::State &state, const Format &format) {
  const bool fp4 = format.bits == 4, scaled = format.bits <= 8;
  const uint64_t row_bytes = kColumns * format.bits / 8;
  const uint64_t scale_rows = fp4 ? kRows : kRows / 128;
  const uint64_t scale_columns = fp4 ? kColumns / 32 : kColumns / 128;
  schema::ManifestT manifest = EmptyManifest();
  manifest.buffers.push_back(MakeBuffer("w", schema::Space::Weights, "i8",
                                        {kRows, row_bytes}, kRows * row_bytes,
                                        "w"));
  manifest.packs.push_back(
      MakePack(scaled ? schema::PackKind::Scaled : schema::PackKind::Tensor, 0,
               kRows, kColumns, format.fragment ? 64 : 16));
  schema::PackProgramT &pack = *manifest.packs[0];
  pack.fragment = format.fragment;
  MemorySource source;
  const uint64_t stored_columns = fp4 ? kColumns / 2 : kColumns;
  pack.tensors.push_back(
      MakeTensor("w", format.dtype, {kRows, stored_columns}));
  auto &codes =
      source.Add("w", *DTypeFromName(format.dtype), {kRows, stored_columns});
  for (size_t i = 0; i < codes.size(); ++i)
    codes[i] = i * 37 % 127;
  manifest.weights_bytes = kRows * row_bytes;
  if (scaled) {
    manifest.buffers.push_back(
        MakeBuffer("s", schema::Space::Weights, "i8",
                   {scale_rows, scale_columns}, scale_rows * scale_columns, "w",
                   schema::Part::Scales, manifest.weights_bytes));
    manifest.weights_bytes += scale_rows * scale_columns;
    pack.scales = 1;
    pack.block_rows = fp4 ? 1 : 128;
    pack.block_columns = fp4 ? 32 : 128;
    pack.recast = format.recast;
    pack.scale_tensors.push_back(
        MakeTensor("s", "F8_E8M0", {scale_rows, scale_columns}));
    source.Add("s", DType::kF8E8M0, {scale_rows, scale_columns});
  }
  PackedManifest packed(manifest);
  std::vector<std::byte> weights(manifest.weights_bytes);
  const TensorSource &tensors = source;
  PackOptions options;
  options.threads = state.range(0);
  for (auto _ : state)
    if (!PackWeights(*packed, tensors, absl::MakeSpan(weights), options).ok())
      std::abort();
  state.SetBytesProcessed(state.iterations() * manifest.weights_bytes);
}

void Copy(benchmark::State &state) {
  std::vector<char> from(kRows * kColumns, 1), to(kRows * kColumns);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), to.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * to.size());
}

} // namespace

BENCHMARK(Copy)->UseRealTime();
BENCHMARK_CAPTURE(Pack, e4m3, kE4m3)->Arg(1)->Arg(3)->UseRealTime();
BENCHMARK_CAPTURE(Pack, e4m3_recast, kE4m3Recast)
    ->Arg(1)
    ->Arg(3)
    ->UseRealTime();
BENCHMARK_CAPTURE(Pack, e2m1, kE2m1)->Arg(1)->Arg(3)->UseRealTime();
BENCHMARK_CAPTURE(Pack, bf16, kBf16)->Arg(1)->Arg(3)->UseRealTime();
BENCHMARK_CAPTURE(Pack, e4m3_fragments, kE4m3Fragments)
    ->Arg(1)
    ->Arg(3)
    ->UseRealTime();
BENCHMARK_CAPTURE(Pack, e2m1_fragments, kE2m1Fragments)
    ->Arg(1)
    ->Arg(3)
    ->UseRealTime();
BENCHMARK_CAPTURE(Pack, bf16_fragments, kBf16Fragments)
    ->Arg(1)
    ->Arg(3)
    ->UseRealTime();
BENCHMARK_CAPTURE(Pack, f32_fragments, kF32Fragments)
    ->Arg(1)
    ->Arg(3)
    ->UseRealTime();

BENCHMARK_MAIN();
