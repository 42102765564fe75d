//===- LaneOpsTest.cpp - Cross-lane instructions and comparisons ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <cmath>
#include <functional>
#include <random>

namespace emutest {
namespace {

class LaneOps : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("lane_ops.hsaco");
    return instance;
  }
  static u32 input(int lane) { return 1000u + static_cast<u32>(lane * lane); }
  static u32 old(int lane) { return 0xdead0000u + static_cast<u32>(lane); }
  static u32 target(int lane) {
    return static_cast<u32>(4 * ((lane * 29 + 5) % 64));
  }

  static std::vector<u32> run(const std::string &id) {
    std::vector<u32> in(64), index(64);
    for (int l = 0; l < 64; ++l) {
      in[l] = input(l);
      index[l] = target(l);
    }
    u64 out = device().reserve(256);
    device().runClean("test_" + id, 1, 64,
                      Arguments()
                          .add(device().upload(in))
                          .add(device().upload(index))
                          .add(out));
    return device().download<u32>(out, 64);
  }
  static void expect(const std::string &id, std::function<u32(int)> want) {
    auto got = run(id);
    for (int l = 0; l < 64; ++l)
      ASSERT_EQ(got[l], want(l)) << id << " lane " << l;
  }
  /// `from` names the source lane, or -1: the lane keeps its old value without
  /// bound_ctrl and becomes 0 with it.
  static void expectDpp(const std::string &id, std::function<int(int)> from) {
    expect(id, [&](int l) { return from(l) < 0 ? old(l) : input(from(l)); });
    expect(id + "_zero",
           [&](int l) { return from(l) < 0 ? 0 : input(from(l)); });
  }
};

TEST_F(LaneOps, Dpp) {
  expectDpp("quad_perm", [](int l) {
    const int perm[] = {3, 1, 0, 2};
    return l / 4 * 4 + perm[l % 4];
  });
  expectDpp("row_shl", [](int l) { return l % 16 < 13 ? l + 3 : -1; });
  expectDpp("row_shr", [](int l) { return l % 16 >= 5 ? l - 5 : -1; });
  expectDpp("row_ror", [](int l) { return l / 16 * 16 + (l + 9) % 16; });
  expectDpp("wave_shl", [](int l) { return l < 63 ? l + 1 : -1; });
  expectDpp("wave_rol", [](int l) { return (l + 1) % 64; });
  expectDpp("wave_shr", [](int l) { return l - 1; });
  expectDpp("wave_ror", [](int l) { return (l + 63) % 64; });
  expectDpp("row_mirror", [](int l) { return l / 16 * 16 + 15 - l % 16; });
  expectDpp("row_half_mirror", [](int l) { return l / 8 * 8 + 7 - l % 8; });
  expectDpp("row_bcast15", [](int l) { return l < 16 ? -1 : l / 16 * 16 - 1; });
  expectDpp("row_bcast31", [](int l) { return l < 32 ? -1 : 31; });
  expectDpp("row_newbcast", [](int l) { return l / 16 * 16 + 6; });
}

TEST_F(LaneOps, DppMasks) {
  expect("row_masked", [](int l) {
    bool row = l / 16 % 2 == 1, bank = l / 4 % 4 == 1 || l / 4 % 4 == 2;
    return row && bank ? input(l - 1) : old(l);
  });
}

TEST_F(LaneOps, LaneAccess) {
  expect("readfirstlane", [](int) { return input(0); });
  expect("readlane", [](int) { return input(37); });
  expect("writelane", [](int l) { return l == 11 ? 0x77 : old(l); });
  expect("swap", [](int l) { return input(l) ^ old(l); });
  expect("exec_mask", [](int l) {
    bool active = l >= 32 || (l / 4 % 4 == 1 || l / 4 % 4 == 2);
    return active ? input(l) : old(l);
  });
}

TEST_F(LaneOps, Permutations) {
  expect("swizzle_quad", [](int l) { return input(l ^ 3); });
  expect("swizzle_reverse",
         [](int l) { return input(l / 32 * 32 + 31 - l % 32); });
  expect("bpermute",
         [](int l) { return input(static_cast<int>(target(l) / 4)); });
  auto got = run("permute");
  for (int l = 0; l < 64; ++l)
    ASSERT_EQ(got[target(l) / 4], input(l)) << l;
}

TEST_F(LaneOps, RegisterIndexing) {
  std::vector<u32> index{0, 1, 2, 3, 4, 5, 6, 7};
  u64 out = device().reserve(64);
  // All 64 lanes store the same value to one address.
  device().runClean("register_index", 8, 64,
                    Arguments().add(device().upload(index)).add(out));
  auto got = device().download<u32>(out, 16);
  for (u32 i = 0; i < 8; ++i) {
    EXPECT_EQ(got[2 * i], 40 + i);
    EXPECT_EQ(got[2 * i + 1], (i == 1 ? 7u : 41u) + (i == 3 ? 7u : 43u));
  }
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

template <class T>
T fromBits(u64 v) {
  T out;
  std::memcpy(&out, &v, sizeof(T));
  return out;
}

/// Relations of IEEE values: less, equal, greater, unordered.
template <class T>
int relation(T a, T b) {
  if (a < b)
    return 0;
  if (a == b)
    return 1;
  return a > b ? 2 : 3;
}

/// Which relations a condition accepts, one letter each of "leg" and "u".
const char *accepted(const std::string &condition) {
  static const std::pair<const char *, const char *> table[] = {
      {"f", ""},     {"lt", "l"},    {"eq", "e"},    {"le", "le"},
      {"gt", "g"},   {"lg", "lg"},   {"ge", "eg"},   {"o", "leg"},
      {"u", "u"},    {"nge", "lu"},  {"nlg", "eu"},  {"ngt", "leu"},
      {"nle", "gu"}, {"neq", "lgu"}, {"nlt", "egu"}, {"tru", "legu"},
      {"ne", "lg"},  {"t", "leg"}};
  for (auto [name, relations] : table)
    if (condition == name)
      return relations;
  return "";
}

template <class T>
std::vector<u64> operands(bool half) {
  std::mt19937_64 random(9);
  std::vector<u64> specials;
  for (double d : {0.0, -0.0, 1.0, -1.5, double(INFINITY), -double(INFINITY),
                   double(NAN)}) {
    u64 bits = 0;
    if (half) {
      _Float16 h = static_cast<_Float16>(d);
      std::memcpy(&bits, &h, 2);
    } else if constexpr (std::is_floating_point_v<T>) {
      T v = static_cast<T>(d);
      std::memcpy(&bits, &v, sizeof(T));
    } else {
      bits = specials.size() * 0x3fff1ffff - 3;
    }
    specials.push_back(bits);
  }
  std::vector<u64> in;
  for (int k = 0; k < 128; ++k)
    in.push_back(k % 3 == 0 ? random() : specials[random() % specials.size()]);
  return in;
}

template <class T, bool Half = false>
void compareAll(TestDevice &device, const char *type,
                std::initializer_list<const char *> conditions) {
  auto in = operands<T>(Half);
  u64 input = device.upload(in);
  for (std::string condition : conditions) {
    u64 out = device.reserve(16);
    device.runClean("cmp_" + condition + "_" + type, 1, 64,
                    Arguments().add(input).add(out));
    u64 want = 0;
    for (int l = 0; l < 64; ++l) {
      int r;
      if constexpr (Half)
        r = relation(static_cast<float>(fromBits<_Float16>(in[2 * l])),
                     static_cast<float>(fromBits<_Float16>(in[2 * l + 1])));
      else
        r = relation(fromBits<T>(in[2 * l]), fromBits<T>(in[2 * l + 1]));
      if (std::string(accepted(condition)).find("legu"[r]) != std::string::npos)
        want |= u64(1) << l;
    }
    auto got = device.download<u64>(out, 2);
    EXPECT_EQ(got[0], want) << "v_cmp_" << condition << "_" << type;
    EXPECT_EQ(got[1], want) << "v_cmpx_" << condition << "_" << type;
  }
}

#define FLOATS                                                                 \
  {                                                                            \
    "f", "lt", "eq", "le", "gt", "lg", "ge", "o", "u", "nge", "nlg", "ngt",    \
        "nle", "neq", "nlt", "tru"                                             \
  }
#define INTEGERS                                                               \
  { "f", "lt", "eq", "le", "gt", "ne", "ge", "t" }

TEST_F(LaneOps, FloatComparisons) {
  compareAll<f32>(device(), "f32", FLOATS);
  compareAll<f64>(device(), "f64", FLOATS);
  compareAll<f32, true>(device(), "f16", FLOATS);
}
TEST_F(LaneOps, IntegerComparisons) {
  compareAll<i32>(device(), "i32", INTEGERS);
  compareAll<u32>(device(), "u32", INTEGERS);
  compareAll<i64>(device(), "i64", INTEGERS);
  compareAll<u64>(device(), "u64", INTEGERS);
  compareAll<i16>(device(), "i16", INTEGERS);
  compareAll<u16>(device(), "u16", INTEGERS);
}

// One value of each class against each bit of the class mask.
TEST_F(LaneOps, Classes) {
  struct Codes {
    const char *kernel;
    u64 value[10];
  };
  const Codes all[] = {
      {"class_f32",
       {0x7f800001, 0x7fc00000, 0xff800000, 0xc0000000, 0x80000001, 0x80000000,
        0, 0x007fffff, 0x3f800000, 0x7f800000}},
      {"class_f64",
       {0x7ff0000000000001, 0x7ff8000000000000, 0xfff0000000000000,
        0xc000000000000000, 0x8000000000000001, 0x8000000000000000, 0, 1,
        0x3ff0000000000000, 0x7ff0000000000000}},
      {"class_f16",
       {0x7c01, 0x7e00, 0xfc00, 0xc000, 0x8001, 0x8000, 0, 0x3ff, 0x3c00,
        0x7c00}}};
  for (const Codes &codes : all)
    for (int bit = 0; bit < 10; ++bit) {
      std::vector<u64> in;
      for (int l = 0; l < 64; ++l) {
        in.push_back(codes.value[l % 10]);
        in.push_back(u64(1) << bit);
      }
      u64 out = device().reserve(16);
      device().runClean(codes.kernel, 1, 64,
                        Arguments().add(device().upload(in)).add(out));
      u64 want = 0;
      for (int l = bit; l < 64; l += 10)
        want |= u64(1) << l;
      auto got = device().download<u64>(out, 2);
      ASSERT_EQ(got[0], want) << codes.kernel << " bit " << bit;
      ASSERT_EQ(got[1], want) << codes.kernel << " EXEC, bit " << bit;
    }
}

} // namespace
} // namespace emutest
