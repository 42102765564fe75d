//===- MathTest.cpp - Arithmetic on gfx942 has the host's bits ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuKernels.h"
#include "Tile/KernelLibrary.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace dsv4c::test;

namespace {

/// Uniform bit patterns, so that subnormals and huge values occur, and values
/// around 1.
std::vector<float> manyFloats() {
  std::vector<float> values = {0.0f,   -0.0f, INFINITY, -INFINITY, NAN,
                               1e-45f, 1.0f,  -1.0f,    88.7f,     -103.9f};
  std::mt19937 generator(2);
  std::uniform_real_distribution<float> distribution(-90, 90);
  for (int i = 0; i < 20000; ++i) {
    values.push_back(llvm::bit_cast<float>(uint32_t(generator())));
    values.push_back(distribution(generator));
  }
  values.resize(values.size() / 64 * 64);
  return values;
}

void expectSame(const std::vector<float> &found,
                const std::vector<float> &expected,
                const std::vector<float> &inputs) {
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(found[i])) << inputs[i];
    else
      ASSERT_EQ(llvm::bit_cast<uint32_t>(found[i]),
                llvm::bit_cast<uint32_t>(expected[i]))
          << inputs[i] << ": " << found[i] << ", expected " << expected[i];
  }
}

std::string unary(const std::string &op) {
  return GpuKernels::elementwise("unary", "f32", "f32",
                                 "%y = " + op + " %x : vector<4xf32>");
}

TEST(AmdgpuMathTest, SqrtIsCorrectlyRounded) {
  GpuKernels kernels(unary("math.sqrt"));
  std::vector<float> values = manyFloats(), expected;
  for (float value : values)
    expected.push_back(std::sqrt(value));
  expectSame(kernels.map<float>("unary", values), expected, values);
}

TEST(AmdgpuMathTest, DivisionIsCorrectlyRounded) {
  GpuKernels kernels(GpuKernels::elementwise("divide", "f32", "f32", R"mlir(
      %one = arith.constant dense<[1.0, 3.0, 1.17549435E-38, 7.0e+30]> : vector<4xf32>
      %y = arith.divf %one, %x : vector<4xf32>)mlir"));
  const float numerators[] = {1.0f, 3.0f, 1.17549435E-38f, 7.0e+30f};
  std::vector<float> values = manyFloats(), expected;
  for (size_t i = 0; i < values.size(); ++i) {
    float quotient = numerators[i % 4] / values[i];
    // v_div_fmas rounds a quotient before it makes it subnormal.
    if (std::fpclassify(quotient) == FP_SUBNORMAL) {
      values[i] = 1.0f;
      quotient = numerators[i % 4];
    }
    expected.push_back(quotient);
  }
  expectSame(kernels.map<float>("divide", values), expected, values);
}

TEST(AmdgpuMathTest, SubnormalsAreKept) {
  GpuKernels kernels(GpuKernels::elementwise("scale", "f32", "f32", R"mlir(
      %half = arith.constant dense<0.5> : vector<4xf32>
      %y = arith.mulf %x, %half : vector<4xf32>)mlir"));
  std::vector<float> values = {1.17549435E-38f, 3e-45f, -5e-40f, 1e-39f};
  std::vector<float> expected;
  for (float value : values)
    expected.push_back(0.5f * value);
  ASSERT_NE(expected[1], 0.0f);
  expectSame(kernels.map<float>("scale", values), expected, values);
}

TEST(AmdgpuMathTest, NothingIsContracted) {
  GpuKernels kernels(GpuKernels::elementwise("square", "f32", "f32", R"mlir(
      %one = arith.constant dense<-1.0> : vector<4xf32>
      %s = arith.mulf %x, %x : vector<4xf32>
      %y = arith.addf %s, %one : vector<4xf32>)mlir"));
  // (1 + 2^-12)^2 - 1 loses its last bit to the first rounding.
  std::vector<float> values(4, 1.0f + 0x1p-12f);
  for (float found : kernels.map<float>("square", values))
    EXPECT_EQ(found, 0x1p-11f);
}

/// Functions that are expanded have the bits of the host target.
class AmdgpuFunctionTest : public ::testing::TestWithParam<const char *> {};

TEST_P(AmdgpuFunctionTest, HasTheBitsOfTheHost) {
  std::vector<float> values = manyFloats();
  KernelLibrary host(substitute(R"mlir(
    tile.kernel @unary(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
      %b = math.$name %a : tensor<64xf32>
      tile.store %b, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    })mlir",
                                {{"name", GetParam()}}));
  Array<float> in(values.size()), out(values.size());
  std::copy(values.begin(), values.end(), in.begin());
  host.run("unary", {in, out}, values.size() / 64);
  GpuKernels kernels(unary(std::string("math.") + GetParam()));
  expectSame(kernels.map<float>("unary", values), out.vector(), values);
}

INSTANTIATE_TEST_SUITE_P(Functions, AmdgpuFunctionTest,
                         ::testing::Values("exp", "log1p", "rsqrt", "tanh"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

} // namespace
