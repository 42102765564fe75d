//===- ControlFlowTest.cpp - Loops and branches that carry tiles ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace dsv4c::test;

namespace {

class ControlFlowTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Levels, ControlFlowTest,
                         testing::ValuesIn(runnableLevels()));

// Two carried tiles that depend on each other's previous value, one that is
// shifted, and a scalar.
TEST_P(ControlFlowTest, CarriedTilesDependOnEachOther) {
  KernelLibrary library(R"mlir(
    tile.kernel @loop(%wg: index, %x: memref<4x32xf32>, %y: memref<4x32xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c3 = arith.constant 3 : index
      %c5 = arith.constant 5 : index
      %f0 = arith.constant 0.0 : f32
      %f1 = arith.constant 1.0 : f32
      %a0 = tile.load %x[%c0, %c0] : memref<4x32xf32> -> tensor<32xf32>
      %b0 = tile.load %x[%c1, %c0] : memref<4x32xf32> -> tensor<32xf32>
      %s0 = tile.load %x[%c2, %c0] : memref<4x32xf32> -> tensor<32xf32>
      %a, %b, %s, %n = scf.for %i = %c0 to %c5 step %c1
          iter_args(%ai = %a0, %bi = %b0, %si = %s0, %ni = %f0)
          -> (tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, f32) {
        %sum = arith.addf %ai, %bi : tensor<32xf32>
        %left = tensor.extract_slice %si[1] [31] [1] : tensor<32xf32> to tensor<31xf32>
        %head = tensor.extract_slice %ai[0] [1] [1] : tensor<32xf32> to tensor<1xf32>
        %z = tensor.empty() : tensor<32xf32>
        %z1 = tensor.insert_slice %left into %z[0] [31] [1] : tensor<31xf32> into tensor<32xf32>
        %z2 = tensor.insert_slice %head into %z1[31] [1] [1] : tensor<1xf32> into tensor<32xf32>
        %n1 = arith.addf %ni, %f1 : f32
        scf.yield %bi, %sum, %z2, %n1 : tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, f32
      }
      tile.store %a, %y[%c0, %c0] : tensor<32xf32>, memref<4x32xf32>
      tile.store %b, %y[%c1, %c0] : tensor<32xf32>, memref<4x32xf32>
      tile.store %s, %y[%c2, %c0] : tensor<32xf32>, memref<4x32xf32>
      %ns = tensor.splat %n : tensor<32xf32>
      tile.store %ns, %y[%c3, %c0] : tensor<32xf32>, memref<4x32xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(128), y(128, NAN);
  std::vector<float> a(&x[0], &x[32]), b(&x[32], &x[64]), s(&x[64], &x[96]);
  for (int i = 0; i < 5; ++i) {
    std::vector<float> sum(32), shifted(s.begin() + 1, s.end());
    shifted.push_back(a[0]);
    for (int j = 0; j < 32; ++j)
      sum[j] = a[j] + b[j];
    a = b, b = sum, s = shifted;
  }
  library.run("loop", {x, y});
  EXPECT_EQ(std::vector<float>(&y[0], &y[32]), a);
  EXPECT_EQ(std::vector<float>(&y[32], &y[64]), b);
  EXPECT_EQ(std::vector<float>(&y[64], &y[96]), s);
  EXPECT_EQ(std::vector<float>(&y[96], &y[128]), std::vector<float>(32, 5));
}

// Softmax-weighted sum in one pass over blocks, as attention does it.
TEST_P(ControlFlowTest, OnlineSoftmaxInNestedLoops) {
  KernelLibrary library(R"mlir(
    tile.kernel @attend(%wg: index, %q: memref<4x32xf32>, %k: memref<48x32xf32>,
                        %o: memref<4x32xf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c3 = arith.constant 3 : index
      %c8 = arith.constant 8 : index
      %ninf = arith.constant dense<0xFF800000> : tensor<4xf32>
      %zero = arith.constant dense<0.0> : tensor<4xf32>
      %acc0 = arith.constant dense<0.0> : tensor<4x32xf32>
      %qt = tile.load %q[%c0, %c0] : memref<4x32xf32> -> tensor<4x32xf32>
      %m, %l, %acc = scf.for %i = %c0 to %c3 step %c1
          iter_args(%mi = %ninf, %li = %zero, %acci = %acc0)
          -> (tensor<4xf32>, tensor<4xf32>, tensor<4x32xf32>) {
        %m1, %l1, %acc1 = scf.for %j = %c0 to %c2 step %c1
            iter_args(%mj = %mi, %lj = %li, %accj = %acci)
            -> (tensor<4xf32>, tensor<4xf32>, tensor<4x32xf32>) {
          %ij0 = arith.muli %i, %c2 : index
          %ij1 = arith.addi %ij0, %j : index
          %at = arith.muli %ij1, %c8 : index
          %kt = tile.load %k[%at, %c0] : memref<48x32xf32> -> tensor<8x32xf32>
          %ktt = tile.transpose %kt : tensor<8x32xf32> -> tensor<32x8xf32>
          %s = tile.dot %qt, %ktt : tensor<4x32xf32>, tensor<32x8xf32> -> tensor<4x8xf32>
          %smax = tile.reduce max %s dim 1 : tensor<4x8xf32> -> tensor<4xf32>
          %mn = arith.maximumf %mj, %smax : tensor<4xf32>
          %mb = tile.broadcast %mn dims [0] : tensor<4xf32> -> tensor<4x8xf32>
          %d = arith.subf %s, %mb : tensor<4x8xf32>
          %p = math.exp %d : tensor<4x8xf32>
          %psum = tile.reduce add %p dim 1 : tensor<4x8xf32> -> tensor<4xf32>
          %dm = arith.subf %mj, %mn : tensor<4xf32>
          %scale = math.exp %dm : tensor<4xf32>
          %ls = arith.mulf %lj, %scale : tensor<4xf32>
          %ln = arith.addf %ls, %psum : tensor<4xf32>
          %sb = tile.broadcast %scale dims [0] : tensor<4xf32> -> tensor<4x32xf32>
          %as = arith.mulf %accj, %sb : tensor<4x32xf32>
          %pv = tile.dot %p, %kt : tensor<4x8xf32>, tensor<8x32xf32> -> tensor<4x32xf32>
          %an = arith.addf %as, %pv : tensor<4x32xf32>
          scf.yield %mn, %ln, %an : tensor<4xf32>, tensor<4xf32>, tensor<4x32xf32>
        }
        scf.yield %m1, %l1, %acc1 : tensor<4xf32>, tensor<4xf32>, tensor<4x32xf32>
      }
      %lb = tile.broadcast %l dims [0] : tensor<4xf32> -> tensor<4x32xf32>
      %r = arith.divf %acc, %lb : tensor<4x32xf32>
      tile.store %r, %o[%c0, %c0] : tensor<4x32xf32>, memref<4x32xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> q = randomFloats(4 * 32, 1), k = randomFloats(48 * 32, 2);
  Array<float> o(4 * 32, NAN);
  library.run("attend", {q, k, o});
  for (int i = 0; i < 4; ++i) {
    double sum = 0;
    std::vector<double> expected(32);
    for (int j = 0; j < 48; ++j) {
      double score = 0;
      for (int d = 0; d < 32; ++d)
        score += double(q[i * 32 + d]) * k[j * 32 + d];
      sum += std::exp(score);
      for (int d = 0; d < 32; ++d)
        expected[d] += std::exp(score) * k[j * 32 + d];
    }
    for (int d = 0; d < 32; ++d)
      EXPECT_NEAR(o[i * 32 + d], expected[d] / sum, 1e-6);
  }
}

TEST_P(ControlFlowTest, BranchesWithTileResults) {
  KernelLibrary library(R"mlir(
    tile.kernel @branch(%wg: index, %x: memref<?x32xf32>, %y: memref<?x32xf32>)
        attributes {workgroups = 4 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %f2 = arith.constant 2.0 : f32
      %f3 = arith.constant 3.0 : f32
      %t = tile.load %x[%wg, %c0] : memref<?x32xf32> -> tensor<32xf32>
      %isSmall = arith.cmpi ule, %wg, %c1 : index
      %a, %f = scf.if %isSmall -> (tensor<32xf32>, f32) {
        %n = arith.negf %t : tensor<32xf32>
        scf.yield %n, %f2 : tensor<32xf32>, f32
      } else {
        scf.yield %t, %f3 : tensor<32xf32>, f32
      }
      %b = scf.index_switch %wg -> tensor<32xf32>
      case 1 {
        %n = arith.addf %a, %a : tensor<32xf32>
        scf.yield %n : tensor<32xf32>
      }
      default {
        scf.yield %a : tensor<32xf32>
      }
      %fs = tensor.splat %f : tensor<32xf32>
      %r = arith.mulf %b, %fs : tensor<32xf32>
      tile.store %r, %y[%wg, %c0] : tensor<32xf32>, memref<?x32xf32>
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(128), y(128, NAN);
  library.run("branch", {x, y}, 4);
  const float factor[] = {-2, -4, 3, 3};
  for (int i = 0; i < 128; ++i)
    EXPECT_EQ(y[i], x[i] * factor[i / 32]) << i;
}

// Effects in branches without results, in a loop whose bounds are data.
TEST_P(ControlFlowTest, StoresInBranches) {
  KernelLibrary library(R"mlir(
    tile.kernel @stores(%wg: index, %n: memref<1xindex>, %x: memref<8x16xf32>,
                        %y: memref<8x16xf32>) attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %count = memref.load %n[%c0] : memref<1xindex>
      scf.for %i = %c0 to %count step %c1 {
        %t = tile.load %x[%i, %c0] : memref<8x16xf32> -> tensor<16xf32>
        %odd = arith.remui %i, %c2 : index
        %isOdd = arith.cmpi eq, %odd, %c1 : index
        scf.if %isOdd {
          %u = arith.negf %t : tensor<16xf32>
          tile.store %u, %y[%i, %c0] : tensor<16xf32>, memref<8x16xf32>
        }
        %isTwo = arith.cmpi eq, %i, %c2 : index
        scf.if %isTwo {
          tile.store %t, %y[%i, %c0] : tensor<16xf32>, memref<8x16xf32>
        } else {
          %u = tile.load %y[%i, %c0] : memref<8x16xf32> -> tensor<16xf32>
          %v = arith.addf %u, %u : tensor<16xf32>
          tile.store %v, %y[%i, %c0] : tensor<16xf32>, memref<8x16xf32>
        }
      }
      tile.return
    }
  )mlir",
                        GetParam());
  Array<float> x = randomFloats(128);
  Array<int64_t> n(1, 6);
  Array<float> y(128, 3);
  library.run("stores", {n, x, y});
  for (int i = 0; i < 128; ++i) {
    int row = i / 16;
    float expected = row >= 6       ? 3
                     : row == 2     ? x[i]
                     : row % 2 == 1 ? -2 * x[i]
                                    : 6;
    EXPECT_EQ(y[i], expected) << i;
  }
}

} // namespace
