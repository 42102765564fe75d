//===- ConversionTest.cpp - Small floats over all codes -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoders are compared with the formats' definition for all 256 codes.
// Encoders are compared with a search for the nearest code (ties to even), on
// every boundary between two codes, its neighbours in f32, and random values.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"
#include <cfenv>
#include <cmath>
#include <random>

namespace emutest {
namespace {

/// A fnuz format by its definition: value of code = sign * m * 2^e.
struct Format {
  int mantissa, bias;
  f64 value(u32 code) const {
    if (code == 0x80)
      return NAN;
    int e = static_cast<int>(code & 0x7f) >> mantissa;
    f64 m = (code & ((1u << mantissa) - 1)) / std::pow(2.0, mantissa);
    f64 v = e ? (1 + m) * std::pow(2.0, e - bias) : m * std::pow(2.0, 1 - bias);
    return code & 0x80 ? -v : v;
  }
  /// Nearest code by search over the positive ones.
  u32 encode(f32 v, bool saturate) const {
    if (std::isnan(v) || std::isinf(v))
      return 0x80;
    f64 magnitude = std::fabs(f64(v));
    f64 ulp = value(0x7f) - value(0x7e);
    u32 sign = std::signbit(v) ? 0x80 : 0;
    if (magnitude >= value(0x7f) + ulp / 2)
      return saturate ? 0x7f | sign : 0x80;
    u32 best = 0;
    for (u32 code = 1; code < 0x80; ++code) {
      f64 d = std::fabs(value(code) - magnitude),
          old = std::fabs(value(best) - magnitude);
      if (d < old || (d == old && code % 2 == 0))
        best = code;
    }
    return best ? best | sign : 0;
  }
  /// Largest code not beyond v in magnitude.
  u32 truncate(f32 v) const {
    u32 best = 0;
    for (u32 code = 1; code < 0x80; ++code)
      if (value(code) <= std::fabs(f64(v)))
        best = code;
    return best ? best | (std::signbit(v) ? 0x80 : 0) : 0;
  }
};
constexpr Format kFp8{3, 8}, kBf8{2, 16};

u32 bitsOf(f32 v) {
  u32 out;
  std::memcpy(&out, &v, 4);
  return out;
}

bool same(f64 a, f64 b) {
  return (std::isnan(a) && std::isnan(b)) ||
         (a == b && std::signbit(a) == std::signbit(b));
}

class Conversions : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("conversions.hsaco");
    return instance;
  }
  template <class Out, class In>
  static std::vector<Out> run(const char *kernel, std::vector<In> in,
                              size_t perInput, size_t perOutput) {
    size_t items = (in.size() / perInput + 255) / 256 * 256;
    in.resize(items * perInput, In{});
    u64 input = device().upload(in);
    u64 output = device().reserve(items * perOutput * sizeof(Out));
    device().runClean(kernel, static_cast<u32>(items / 256), 256,
                      Arguments().add(input).add(output));
    return device().download<Out>(output, items * perOutput);
  }

  /// Decodes every pair (code, 255 - code), at the given byte positions.
  static void decode(const char *kernel, Format format, unsigned first,
                     unsigned second) {
    std::vector<u32> in;
    for (u32 code = 0; code < 256; ++code)
      in.push_back(code << 8 * first | (255 - code) << 8 * second);
    auto out = run<f32>(kernel, in, 1, 2);
    for (u32 code = 0; code < 256; ++code) {
      ASSERT_TRUE(same(out[2 * code], format.value(code)))
          << kernel << " code " << code << " got " << out[2 * code];
      ASSERT_TRUE(same(out[2 * code + 1], format.value(255 - code)))
          << kernel << " code " << 255 - code;
    }
  }

  static std::vector<f32> boundaries(Format format) {
    std::vector<f32> in{0.0f, -0.0f, INFINITY, NAN, 1e30f, 1e-30f, 1e-40f};
    for (u32 code = 0; code < 0x80; ++code) {
      f64 here = format.value(code);
      f64 next = code == 0x7f ? here + (here - format.value(0x7e))
                              : format.value(code + 1);
      f32 middle = static_cast<f32>((here + next) / 2);
      for (f32 v :
           {static_cast<f32>(here), middle, std::nextafter(middle, 0.0f),
            std::nextafter(middle, INFINITY)})
        in.push_back(v);
    }
    std::mt19937 random(3);
    for (int k = 0; k < 4000; ++k) {
      f32 v = std::ldexp(static_cast<f32>(random()) / 4294967296.0f,
                         static_cast<int>(random() % 40) - 28);
      in.push_back(v);
    }
    return in;
  }
  static void encode(const char *kernel, Format format, bool high,
                     bool saturate) {
    auto in = boundaries(format);
    auto out = run<u32>(kernel, in, 1, 1);
    for (size_t k = 0; k < in.size(); ++k) {
      u32 pair =
          format.encode(in[k], saturate) | format.encode(-in[k], saturate) << 8;
      u32 want = high ? 0x5a5a | pair << 16 : 0x5a5a0000 | pair;
      ASSERT_EQ(out[k], want) << kernel << "(" << in[k] << ")";
    }
  }
};

TEST_F(Conversions, DecodeFp8) {
  decode("decode_fp8", kFp8, 0, 1);
  decode("decode_fp8_high", kFp8, 2, 3);
  decode("decode_fp8_bytes", kFp8, 0, 3);
}
TEST_F(Conversions, DecodeBf8) {
  decode("decode_bf8", kBf8, 0, 1);
  decode("decode_bf8_high", kBf8, 2, 3);
  decode("decode_bf8_bytes", kBf8, 1, 2);
}
TEST_F(Conversions, EncodeFp8) {
  encode("encode_fp8", kFp8, false, false);
  encode("encode_fp8_high", kFp8, true, false);
  encode("encode_fp8_saturated", kFp8, false, true);
}
TEST_F(Conversions, EncodeBf8) {
  encode("encode_bf8", kBf8, false, false);
  encode("encode_bf8_high", kBf8, true, false);
  encode("encode_bf8_saturated", kBf8, false, true);
}

// Seed 0 truncates; the largest seed moves everything but exact values up by
// one code. In the subnormal range the seed's weight differs, so only normal
// values are compared there.
TEST_F(Conversions, EncodeStochastic) {
  for (auto [kernel, format, low, high] :
       {std::tuple("encode_fp8_stochastic", kFp8, 0, 3),
        {"encode_bf8_stochastic", kBf8, 1, 2}}) {
    auto in = boundaries(format);
    auto out = run<u32>(kernel, in, 1, 1);
    f64 smallestNormal = std::pow(2.0, 1 - format.bias);
    for (size_t k = 0; k < in.size(); ++k) {
      f64 v = std::fabs(f64(in[k]));
      if (!(v >= smallestNormal && v < format.value(0x7f)))
        continue;
      u32 down = format.truncate(in[k]);
      u32 up = format.value(down) == f64(in[k]) ? down : down + 1;
      // The largest seed is just below one unit.
      f64 ulp = format.value(down + 1) - format.value(down);
      bool within = v - format.value(down) < ulp * 0x1p-18;
      ASSERT_EQ(out[k] >> 8 * low & 0xff, down) << kernel << " " << in[k];
      if (!within || up == down)
        ASSERT_EQ(out[k] >> 8 * high & 0xff, up) << kernel << " " << in[k];
    }
  }
}

TEST_F(Conversions, HalfToFloatAllCodes) {
  std::vector<u32> in(65536);
  for (u32 k = 0; k < in.size(); ++k)
    in[k] = k;
  auto out = run<f32>("half_to_float", in, 1, 1);
  for (u32 k = 0; k < in.size(); ++k) {
    u16 bits = static_cast<u16>(k);
    _Float16 h;
    std::memcpy(&h, &bits, 2);
    ASSERT_TRUE(same(out[k], static_cast<f32>(h))) << k;
  }
}

/// Half-way points between all halves, their neighbours, and the ends.
std::vector<f32> halfBoundaries() {
  std::vector<f32> in{0.0f,     INFINITY, 65504.0f, 65519.0f,
                      65520.0f, 1e10f,    1e-10f};
  for (u32 k = 0; k < 0x7bff; ++k) {
    auto value = [](u32 code) {
      u16 bits = static_cast<u16>(code);
      _Float16 h;
      std::memcpy(&h, &bits, 2);
      return static_cast<f32>(h);
    };
    f32 middle = (value(k) + value(k + 1)) / 2;
    in.insert(in.end(), {value(k), middle, std::nextafter(middle, 0.0f),
                         std::nextafter(middle, INFINITY)});
  }
  size_t n = in.size();
  for (size_t k = 0; k < n; ++k)
    in.push_back(-in[k]);
  return in;
}

// By search: the neighbours of v among the halves, then the rule of the mode.
u32 roundHalf(f32 v, int mode) {
  auto value = [](u32 code) {
    if (code == 0x7c00)
      return 65536.0;
    u16 bits = static_cast<u16>(code);
    _Float16 h;
    std::memcpy(&h, &bits, 2);
    return f64(static_cast<f32>(h));
  };
  u32 sign = std::signbit(v) ? 0x8000 : 0;
  f64 m = std::fabs(f64(v));
  if (std::isinf(v))
    return sign | 0x7c00;
  u32 low = 0, high = 0x7c00;
  while (high - low > 1) {
    u32 middle = (low + high) / 2;
    (value(middle) <= m ? low : high) = middle;
  }
  if (value(low) == m)
    return sign | low;
  bool toInfinity = mode == 1 ? !sign : mode == 2 ? sign != 0 : false;
  if (mode == 0) {
    f64 below = m - value(low), above = value(high) - m;
    toInfinity = above < below || (above == below && low % 2 == 1);
  }
  return sign | (toInfinity ? high : low);
}

TEST_F(Conversions, HalfRoundingModes) {
  auto in = halfBoundaries();
  const char *kernels[] = {"half_nearest", "half_up", "half_down", "half_zero"};
  for (int mode = 0; mode < 4; ++mode) {
    auto out = run<u32>(kernels[mode], in, 1, 1);
    for (size_t k = 0; k < in.size(); ++k)
      ASSERT_EQ(out[k] & 0xffff, roundHalf(in[k], mode))
          << kernels[mode] << "(" << in[k] << ")";
  }
}

TEST_F(Conversions, HalfOverflowSaturates) {
  std::vector<f32> in{65520.0f, -1e9f, INFINITY, 1.0f};
  auto out = run<u32>("half_saturated", in, 1, 1);
  EXPECT_EQ(out[0] & 0xffff, 0x7bffu);
  EXPECT_EQ(out[1] & 0xffff, 0xfbffu);
  EXPECT_EQ(out[2] & 0xffff, 0x7c00u);
  EXPECT_EQ(out[3] & 0xffff, 0x3c00u);
}

TEST_F(Conversions, SingleRoundingModes) {
  std::mt19937 random(5);
  std::vector<f32> in;
  for (int k = 0; k < 4096; ++k) {
    in.push_back(std::ldexp(f32(random()) - 2e9f, int(random() % 40) - 40));
    in.push_back(std::ldexp(f32(random()) - 2e9f, int(random() % 40) - 40));
  }
  const char *kernels[] = {"add_nearest", "add_up", "add_down", "add_zero"};
  for (int mode = 0; mode < 4; ++mode) {
    auto out = run<f32>(kernels[mode], in, 2, 1);
    for (size_t k = 0; k < in.size() / 2; ++k) {
      // The f64 sum is exact here, so one directed step decides.
      f64 exact = f64(in[2 * k]) + f64(in[2 * k + 1]);
      f32 want = static_cast<f32>(exact);
      if (mode == 1 && want < exact)
        want = std::nextafter(want, INFINITY);
      if (mode == 2 && want > exact)
        want = std::nextafter(want, -INFINITY);
      if (mode == 3 && std::fabs(f64(want)) > std::fabs(exact))
        want = std::nextafter(want, 0.0f);
      ASSERT_EQ(bitsOf(out[k]), bitsOf(want)) << kernels[mode] << " " << k;
    }
  }
}

TEST_F(Conversions, DenormalsFlushedOnRequest) {
  std::vector<f32> in{1e-40f, 1.0f,      1e-40f, 1e-40f,
                      2e-38f, -1.5e-38f, 3.0f,   4.0f};
  auto out = run<f32>("denormals_flushed", in, 2, 1);
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], 0.0f);
  EXPECT_EQ(out[2], 0.0f);
  EXPECT_EQ(out[3], 7.0f);
}

} // namespace
} // namespace emutest
