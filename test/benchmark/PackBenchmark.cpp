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
enum Format { kE4m3, kE4m3Recast, kE2m1, kBf16 };

/// Packs one matrix in panels of 16 with range(0) threads.
void Pack(benchmark::State &state, Format format) {
  const bool fp4 = format == kE2m1, scaled = format != kBf16;
  const uint64_t row_bytes = fp4      ? kColumns / 2
                             : scaled ? kColumns
                                      : kColumns * 2;
  const uint64_t scale_rows = fp4 ? kRows : kRows / 128;
  const uint64_t scale_columns = fp4 ? kColumns / 32 : kColumns / 128;
  schema::ManifestT manifest = EmptyManifest();
  manifest.buffers.push_back(MakeBuffer("w", schema::Space::Weights, "i8",
                                        {kRows, row_bytes}, kRows * row_bytes,
                                        "w"));
  manifest.packs.push_back(
      MakePack(scaled ? schema::PackKind::Scaled : schema::PackKind::Tensor, 0,
               kRows, kColumns, 16));
  schema::PackProgramT &pack = *manifest.packs[0];
  MemorySource source;
  const char *dtype = fp4 ? "I8" : scaled ? "F8_E4M3" : "BF16";
  const uint64_t stored_columns = fp4 ? kColumns / 2 : kColumns;
  pack.tensors.push_back(MakeTensor("w", dtype, {kRows, stored_columns}));
  auto &codes = source.Add("w", *DTypeFromName(dtype), {kRows, stored_columns});
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
    pack.recast = format == kE4m3Recast;
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

BENCHMARK_MAIN();
