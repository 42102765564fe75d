//===- TargetCosts.cpp - The cost model's parameters ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each figure is followed by its source and by what kind of figure it is:
// published by AMD, measured by others on the device, or assumed. Cycles of
// matrix instructions, sizes of LDS and registers, and numbers of compute units
// are in TargetFacts.cpp.
//
//===----------------------------------------------------------------------===//

#include "dsv4c/Dialect/Tile/IR/TargetCosts.h"

using namespace dsv4c::tile;

// Quarter rate, published: the CDNA3 ISA guide calls the first group
// transcendental operations, which take four passes; 32-bit integer products
// share their multiplier. Half rate, assumed: what writes two registers and is
// neither packed f32 arithmetic nor a 64-bit sum, for which AMD's peak rates
// show the full rate. Everything else takes one pass of four cycles.
static constexpr InstructionRate cdna3Rates[] = {
    {"v_exp_f", 16},       {"v_log_f", 16},         {"v_rcp_", 16},
    {"v_rsq_", 16},        {"v_sqrt_", 16},         {"v_sin_", 16},
    {"v_cos_", 16},        {"v_mul_hi_u32_u24", 4}, {"v_mul_hi_i32_i24", 4},
    {"v_mul_lo_u32", 16},  {"v_mul_hi_u32", 16},    {"v_mul_hi_i32", 16},
    {"v_mad_u64_u32", 16}, {"v_mad_i64_i32", 16},   {"v_cvt_pk_f32_", 8},
    {"v_mov_b64", 8},      {"v_lshlrev_b64", 8},    {"v_lshrrev_b64", 8},
    {"v_ashrrev_i64", 8},
};

static TargetCosts makeMi300x() {
  TargetCosts costs;
  costs.target = "gfx942";
  costs.device = "one MI300X";
  // Published: AMD's data sheet, peak engine clock. Under matrix load the chip
  // is limited by power and runs below it.
  costs.clock = 2.1e9;
  // Published: AMD's data sheet, 192 GB and 5.3 TB/s of HBM3.
  costs.memoryBytes = 192e9;
  costs.hbmPeakRate = 5.3e12;
  // Measured by others: a paper's summary has 81% of peak, 4.3 TB/s, and the
  // best tuned FP8 products with few rows in aiter's tables reach 3.6 TB/s.
  costs.hbmRate = 4.2e12;
  // Published: AMD's CDNA3 white paper, 256 MB of infinity cache with a peak of
  // 17.2 TB/s. Measured by others: 11.9 TB/s (Chips and Cheese, 2024).
  costs.cacheRate = 11.9e12;
  costs.cacheBytes = 256e6;
  // Published: CDNA3 ISA guide, lines of L2.
  costs.lineBytes = 128;
  // Published: 128 bytes per clock of LDS in each compute unit.
  costs.ldsRate = 128;
  // Published: a wave of 64 lanes takes four passes over 16 lanes.
  costs.vectorCycles = 4;
  costs.slowInstructions = cdna3Rates;
  // Assumed, between kernels of one graph. Measured by others are only whole
  // kernels: aiter's smallest tuned products on gfx942 take 6.1 to 7.8 us each,
  // 1 to 2 us of which is their weights at the rate above.
  costs.launchSeconds = 5e-6;
  // Assumed: 250 cycles. Measurements by others of loads that hit in L2 are
  // around 120 ns; those that go to HBM take several times as long.
  costs.loadSeconds = 120e-9;
  return costs;
}

const TargetCosts *dsv4c::tile::findTargetCosts(llvm::StringRef target) {
  static const TargetCosts mi300x = makeMi300x();
  return target == mi300x.target ? &mi300x : nullptr;
}
