//===- MemoryTest.cpp - Loads, stores, gathers, scatters, slices ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace dsv4c::test;

namespace {

class MemoryTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Levels, MemoryTest,
                         testing::ValuesIn(runnableLevels()));

TEST_P(MemoryTest, WorkgroupsAndElementwise) {
  KernelLibrary library(R"mlir(
    tile.kernel @double(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>)
        attributes {workgroups = 8 : i64} {
      %c0 = arith.constant 0 : index
      %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
      %b = arith.addf %a, %a : tensor<64xf32>
      tile.store %b, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(8 * 64), y(8 * 64, 7);
  void *buffers[] = {x, y};
  library.get("double")(buffers, 2, 5);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_EQ(y[i], i / 64 >= 2 && i / 64 < 5 ? x[i] + x[i] : 7) << i;
}

TEST_P(MemoryTest, ValidRows) {
  KernelLibrary library(R"mlir(
    tile.kernel @valid(%wg: index, %x: memref<?x24xf32>, %y: memref<8x24xf32>,
                       %z: memref<?x24xf32>, %n: memref<1xindex>, %v: memref<8xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %count = memref.load %n[%c0] : memref<1xindex>
      %a = tile.load %x[%c0, %c0] valid %count : memref<?x24xf32> -> tensor<8x24xf32>
      tile.store %a, %y[%c0, %c0] : tensor<8x24xf32>, memref<8x24xf32>
      %one = arith.constant dense<1.0> : tensor<8x24xf32>
      tile.store %one, %z[%c0, %c0] valid %count : tensor<8x24xf32>, memref<?x24xf32>
      %ones = arith.constant dense<1.0> : tensor<8xf32>
      tile.store %ones, %v[%c0] valid %count : tensor<8xf32>, memref<8xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(8 * 24);
  for (int64_t count : {-1, 0, 3, 8, 100}) {
    Array<float> y(8 * 24, NAN), z(8 * 24, 5), v(8, 5);
    Array<int64_t> n(1, count);
    library.run("valid", {x, y, z, n, v});
    for (int64_t i = 0; i < 8 * 24; ++i) {
      bool isValid = i / 24 < count;
      EXPECT_EQ(y[i], isValid ? x[i] : 0) << count << " " << i;
      EXPECT_EQ(z[i], isValid ? 1 : 5) << count << " " << i;
    }
    for (int64_t i = 0; i < 8; ++i)
      EXPECT_EQ(v[i], i < count ? 1 : 5) << count << " " << i;
  }
}

TEST_P(MemoryTest, GatherAndScatterWithNegativeRows) {
  KernelLibrary library(R"mlir(
    tile.kernel @rows(%wg: index, %x: memref<?x48xbf16>, %r: memref<5xi32>,
                      %y: memref<5x32xbf16>, %z: memref<?x40xbf16>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c8 = arith.constant 8 : index
      %i = tile.load %r[%c0] : memref<5xi32> -> tensor<5xi32>
      %rows = arith.index_cast %i : tensor<5xi32> to tensor<5xindex>
      %g = tile.gather %x[%rows, %c8] : memref<?x48xbf16>, tensor<5xindex> -> tensor<5x32xbf16>
      tile.store %g, %y[%c0, %c0] : tensor<5x32xbf16>, memref<5x32xbf16>
      tile.scatter %g, %z[%rows, %c8] : tensor<5x32xbf16>, memref<?x40xbf16>, tensor<5xindex>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<uint16_t> x(9 * 48), y(5 * 32, 1), z(9 * 40, 0xffff);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = i + 1;
  Array<int32_t> rows(5);
  int32_t indices[] = {7, -1, 0, -5, 3};
  std::copy(indices, indices + 5, rows.begin());
  library.run("rows", {x, rows, y, z});
  std::vector<uint16_t> expected(9 * 40, 0xffff);
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 32; ++j) {
      uint16_t value = rows[i] < 0 ? 0 : x[rows[i] * 48 + 8 + j];
      EXPECT_EQ(y[i * 32 + j], value);
      if (rows[i] >= 0)
        expected[rows[i] * 40 + 8 + j] = value;
    }
  EXPECT_EQ(z.vector(), expected);
}

// Rotation of neighbouring pairs: both parities by slices of stride 2.
TEST_P(MemoryTest, StridedSlices) {
  KernelLibrary library(R"mlir(
    tile.kernel @rotate(%wg: index, %x: memref<3x80xf32>, %y: memref<3x80xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0, %c0] : memref<3x80xf32> -> tensor<3x80xf32>
      %sq = arith.mulf %t, %t : tensor<3x80xf32>
      %even = tensor.extract_slice %t[0, 16] [3, 32] [1, 2] : tensor<3x80xf32> to tensor<3x32xf32>
      %odd = tensor.extract_slice %sq[0, 17] [3, 32] [1, 2] : tensor<3x80xf32> to tensor<3x32xf32>
      %a = arith.subf %even, %odd : tensor<3x32xf32>
      %b = arith.addf %even, %odd : tensor<3x32xf32>
      %y0 = tensor.insert_slice %a into %t[0, 16] [3, 32] [1, 2] : tensor<3x32xf32> into tensor<3x80xf32>
      %y1 = tensor.insert_slice %b into %y0[0, 17] [3, 32] [1, 2] : tensor<3x32xf32> into tensor<3x80xf32>
      tile.store %y1, %y[%c0, %c0] : tensor<3x80xf32>, memref<3x80xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(3 * 80), y(3 * 80, NAN);
  std::vector<float> expected = x.vector();
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 32; ++j) {
      int at = i * 80 + 16 + 2 * j;
      expected[at] = x[at] - x[at + 1] * x[at + 1];
      expected[at + 1] = x[at] + x[at + 1] * x[at + 1];
    }
  library.run("rotate", {x, y});
  EXPECT_EQ(y.vector(), expected);
}

TEST_P(MemoryTest, DynamicOffsetsAndRankReduction) {
  KernelLibrary library(R"mlir(
    tile.kernel @window(%wg: index, %x: memref<6x40xf32>, %n: memref<2xindex>,
                        %y: memref<6x40xf32>, %r: memref<16xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %i = memref.load %n[%c0] : memref<2xindex>
      %j = memref.load %n[%c1] : memref<2xindex>
      %t = tile.load %x[%c0, %c0] : memref<6x40xf32> -> tensor<6x40xf32>
      %row = tensor.extract_slice %t[%i, %j] [1, 16] [1, 1] : tensor<6x40xf32> to tensor<16xf32>
      %neg = arith.negf %row : tensor<16xf32>
      tile.store %neg, %r[%c0] : tensor<16xf32>, memref<16xf32>
      %z = arith.constant dense<0.0> : tensor<6x40xf32>
      %into = tensor.insert_slice %neg into %z[%i, %j] [1, 16] [1, 1] : tensor<16xf32> into tensor<6x40xf32>
      %sum = arith.addf %into, %t : tensor<6x40xf32>
      tile.store %sum, %y[%c0, %c0] : tensor<6x40xf32>, memref<6x40xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(6 * 40), y(6 * 40, NAN), r(16, NAN);
  Array<int64_t> n(2);
  n[0] = 4, n[1] = 11;
  library.run("window", {x, n, y, r});
  for (int i = 0; i < 240; ++i) {
    bool isInside = i / 40 == 4 && i % 40 >= 11 && i % 40 < 27;
    EXPECT_EQ(y[i], isInside ? 0 : x[i]) << i;
    if (isInside)
      EXPECT_EQ(r[i % 40 - 11], -x[i]);
  }
}

// A load must keep its value although the buffer is overwritten before its use.
TEST_P(MemoryTest, StoreAfterLoad) {
  KernelLibrary library(R"mlir(
    tile.kernel @swap(%wg: index, %x: memref<2x40xf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %a = tile.load %x[%c0, %c0] : memref<2x40xf32> -> tensor<40xf32>
      %b = tile.load %x[%c1, %c0] : memref<2x40xf32> -> tensor<40xf32>
      tile.store %b, %x[%c0, %c0] : tensor<40xf32>, memref<2x40xf32>
      tile.store %a, %x[%c1, %c0] : tensor<40xf32>, memref<2x40xf32>
      %c = tile.load %x[%c0, %c0] : memref<2x40xf32> -> tensor<40xf32>
      %d = arith.addf %c, %c : tensor<40xf32>
      tile.store %d, %x[%c0, %c0] : tensor<40xf32>, memref<2x40xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(80);
  std::vector<float> old = x.vector();
  library.run("swap", {x});
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(x[i], 2 * old[40 + i]);
    EXPECT_EQ(x[40 + i], old[i]);
  }
}

TEST_P(MemoryTest, ReshapesTransposesAndMasks) {
  KernelLibrary library(R"mlir(
    tile.kernel @shapes(%wg: index, %x: memref<8x48xf32>, %y: memref<16x24xf32>,
                        %z: memref<48x8xf32>, %p: memref<48xi32>, %n: memref<1xi32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0, %c0] : memref<8x48xf32> -> tensor<8x48xf32>
      %e = tensor.expand_shape %t [[0], [1, 2]] output_shape [8, 2, 24] : tensor<8x48xf32> into tensor<8x2x24xf32>
      %f = tensor.collapse_shape %e [[0, 1], [2]] : tensor<8x2x24xf32> into tensor<16x24xf32>
      %flat = tensor.collapse_shape %f [[0, 1]] : tensor<16x24xf32> into tensor<384xf32>
      %again = tensor.expand_shape %flat [[0, 1]] output_shape [16, 24] : tensor<384xf32> into tensor<16x24xf32>
      %s = arith.addf %f, %again : tensor<16x24xf32>
      tile.store %s, %y[%c0, %c0] : tensor<16x24xf32>, memref<16x24xf32>
      %tt = tile.transpose %t : tensor<8x48xf32> -> tensor<48x8xf32>
      tile.store %tt, %z[%c0, %c0] : tensor<48x8xf32>, memref<48x8xf32>
      %row = tensor.extract_slice %t[2, 0] [1, 48] [1, 1] : tensor<8x48xf32> to tensor<48xf32>
      %zero = arith.constant dense<0.0> : tensor<48xf32>
      %mask = arith.cmpf ogt, %row, %zero : tensor<48xf32>
      %iota = tile.iota : tensor<48xindex>
      %c40 = arith.constant dense<40> : tensor<48xindex>
      %below = arith.cmpi ult, %iota, %c40 : tensor<48xindex>
      %both = arith.andi %mask, %below : tensor<48xi1>
      %positions, %count = tile.compact %both : tensor<48xi1> -> tensor<48xindex>
      %p32 = arith.index_cast %positions : tensor<48xindex> to tensor<48xi32>
      tile.store %p32, %p[%c0] : tensor<48xi32>, memref<48xi32>
      %count32 = arith.index_cast %count : index to i32
      %one = tensor.from_elements %count32 : tensor<1xi32>
      tile.store %one, %n[%c0] : tensor<1xi32>, memref<1xi32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(8 * 48), y(384, NAN), z(384, NAN);
  Array<int32_t> p(48, 99), n(1, 99);
  library.run("shapes", {x, y, z, p, n});
  std::vector<int32_t> positions;
  for (int i = 0; i < 384; ++i) {
    EXPECT_EQ(y[i], 2 * x[i]);
    EXPECT_EQ(z[i], x[i % 8 * 48 + i / 8]);
    if (i / 48 == 2 && i % 48 < 40 && x[i] > 0)
      positions.push_back(i % 48);
  }
  EXPECT_EQ(n[0], static_cast<int32_t>(positions.size()));
  positions.resize(48, -1);
  EXPECT_EQ(p.vector(), positions);
}

// From any element on, into a list of any length.
TEST_P(MemoryTest, CompactFrom) {
  KernelLibrary library(R"mlir(
    tile.kernel @list(%wg: index, %x: memref<48xi32>, %from: memref<1xi32>, %p: memref<16xi32>,
                      %n: memref<1xi32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0] : memref<48xi32> -> tensor<48xi32>
      %zero = arith.constant dense<0> : tensor<48xi32>
      %mask = arith.cmpi ne, %t, %zero : tensor<48xi32>
      %from32 = memref.load %from[%c0] : memref<1xi32>
      %first = arith.index_cast %from32 : i32 to index
      %positions, %count = tile.compact %mask from %first : tensor<48xi1> -> tensor<16xindex>
      %p32 = arith.index_cast %positions : tensor<16xindex> to tensor<16xi32>
      tile.store %p32, %p[%c0] : tensor<16xi32>, memref<16xi32>
      %count32 = arith.index_cast %count : index to i32
      %one = tensor.from_elements %count32 : tensor<1xi32>
      tile.store %one, %n[%c0] : tensor<1xi32>, memref<1xi32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<int32_t> x(48);
  std::vector<int32_t> all;
  for (int i = 0; i < 48; ++i)
    if ((x[i] = i % 7 < 4))
      all.push_back(i);
  for (int first : {0, 1, 15, 16, 20, 28, 47}) {
    Array<int32_t> from(1, first), p(16, 99), n(1, 99);
    library.run("list", {x, from, p, n});
    std::vector<int32_t> expected(all.begin() + std::min<size_t>(first, all.size()),
                                  all.end());
    expected.resize(16, -1);
    EXPECT_EQ(p.vector(), expected) << first;
    EXPECT_EQ(n[0], static_cast<int32_t>(all.size()));
  }
}

// Bytes of every narrow type are moved as they are; missing rows are zero bits.
TEST_P(MemoryTest, NarrowFloats) {
  for (const char *type : {"f8E4M3FN", "f8E4M3FNUZ", "f8E5M2", "f8E8M0FNU"}) {
    KernelLibrary library(substitute(R"mlir(
      tile.kernel @bytes(%wg: index, %x: memref<?x48x$T>, %r: memref<3xindex>,
                         %y: memref<4x48x$T>, %z: memref<3x48x$T>)
          attributes {workgroups = 1 : i64} {
        %c0 = arith.constant 0 : index
        %c2 = arith.constant 2 : index
        %t = tile.load %x[%c0, %c0] valid %c2 : memref<?x48x$T> -> tensor<4x48x$T>
        tile.store %t, %y[%c0, %c0] : tensor<4x48x$T>, memref<4x48x$T>
        %rows = tile.load %r[%c0] : memref<3xindex> -> tensor<3xindex>
        %g = tile.gather %x[%rows, %c0] : memref<?x48x$T>, tensor<3xindex> -> tensor<3x48x$T>
        tile.store %g, %z[%c0, %c0] : tensor<3x48x$T>, memref<3x48x$T>
        tile.return
      }
    )mlir",
                                     {{"T", type}}),
                          GetParam());
    Array<uint8_t> x(6 * 48), y(4 * 48, 1), z(3 * 48, 1);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = i * 7;
    Array<int64_t> rows(3);
    rows[0] = 5, rows[1] = -1, rows[2] = 0;
    library.run("bytes", {x, rows, y, z});
    for (int i = 0; i < 4 * 48; ++i)
      EXPECT_EQ(y[i], i / 48 < 2 ? x[i] : 0) << type;
    for (int i = 0; i < 3 * 48; ++i) {
      int64_t row = rows[i / 48];
      EXPECT_EQ(z[i], row < 0 ? 0 : x[row * 48 + i % 48]) << type;
    }
  }
}

// Moving bf16 in every way needs no arithmetic, so no library call either.
TEST_P(MemoryTest, NarrowFloatsAreOnlyMoved) {
  KernelLibrary library(R"mlir(
    tile.kernel @move(%wg: index, %x: memref<16x64xbf16>, %y: memref<32x16xbf16>,
                      %z: memref<16x64xbf16>, %s: memref<16xbf16>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c3 = arith.constant 3 : index
      %t = tile.load %x[%c0, %c0] : memref<16x64xbf16> -> tensor<16x64xbf16>
      %odd = tensor.extract_slice %t[0, 1] [16, 32] [1, 2] : tensor<16x64xbf16> to tensor<16x32xbf16>
      %tr = tile.transpose %odd : tensor<16x32xbf16> -> tensor<32x16xbf16>
      tile.store %tr, %y[%c0, %c0] : tensor<32x16xbf16>, memref<32x16xbf16>
      %in = tensor.insert_slice %odd into %t[0, 0] [16, 32] [1, 2] : tensor<16x32xbf16> into tensor<16x64xbf16>
      tile.store %in, %z[%c0, %c0] : tensor<16x64xbf16>, memref<16x64xbf16>
      %e = tensor.extract %t[%c3, %c3] : tensor<16x64xbf16>
      %splat = tensor.splat %e : tensor<16xbf16>
      tile.store %splat, %s[%c0] : tensor<16xbf16>, memref<16xbf16>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<uint16_t> x(16 * 64), y(32 * 16), z(16 * 64), s(16);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = 3 * i + 1;
  library.run("move", {x, y, z, s});
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(s[i], x[3 * 64 + 3]);
    for (int j = 0; j < 64; ++j) {
      EXPECT_EQ(z[i * 64 + j], x[i * 64 + (j | 1)]);
      if (j % 2)
        EXPECT_EQ(y[j / 2 * 16 + i], x[i * 64 + j]);
    }
  }
}

} // namespace
