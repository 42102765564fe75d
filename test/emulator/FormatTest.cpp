//===- FormatTest.cpp - Typed and swizzled buffers ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference lists each format's fields by bit position, as the Vulkan
// formats that drivers map to them do, and converts with long double.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"
#include <cmath>
#include <random>

namespace emutest {
namespace {

enum Number { Unorm, Snorm, Uscaled, Sscaled, Uint, Sint, Reserved, Float };

struct Field {
  unsigned first, width;
};
struct DataFormat {
  unsigned code, bytes;
  std::vector<Field> fields; ///< R, G, B, A.
};
const std::vector<DataFormat> &formats() {
  static const std::vector<DataFormat> all = {
      {1, 1, {{0, 8}}},
      {2, 2, {{0, 16}}},
      {3, 2, {{0, 8}, {8, 8}}},
      {4, 4, {{0, 32}}},
      {5, 4, {{0, 16}, {16, 16}}},
      {6, 4, {{0, 11}, {11, 11}, {22, 10}}}, // B10G11R11
      {7, 4, {{0, 10}, {10, 11}, {21, 11}}},
      {8, 4, {{0, 2}, {2, 10}, {12, 10}, {22, 10}}},
      {9, 4, {{0, 10}, {10, 10}, {20, 10}, {30, 2}}}, // A2B10G10R10
      {10, 4, {{0, 8}, {8, 8}, {16, 8}, {24, 8}}},
      {11, 8, {{0, 32}, {32, 32}}},
      {12, 8, {{0, 16}, {16, 16}, {32, 16}, {48, 16}}},
      {13, 12, {{0, 32}, {32, 32}, {64, 32}}},
      {14, 16, {{0, 32}, {32, 32}, {64, 32}, {96, 32}}}};
  return all;
}

u32 readField(const u8 *p, Field f) {
  u32 out = 0;
  for (unsigned k = 0; k < f.width; ++k)
    out |= u32(p[(f.first + k) / 8] >> (f.first + k) % 8 & 1) << k;
  return out;
}
u32 floatBits(f32 v) {
  u32 out;
  std::memcpy(&out, &v, 4);
  return out;
}
/// An unsigned float with five exponent bits, or a half.
f32 smallFloat(u32 raw, unsigned width) {
  unsigned mantissa = width == 16 ? 10 : width - 5;
  bool negative = width == 16 && raw >> 15;
  int exponent = raw >> mantissa & 31;
  f64 m = raw & ((1u << mantissa) - 1), unit = std::ldexp(1.0, int(mantissa));
  f64 v = exponent == 31 ? (m != 0 ? NAN : INFINITY)
          : exponent     ? std::ldexp(1 + m / unit, exponent - 15)
                         : std::ldexp(m / unit, -14);
  return static_cast<f32>(negative ? -v : v);
}
u32 decode(u32 raw, unsigned width, Number number) {
  long double top = std::ldexp(1.0L, int(width)) - 1;
  long double value = raw, half = std::ldexp(1.0L, int(width) - 1);
  long double signedValue = value >= half ? value - 2 * half : value;
  switch (number) {
  case Unorm:
    return floatBits(static_cast<f32>(value / top));
  case Snorm:
    return floatBits(
        static_cast<f32>(std::max(signedValue / (half - 1), -1.0L)));
  case Uscaled:
    return floatBits(static_cast<f32>(value));
  case Sscaled:
    return floatBits(static_cast<f32>(signedValue));
  case Uint:
    return raw;
  case Sint:
    return static_cast<u32>(static_cast<i32>(signedValue));
  default:
    return width == 32 ? raw : floatBits(smallFloat(raw, width));
  }
}
u16 halfBits(f32 v) {
  _Float16 h = static_cast<_Float16>(v);
  u16 out;
  std::memcpy(&out, &h, 2);
  return out;
}
bool isNan(u32 v) { return (v & 0x7fffffff) > 0x7f800000; }

class Formats : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("formats.hsaco");
    return instance;
  }
  static std::array<u32, 4> descriptor(u64 base, u32 stride, u32 records,
                                       u32 word3) {
    return {static_cast<u32>(base), static_cast<u32>(base >> 32) | stride << 16,
            records, word3};
  }
  static constexpr u32 kIdentity = 4 | 5 << 3 | 6 << 6 | 7 << 9;
  static u32 word3(u32 select, Number number, u32 data) {
    return select | u32(number) << 12 | data << 15;
  }
  static dsv4emu::LaunchResult run(const std::string &kernel,
                                   const std::array<u32, 4> &d, u64 data) {
    u64 at =
        device().upload(std::vector<u32>(d.begin(), d.end()), "descriptor");
    return device().run(kernel, 1, 64, Arguments().add(at).add(data));
  }
  static std::vector<u32> load(const std::string &kernel,
                               const std::array<u32, 4> &d, unsigned words) {
    u64 data =
        device().upload(std::vector<u32>(64 * words, 0xeeeeeeee), "data");
    auto result = run(kernel, d, data);
    EXPECT_TRUE(result.clean()) << kernel << ": " << result.reports[0].str();
    return device().download<u32>(data, 64 * words);
  }
  static std::vector<u8> randomBytes(size_t count) {
    std::mt19937 random(static_cast<u32>(count));
    std::vector<u8> out(count);
    for (u8 &v : out)
      v = static_cast<u8>(random());
    return out;
  }
  static bool exists(const DataFormat &f, Number n) {
    if (n == Reserved)
      return false;
    return n != Float || f.fields[0].width >= 16 ||
           (f.fields.size() == 3 && f.fields[0].width >= 10);
  }
};

// Every data format with every number format; 40 records are in range.
TEST_F(Formats, LoadEveryFormat) {
  for (const DataFormat &format : formats())
    for (Number number : {Unorm, Snorm, Uscaled, Sscaled, Uint, Sint, Float}) {
      if (!exists(format, number))
        continue;
      auto bytes = randomBytes(64 * format.bytes);
      auto d = descriptor(device().upload(bytes, "records"), format.bytes, 40,
                          word3(kIdentity, number, format.code));
      auto out = load("load_xyzw", d, 4);
      for (u32 l = 0; l < 64; ++l)
        for (u32 k = 0; k < 4; ++k) {
          u32 one = number == Uint || number == Sint ? 1 : floatBits(1);
          u32 want = k == 3 ? one : 0;
          if (l >= 40)
            want = 0;
          else if (k < format.fields.size())
            want = decode(readField(&bytes[format.bytes * l], format.fields[k]),
                          format.fields[k].width, number);
          u32 got = out[4 * l + k];
          ASSERT_TRUE(got == want ||
                      (isNan(got) && isNan(want) && number >= Float))
              << "format " << format.code << " number " << number << " lane "
              << l << " component " << k << ": " << got << " " << want;
        }
    }
}

TEST_F(Formats, FewerComponentsAndSelection) {
  auto bytes = randomBytes(64 * 8);
  u64 records = device().upload(bytes, "records");
  auto half = [&](u32 l, u32 k) {
    return bytes[8 * l + 2 * k] + 256u * bytes[8 * l + 2 * k + 1];
  };
  for (auto [kernel, words] :
       {std::pair("load_x", 1u), {"load_xy", 2u}, {"load_xyz", 3u}}) {
    auto out = load(
        kernel, descriptor(records, 8, 64, word3(kIdentity, Uint, 12)), words);
    for (u32 l = 0; l < 64; ++l)
      for (u32 k = 0; k < words; ++k)
        ASSERT_EQ(out[words * l + k], half(l, k)) << kernel;
  }
  // W, one, zero, X; out of range only the one is left.
  auto out = load(
      "load_xyzw",
      descriptor(records, 8, 40, word3(7 | 1 << 3 | 0 << 6 | 4 << 9, Uint, 12)),
      4);
  for (u32 l = 0; l < 64; ++l) {
    ASSERT_EQ(out[4 * l], l < 40 ? half(l, 3) : 0);
    ASSERT_EQ(out[4 * l + 1], 1u);
    ASSERT_EQ(out[4 * l + 2], 0u);
    ASSERT_EQ(out[4 * l + 3], l < 40 ? half(l, 0) : 0);
  }
}

TEST_F(Formats, LoadHalves) {
  auto bytes = randomBytes(64 * 4);
  u64 records = device().upload(bytes, "records");
  auto d = descriptor(records, 4, 64, word3(kIdentity, Unorm, 10));
  auto integers = descriptor(records, 4, 64, word3(kIdentity, Sint, 10));
  auto want = [&](u32 l, u32 k) {
    return u32{halfBits(f32(bytes[4 * l + k]) / 255)};
  };
  auto wantInteger = [&](u32 l, u32 k) {
    return u32{u16(int8_t(bytes[4 * l + k]))};
  };
  auto one = load("load_d16_x", d, 1), high = load("load_d16_hi_x", d, 1),
       two = load("load_d16_xy", d, 1), three = load("load_d16_xyz", d, 2),
       four = load("load_d16_xyzw", d, 2),
       ints = load("load_d16_xyzw", integers, 2);
  for (u32 l = 0; l < 64; ++l) {
    ASSERT_EQ(one[l], want(l, 0));
    ASSERT_EQ(high[l], want(l, 0) << 16);
    ASSERT_EQ(two[l], want(l, 0) | want(l, 1) << 16);
    ASSERT_EQ(three[2 * l], want(l, 0) | want(l, 1) << 16);
    ASSERT_EQ(three[2 * l + 1], want(l, 2));
    ASSERT_EQ(four[2 * l + 1], want(l, 2) | want(l, 3) << 16);
    ASSERT_EQ(ints[2 * l], wantInteger(l, 0) | wantInteger(l, 1) << 16);
    ASSERT_EQ(ints[2 * l + 1], wantInteger(l, 2) | wantInteger(l, 3) << 16);
  }
}

// Storing what was loaded gives the bytes back, in every format that stores.
TEST_F(Formats, StoreEveryFormat) {
  for (const DataFormat &format : formats())
    for (Number number : {Unorm, Snorm, Uint, Sint, Float}) {
      bool smallFloats = number == Float && format.fields[0].width < 16;
      bool inexact = number < Uscaled && format.fields[0].width == 32;
      if (!exists(format, number) || smallFloats || inexact)
        continue;
      auto bytes = randomBytes(64 * format.bytes);
      // Keep away from NaNs and from the two codes of -1.
      for (u8 &v : bytes)
        v = number == Float ? v & 0x3f : number == Snorm ? v | 1 : v;
      auto d = descriptor(device().upload(bytes, "records"), format.bytes, 64,
                          word3(kIdentity, number, format.code));
      auto values = load("load_xyzw", d, 4);
      u64 target = device().upload(std::vector<u8>(64 * format.bytes, 0xee),
                                   "target"),
          data = device().upload(values, "values");
      auto result = run("store_xyzw",
                        descriptor(target, format.bytes, 40,
                                   word3(kIdentity, number, format.code)),
                        data);
      ASSERT_TRUE(result.clean()) << result.reports[0].str();
      auto out = device().download<u8>(target, bytes.size());
      for (u32 l = 0; l < 64; ++l)
        for (const Field &f : format.fields) {
          u32 got = readField(&out[format.bytes * l], f);
          u32 want = readField(&bytes[format.bytes * l], f);
          u32 lowest = 1u << (f.width - 1);
          if (number == Snorm && want == lowest)
            want = lowest + 1; // -1 has two codes; the other one is stored.
          if (l >= 40)
            want = static_cast<u32>((u64{0xeeeeeeee} >> f.first % 4) &
                                    ((u64{1} << f.width) - 1));
          ASSERT_EQ(got, want) << "format " << format.code << " number "
                               << number << " lane " << l;
        }
    }
}

TEST_F(Formats, StoreLimitsAndHalves) {
  std::vector<u32> data;
  for (u32 l = 0; l < 64; ++l) {
    f32 v = (f32(l) - 32) / 16;
    data.push_back(floatBits(v));
  }
  u64 target = device().upload(std::vector<u8>(64, 0), "target");
  run("store_x", descriptor(target, 1, 64, word3(kIdentity, Unorm, 1)),
      device().upload(data));
  auto out = device().download<u8>(target, 64);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(out[l],
              std::nearbyint(
                  255 * std::min(std::max((f32(l) - 32) / 16, 0.0f), 1.0f)));
  // Integers beyond the field take its largest value.
  std::vector<u32> integers;
  for (u32 l = 0; l < 64; ++l)
    integers.push_back(l * 8 - 256);
  run("store_x", descriptor(target, 1, 64, word3(kIdentity, Sint, 1)),
      device().upload(integers));
  out = device().download<u8>(target, 64);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(int8_t(out[l]), std::min(std::max(i32(l) * 8 - 256, -128), 127));
  // Halves to floats: both halves of two registers, and the high one alone.
  std::vector<u32> halves;
  for (u32 l = 0; l < 128; ++l)
    halves.push_back(halfBits(f32(l)) | u32{halfBits(-f32(l) / 4)} << 16);
  u64 floats = device().upload(std::vector<f32>(256, 9), "floats");
  run("store_d16_xyzw", descriptor(floats, 16, 64, word3(kIdentity, Float, 14)),
      device().upload(halves));
  auto got = device().download<f32>(floats, 256);
  for (u32 l = 0; l < 128; ++l) {
    ASSERT_EQ(got[2 * l], f32(l));
    ASSERT_EQ(got[2 * l + 1], -f32(l) / 4);
  }
  for (auto [kernel, words] : {std::pair("store_d16_x", 1u),
                               {"store_d16_xy", 1u},
                               {"store_d16_xyz", 2u},
                               {"store_d16_hi_x", 1u}}) {
    u64 sparse = device().upload(std::vector<f32>(256, 9), "floats");
    run(kernel, descriptor(sparse, 16, 64, word3(kIdentity, Float, 14)),
        device().upload(halves));
    got = device().download<f32>(sparse, 256);
    bool high = std::string(kernel) == "store_d16_hi_x";
    u32 count = high ? 1 : u32(std::string(kernel).size() - 10);
    for (u32 l = 0; l < 64; ++l)
      for (u32 k = 0; k < 4; ++k) {
        u32 word = words * l + k / 2;
        f32 want = k >= count        ? 9.0f
                   : (high || k % 2) ? -f32(word) / 4
                                     : f32(word);
        ASSERT_EQ(got[4 * l + k], want) << kernel << " " << l << " " << k;
      }
  }
  for (auto [kernel, count] : {std::pair("store_xy", 2u), {"store_xyz", 3u}}) {
    std::vector<u32> words(64 * count);
    for (u32 k = 0; k < words.size(); ++k)
      words[k] = 77 * k;
    u64 part = device().upload(std::vector<u32>(256, 9), "part");
    run(kernel, descriptor(part, 16, 64, word3(kIdentity, Uint, 14)),
        device().upload(words));
    auto stored = device().download<u32>(part, 256);
    for (u32 l = 0; l < 64; ++l)
      for (u32 k = 0; k < 4; ++k)
        ASSERT_EQ(stored[4 * l + k], k < count ? words[count * l + k] : 9u)
            << kernel;
  }
}

// The formats of tbuffer instructions; the descriptor's own would be another.
TEST_F(Formats, TypedInstructions) {
  auto bytes = randomBytes(64 * 16);
  for (u8 &v : bytes)
    v = v == 0x80 ? 0x81 : v & 0xbf; // One code of -1, no NaN.
  const struct {
    const char *name;
    unsigned code, words;
    Number number;
  } named[] = {{"norm8", 10, 4, Snorm},
               {"int16", 12, 4, Sint},
               {"float32", 14, 4, Float}};
  for (const auto &n : named) {
    const DataFormat &format = formats()[n.code - 1];
    std::vector<u8> records(bytes.begin(), bytes.begin() + 64 * format.bytes);
    u64 base = device().upload(records, "records");
    auto d = descriptor(base, format.bytes, 64, word3(0, Reserved, 15));
    for (auto [suffix, count, words] : {std::tuple("x", 1u, 1u),
                                        {"xy", 2u, 2u},
                                        {"xyz", 3u, 3u},
                                        {"xyzw", 4u, 4u},
                                        {"d16_x", 1u, 1u},
                                        {"d16_xy", 2u, 1u},
                                        {"d16_xyz", 3u, 2u},
                                        {"d16_xyzw", 4u, 2u}}) {
      std::string name = std::string(suffix) + "_" + n.name;
      bool narrow = std::string(suffix).size() > 4;
      auto out = load("tload_" + name, d, words);
      for (u32 l = 0; l < 64; ++l)
        for (u32 k = 0; k < count; ++k) {
          u32 want =
              decode(readField(&records[format.bytes * l], format.fields[k]),
                     format.fields[k].width, n.number);
          u32 got = narrow ? out[words * l + k / 2] >> 16 * (k % 2) & 0xffff
                           : out[words * l + k];
          if (narrow) {
            f32 v;
            std::memcpy(&v, &want, 4);
            want = n.number == Sint ? want & 0xffff : halfBits(v);
          }
          ASSERT_EQ(got, want) << name << " lane " << l << " component " << k;
        }
      if (narrow && n.number == Float)
        continue; // Rounded on the way in, so it would not come back.
      u64 target =
          device().upload(std::vector<u8>(records.size(), 0), "target");
      auto result =
          run("tstore_" + name,
              descriptor(target, format.bytes, 64, word3(0, Reserved, 15)),
              device().upload(out));
      ASSERT_TRUE(result.clean()) << result.reports[0].str();
      auto back = device().download<u8>(target, records.size());
      for (u32 l = 0; l < 64; ++l)
        for (u32 k = 0; k < count; ++k)
          ASSERT_EQ(readField(&back[format.bytes * l], format.fields[k]),
                    readField(&records[format.bytes * l], format.fields[k]))
              << name;
    }
  }
}

TEST_F(Formats, UnknownFormatsAreFaults) {
  u64 records = device().upload(randomBytes(1024), "records"),
      data = device().upload(std::vector<u32>(256, 0), "data");
  auto message = [&](const char *kernel, Number number, u32 code) {
    auto result =
        run(kernel, descriptor(records, 4, 64, word3(kIdentity, number, code)),
            data);
    EXPECT_TRUE(result.faulted());
    return result.reports.empty() ? "" : result.reports[0].message;
  };
  EXPECT_EQ(message("load_x", Uint, 0),
            "typed buffer access with data format 0 (INVALID) and number "
            "format 4, which does not exist");
  EXPECT_NE(message("load_x", Float, 10).find("8_8_8_8"), std::string::npos);
  EXPECT_NE(message("load_x", Reserved, 4).find("number format 6"),
            std::string::npos);
  EXPECT_NE(message("store_x", Uscaled, 1).find("no modelled store"),
            std::string::npos);
}

// An unbound resource, all zero, reads as zero.
TEST_F(Formats, UnboundResource) {
  for (u32 v : load("load_xyzw", {0, 0, 0, 0}, 4))
    ASSERT_EQ(v, 0u);
}

// Address by the document's formula, in words of memory.
u32 swizzled(u32 index, u32 offset, u32 stride, u32 group) {
  return (index / group * stride + offset / 4 * 4) * group + index % group * 4 +
         offset % 4;
}

TEST_F(Formats, SwizzledBuffers) {
  constexpr u32 stride = 16;
  std::vector<u32> words(64 * stride / 4);
  for (u32 k = 0; k < words.size(); ++k)
    words[k] = k;
  u64 base = device().upload(words, "records");
  for (u32 code = 0; code < 4; ++code) {
    u32 group = 8u << code;
    auto d = descriptor(base, stride | 1u << 15, 40, code << 21);
    auto out = load("index_load", d, 1), wide = load("index_load4", d, 4);
    u64 target = device().upload(std::vector<u32>(words.size(), 0), "target");
    run("index_store4", descriptor(target, stride | 1u << 15, 64, code << 21),
        device().upload(words));
    auto stored = device().download<u32>(target, words.size());
    for (u32 l = 0; l < 64; ++l) {
      ASSERT_EQ(out[l], l < 40 ? swizzled(l, 4, stride, group) / 4 : 0)
          << group;
      for (u32 k = 0; k < 4; ++k) {
        ASSERT_EQ(wide[4 * l + k],
                  l < 40 ? swizzled(l, 4 * k, stride, group) / 4 : 0);
        ASSERT_EQ(stored[swizzled(l, 4 * k, stride, group) / 4], 4 * l + k);
      }
    }
  }
}

// add_tid_enable adds the lane to the index; an index alone counts records.
TEST_F(Formats, LaneAddedToIndex) {
  std::vector<u32> words(256);
  for (u32 k = 0; k < 256; ++k)
    words[k] = k;
  u64 base = device().upload(words, "records");
  auto out = load("lane_load", descriptor(base, 8, 256, 1u << 23), 1);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(out[l], l < 31 || (8 * l + 8 <= 256) ? 2 * l + 1 : 0) << l;
  // Without a stride records are bytes even with an index.
  auto bytes = load("index_load", descriptor(base, 0, 8, 0), 1);
  for (u32 v : bytes)
    ASSERT_EQ(v, 1u);
  for (u32 v : load("index_load", descriptor(base, 0, 7, 0), 1))
    ASSERT_EQ(v, 0u);
}

} // namespace
} // namespace emutest
