//===- RopeFrequenciesTest.cpp - Frequencies against the specification
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConfigFiles.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Import/ImportModel.h"
#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace dsv4c;

namespace {

// The table of spec 4.5, to nine digits, which identify an fp32 number.
constexpr float plain[32] = {1.0f,
                             0.749894202f,
                             0.562341332f,
                             0.421696514f,
                             0.316227764f,
                             0.237137362f,
                             0.177827939f,
                             0.133352146f,
                             0.100000001f,
                             0.0749894157f,
                             0.0562341288f,
                             0.0421696492f,
                             0.0316227786f,
                             0.0237137359f,
                             0.0177827943f,
                             0.0133352149f,
                             0.00999999978f,
                             0.00749894232f,
                             0.00562341325f,
                             0.00421696482f,
                             0.00316227786f,
                             0.00237137382f,
                             0.00177827943f,
                             0.00133352145f,
                             0.00100000005f,
                             0.000749894185f,
                             0.000562341302f,
                             0.000421696488f,
                             0.000316227786f,
                             0.000237137385f,
                             0.00017782794f,
                             0.00013335215f};
constexpr float compressed[32] = {1.0f,
                                  0.687656045f,
                                  0.472870797f,
                                  0.325172454f,
                                  0.223606795f,
                                  0.153764561f,
                                  0.10573712f,
                                  0.0727107748f,
                                  0.0500000007f,
                                  0.0343828015f,
                                  0.0236435402f,
                                  0.0162586235f,
                                  0.0111803403f,
                                  0.00768822804f,
                                  0.00528685655f,
                                  0.00363553851f,
                                  0.00226562493f,
                                  0.00139680132f,
                                  0.000849689706f,
                                  0.000508081983f,
                                  0.000296977785f,
                                  0.000168179977f,
                                  9.08678412e-05f,
                                  4.54442306e-05f,
                                  1.95312532e-05f,
                                  5.37231244e-06f,
                                  3.69430336e-06f,
                                  2.5404097e-06f,
                                  1.74692821e-06f,
                                  1.20128561e-06f,
                                  8.260713e-07f,
                                  5.6805294e-07f};

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
