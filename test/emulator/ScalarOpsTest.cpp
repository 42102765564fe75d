//===- ScalarOpsTest.cpp - Scalar instructions against the host -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <bitset>
#include <random>

namespace emutest {
namespace {

u64 reversed(u64 v) {
  u64 out = 0;
  for (int k = 0; k < 64; ++k)
    out |= (v >> k & 1) << (63 - k);
  return out;
}
u32 ones(u64 v) { return static_cast<u32>(std::bitset<64>(v).count()); }
u32 firstOne(u64 v, int width) {
  for (int k = 0; k < width; ++k)
    if (v >> k & 1)
      return static_cast<u32>(k);
  return ~0u;
}
u64 quads(u64 v, int width) {
  u64 out = 0;
  for (int k = 0; k < width; ++k)
    if (v >> k & 1)
      out |= u64(1) << k / 4;
  return out;
}
u64 spread(u64 v, int factor) {
  u64 out = 0;
  for (int k = 0; k < 64; ++k)
    if (v >> k / factor & 1)
      out |= u64(1) << k;
  return out;
}
u64 fourfold(u64 v) { return spread(v, 4); }
u64 twofold(u64 v) { return spread(v, 2); }

u64 randomOperand(std::mt19937_64 &random, unsigned bytes) {
  u64 raw = random();
  static const u64 specials[] = {0,          1,      ~u64(0), 0x80000000,
                                 0x7fffffff, 0xffff, 0x8000,  0x10000};
  u64 v = raw >> 62 == 0 ? specials[raw % 8] : raw >> 62 == 1 ? raw % 40 : raw;
  return bytes == 4 ? v & 0xffffffff : v;
}

template <class R, class A, class B, class F, class G>
void check(TestDevice &device, const char *id, F value, G condition) {
  constexpr unsigned count = 200;
  std::mt19937_64 random(std::hash<std::string>{}(id));
  std::vector<u64> in;
  for (unsigned k = 0; k < count; ++k) {
    in.push_back(randomOperand(random, sizeof(A)));
    in.push_back(k % 8 == 7 ? in.back() : randomOperand(random, sizeof(B)));
  }
  u64 input = device.upload(in), output = device.reserve(count * 16);
  device.runClean(std::string("test_") + id, count, 64,
                  Arguments().add(input).add(output));
  std::vector<u64> out = device.download<u64>(output, 2 * count);
  for (unsigned k = 0; k < count; ++k) {
    A a = static_cast<A>(in[2 * k]);
    B b = static_cast<B>(in[2 * k + 1]);
    ASSERT_EQ(static_cast<R>(out[2 * k]), value(a, b))
        << id << "(" << a << ", " << b << ")";
    ASSERT_EQ(out[2 * k + 1], u64{condition(a, b)})
        << "SCC of " << id << "(" << a << ", " << b << ")";
  }
}

class ScalarOps : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("scalar_ops.hsaco");
    return instance;
  }
};

#define S(ID, R, A, B, ASM, VALUE, SCC)                                        \
  TEST_F(ScalarOps, ID) {                                                      \
    check<R, A, B>(                                                            \
        device(), #ID,                                                         \
        [](A a, B b) -> R {                                                    \
          (void)a, (void)b;                                                    \
          return static_cast<R>(VALUE);                                        \
        },                                                                     \
        [](A a, B b) -> bool {                                                 \
          (void)a, (void)b;                                                    \
          return SCC;                                                          \
        });                                                                    \
  }
#include "Inputs/ScalarOps.def"

} // namespace
} // namespace emutest
