//===- MathTest.cpp - Error bounds of expanded math functions -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares every stride-th f32 with double-precision libm. The stride is a
// prime by default; DSV4_MATH_STRIDE=1 (the ctest label `exhaustive`) looks at
// all 2^32.
//
//===----------------------------------------------------------------------===//

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

using namespace dsv4c::test;

namespace {

constexpr int64_t chunk = 4096;

std::string kernel(const std::string &body) {
  return substitute(R"mlir(
    tile.kernel @f(%wg: index, %x: memref<?x4096xf32>, %y: memref<?x4096xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %zero = arith.constant dense<0.0> : tensor<4096xf32>
      %a = tile.load %x[%wg, %c0] : memref<?x4096xf32> -> tensor<4096xf32>
      $BODY
      tile.store %r, %y[%wg, %c0] : tensor<4096xf32>, memref<?x4096xf32>
      tile.return
    }
  )mlir",
                    {{"BODY", body}});
}

float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

/// Distance of `value` from `exact` in units of the last place of the f32
/// nearest to `exact`; infinite if one is NaN or infinite and the other isn't.
double ulps(float value, double exact) {
  float nearest = static_cast<float>(exact);
  if (std::isnan(exact) || std::isnan(value))
    return std::isnan(exact) && std::isnan(value) ? 0 : INFINITY;
  if (std::isinf(nearest) || std::isinf(value))
    return nearest == value ? 0 : INFINITY;
  int exponent;
  std::frexp(nearest, &exponent);
  double ulp = std::ldexp(1.0, std::max(exponent - 24, -149));
  return std::abs(value - exact) / ulp;
}

struct Worst {
  double error = 0;
  uint32_t bits = 0;
};

Worst worstError(KernelLibrary::Function function,
                 const std::function<double(double)> &exact, uint32_t first,
                 uint64_t size) {
  const char *text = std::getenv("DSV4_MATH_STRIDE");
  uint64_t stride = text ? std::strtoull(text, nullptr, 10) : 4099;
  unsigned numThreads =
      std::max(1u, std::min(4u, std::thread::hardware_concurrency()));
  Worst worst;
  std::mutex mutex;
  std::atomic<uint64_t> next{0};
  auto work = [&] {
    Array<float> x(chunk), y(chunk);
    void *buffers[] = {x, y};
    Worst mine;
    for (uint64_t start; (start = next.fetch_add(chunk)) * stride < size;) {
      for (int64_t i = 0; i < chunk; ++i)
        x[i] = fromBits(first +
                        static_cast<uint32_t>((start + i) * stride % size));
      function(buffers, 0, 1);
      for (int64_t i = 0; i < chunk; ++i) {
        double error = ulps(y[i], exact(x[i]));
        if (error > mine.error) {
          mine.error = error;
          std::memcpy(&mine.bits, &x[i], 4);
        }
      }
    }
    std::lock_guard<std::mutex> lock(mutex);
    if (mine.error > worst.error)
      worst = mine;
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < numThreads; ++i)
    threads.emplace_back(work);
  for (std::thread &thread : threads)
    thread.join();
  return worst;
}

class MathTest : public testing::TestWithParam<std::string> {
protected:
  void check(const std::string &body,
             const std::function<double(double)> &exact, double bound,
             uint32_t first = 0, uint64_t size = uint64_t(1) << 32) {
    KernelLibrary library(kernel(body), GetParam());
    Worst worst = worstError(library.get("f"), exact, first, size);
    RecordProperty("worst_ulps", std::to_string(worst.error));
    std::printf("  worst error %.4f ulp at %a\n", worst.error,
                fromBits(worst.bits));
    EXPECT_LE(worst.error, bound)
        << "at " << fromBits(worst.bits) << ", bits " << worst.bits;
  }
  float evaluate(const std::string &body, float x) {
    KernelLibrary library(kernel(body), GetParam());
    Array<float> in(chunk, x), out(chunk);
    library.run("f", {in, out});
    return out[0];
  }
};

INSTANTIATE_TEST_SUITE_P(Levels, MathTest, testing::ValuesIn(runnableLevels()));

const char *const expBody = "%r = math.exp %a : tensor<4096xf32>";
const char *const log1pBody = "%r = math.log1p %a : tensor<4096xf32>";
const char *const rsqrtBody = "%r = math.rsqrt %a : tensor<4096xf32>";
const char *const softplusBody = R"mlir(
      %n = math.absf %a : tensor<4096xf32>
      %m = arith.negf %n : tensor<4096xf32>
      %e = math.exp %m : tensor<4096xf32>
      %l = math.log1p %e : tensor<4096xf32>
      %p = arith.maximumf %a, %zero : tensor<4096xf32>
      %r = arith.addf %p, %l : tensor<4096xf32>)mlir";

TEST_P(MathTest, Exp) {
  check(
      expBody, [](double x) { return std::exp(x); }, 1.0);
}

TEST_P(MathTest, Log1p) {
  check(
      log1pBody, [](double x) { return std::log1p(x); }, 1.0);
}

TEST_P(MathTest, Rsqrt) {
  check(
      rsqrtBody, [](double x) { return 1 / std::sqrt(x); }, 1.5);
}

// The score of a router, sqrt(softplus(z)), is computed this way. Both halves
// of the line: naive log(1 + exp(z)) loses everything below -16.6 and overflows
// above 88.7.
TEST_P(MathTest, Softplus) {
  auto softplus = [](double z) {
    return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
  };
  // NaN is left out: maximum of the reference.
  check(softplusBody, softplus, 2.0, 0, 0x7f800001);
  check(softplusBody, softplus, 2.0, 0x80000000, 0x7f800001);
}

TEST_P(MathTest, SpecialValues) {
  EXPECT_EQ(evaluate(expBody, -INFINITY), 0);
  EXPECT_EQ(evaluate(expBody, INFINITY), INFINITY);
  EXPECT_EQ(evaluate(expBody, 88.73f), INFINITY);
  EXPECT_TRUE(std::isfinite(evaluate(expBody, 88.72f)));
  EXPECT_EQ(evaluate(expBody, 0), 1);
  EXPECT_EQ(evaluate(expBody, -103.0f), 0x1p-149f);
  EXPECT_EQ(evaluate(expBody, -104.0f), 0);
  EXPECT_EQ(evaluate(log1pBody, -1), -INFINITY);
  EXPECT_TRUE(std::signbit(evaluate(log1pBody, -0.0f)));
  EXPECT_EQ(evaluate(log1pBody, 0x1p-149f), 0x1p-149f);
  EXPECT_EQ(evaluate(rsqrtBody, 0), INFINITY);
  EXPECT_EQ(evaluate(rsqrtBody, INFINITY), 0);
}

} // namespace
