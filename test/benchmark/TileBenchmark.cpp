//===- TileBenchmark.cpp - Speed of compiled kernels ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One core. Dots report their share of the peak of fused multiply-adds, matrix
// times vector its share of the bandwidth of reading memory; both limits are
// measured in the same run.
//
//===----------------------------------------------------------------------===//

#include "../unit/Tile/KernelLibrary.h"
#include "benchmark/benchmark.h"
#include <chrono>
#include <cstring>
#include <immintrin.h>

using namespace dsv4c::test;

namespace {

double secondsOf(const std::function<void()> &body) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    auto start = std::chrono::steady_clock::now();
    body();
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
  }
  return best;
}

// Twelve independent chains hide the latency of the multiply-add.
__attribute__((target("avx512f"))) void runFma512(int64_t count) {
  __m512 sums[12], a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(1.0f);
  for (__m512 &sum : sums)
    sum = b;
  for (int64_t i = 0; i < count; ++i)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, a, b);
  for (__m512 &sum : sums)
    benchmark::DoNotOptimize(sum);
}

__attribute__((target("avx2,fma"))) void runFma256(int64_t count) {
  __m256 sums[12], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(1.0f);
  for (__m256 &sum : sums)
    sum = b;
  for (int64_t i = 0; i < count; ++i)
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, a, b);
  for (__m256 &sum : sums)
    benchmark::DoNotOptimize(sum);
}

/// f32 operations per second of one core; a multiply-add is two.
double peakFlops(const std::string &level) {
  const int64_t count = 2000000;
  bool isWide = level == "x86-64-v4";
  double seconds =
      secondsOf([&] { isWide ? runFma512(count) : runFma256(count); });
  return 2.0 * 12 * (isWide ? 16 : 8) * count / seconds;
}

/// Reads `size` bytes, a multiple of 128, with as many streams of loads as
/// there are registers to hold them.
__attribute__((target("avx2"))) void readAll(const char *data, size_t size) {
  __m256i sums[4] = {};
  for (size_t i = 0; i < size; i += 128)
    for (int j = 0; j < 4; ++j)
      sums[j] = _mm256_xor_si256(
          sums[j], _mm256_load_si256(
                       reinterpret_cast<const __m256i *>(data + i + 32 * j)));
  for (__m256i &sum : sums)
    benchmark::DoNotOptimize(sum);
}

/// Bytes per second of one core that reads `size` bytes over and over and does
/// nothing else.
double readBandwidth(size_t size) {
  Array<char> data(size, 1);
  return size / secondsOf([&] { readAll(data.data(), size); });
}

void runDot(benchmark::State &state, const std::string &level, int64_t m,
            int64_t k, int64_t n) {
  KernelLibrary library(substitute(R"mlir(
    tile.kernel @dot(%wg: index, %a: memref<$Mx$Kxf32>, %b: memref<$Kx$Nxf32>,
                     %c: memref<$Mx$Nxf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %at = tile.load %a[%c0, %c0] : memref<$Mx$Kxf32> -> tensor<$Mx$Kxf32>
      %bt = tile.load %b[%c0, %c0] : memref<$Kx$Nxf32> -> tensor<$Kx$Nxf32>
      %ct = tile.dot %at, %bt : tensor<$Mx$Kxf32>, tensor<$Kx$Nxf32> -> tensor<$Mx$Nxf32>
      tile.store %ct, %c[%c0, %c0] : tensor<$Mx$Nxf32>, memref<$Mx$Nxf32>
      tile.return
    }
  )mlir",
                                   {{"M", std::to_string(m)},
                                    {"K", std::to_string(k)},
                                    {"N", std::to_string(n)}}),
                        level);
  Array<float> a = randomFloats(m * k), b = randomFloats(k * n), c(m * n);
  void *buffers[] = {a, b, c};
  auto function = library.get("dot");
  double peak = peakFlops(level);
  for (auto _ : state)
    function(buffers, 0, 1);
  double flops = 2.0 * m * k * n * state.iterations();
  state.counters["FLOPS"] =
      benchmark::Counter(flops, benchmark::Counter::kIsRate);
  state.counters["peak"] = peak;
  state.counters["ofPeak"] =
      benchmark::Counter(flops / peak, benchmark::Counter::kIsRate);
}

// y[n] = sum_k x[k] w[n, k] with w in panels of 64 rows and one scale per panel
// and 128 of k, the products of the code and of the scale kept apart.
void runGemv(benchmark::State &state, const std::string &level, int64_t k,
             int64_t n) {
  KernelLibrary library(substitute(R"mlir(
    tile.kernel @gemv(%wg: index, %x: memref<1x$Kxf32>, %w: memref<?x$Kx64xf8E4M3FN>,
                      %s: memref<?x$Bxf32>, %y: memref<?x64xf32>)
        attributes {workgroups = $P : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c128 = arith.constant 128 : index
      %blocks = arith.constant $B : index
      %zero = arith.constant dense<0.0> : tensor<1x64xf32>
      %sum = scf.for %i = %c0 to %blocks step %c1 iter_args(%acc = %zero) -> (tensor<1x64xf32>) {
        %at = arith.muli %i, %c128 : index
        %xt = tile.load %x[%c0, %at] : memref<1x$Kxf32> -> tensor<1x128xf32>
        %wt = tile.load %w[%wg, %at, %c0] : memref<?x$Kx64xf8E4M3FN> -> tensor<128x64xf8E4M3FN>
        %wf = fp8.extend finite %wt : tensor<128x64xf8E4M3FN> to tensor<128x64xf32>
        %p = tile.dot %xt, %wf : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
        %scale = memref.load %s[%wg, %i] : memref<?x$Bxf32>
        %scales = tensor.splat %scale : tensor<1x64xf32>
        %scaled = arith.mulf %p, %scales : tensor<1x64xf32>
        %next = arith.addf %acc, %scaled : tensor<1x64xf32>
        scf.yield %next : tensor<1x64xf32>
      }
      %row = tensor.collapse_shape %sum [[0, 1]] : tensor<1x64xf32> into tensor<64xf32>
      tile.store %row, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    }
  )mlir",
                                   {{"K", std::to_string(k)},
                                    {"B", std::to_string(k / 128)},
                                    {"P", std::to_string(n / 64)}}),
                        level);
  Array<float> x = randomFloats(k), s(n / 64 * k / 128, 1), y(n);
  Array<uint8_t> w(n * k);
  std::mt19937 generator(1);
  for (uint8_t &code : w)
    code = generator() & 0xf7;
  void *buffers[] = {x, w, s, y};
  auto function = library.get("gemv");
  double limit = readBandwidth(w.size());
  for (auto _ : state)
    function(buffers, 0, n / 64);
  double bytes = double(n) * k * state.iterations();
  state.counters["bytes"] =
      benchmark::Counter(bytes, benchmark::Counter::kIsRate);
  state.counters["readBytes"] = limit;
  state.counters["ofRead"] =
      benchmark::Counter(bytes / limit, benchmark::Counter::kIsRate);
}

// The same with e2m1 codes, two to a byte, one scale per row and 32 of k: each
// block is summed as two halves of 16, the low and the high nibbles.
void runGemvFp4(benchmark::State &state, const std::string &level, int64_t k,
                int64_t n) {
  std::string blocks, sum = "%acc";
  for (int i = 0; i < 4; ++i) {
    std::string next = "%acc" + std::to_string(i);
    blocks += substitute(
        R"mlir(
        %xl$I = tensor.extract_slice %xt[0, $L] [1, 16] [1, 1] : tensor<1x128xf32> to tensor<1x16xf32>
        %xh$I = tensor.extract_slice %xt[0, $H] [1, 16] [1, 1] : tensor<1x128xf32> to tensor<1x16xf32>
        %wl$I = tensor.extract_slice %low[$W, 0] [16, 64] [1, 1] : tensor<64x64xf32> to tensor<16x64xf32>
        %wh$I = tensor.extract_slice %high[$W, 0] [16, 64] [1, 1] : tensor<64x64xf32> to tensor<16x64xf32>
        %pl$I = tile.dot %xl$I, %wl$I : tensor<1x16xf32>, tensor<16x64xf32> -> tensor<1x64xf32>
        %ph$I = tile.dot %xh$I, %wh$I : tensor<1x16xf32>, tensor<16x64xf32> -> tensor<1x64xf32>
        %p$I = arith.addf %pl$I, %ph$I : tensor<1x64xf32>
        %at$I = arith.constant $I : index
        %sat$I = arith.addi %first, %at$I : index
        %st$I = tile.load %s[%wg, %sat$I, %c0] : memref<?x$Bx64xf8E8M0FNU> -> tensor<64xf8E8M0FNU>
        %sf$I = fp8.extend %st$I : tensor<64xf8E8M0FNU> to tensor<64xf32>
        %sb$I = tile.broadcast %sf$I dims [1] : tensor<64xf32> -> tensor<1x64xf32>
        $NEXT = math.fma %p$I, %sb$I, $SUM : tensor<1x64xf32>
    )mlir",
        {{"NEXT", next},
         {"SUM", sum},
         {"I", std::to_string(i)},
         {"L", std::to_string(32 * i)},
         {"H", std::to_string(32 * i + 16)},
         {"W", std::to_string(16 * i)},
         {"B", std::to_string(k / 32)}});
    sum = next;
  }
  KernelLibrary library(substitute(R"mlir(
    tile.kernel @gemv(%wg: index, %x: memref<1x$Kxf32>, %w: memref<?x$Hx64xi8>,
                      %s: memref<?x$Bx64xf8E8M0FNU>, %y: memref<?x64xf32>)
        attributes {workgroups = $P : i64} {
      %c0 = arith.constant 0 : index
      %c2 = arith.constant 2 : index
      %c32 = arith.constant 32 : index
      %c128 = arith.constant 128 : index
      %end = arith.constant $K : index
      %zero = arith.constant dense<0.0> : tensor<1x64xf32>
      %sum = scf.for %at = %c0 to %end step %c128 iter_args(%acc = %zero) -> (tensor<1x64xf32>) {
        %first = arith.divui %at, %c32 : index
        %half = arith.divui %at, %c2 : index
        %xt = tile.load %x[%c0, %at] : memref<1x$Kxf32> -> tensor<1x128xf32>
        %wt = tile.load %w[%wg, %half, %c0] : memref<?x$Hx64xi8> -> tensor<64x64xi8>
        %low = fp8.extend_fp4 low %wt : tensor<64x64xi8> to tensor<64x64xf32>
        %high = fp8.extend_fp4 high %wt : tensor<64x64xi8> to tensor<64x64xf32>
        )mlir" + blocks + R"mlir(
        scf.yield )mlir" + sum + R"mlir( : tensor<1x64xf32>
      }
      %row = tensor.collapse_shape %sum [[0, 1]] : tensor<1x64xf32> into tensor<64xf32>
      tile.store %row, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    }
  )mlir",
                                   {{"K", std::to_string(k)},
                                    {"H", std::to_string(k / 2)},
                                    {"B", std::to_string(k / 32)},
                                    {"P", std::to_string(n / 64)}}),
                        level);
  Array<float> x = randomFloats(k), y(n);
  Array<uint8_t> w(n * k / 2), s(n * k / 32, 127);
  std::mt19937 generator(1);
  for (uint8_t &codes : w)
    codes = generator();
  void *buffers[] = {x, w, s, y};
  auto function = library.get("gemv");
  double limit = readBandwidth(w.size());
  for (auto _ : state)
    function(buffers, 0, n / 64);
  double bytes = double(w.size() + s.size()) * state.iterations();
  state.counters["bytes"] =
      benchmark::Counter(bytes, benchmark::Counter::kIsRate);
  state.counters["readBytes"] = limit;
  state.counters["ofRead"] =
      benchmark::Counter(bytes / limit, benchmark::Counter::kIsRate);
}

} // namespace

int main(int argc, char **argv) {
  const int64_t shapes[][3] = {{1, 512, 64},   {4, 128, 64}, {8, 128, 128},
                               {32, 128, 64},  {32, 32, 64}, {64, 512, 64},
                               {64, 128, 512}, {64, 64, 16}};
  for (const std::string &level : runnableLevels()) {
    for (auto [m, k, n] : shapes)
      benchmark::RegisterBenchmark(
          ("dot/" + level + "/" + std::to_string(m) + "x" + std::to_string(k) +
           "x" + std::to_string(n))
              .c_str(),
          [=, m = m, k = k, n = n](benchmark::State &state) {
            runDot(state, level, m, k, n);
          });
    for (int64_t n : {512, 16384}) {
      benchmark::RegisterBenchmark(
          ("gemv-fp4/" + level + "/4096x" + std::to_string(n)).c_str(),
          [=](benchmark::State &state) { runGemvFp4(state, level, 4096, n); });
      benchmark::RegisterBenchmark(
          ("gemv-fp8/" + level + "/4096x" + std::to_string(n)).c_str(),
          [=](benchmark::State &state) { runGemv(state, level, 4096, n); });
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
