//===- AttentionTest.cpp - Sparse attention on the examples of spec 4.6 ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "../Tile/KernelLibrary.h"
#include "FragmentKernel.h"
#include "dsv4c/Conversion/Passes.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <map>

using namespace dsv4c;
using namespace dsv4c::test;

namespace {

constexpr const char *kProgram = R"mlir(
!keys = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
!window = !dsv4.cache<window, ratio 1, page 128, keys !keys, tail 64>
module attributes {exec.pool = {
    max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64,
    window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64,
    entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
  dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"},
                        %q: tensor<?x2x128xbf16> {dsv4.name = "q"},
                        %window: !window {dsv4.name = "window"})
      -> (tensor<?x2x128xbf16> {dsv4.name = "o"}, !window {dsv4.name = "window"})
      attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
    %sink = dsv4.weight "sink" : tensor<2xf32>
    %o = dsv4.launch -> tensor<?x2x128xbf16> {
      %0 = dsv4.attention %t, %q, %window sink %sink {scale = 0.5 : f32, window = 128 : i64}
        : tensor<?x2x128xbf16>, !window, tensor<2xf32> -> tensor<?x2x128xbf16>
      dsv4.yield %0 : tensor<?x2x128xbf16>
    }
    dsv4.return %o, %window : tensor<?x2x128xbf16>, !window
  }
}
)mlir";

/// The kernel of the only launch, and the names of its buffers.
struct ConvertedKernel {
  std::string text;
  std::string name;
  std::vector<std::string> buffers;
};

ConvertedKernel convert() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext mlir(registry);
  mlir.loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kProgram, &mlir);
  if (!module)
    throw std::runtime_error("the program does not parse");
  mlir::PassManager manager(&mlir);
  manager.addPass(createDsv4ToTile());
  if (failed(manager.run(*module)))
    throw std::runtime_error("dsv4-to-tile failed");
  ConvertedKernel result;
  module->walk([&](exec::LaunchOp launch) {
    for (mlir::Attribute buffer : launch.getBuffers())
      result.buffers.push_back(
          mlir::cast<mlir::FlatSymbolRefAttr>(buffer).getValue().str());
  });
  module->walk([&](tile::KernelOp kernel) {
    // What the runtime is told about the buffers; kernels compile without.
    kernel.removeArgAttrsAttr();
    result.name = kernel.getSymName().str();
    llvm::raw_string_ostream os(result.text);
    kernel.print(os);
  });
  return result;
}

/// A token of slot 1, whose window lies in page 2, and its two heads' queries.
/// Rows of other pages and positions hold the largest codes.
class Attention : public ::testing::Test {
protected:
  static constexpr int kFirst = 2 * 128;

  /// Keys 0 to `position` become zeros.
  explicit Attention(int position = 1) {
    counts[0] = 1;
    pages[4] = 2;
    positions[0] = position;
    sink[0] = 0.5f;
    sink[1] = -1e30f;
    q[0] = q[128] = bf16(2);
    for (int row = kFirst; row <= kFirst + position; ++row) {
      std::fill(&codes[row * 64], &codes[row * 64] + 64, 0);
      std::fill(&tail[row * 64], &tail[row * 64] + 64, 0);
    }
  }

  /// The logit of a key is its channel 0: 2 times 0.5 times the value.
  uint8_t &logit(int key) { return codes[(kFirst + key) * 64]; }
  uint8_t &scale(int key) { return scales[kFirst + key]; }
  /// Channels of a key from 64 on.
  uint16_t *value(int key) { return &tail[(kFirst + key) * 64]; }

  /// Channel of a head.
  float output(int head, int channel) const {
    return fromBf16(o[head * 128 + channel]);
  }

  void run(const std::string &level) {
    std::map<std::string, void *> byName = {{"step.counts", counts},
                                            {"step.slots", slots},
                                            {"step.positions", positions},
                                            {"step.window_pages", pages},
                                            {"q.in", q},
                                            {"sink", sink},
                                            {"window.codes", codes},
                                            {"window.scales", scales},
                                            {"window.tail", tail},
                                            {"o", o}};
    std::vector<void *> buffers;
    for (const std::string &name : kernel.buffers) {
      ASSERT_TRUE(byName.count(name)) << name;
      buffers.push_back(byName[name]);
    }
    KernelLibrary library(kernel.text, level);
    library.run(kernel.name, buffers, 1);
  }

  ConvertedKernel kernel = convert();
  Array<int32_t> counts{16}, slots{1, 1}, positions{1}, pages{8, -1};
  Array<uint16_t> q{2 * 128}, tail{9 * 128 * 64, bf16(100)}, o{2 * 128};
  Array<uint8_t> codes{9 * 128 * 64, 0x7E}, scales{9 * 128, 127};
  Array<float> sink{2};
};

TEST_F(Attention, SinkAndRoundedProbabilities) {
  // Logits 1 and 0. A key's scale counts: 0.25 times 4.
  logit(0) = 0x28;
  scale(0) = 129;
  // Channel 64 has the values +1 and -1, channel 65 values whose weighted sum
  // vanishes if, and only if, exp(-1) was rounded to bf16.
  const float rounded = fromBf16(bf16(std::exp(-1.0f)));
  value(0)[0] = bf16(1);
  value(1)[0] = bf16(-1);
  value(0)[1] = bf16(rounded);
  value(1)[1] = bf16(-1);

  for (const std::string &level : runnableLevels()) {
    run(level);
    EXPECT_NEAR(output(0, 64), 0.320507, 0.320507 / 256) << level;
    EXPECT_EQ(output(0, 65), 0) << level;
    // A sink far below takes nothing.
    EXPECT_NEAR(output(1, 64), (1 - rounded) / (1 + std::exp(-1.0)), 0.002)
        << level;
    // Keys are values: channel 0 of the first key, by its probability.
    EXPECT_NEAR(output(0, 0), 1 / (1 + std::exp(-1.0) + std::exp(-0.5)), 0.002)
        << level;
    EXPECT_EQ(output(0, 1), 0) << level;
  }
}

class AttentionOfTwoTiles : public Attention {
protected:
  AttentionOfTwoTiles() : Attention(64) {}
};

TEST_F(AttentionOfTwoTiles, ProbabilitiesRoundAgainstTheMaximumSoFar) {
  // Of the first 64 keys one counts; its logit is 0, and the largest among
  // them. The 65th has the logit 1.
  for (int key = 1; key < 64; ++key) {
    logit(key) = 0xFE;
    scale(key) = 127;
  }
  logit(64) = 0x38;
  value(0)[0] = bf16(1);
  const float rounded = fromBf16(bf16(std::exp(-1.0f)));
  value(64)[0] = bf16(-rounded);

  // So its probability is a rounded exp(0) times exp(-1), not a rounded
  // exp(-1).
  const double expected =
      (std::exp(-1.0) - rounded) / (1 + std::exp(-1.0) + std::exp(-0.5));
  ASSERT_GT(std::abs(expected), 1e-4);
  for (const std::string &level : runnableLevels()) {
    run(level);
    EXPECT_NEAR(output(0, 64), expected, std::abs(expected) / 64) << level;
  }
}

} // namespace
