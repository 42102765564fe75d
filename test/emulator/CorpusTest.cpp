//===- CorpusTest.cpp - Ordinary kernels run right and clean --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel, as clang compiles it at -O0 to -O3, under all checks, that of
// wait states included: what LLVM inserts is enough for it.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace emutest {
namespace {

class Corpus : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    device.config.checks =
        dsv4emu::CheckSet::all().with(dsv4emu::Check::Hazard);
  }
  TestDevice device{"corpus-O" + std::to_string(GetParam()) + ".hsaco"};
  std::mt19937 random{11};
};

TEST_P(Corpus, VectorAdd) {
  const u32 n = 1000;
  std::vector<f32> a(n), b(n);
  for (u32 k = 0; k < n; ++k) {
    a[k] = static_cast<f32>(random());
    b[k] = static_cast<f32>(random());
  }
  u64 out = device.reserve(4 * n);
  auto result = device.runClean(
      "vector_add", 4, 256,
      Arguments().add(device.upload(a)).add(device.upload(b)).add(out).add(n));
  auto c = device.download<f32>(out, n);
  for (u32 k = 0; k < n; ++k)
    ASSERT_EQ(c[k], a[k] + b[k]) << k;
  EXPECT_EQ(result.counters.waves, 16u);
}

TEST_P(Corpus, TiledTranspose) {
  const u32 rows = 70, columns = 45;
  std::vector<u32> in(rows * columns);
  std::iota(in.begin(), in.end(), 0);
  u64 out = device.reserve(4 * in.size());
  device.config.grid = {(columns + 31) / 32 * 32, (rows + 31) / 32 * 8, 1};
  device.config.workgroup = {32, 8, 1};
  auto result = device.launch(
      "transpose",
      Arguments().add(device.upload(in)).add(out).add(rows).add(columns));
  for (const auto &r : result.reports)
    ADD_FAILURE() << r.str();
  auto t = device.download<u32>(out, in.size());
  for (u32 r = 0; r < rows; ++r)
    for (u32 c = 0; c < columns; ++c)
      ASSERT_EQ(t[c * rows + r], in[r * columns + c]);
}

TEST_P(Corpus, ReductionByLds) {
  std::vector<f32> in(1024);
  for (f32 &v : in)
    v = static_cast<f32>(random() % 100);
  u64 out = device.reserve(16);
  device.runClean("reduce_lds", 4, 256,
                  Arguments().add(device.upload(in)).add(out));
  auto sums = device.download<f32>(out, 4);
  for (u32 g = 0; g < 4; ++g)
    EXPECT_EQ(sums[g], std::accumulate(in.begin() + 256 * g,
                                       in.begin() + 256 * (g + 1), 0.0f));
}

TEST_P(Corpus, ReductionByDpp) {
  std::vector<u32> in(512);
  for (u32 &v : in)
    v = static_cast<u32>(random());
  u64 out = device.reserve(32);
  device.runClean("reduce_dpp", 2, 256,
                  Arguments().add(device.upload(in)).add(out));
  auto sums = device.download<u32>(out, 8);
  for (u32 w = 0; w < 8; ++w)
    EXPECT_EQ(sums[w], std::accumulate(in.begin() + 64 * w,
                                       in.begin() + 64 * (w + 1), 0u));
}

TEST_P(Corpus, Atomics) {
  std::vector<u32> in(5000), bins(64, 0), want(64, 0);
  for (u32 &v : in) {
    v = static_cast<u32>(random());
    ++want[v % 64];
  }
  u64 out = device.upload(bins, "bins");
  device.config.threads = 3;
  device.runClean("histogram", 4, 256,
                  Arguments()
                      .add(device.upload(in))
                      .add(out)
                      .add(static_cast<u32>(in.size())));
  EXPECT_EQ(device.download<u32>(out, 64), want);
}

/// e4m3fnuz by definition.
f32 fp8Value(u32 code) {
  int e = static_cast<int>(code & 0x7f) >> 3;
  f32 m = static_cast<f32>(code & 7) / 8;
  f32 v = e ? std::ldexp(1 + m, e - 8) : std::ldexp(m, -7);
  return code & 0x80 ? -v : v;
}

TEST_P(Corpus, Fp8GemmWithDirectToLdsLoads) {
  const u32 m = 32, n = 48, depth = 96;
  std::vector<u8> a(m * depth), b(n * depth);
  // Few exponents and short mantissas keep every partial sum exact.
  for (auto *operand : {&a, &b})
    for (u8 &v : *operand)
      v = static_cast<u8>(0x38 + random() % 24 + (random() % 2 ? 0x80 : 0));
  u64 out = device.reserve(4 * m * n);
  device.config.grid = {n / 16 * 64, m / 16, 1};
  device.config.workgroup = {64, 1, 1};
  auto result = device.launch("fp8_gemm", Arguments()
                                              .add(device.upload(a))
                                              .add(device.upload(b))
                                              .add(out)
                                              .add(n)
                                              .add(depth));
  for (const auto &r : result.reports)
    ADD_FAILURE() << r.str();
  auto c = device.download<f32>(out, m * n);
  for (u32 i = 0; i < m; ++i)
    for (u32 j = 0; j < n; ++j) {
      f64 sum = 0;
      for (u32 k = 0; k < depth; ++k)
        sum += f64(fp8Value(a[i * depth + k])) * fp8Value(b[j * depth + k]);
      ASSERT_EQ(c[i * n + j], static_cast<f32>(sum)) << i << " " << j;
    }
  EXPECT_EQ(result.counters.byClass["mfma"], 2u * 3 * 3);
}

TEST_P(Corpus, SplitKGemmWhoseLastWorkgroupFinishes) {
  const u32 depth = 64, splits = 8;
  std::vector<f32> a(16 * depth), b(depth * 16);
  for (auto *operand : {&a, &b})
    for (f32 &v : *operand)
      v = static_cast<f32>(static_cast<int>(random() % 17) - 8);
  for (u32 threads : {1u, 3u}) {
    u64 out = device.reserve(4 * 256),
        partial = device.reserve(4 * 256 * splits);
    device.config.threads = threads;
    device.runClean("split_k_gemm", splits, 256,
                    Arguments()
                        .add(device.upload(a))
                        .add(device.upload(b))
                        .add(partial)
                        .add(device.upload(std::vector<u32>{0}, "arrived"))
                        .add(out)
                        .add(depth)
                        .add(splits));
    auto c = device.download<f32>(out, 256);
    for (u32 i = 0; i < 16; ++i)
      for (u32 j = 0; j < 16; ++j) {
        f32 sum = 0;
        for (u32 k = 0; k < depth; ++k)
          sum += a[i * depth + k] * b[k * 16 + j];
        ASSERT_EQ(c[i * 16 + j], sum);
      }
  }
}

TEST_P(Corpus, RadixTopK) {
  const u32 n = 1000, k = 100;
  std::vector<u32> keys(n);
  for (u32 &v : keys)
    v = static_cast<u32>(random() % 3000) * 65537u;
  // Many equal keys at the threshold.
  for (u32 j = 0; j < n; j += 3)
    keys[j] = 2500 * 65537u;
  u64 out = device.reserve(4 * k);
  device.runClean("radix_topk", 1, 256,
                  Arguments().add(device.upload(keys)).add(out).add(n).add(k));
  auto selected = device.download<u32>(out, k);
  std::vector<u32> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](u32 x, u32 y) {
    return keys[x] != keys[y] ? keys[x] > keys[y] : x < y;
  });
  order.resize(k);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(selected, order);
}

TEST_P(Corpus, CallsScratchAndDoubles) {
  std::vector<u32> in(128);
  for (u32 &v : in)
    v = static_cast<u32>(random() % 1000) + 1;
  u64 out = device.reserve(8 * in.size());
  device.runClean("mixed", 2, 64, Arguments().add(device.upload(in)).add(out));
  auto got = device.download<f64>(out, in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    u32 history[8];
    for (u32 k = 0; k < 8; ++k) {
      u32 v = in[i] + k, steps = 0;
      for (; v != 1; ++steps)
        v = v % 2 ? 3 * v + 1 : v / 2;
      history[k] = steps;
    }
    u64 product = 1;
    for (u32 k = 0; k < 8; ++k)
      product = product * (history[(in[i] + k) % 8] | 1) + (product >> 7);
    f64 want = static_cast<f64>(product) / 3.0 +
               static_cast<f64>(history[in[i] % 8]) / 7.0;
    ASSERT_EQ(got[i], want) << i;
  }
}

TEST_P(Corpus, IntegerDivision) {
  std::vector<i64> in;
  for (int k = 0; k < 256; ++k) {
    in.push_back(static_cast<i64>(u64(random()) << 32 | random()) >> (k % 60));
    i64 b = static_cast<i64>(u64(random()) << 32 | random()) >> (k * 7 % 63);
    in.push_back(b ? b : 3);
  }
  u64 out = device.reserve(32 * 256);
  device.runClean("integer_division", 4, 64,
                  Arguments().add(device.upload(in)).add(out));
  auto got = device.download<i64>(out, 4 * 256);
  for (int k = 0; k < 256; ++k) {
    i64 a = in[2 * k], b = in[2 * k + 1];
    ASSERT_EQ(got[4 * k], a / b) << a << " / " << b;
    ASSERT_EQ(got[4 * k + 1], a % b) << a << " % " << b;
    ASSERT_EQ(got[4 * k + 2], static_cast<i32>(a) / (static_cast<i32>(b) | 1));
    ASSERT_EQ(got[4 * k + 3], static_cast<u32>(a) % (static_cast<u32>(b) | 1));
  }
}

TEST_P(Corpus, BytesAndShorts) {
  std::vector<u8> in(256);
  std::iota(in.begin(), in.end(), 0);
  u64 out = device.reserve(512);
  device.runClean("bytes_and_shorts", 4, 64,
                  Arguments().add(device.upload(in)).add(out));
  auto got = device.download<i16>(out, 256);
  for (int k = 0; k < 256; ++k)
    ASSERT_EQ(got[k],
              static_cast<i16>((k < 128 ? k : k - 256) * 3 + (k * 257 >> 3)));
}

INSTANTIATE_TEST_SUITE_P(Levels, Corpus, testing::Values(0, 1, 2, 3),
                         [](const auto &level) {
                           return "O" + std::to_string(level.param);
                         });

} // namespace
} // namespace emutest
