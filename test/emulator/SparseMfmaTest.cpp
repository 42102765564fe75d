//===- SparseMfmaTest.cpp - Sparse matrix instructions --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference multiplies dense matrices: a random A with two values in every
// four neighbours of a row, and B. The operands are then packed as AMD's matrix
// calculator and CK's compression of A lay them out. Integers make every order
// of summation exact.
//
//===----------------------------------------------------------------------===//

#include "MatrixTest.h"
#include <random>

namespace emutest {
namespace {

class SparseMfma : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("sparse_mfma.hsaco");
    return instance;
  }
};

/// A problem and its operand registers; `set` is where its indices stand.
template <class A, class B, bool Integer>
struct Problem {
  Problem(unsigned size, unsigned depth, unsigned set)
      : size(size), depth(depth), regs(size * size / 64), a(size * depth),
        b(size * depth), c(64 * regs), ra(128), rb(256), index(64) {
    auto small = [&] { return static_cast<int>(random() % 9) - 4; };
    unsigned kept = 64 / A::bits, groups = 64 / size;
    for (int &v : b)
      v = small();
    for (int &v : c)
      v = static_cast<int>(random() % 2001) - 1000;
    for (unsigned lane = 0; lane < 64; ++lane) {
      unsigned row = lane % size, group = lane / size;
      EXPECT_EQ(depth, groups * 2 * kept);
      // What other sets hold must not matter.
      index[lane] = static_cast<u32>(random());
      for (unsigned p = 0; p < kept; p += 2) {
        unsigned first = random() % 3,
                 second = first + 1 + random() % (3 - first);
        unsigned base = group * 2 * kept + 2 * p;
        place(lane, row, p, base, first, set);
        place(lane, row, p + 1, base, second, set);
      }
      for (unsigned v = 0; v < 2 * kept; ++v)
        rb[64 * (v / perWord()) + lane] |=
            B::encode(b[row * depth + group * 2 * kept + v])
            << v % perWord() * A::bits;
    }
  }

  static unsigned perWord() { return 32 / A::bits; }
  void place(unsigned lane, unsigned row, unsigned p, unsigned base,
             unsigned position, unsigned set) {
    int v = static_cast<int>(random() % 9) - 4;
    a[row * depth + base + position] = v;
    ra[64 * (p / perWord()) + lane] |= A::encode(v) << p % perWord() * A::bits;
    unsigned bit = 128 / A::bits * set + 2 * p;
    index[lane] = (index[lane] & ~(3u << bit)) | position << bit;
  }
  u32 encodeSum(int v) const {
    return Integer ? static_cast<u32>(v) : Single::encode(v);
  }

  std::vector<u32> run(TestDevice &device, const std::string &kernel) const {
    std::vector<u32> rc;
    for (int v : c)
      rc.push_back(encodeSum(v));
    u64 d = device.upload(rc, "d");
    device.runClean(kernel, 1, 64,
                    Arguments()
                        .add(device.upload(ra))
                        .add(device.upload(rb))
                        .add(device.upload(index))
                        .add(d));
    return device.download<u32>(d, rc.size());
  }
  void check(TestDevice &device, const std::string &kernel) const {
    auto out = run(device, kernel);
    for (unsigned reg = 0; reg < regs; ++reg)
      for (unsigned lane = 0; lane < 64; ++lane) {
        Position p = destination(size, lane, reg);
        int sum = c[64 * reg + lane];
        for (unsigned k = 0; k < depth; ++k)
          sum += a[p.row * depth + k] * b[p.column * depth + k];
        ASSERT_EQ(out[64 * reg + lane], encodeSum(sum))
            << kernel << " register " << reg << " lane " << lane;
      }
  }

  std::mt19937 random{11};
  unsigned size, depth, regs;
  std::vector<int> a, b, c; ///< A by rows, B by columns.
  std::vector<u32> ra, rb, index;
};

#define S(ID, REGS, SIZE, DEPTH, A, B)                                         \
  TEST_F(SparseMfma, ID) {                                                     \
    constexpr bool integer = std::is_same_v<A, Int8>;                          \
    Problem<A, B, integer>(SIZE, DEPTH, 0).check(device(), "first_" #ID);      \
    Problem<A, B, integer>(SIZE, DEPTH, 1).check(device(), "second_" #ID);     \
    Problem<A, B, integer>(SIZE, DEPTH, 0).check(device(), "fixed_" #ID);      \
  }
#include "Inputs/SmfmacOps.def"

// Compiled code: twice the product on top of zero, in accumulation registers.
TEST_F(SparseMfma, CompiledWithAccumulationRegisters) {
  Problem<Fp8, Fp8, false> problem(16, 64, 0);
  std::vector<u32> a(128), b(256);
  for (unsigned lane = 0; lane < 64; ++lane) {
    for (unsigned k = 0; k < 2; ++k)
      a[2 * lane + k] = problem.ra[64 * k + lane];
    for (unsigned k = 0; k < 4; ++k)
      b[4 * lane + k] = problem.rb[64 * k + lane];
  }
  u64 d = device().reserve(1024);
  device().runClean("sparse_builtin", 1, 64,
                    Arguments()
                        .add(device().upload(a))
                        .add(device().upload(b))
                        .add(device().upload(problem.index))
                        .add(d));
  auto out = device().download<u32>(d, 256);
  for (unsigned reg = 0; reg < 4; ++reg)
    for (unsigned lane = 0; lane < 64; ++lane) {
      Position p = destination(16, lane, reg);
      int sum = 0;
      for (unsigned k = 0; k < 64; ++k)
        sum += 2 * problem.a[p.row * 64 + k] * problem.b[p.column * 64 + k];
      ASSERT_EQ(out[64 * reg + lane], Single::encode(sum));
    }
}

} // namespace
} // namespace emutest
