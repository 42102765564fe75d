//===- MemoryOpsTest.cpp - Memory instructions against the host -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <cmath>
#include <random>

namespace emutest {
namespace {

constexpr u32 kInRange = 40; ///< Lanes inside the buffer descriptor.

u32 dword(const u8 *p) {
  return p[0] + 256u * p[1] + 65536u * p[2] + 16777216u * p[3];
}
u32 packHalves(u32 x, u32 y) {
  u32 out = 0;
  for (int k = 0; k < 2; ++k) {
    u16 a = static_cast<u16>(x >> 16 * k), b = static_cast<u16>(y >> 16 * k);
    _Float16 u, v;
    std::memcpy(&u, &a, 2);
    std::memcpy(&v, &b, 2);
    _Float16 sum = u + v;
    u16 bits;
    std::memcpy(&bits, &sum, 2);
    out |= u32{bits} << 16 * k;
  }
  return out;
}
f32 bfloat(u32 bits) {
  bits <<= 16;
  f32 out;
  std::memcpy(&out, &bits, 4);
  return out;
}
/// The nearer of the two bfloats around v, the even one at a tie.
u32 nearestBfloat(f32 v) {
  u32 bits;
  std::memcpy(&bits, &v, 4);
  u32 low = bits >> 16, high = low + 1;
  f64 below = std::fabs(f64(v) - bfloat(low)),
      above = std::fabs(f64(v) - bfloat(high));
  return below < above || (below == above && low % 2 == 0) ? low : high;
}
u32 packBfloats(u32 x, u32 y) {
  return nearestBfloat(bfloat(x & 0xffff) + bfloat(y & 0xffff)) |
         nearestBfloat(bfloat(x >> 16) + bfloat(y >> 16)) << 16;
}

class MemoryOps : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("memory_ops.hsaco");
    return instance;
  }
  static std::vector<u8> randomBytes() {
    std::mt19937 random(17);
    std::vector<u8> out(1024);
    for (u8 &v : out)
      v = static_cast<u8>(random());
    return out;
  }

  template <class F>
  static void load(const std::string &kernel, u32 dwords, bool buffer,
                   F first) {
    auto in = randomBytes();
    u64 out = device().reserve(256 * dwords);
    device().runClean(kernel, 1, 64,
                      Arguments().add(device().upload(in)).add(out));
    auto got = device().download<u32>(out, 64 * dwords);
    for (u32 l = 0; l < 64; ++l)
      for (u32 k = 0; k < dwords; ++k) {
        std::vector<u8> zeros(16, 0);
        const u8 *p = buffer && l >= kInRange ? zeros.data() : &in[16 * l];
        u32 want = k ? dword(p + 4 * k) : first(p, 0xabcd1234u);
        ASSERT_EQ(got[dwords * l + k], want)
            << kernel << " lane " << l << " dword " << k;
      }
  }

  static void store(const std::string &kernel, u32 bytes, u32 first,
                    bool buffer) {
    auto in = randomBytes();
    std::vector<u8> before(1024, 0xee);
    u64 out = device().upload(before, "out");
    device().runClean(kernel, 1, 64,
                      Arguments().add(device().upload(in)).add(out));
    auto got = device().download<u8>(out, 1024);
    for (u32 l = 0; l < 64; ++l)
      for (u32 k = 0; k < 16; ++k) {
        bool written = k < bytes && !(buffer && l >= kInRange);
        ASSERT_EQ(got[16 * l + k], written ? in[16 * l + first + k] : 0xee)
            << kernel << " lane " << l << " byte " << k;
      }
  }

  template <class T>
  static u64 randomValue(std::mt19937_64 &random, unsigned k) {
    if (std::is_same_v<T, f32>) {
      f32 v = static_cast<f32>(static_cast<i32>(random() % 2000) - 1000) / 8;
      u32 bits;
      std::memcpy(&bits, &v, 4);
      return bits;
    }
    if (std::is_same_v<T, f64>) {
      f64 v = static_cast<f64>(static_cast<i32>(random() % 2000) - 1000) / 8;
      u64 bits;
      std::memcpy(&bits, &v, 8);
      return bits;
    }
    // Small finite halves and bfloats in both 16-bit parts as well.
    return k % 3 == 0 ? random() % 3 : random() & 0x3bff3bff3bff3bff;
  }

  template <class T, class F>
  static void atomic(const std::string &kernel, bool buffer, bool lds,
                     F formula) {
    std::mt19937_64 random(23);
    std::vector<u64> in, memory;
    for (unsigned l = 0; l < 64; ++l) {
      in.push_back(randomValue<T>(random, l));
      memory.push_back(randomValue<T>(random, l + 1));
      memory.push_back(0x1111);
    }
    u64 at = device().upload(memory, "memory"),
        returned = device().reserve(512);
    device().runClean(
        kernel, 1, 64,
        Arguments().add(device().upload(in)).add(at).add(returned));
    auto after = device().download<u64>(at, 128);
    auto old = device().download<u64>(returned, 64);
    for (unsigned l = 0; l < 64; ++l) {
      T m, a, want;
      std::memcpy(&m, &memory[2 * l], sizeof(T));
      std::memcpy(&a, &in[l], sizeof(T));
      bool active = !(buffer && l >= kInRange);
      want = active ? static_cast<T>(formula(m, a)) : m;
      u64 bits = memory[2 * l];
      std::memcpy(&bits, &want, sizeof(T));
      ASSERT_EQ(after[2 * l], bits) << kernel << " lane " << l;
      ASSERT_EQ(after[2 * l + 1], lds ? bits : 0x1111u) << kernel;
      if (active)
        ASSERT_EQ(std::memcmp(&old[l], &m, sizeof(T)), 0) << kernel;
    }
  }
};

#define LOAD(SUFFIX, DWORDS, ...)                                              \
  TEST_F(MemoryOps, load_##SUFFIX) {                                           \
    auto first = [](const u8 *p, u32 old) -> u32 {                             \
      (void)old;                                                               \
      return __VA_ARGS__;                                                      \
    };                                                                         \
    load("global_load_" #SUFFIX, DWORDS, false, first);                        \
    load("saddr_load_" #SUFFIX, DWORDS, false, first);                         \
    load("flat_load_" #SUFFIX, DWORDS, false, first);                          \
    load("buffer_load_" #SUFFIX, DWORDS, true, first);                         \
    load("scratch_load_" #SUFFIX, DWORDS, false, first);                       \
  }
#define STORE(SUFFIX, BYTES, FIRST)                                            \
  TEST_F(MemoryOps, store_##SUFFIX) {                                          \
    store("global_store_" #SUFFIX, BYTES, FIRST, false);                       \
    store("saddr_store_" #SUFFIX, BYTES, FIRST, false);                        \
    store("flat_store_" #SUFFIX, BYTES, FIRST, false);                         \
    store("buffer_store_" #SUFFIX, BYTES, FIRST, true);                        \
    store("scratch_store_" #SUFFIX, BYTES, FIRST, false);                      \
  }
#define LDS_LOAD(NAME, DWORDS, ...)                                            \
  TEST_F(MemoryOps, NAME) {                                                    \
    load(#NAME, DWORDS, false, [](const u8 *p, u32 old) -> u32 {               \
      (void)old;                                                               \
      return __VA_ARGS__;                                                      \
    });                                                                        \
  }
#define LDS_STORE(NAME, BYTES, FIRST)                                          \
  TEST_F(MemoryOps, NAME) { store(#NAME, BYTES, FIRST, false); }
#define ATOMIC(SUFFIX, T, ...)                                                 \
  TEST_F(MemoryOps, atomic_##SUFFIX) {                                         \
    auto formula = [](T m, T a) -> T {                                         \
      (void)m, (void)a;                                                        \
      return __VA_ARGS__;                                                      \
    };                                                                         \
    atomic<T>("global_atomic_" #SUFFIX, false, false, formula);                \
    atomic<T>("flat_atomic_" #SUFFIX, false, false, formula);                  \
    atomic<T>("buffer_atomic_" #SUFFIX, true, false, formula);                 \
  }
#define FLAT_ATOMIC(SUFFIX, T, ...)                                            \
  TEST_F(MemoryOps, atomic_##SUFFIX) {                                         \
    auto formula = [](T m, T a) -> T { return __VA_ARGS__; };                  \
    atomic<T>("global_atomic_" #SUFFIX, false, false, formula);                \
    atomic<T>("flat_atomic_" #SUFFIX, false, false, formula);                  \
  }
#define LDS_ATOMIC(MIDDLE, SUFFIX, T, ...)                                     \
  TEST_F(MemoryOps, ds_##MIDDLE##_##SUFFIX) {                                  \
    atomic<T>("ds_" #MIDDLE "_" #SUFFIX, false, true,                          \
              [](T m, T a) -> T { return __VA_ARGS__; });                      \
  }
#include "Inputs/MemoryOps.def"

TEST_F(MemoryOps, CompareAndSwap) {
  for (const char *kernel : {"compare_swap", "compare_store",
                             "compare_swap_forms", "compare_store_plain"}) {
    std::vector<u32> memory(64);
    std::vector<u64> wide(64);
    for (u32 l = 0; l < 64; ++l)
      wide[l] = memory[l] = l;
    u64 m = device().upload(memory), w = device().upload(wide);
    u64 old = device().reserve(256), oldWide = device().reserve(512);
    device().runClean(kernel, 1, 64,
                      Arguments().add(m).add(w).add(old).add(oldWide));
    auto gotMemory = device().download<u32>(m, 64);
    auto gotWide = device().download<u64>(w, 64);
    auto returned = device().download<u32>(old, 64);
    auto returnedWide = device().download<u64>(oldWide, 64);
    for (u32 l = 0; l < 64; ++l) {
      ASSERT_EQ(gotMemory[l], l % 2 ? 1000 + l : l) << kernel;
      ASSERT_EQ(gotWide[l], l % 2 ? 5000 + l : l) << kernel;
      ASSERT_EQ(returned[l], l) << kernel;
      ASSERT_EQ(returnedWide[l], l) << kernel;
    }
  }
}

TEST_F(MemoryOps, TwoAddressLds) {
  std::vector<u64> in(128);
  for (u32 k = 0; k < 128; ++k)
    in[k] = k * 0x100000001u + 5;
  u64 out = device().reserve(8 * 384);
  device().runClean("two_addresses", 1, 64,
                    Arguments().add(device().upload(in)).add(out));
  auto got = device().download<u64>(out, 384);
  for (u32 l = 0; l < 64; ++l) {
    ASSERT_EQ(got[2 * l], in[64 + l]);
    ASSERT_EQ(got[2 * l + 1], in[l]);
    u64 pair = (in[64 + l] & 0xffffffff) | in[l] << 32;
    ASSERT_EQ(got[128 + l], pair);
    ASSERT_EQ(got[192 + l], l | u64{100 + l} << 32);
    // The pair before was written last, to elements l and, by the odd lane
    // below, nothing else.
    u32 even = l & ~1u;
    auto element = [&](u32 k) {
      return (in[k] & 0xffffffff) | in[64 + k] << 32;
    };
    ASSERT_EQ(got[256 + 2 * l], element(even + 1)) << l;
    ASSERT_EQ(got[256 + 2 * l + 1], element(even)) << l;
  }
}

TEST_F(MemoryOps, ScratchOfEveryWidth) {
  std::vector<u32> in(64);
  for (u32 l = 0; l < 64; ++l)
    in[l] = l * 2654435761u;
  u64 out = device().reserve(256);
  device().runClean("scratch_types", 1, 64,
                    Arguments().add(device().upload(in)).add(out));
  auto got = device().download<u32>(out, 64);
  for (u32 l = 0; l < 64; ++l) {
    u32 v = in[l], sum = 0;
    u8 bytes[8];
    i16 shorts[8];
    u64 longs[4];
    for (u32 k = 0; k < 8; ++k) {
      bytes[(k + v) % 8] = static_cast<u8>(v >> k);
      shorts[(k + v) % 8] = static_cast<i16>(v >> 2 * k);
    }
    for (u32 k = 0; k < 4; ++k)
      longs[(k + v) % 4] = u64{v} << 4 * k;
    for (u32 k = 0; k < 8; ++k)
      sum = sum * 31 + bytes[k] + static_cast<u32>(i32{shorts[k]}) +
            static_cast<u32>(longs[k % 4] >> 8);
    ASSERT_EQ(got[l], sum) << l;
  }
}

TEST_F(MemoryOps, ScalarLoads) {
  std::vector<u32> in(256);
  for (u32 k = 0; k < 256; ++k)
    in[k] = 7 * k + 1;
  u64 out = device().upload(std::vector<u32>(112, 0), "out");
  device().runClean("scalar_loads", 1, 64,
                    Arguments().add(device().upload(in)).add(out));
  auto got = device().download<u32>(out, 112);
  for (u32 k = 0; k < 2; ++k)
    EXPECT_EQ(got[66 + k], in[2 + k]);
  for (u32 k = 0; k < 4; ++k)
    EXPECT_EQ(got[68 + k], in[4 + k]);
  for (u32 k = 0; k < 8; ++k)
    EXPECT_EQ(got[80 + k], in[16 + k]);
  for (u32 k = 0; k < 16; ++k)
    EXPECT_EQ(got[96 + k], in[32 + k]);
  EXPECT_EQ(got[0], in[1]);
  EXPECT_EQ(got[2], in[2]);
  EXPECT_EQ(got[3], in[3]);
  for (u32 k = 0; k < 4; ++k)
    EXPECT_EQ(got[4 + k], in[4 + k]);
  EXPECT_EQ(got[8], in[9]);
  EXPECT_EQ(got[9], 0u);
  for (u32 k = 0; k < 8; ++k)
    EXPECT_EQ(got[16 + k], in[16 + k]);
  for (u32 k = 0; k < 16; ++k)
    EXPECT_EQ(got[32 + k], in[32 + k]);
}

TEST_F(MemoryOps, GlobalLoadToLds) {
  load("global_load_lds_ubyte", 1, false,
       [](const u8 *p, u32) { return u32{p[0]}; });
  load("global_load_lds_sbyte", 1, false,
       [](const u8 *p, u32) { return u32(i32(int8_t(p[0]))); });
  load("global_load_lds_ushort", 1, false,
       [](const u8 *p, u32) { return p[0] + 256u * p[1]; });
  load("global_load_lds_sshort", 1, false,
       [](const u8 *p, u32) { return u32(i32(int16_t(p[0] + 256 * p[1]))); });
  load("global_load_lds_dword", 1, false,
       [](const u8 *p, u32) { return dword(p); });
}

TEST_F(MemoryOps, BufferStraddlesRange) {
  std::vector<u32> in(256);
  for (u32 k = 0; k < 256; ++k)
    in[k] = 7 * k + 1;
  u64 out = device().reserve(1024);
  u64 copy = device().upload(std::vector<u32>(256, 9));
  device().runClean("buffer_straddling", 1, 64,
                    Arguments().add(device().upload(in)).add(out).add(copy));
  auto got = device().download<u32>(out, 256);
  for (u32 l = 0; l < 64; ++l)
    for (u32 k = 0; k < 4; ++k) {
      u32 at = l + 100 + k;
      ASSERT_EQ(got[4 * l + k], at < 160 ? in[at] : 0) << l << " " << k;
    }
  auto stored = device().download<u32>(copy, 256);
  for (u32 at = 0; at < 256; ++at) {
    u32 l = (at - 2) / 6, k = (at - 2) % 6;
    bool written = at >= 2 && at < 160 && k < 4;
    ASSERT_EQ(stored[at], written ? l + 100 * k : 9) << at;
  }
}

TEST_F(MemoryOps, BufferLoadToLds) {
  std::vector<u32> in(256);
  for (u32 k = 0; k < 256; ++k)
    in[k] = 7 * k + 1;
  u64 out = device().reserve(256);
  device().runClean("buffer_to_lds", 1, 64,
                    Arguments().add(device().upload(in)).add(out));
  auto got = device().download<u32>(out, 64);
  for (u32 l = 0; l < 64; ++l)
    ASSERT_EQ(got[l], l < kInRange ? in[4 * l] : 0) << l;
}

} // namespace
} // namespace emutest
