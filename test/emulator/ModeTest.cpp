//===- ModeTest.cpp - What MODE decides, and other hardware registers -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <cmath>

namespace emutest {
namespace {

f32 halfValue(u32 code) {
  u16 bits = static_cast<u16>(code);
  _Float16 h;
  std::memcpy(&h, &bits, 2);
  return static_cast<f32>(h);
}

class Modes : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("modes.hsaco");
    return instance;
  }
  static bool same(f64 got, f64 want) {
    return std::isnan(want)
               ? std::isnan(got)
               : got == want && std::signbit(got) == std::signbit(want);
  }
};

TEST_F(Modes, ClampOfNaN) {
  std::vector<f32> in{NAN,   -NAN, -1,   -0.0f,    0,
                      0.25f, 1,    1.5f, INFINITY, -INFINITY};
  in.resize(64, 0.5f);
  for (bool dx10 : {true, false}) {
    u64 single = device().reserve(256), half = device().reserve(256),
        wide = device().reserve(512), packed = device().reserve(256),
        mixed = device().reserve(256);
    device().runClean(dx10 ? "clamp_dx10" : "clamp_plain", 1, 64,
                      Arguments()
                          .add(device().upload(in))
                          .add(single)
                          .add(half)
                          .add(wide)
                          .add(packed)
                          .add(mixed));
    auto gotSingle = device().download<f32>(single, 64),
         gotMixed = device().download<f32>(mixed, 64);
    auto gotHalf = device().download<u32>(half, 64),
         gotPacked = device().download<u32>(packed, 64);
    auto gotWide = device().download<f64>(wide, 64);
    for (size_t k = 0; k < 64; ++k) {
      f32 v = in[k], want = std::isnan(v) ? (dx10 ? 0.0f : NAN)
                            : v > 1       ? 1.0f
                            : v > 0       ? v
                                          : 0.0f;
      EXPECT_TRUE(same(gotSingle[k], want))
          << dx10 << " " << v << " " << gotSingle[k];
      EXPECT_TRUE(same(gotWide[k], want))
          << dx10 << " " << v << " " << gotWide[k];
      EXPECT_TRUE(same(gotMixed[k], want))
          << dx10 << " " << v << " " << gotMixed[k];
      EXPECT_TRUE(same(halfValue(gotHalf[k]), want)) << dx10 << " " << v;
      for (u32 shift : {0, 16})
        EXPECT_TRUE(same(halfValue(gotPacked[k] >> shift), want))
            << dx10 << " " << v;
    }
  }
}

// FP_DENORM of halves: bit 0 keeps subnormal operands, bit 1 results. Over all
// codes.
TEST_F(Modes, DenormalHalves) {
  std::vector<u32> in(65536);
  for (u32 k = 0; k < in.size(); ++k)
    in[k] = k | k << 16;
  u64 input = device().upload(in);
  for (u32 mode = 0; mode < 4; ++mode) {
    u64 sum = device().reserve(4 * in.size()),
        product = device().reserve(4 * in.size()),
        single = device().reserve(4 * in.size());
    device().runClean("halves_" + std::to_string(mode), 256, 256,
                      Arguments().add(input).add(sum).add(product).add(single));
    auto sums = device().download<u32>(sum, in.size());
    auto products = device().download<u32>(product, in.size());
    auto singles = device().download<f32>(single, in.size());
    auto flushed = [](f32 v, bool keep) {
      return !keep && std::fabs(v) < 0x1p-14f ? std::copysign(0.0f, v) : v;
    };
    for (u32 k = 0; k < in.size(); ++k) {
      f32 v = flushed(halfValue(k), mode & 1);
      ASSERT_TRUE(same(halfValue(sums[k]), flushed(v + 0.0f, mode & 2)))
          << mode << " " << k;
      ASSERT_TRUE(same(
          halfValue(products[k]),
          flushed(static_cast<f32>(static_cast<_Float16>(v * 0.5f)), mode & 2)))
          << mode << " " << k;
      ASSERT_TRUE(same(halfValue(products[k] >> 16), flushed(v, mode & 2)))
          << mode << " " << k;
      ASSERT_TRUE(same(singles[k], v)) << mode << " " << k;
    }
  }
}

TEST_F(Modes, MatrixDenormals) {
  std::vector<f32> a(64, 0x1p-130f), c(256, 0x1p-140f);
  u64 kept = device().reserve(1024), flushed = device().reserve(1024);
  device().runClean("matrix_denormals", 1, 64,
                    Arguments()
                        .add(device().upload(a))
                        .add(device().upload(c))
                        .add(kept)
                        .add(flushed));
  for (f32 v : device().download<f32>(kept, 256))
    ASSERT_EQ(v, 0x1p-140f + 4 * 0x1p-130f);
  for (f32 v : device().download<f32>(flushed, 256))
    ASSERT_EQ(v, 0x1p-140f);
}

TEST_F(Modes, HardwareRegisters) {
  u64 out = device().upload(std::vector<u32>(16 * 20, 0), "out");
  auto result =
      device().runClean("hardware_registers", 10, 128, Arguments().add(out));
  auto kernel = device().device.kernel(device().program, "hardware_registers");
  ASSERT_TRUE(kernel.ok());
  auto got = device().download<u32>(out, 16 * 20);
  for (u32 wave = 0; wave < 20; ++wave) {
    const u32 *r = &got[16 * wave];
    u32 group = wave / 2;
    EXPECT_EQ(r[6], group % 8) << "die";
    EXPECT_EQ(r[0] >> 4 & 3, wave % 2) << "SIMD";
    EXPECT_EQ(r[0] >> 8 & 15, group / 8) << "compute unit";
    // Registers in eights less one, LDS in 64 dwords.
    EXPECT_EQ(((r[1] >> 6 & 63) + 1) * 8, kernel->info->allocatedVgprs());
    EXPECT_EQ(((r[1] >> 12 & 63) + 1) * 4, kernel->info->accumOffset());
    EXPECT_EQ(r[2] >> 12 & 511, 640 * 4 / 256);
    EXPECT_EQ(r[3], 0u);
    EXPECT_EQ(r[4], 5u << 4);
    EXPECT_EQ(r[5] >> 11 & 1, 1u) << "in a workgroup of several waves";
    EXPECT_EQ(r[5] >> 9 & 1, 0u) << "EXEC is not zero";
    EXPECT_NE(r[7] >> 16, r[7] & 0xffff) << "apertures";
    EXPECT_EQ(r[8], 0u) << "no trap handler";
  }
}

TEST_F(Modes, RegistersThatAreRefused) {
  auto message = [&](const char *kernel) {
    auto result =
        device().run(kernel, 1, 64, Arguments().add(device().reserve(256)));
    EXPECT_TRUE(result.faulted()) << kernel;
    return result.reports.empty() ? "" : result.reports[0].message;
  };
  EXPECT_EQ(message("unknown_register"),
            "s_getreg of hardware register 21, which is not modelled");
  EXPECT_EQ(message("read_only_register"),
            "s_setreg of hardware register 4; MODE (1) and TRAPSTS (3) can be "
            "written");
  EXPECT_NE(message("skip_vector").find("MODE.VSKIP"), std::string::npos);
  EXPECT_NE(message("other_message").find("s_sendmsg of message 2"),
            std::string::npos);
}

} // namespace
} // namespace emutest
