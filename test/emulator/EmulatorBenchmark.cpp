//===- EmulatorBenchmark.cpp - Wave instructions per second and core ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Device.h"
#include "dsv4emu/Numeric.h"
#include <benchmark/benchmark.h>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

namespace {

struct Mix {
  const char *kernel;
  uint32_t groups, workgroup;
  uint32_t inputBytes, outputBytes;
  int pointers; ///< Input buffers before the output.
  uint32_t last;
};
constexpr Mix kMixes[] = {
    {"gemm_loop", 8, 64, 1 << 19, 1 << 15, 2, 2048},
    {"elementwise", 16, 256, 1 << 16, 1 << 16, 2, 32},
    {"lds_reduction", 8, 256, 1 << 16, 1 << 10, 1, 64},
};

/// Bell-shaped FP8 codes, as quantised weights and activations have them, for
/// the GEMM; plain numbers for the others.
std::vector<uint8_t> inputData(const Mix &mix, uint32_t seed) {
  std::vector<uint8_t> data(mix.inputBytes, 0x38);
  if (std::strcmp(mix.kernel, "gemm_loop") != 0)
    return data;
  std::mt19937 random(seed);
  std::normal_distribution<double> bell(0.0, 60.0);
  constexpr size_t period = 40009;
  for (size_t k = 0; k < data.size(); ++k)
    data[k] = k < period ? dsv4emu::toFp8(bell(random), /*overflow=*/true)
                         : data[k - period];
  return data;
}

void run(benchmark::State &state, const Mix &mix, bool checked,
         unsigned threads) {
  std::ifstream in(std::string(KERNEL_DIR) + "/benchmark.hsaco",
                   std::ios::binary);
  std::vector<uint8_t> file(std::istreambuf_iterator<char>(in), {});
  dsv4emu::Device device(uint64_t{1} << 32);
  auto program = device.load(file);
  if (!program.ok())
    return state.SkipWithError(std::string(program.status().message()).c_str());
  auto kernel = device.kernel(*program, mix.kernel);
  if (!kernel.ok())
    return state.SkipWithError(std::string(kernel.status().message()).c_str());
  std::vector<uint8_t> arguments;
  auto push = [&](const void *p, size_t size) {
    const uint8_t *bytes = static_cast<const uint8_t *>(p);
    arguments.insert(arguments.end(), bytes, bytes + size);
  };
  for (int k = 0; k <= mix.pointers; ++k) {
    std::vector<uint8_t> data = inputData(mix, static_cast<uint32_t>(k));
    auto address = device.memory().allocate(
        k < mix.pointers ? mix.inputBytes : mix.outputBytes, "buffer");
    if (!address.ok() ||
        (k < mix.pointers &&
         !device.memory().write(*address, data.data(), data.size()).ok()))
      return state.SkipWithError("no device memory");
    push(&*address, 8);
  }
  push(&mix.last, 4);
  dsv4emu::LaunchConfig config;
  config.grid = {mix.groups * mix.workgroup, 1, 1};
  config.workgroup = {mix.workgroup, 1, 1};
  config.threads = threads;
  config.checks =
      checked ? dsv4emu::CheckSet::all() : dsv4emu::CheckSet::none();
  int64_t instructions = 0;
  for (auto _ : state) {
    auto result = device.launch(*kernel, config, arguments);
    if (!result.ok())
      return state.SkipWithError(
          std::string(result.status().message()).c_str());
    if (!result->clean())
      return state.SkipWithError(result->reports[0].str().c_str());
    instructions += static_cast<int64_t>(result->counters.instructions);
  }
  state.SetItemsProcessed(instructions);
}

} // namespace

int main(int argc, char **argv) {
  for (const Mix &mix : kMixes)
    for (bool checked : {false, true})
      for (unsigned threads : {1u, 2u})
        benchmark::RegisterBenchmark(
            (std::string(mix.kernel) + (checked ? "/checked" : "/unchecked") +
             "/host_threads:" + std::to_string(threads))
                .c_str(),
            [&mix, checked, threads](benchmark::State &state) {
              run(state, mix, checked, threads);
            })
            ->MeasureProcessCPUTime() // Of all threads: the rate is per core.
            ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
