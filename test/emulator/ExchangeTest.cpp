//===- ExchangeTest.cpp - LDS exchanges, counters and scalar stores -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <random>

namespace emutest {
namespace {

template <class To, class From>
To bits(From v) {
  To out;
  std::memcpy(&out, &v, sizeof(To));
  return out;
}

class Exchanges : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("exchanges.hsaco");
    return instance;
  }
  template <class T>
  static std::vector<T> values(unsigned seed, size_t count) {
    std::mt19937_64 random(seed);
    std::vector<T> out(count);
    for (T &v : out)
      v = static_cast<T>(random());
    return out;
  }
  /// formula(value in LDS, x, y) for lanes of a returning and a plain form.
  template <class T, class F>
  static void combine(const char *kernel, std::vector<T> memory,
                      const std::vector<T> &x, const std::vector<T> &y,
                      bool plain, F formula) {
    u64 at = device().upload(memory, "memory"),
        returned = device().reserve(128 * sizeof(T));
    device().runClean(kernel, 1, 64,
                      Arguments()
                          .add(device().upload(x))
                          .add(device().upload(y))
                          .add(at)
                          .add(returned));
    auto after = device().download<T>(at, 64);
    auto old = device().download<T>(returned, plain ? 128 : 64);
    for (size_t l = 0; l < 64; ++l) {
      T want = formula(memory[l], x[l], y[l]);
      ASSERT_EQ(after[l], want) << kernel << " lane " << l;
      ASSERT_EQ(old[l], memory[l]) << kernel << " lane " << l;
      if (plain)
        ASSERT_EQ(old[64 + l], want) << kernel << " lane " << l;
    }
  }
};

// As floats: zeros of both signs are equal, NaNs are not.
TEST_F(Exchanges, FloatCompareAndStore) {
  std::vector<u32> memory(64, bits<u32>(1.5f)), compare = memory;
  memory[1] = 0x80000000u;
  compare[1] = 0;
  memory[2] = compare[2] = 0x7fc00000u;
  compare[3] = bits<u32>(2.5f);
  combine<u32>("ds_cmpst_f32", memory, compare, values<u32>(1, 64), true,
               [](u32 m, u32 c, u32 fresh) {
                 return bits<f32>(m) == bits<f32>(c) ? fresh : m;
               });
  std::vector<u64> wide(64, bits<u64>(1.5)), wideCompare = wide;
  wide[1] = u64{1} << 63;
  wideCompare[1] = 0;
  wide[2] = wideCompare[2] = bits<u64>(f64(NAN));
  wideCompare[3] = 5;
  combine<u64>("ds_cmpst_f64", wide, wideCompare, values<u64>(2, 64), true,
               [](u64 m, u64 c, u64 fresh) {
                 return bits<f64>(m) == bits<f64>(c) ? fresh : m;
               });
}

TEST_F(Exchanges, MaskedOr) {
  combine<u32>("ds_mskor_b32", values<u32>(1, 64), values<u32>(2, 64),
               values<u32>(3, 64), true, [](u32 m, u32 mask, u32 b) {
                 return m - (m & mask) + (b & (~m | mask));
               });
  combine<u64>("ds_mskor_b64", values<u64>(1, 64), values<u64>(2, 64),
               values<u64>(3, 64), true, [](u64 m, u64 mask, u64 b) {
                 return m - (m & mask) + (b & (~m | mask));
               });
}

TEST_F(Exchanges, Wrap) {
  std::vector<u32> memory, limit, add;
  for (u32 k = 0; k < 64; ++k) {
    memory.push_back(k);
    limit.push_back(20 + k % 3);
    add.push_back(1000 * k);
  }
  combine<u32>("ds_wrap_rtn_b32", memory, limit, add, false,
               [](u32 m, u32 l, u32 a) { return m < l ? m + a : m - l; });
}

TEST_F(Exchanges, ConditionalExchange) {
  auto memory = values<u64>(1, 64), x = values<u64>(2, 64);
  u64 at = device().upload(memory, "memory"), returned = device().reserve(512);
  device().runClean("ds_condxchg32_rtn_b64", 1, 64,
                    Arguments().add(device().upload(x)).add(at).add(returned));
  auto after = device().download<u32>(at, 128);
  auto old = device().download<u64>(returned, 64);
  for (size_t l = 0; l < 64; ++l) {
    ASSERT_EQ(old[l], memory[l]);
    for (size_t k = 0; k < 2; ++k) {
      u32 data = static_cast<u32>(x[l] >> 32 * k),
          before = static_cast<u32>(memory[l] >> 32 * k);
      ASSERT_EQ(after[2 * l + k],
                data >= 0x80000000u ? data - 0x80000000u : before)
          << l;
    }
  }
}

template <class T>
void exchange(TestDevice &device, const char *kernel,
              const std::vector<T> &memory, const std::vector<T> &x, bool far) {
  u64 at = device.upload(memory, "memory"),
      returned = device.reserve(128 * sizeof(T));
  device.runClean(kernel, 1, 64,
                  Arguments().add(device.upload(x)).add(at).add(returned));
  auto after = device.template download<T>(at, 128);
  auto old = device.template download<T>(returned, 128);
  for (size_t l = 0; l < 64; ++l)
    for (size_t k = 0; k < 2; ++k) {
      size_t element = far ? l + 64 * k : 2 * l + k;
      ASSERT_EQ(after[element], x[64 * k + l]) << kernel;
      ASSERT_EQ(old[2 * l + k], memory[element]) << kernel;
    }
}

TEST_F(Exchanges, TwoAddresses) {
  exchange<u32>(device(), "ds_wrxchg2_rtn_b32", values<u32>(1, 128),
                values<u32>(2, 128), false);
  exchange<u64>(device(), "ds_wrxchg2_rtn_b64", values<u64>(1, 128),
                values<u64>(2, 128), false);
  exchange<u32>(device(), "ds_wrxchg2st64_rtn_b32", values<u32>(1, 128),
                values<u32>(2, 128), true);
  exchange<u64>(device(), "ds_wrxchg2st64_rtn_b64", values<u64>(1, 128),
                values<u64>(2, 128), true);
}

TEST_F(Exchanges, EqualOffsetsStoreOnce) {
  u64 out = device().reserve(256);
  device().runClean("equal_offsets", 1, 64, Arguments().add(out));
  auto got = device().download<u32>(out, 64);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(got[l], l + 100);
}

TEST_F(Exchanges, AddressByLane) {
  auto in = values<u32>(5, 64);
  u64 out = device().reserve(512);
  device().runClean("by_lane", 1, 64,
                    Arguments().add(device().upload(in)).add(out));
  auto got = device().download<u32>(out, 128);
  for (u32 l = 0; l < 64; ++l) {
    ASSERT_EQ(got[l], in[l]);
    ASSERT_EQ(got[64 + l], in[63 - l]);
  }
}

TEST_F(Exchanges, AppendAndConsume) {
  u64 out = device().reserve(4 * 129);
  device().runClean("append_consume", 1, 64, Arguments().add(out));
  auto got = device().download<u32>(out, 129);
  for (u32 l = 0; l < 64; ++l) {
    ASSERT_EQ(got[l], l % 3 == 0 ? 1000u : 0u);
    ASSERT_EQ(got[64 + l], l % 2 == 0 ? 1022u : 0u);
  }
  EXPECT_EQ(got[128], 1000u + 22 - 32);
}

TEST_F(Exchanges, ScalarStores) {
  u64 out = device().upload(std::vector<u32>(17, 0xee), "out");
  device().runClean("scalar_stores", 1, 64, Arguments().add(out).add(u32{50}));
  std::vector<u32> want(17, 0xee);
  for (auto [at, value] : {std::pair(1, 50u),
                           {2, 50u},
                           {3, 51u},
                           {4, 50u},
                           {5, 51u},
                           {6, 52u},
                           {7, 53u},
                           {8, 51u},
                           {10, 52u},
                           {11, 53u},
                           {12, 50u},
                           {13, 51u},
                           {14, 52u},
                           {15, 53u}})
    want[static_cast<size_t>(at)] = value;
  EXPECT_EQ(device().download<u32>(out, 17), want);
}

template <class T, class F>
void scalarAtomic(TestDevice &device, const std::string &name, F formula) {
  for (auto [m, a] : {std::pair<T, T>(5, 9),
                      {9, 5},
                      {7, 7},
                      {0, 3},
                      {static_cast<T>(-2), 4},
                      {4, static_cast<T>(-2)}}) {
    // Cells of 8 bytes, read by name at 0, 8, 16 and 24.
    std::vector<u64> memory(4, static_cast<u64>(m));
    u64 at = device.upload(memory, "memory"), returned = device.reserve(16);
    device.runClean("s_atomic_" + name, 1, 64,
                    Arguments().add(at).add(a).add(returned));
    auto after = device.download<u64>(at, 4);
    auto old = device.download<T>(returned, 2);
    for (u64 v : after)
      ASSERT_EQ(static_cast<T>(v), static_cast<T>(formula(m, a)))
          << name << "(" << m << ", " << a << ")";
    ASSERT_EQ(old[0], m) << name;
    ASSERT_EQ(old[1], m) << name;
  }
}

#define SCALAR_ATOMIC(NAME, ...)                                               \
  TEST_F(Exchanges, s_atomic_##NAME) {                                         \
    auto formula = [](auto m, auto a) {                                        \
      using Signed [[maybe_unused]] = std::make_signed_t<decltype(m)>;         \
      return __VA_ARGS__;                                                      \
    };                                                                         \
    scalarAtomic<u32>(device(), #NAME, formula);                               \
    scalarAtomic<u64>(device(), #NAME "_x2", formula);                         \
  }
SCALAR_ATOMIC(swap, a + 0 * m)
SCALAR_ATOMIC(add, m + a)
SCALAR_ATOMIC(sub, m - a)
SCALAR_ATOMIC(smin, Signed(m) < Signed(a) ? m : a)
SCALAR_ATOMIC(umin, m < a ? m : a)
SCALAR_ATOMIC(smax, Signed(m) > Signed(a) ? m : a)
SCALAR_ATOMIC(umax, m > a ? m : a)
SCALAR_ATOMIC(and, m &a)
SCALAR_ATOMIC(or, m | a)
SCALAR_ATOMIC(xor, m ^ a)
SCALAR_ATOMIC(inc, m < a ? m + 1 : 0)
SCALAR_ATOMIC(dec, m - 1 < a ? m - 1 : a)

TEST_F(Exchanges, ScalarCompareAndSwap) {
  u64 memory = device().upload(std::vector<u32>{5, 6}, "memory"),
      wide = device().upload(std::vector<u64>{50, 60}, "wide"),
      returned = device().reserve(32);
  device().runClean("scalar_compare_swap", 1, 64,
                    Arguments().add(memory).add(wide).add(returned));
  EXPECT_EQ(device().download<u32>(memory, 2), (std::vector<u32>{7, 6}));
  EXPECT_EQ(device().download<u64>(wide, 2), (std::vector<u64>{70, 60}));
  EXPECT_EQ(device().download<u64>(returned, 4),
            (std::vector<u64>{5, 6, 50, 60}));
}

template <class F>
void scratchToLds(TestDevice &device, const std::string &type, F value) {
  std::vector<u32> in;
  for (u32 l = 0; l < 64; ++l)
    in.push_back(l * 0x9e3779b9u);
  u64 out = device.reserve(256);
  device.runClean("scratch_load_lds_" + type, 1, 64,
                  Arguments().add(device.upload(in)).add(out));
  auto got = device.download<u32>(out, 64);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(got[l], static_cast<u32>(value(in[l]))) << type << " " << l;
}

TEST_F(Exchanges, ScratchToLds) {
  scratchToLds(device(), "ubyte", [](u32 v) { return v % 256; });
  scratchToLds(device(), "sbyte", [](u32 v) { return i32(int8_t(v)); });
  scratchToLds(device(), "ushort", [](u32 v) { return v % 65536; });
  scratchToLds(device(), "sshort", [](u32 v) { return i32(i16(v)); });
  scratchToLds(device(), "dword", [](u32 v) { return v; });
}

} // namespace
} // namespace emutest
