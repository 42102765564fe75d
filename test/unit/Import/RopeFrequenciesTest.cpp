//===- RopeFrequenciesTest.cpp - Frequencies against the specification
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigFiles.h"
#include "Support/SpecFrequencies.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Import/ImportModel.h"
#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace dsv4c;

namespace {

constexpr auto &plain = dsv4test::kPlainFrequencies;
constexpr auto &compressed = dsv4test::kCompressedFrequencies;
/// The frequencies of the first table of a kind in @step.
std::vector<float> importFrequencies(llvm::StringRef folder,
                                     dsv4::RopeKind kind) {
  mlir::MLIRContext context;
  ModelConfig config = test::readConfig(folder);
  auto module = importModel(context, config, {});
  std::vector<float> frequencies;
  module->walk([&](dsv4::RopeTableOp table) {
    if (table.getKind() == kind && frequencies.empty())
      llvm::append_range(frequencies,
                         table.getFrequencies().getValues<float>());
  });
  return frequencies;
}

TEST(RopeFrequencies, PlainEqualsSpecification) {
  EXPECT_EQ(
      importFrequencies("models/deepseek-v4-flash", dsv4::RopeKind::Plain),
      std::vector<float>(plain, plain + 32));
}

TEST(RopeFrequencies, CompressedEqualsSpecification) {
  EXPECT_EQ(
      importFrequencies("models/deepseek-v4-flash", dsv4::RopeKind::Compressed),
      std::vector<float>(compressed, compressed + 32));
}

TEST(RopeFrequencies, RampFollowsTheOriginalContext) {
  // 64 original positions: c(32) < 0 and c(1) = 6.2, so the ramp covers pairs
  // 0 to 7 and every later pair is divided by the factor.
  std::vector<float> frequencies =
      importFrequencies("models/dsv4-nano", dsv4::RopeKind::Compressed);
  ASSERT_EQ(frequencies.size(), 32u);
  EXPECT_EQ(frequencies[0], 1.0f);
  for (int i = 1; i < 32; ++i) {
    double base = std::pow(160000.0, -i / 32.0);
    double keep = i < 7 ? 1 - i / 7.0 : 0;
    double expected = base * keep + base / 16 * (1 - keep);
    EXPECT_NEAR(frequencies[i] / expected, 1, 1e-6) << "pair " << i;
  }
}

} // namespace
