//===- SyntheticBenchmark.cpp - Generation speed on one core --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <vector>

#include "benchmark/benchmark.h"
#include "dsv4run/Synthetic/Recipe.h"

namespace dsv4run {
namespace {

void GenerateRole(benchmark::State &state, TensorRole role, DType dtype) {
  ModelTensor tensor;
  tensor.name = "benchmark.weight";
  tensor.role = role;
  tensor.dtype = dtype;
  tensor.shape = {1 << 10, 1 << 10};
  tensor.columns = 1 << 10;
  TensorRecipe recipe(tensor, 256);
  std::vector<std::byte> bytes(SizeOf(dtype) << 20);
  for (auto _ : state) {
    recipe.Generate(0, absl::MakeSpan(bytes));
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetBytesProcessed(state.iterations() * bytes.size());
}

BENCHMARK_CAPTURE(GenerateRole, Fp8, TensorRole::kFp8Weight, DType::kF8E4M3);
BENCHMARK_CAPTURE(GenerateRole, Fp4, TensorRole::kFp4Weight, DType::kI8);
BENCHMARK_CAPTURE(GenerateRole, Bf16, TensorRole::kEmbedding, DType::kBF16);
BENCHMARK_CAPTURE(GenerateRole, F32, TensorRole::kHcFn, DType::kF32);

} // namespace
} // namespace dsv4run
