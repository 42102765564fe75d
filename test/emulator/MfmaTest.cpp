//===- MfmaTest.cpp - Lane layouts and values of matrix instructions ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operands are small integers, so every order of summation gives the same
// bits. The layouts are written down as lists of (lane, element) -> (row, k)
// and (lane, register) -> (row, column) from AMD's matrix calculator.
//
//===----------------------------------------------------------------------===//

#include "MatrixTest.h"
#include <random>

namespace emutest {
namespace {

template <class A, class B, bool Integer>
void check(TestDevice &device, const char *id, unsigned words, unsigned regs,
           unsigned size, unsigned blocks, unsigned depth) {
  std::mt19937 random(7);
  auto small = [&] { return static_cast<int>(random() % 9) - 4; };
  auto index = [&](unsigned block, unsigned row, unsigned k) {
    return (block * size + row) * depth + k;
  };
  std::vector<int> a(blocks * size * depth), b(a.size());
  for (int &v : a)
    v = small();
  for (int &v : b)
    v = small();
  unsigned packed = 32 / A::bits * words;
  std::vector<u32> ra(64 * words), rb(64 * words), rc(64 * regs);
  for (unsigned lane = 0; lane < 64; ++lane)
    for (unsigned p = 0; p < packed; ++p) {
      unsigned row = lane % size, group = lane / size;
      unsigned block = blocks > 1 ? group : 0;
      unsigned k = blocks > 1 ? p : group * packed + p;
      unsigned word = p / (32 / A::bits), shift = p % (32 / A::bits) * A::bits;
      ra[64 * word + lane] |= A::encode(a[index(block, row, k)]) << shift;
      rb[64 * word + lane] |= B::encode(b[index(block, row, k)]) << shift;
    }
  std::vector<int> c(64 * regs);
  for (unsigned k = 0; k < c.size(); ++k) {
    c[k] = static_cast<int>(random() % 2001) - 1000;
    rc[k] = Integer ? static_cast<u32>(c[k]) : Single::encode(c[k]);
  }
  u64 da = device.upload(ra), db = device.upload(rb), dc = device.upload(rc);
  u64 dd = device.reserve(rc.size() * 4);
  device.runClean(std::string("test_") + id, 1, 64,
                  Arguments().add(da).add(db).add(dc).add(dd));
  std::vector<u32> out = device.download<u32>(dd, rc.size());
  for (unsigned reg = 0; reg < regs; ++reg)
    for (unsigned lane = 0; lane < 64; ++lane) {
      Position p = destination(size, lane, reg);
      int sum = c[64 * reg + lane];
      for (unsigned k = 0; k < depth; ++k)
        sum += a[index(p.block, p.row, k)] * b[index(p.block, p.column, k)];
      u32 want = Integer ? static_cast<u32>(sum) : Single::encode(sum);
      ASSERT_EQ(out[64 * reg + lane], want)
          << id << " register " << reg << " lane " << lane;
    }
}

class Mfma : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("mfma_ops.hsaco");
    return instance;
  }
};

#define M(ID, WORDS, REGS, SIZE, BLOCKS, DEPTH, A, B)                          \
  TEST_F(Mfma, ID) {                                                           \
    check<A, B, std::is_same_v<A, Int8>>(device(), #ID, WORDS, REGS, SIZE,     \
                                         BLOCKS, DEPTH);                       \
  }
#include "Inputs/MfmaOps.def"

// cbsz = 2 and abid = 3: all four blocks take A from block 3.
TEST_F(Mfma, BroadcastOfA) {
  std::vector<u32> a(64), b(64);
  for (unsigned l = 0; l < 64; ++l) {
    a[l] = Single::encode(static_cast<int>(l));
    b[l] = Single::encode(static_cast<int>(l) + 1);
  }
  u64 da = device().upload(a), db = device().upload(b);
  u64 dd = device().reserve(64 * 16 * 4);
  device().runClean("mfma_broadcast", 1, 64,
                    Arguments().add(da).add(db).add(dd));
  auto out = device().download<u32>(dd, 64 * 16);
  for (unsigned reg = 0; reg < 16; ++reg)
    for (unsigned lane = 0; lane < 64; ++lane) {
      Position p = destination(16, lane, reg);
      int want = static_cast<int>((48 + p.row) * (16 * p.block + p.column + 1));
      ASSERT_EQ(out[64 * reg + lane], Single::encode(want))
          << "register " << reg << " lane " << lane;
    }
}

TEST_F(Mfma, Double16x16x4) {
  std::vector<f64> a(64), b(64), c(256);
  for (unsigned l = 0; l < 64; ++l) {
    a[l] = static_cast<f64>(l * l % 17) - 8;
    b[l] = static_cast<f64>(l * 5 % 23) - 11;
  }
  for (unsigned k = 0; k < 256; ++k)
    c[k] = k;
  u64 da = device().upload(a), db = device().upload(b), dc = device().upload(c);
  u64 dd = device().reserve(256 * 8);
  device().runClean("mfma_double16", 1, 64,
                    Arguments().add(da).add(db).add(dc).add(dd));
  auto out = device().download<f64>(dd, 256);
  for (unsigned reg = 0; reg < 4; ++reg)
    for (unsigned lane = 0; lane < 64; ++lane) {
      unsigned row = 4 * reg + lane / 16, column = lane % 16;
      f64 want = c[64 * reg + lane];
      for (unsigned k = 0; k < 4; ++k)
        want += a[16 * k + row] * b[16 * k + column];
      ASSERT_EQ(out[64 * reg + lane], want) << reg << " " << lane;
    }
}

TEST_F(Mfma, Double4x4x4) {
  std::vector<f64> a(64), b(64), c(64);
  for (unsigned l = 0; l < 64; ++l) {
    a[l] = static_cast<f64>(l * l % 17) - 8;
    b[l] = static_cast<f64>(l * 5 % 23) - 11;
    c[l] = l;
  }
  u64 da = device().upload(a), db = device().upload(b), dc = device().upload(c);
  u64 dd = device().reserve(64 * 8);
  device().runClean("mfma_double4", 1, 64,
                    Arguments().add(da).add(db).add(dc).add(dd));
  auto out = device().download<f64>(dd, 64);
  for (unsigned lane = 0; lane < 64; ++lane) {
    unsigned row = lane / 16, block = lane / 4 % 4, column = lane % 4;
    f64 want = c[lane];
    for (unsigned k = 0; k < 4; ++k)
      want += a[16 * k + 4 * block + row] * b[16 * k + 4 * block + column];
    ASSERT_EQ(out[lane], want) << lane;
  }
}

TEST_F(Mfma, AccumulationRegisters) {
  std::vector<u64> a(64, 0x4040404040404040), b(64, 0x4848484848484848);
  u64 da = device().upload(a), db = device().upload(b);
  u64 dd = device().reserve(256);
  device().runClean("mfma_agpr", 1, 64, Arguments().add(da).add(db).add(dd));
  for (u32 v : device().download<u32>(dd, 64))
    ASSERT_EQ(v, Single::encode(64));
}

// A byte written by an OCP encoder and read by a fnuz MFMA is half its value,
// so a product of two is a quarter; OCP's -0 becomes a NaN.
TEST_F(Mfma, OcpBytesAreHalved) {
  const u64 ocpOne = 0x3838383838383838; // 1.0 in e4m3fn
  std::vector<u64> a(64, ocpOne), b(64, ocpOne);
  u64 da = device().upload(a), db = device().upload(b);
  u64 dd = device().reserve(256);
  device().runClean("mfma_agpr", 1, 64, Arguments().add(da).add(db).add(dd));
  for (u32 v : device().download<u32>(dd, 64))
    ASSERT_EQ(v, Single::encode(32 / 4));
  std::vector<u64> negativeZero(64, 0x80);
  da = device().upload(negativeZero);
  device().runClean("mfma_agpr", 1, 64, Arguments().add(da).add(db).add(dd));
  for (u32 v : device().download<u32>(dd, 64))
    ASSERT_GT(v & 0x7fffffff, 0x7f800000u);
}

} // namespace
} // namespace emutest
