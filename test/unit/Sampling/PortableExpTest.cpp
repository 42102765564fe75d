//===- PortableExpTest.cpp - Accuracy and exact bits ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/PortableExp.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"

namespace dsv4run {
namespace {

TEST(PortableExp, IsAccurate) {
  long double worst = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    double x = -700.0 * i / 1e6 * (i % 2 ? 1 : 1e-3);
    long double exact = std::exp(static_cast<long double>(x));
    worst = std::max(worst, std::abs(PortableExp(x) - exact) / exact);
  }
  EXPECT_LT(worst, 0x1p-50L);
}

TEST(PortableExp, EndsOfTheRange) {
  EXPECT_EQ(PortableExp(0), 1);
  EXPECT_EQ(PortableExp(-0.0), 1);
  EXPECT_EQ(PortableExp(-INFINITY), 0);
  EXPECT_EQ(PortableExp(-700.1), 0);
  EXPECT_GT(PortableExp(-700), 0);
}

uint64_t Bits(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// The same bits on every machine: these were computed in exact rational
/// arithmetic with every operation rounded as IEEE 754 says.
TEST(PortableExp, HasTheseBits) {
  EXPECT_EQ(Bits(PortableExp(-0.1)), 0x3FECF46D99D52B3Au);
  EXPECT_EQ(Bits(PortableExp(-0.5)), 0x3FE368B2FC6F960Au);
  EXPECT_EQ(Bits(PortableExp(-1.0)), 0x3FD78B56362CEF38u);
  EXPECT_EQ(Bits(PortableExp(-1.5)), 0x3FCC8F87724B5C1Du);
  EXPECT_EQ(Bits(PortableExp(-3.25)), 0x3FA3DA368521902Du);
  EXPECT_EQ(Bits(PortableExp(-10.7)), 0x3EF7A3DC56210892u);
  EXPECT_EQ(Bits(PortableExp(-88.8)), 0x37ED9FAB61A52393u);
  EXPECT_EQ(Bits(PortableExp(-103.9)), 0x36913220AB08C519u);
  EXPECT_EQ(Bits(PortableExp(-345.678)), 0x20C3971A67444E9Du);
  EXPECT_EQ(Bits(PortableExp(-699.5)), 0x00DC89C2E339B392u);
}

} // namespace
} // namespace dsv4run
