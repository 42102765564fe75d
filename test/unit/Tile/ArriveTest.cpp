//===- ArriveTest.cpp - tile.arrive between threads -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "gtest/gtest.h"
#include <thread>

using namespace dsv4c::test;

namespace {

// Two groups of four workgroups, each group with a counter. The last of a group
// adds up what all four have stored.
TEST(ArriveTest, TheLastSeesWhatAllHaveStored) {
  KernelLibrary library(R"mlir(
    tile.kernel @sum(%wg: index, %x: memref<8x64xf32>, %p: memref<8x64xf32>, %c: memref<2xi32>, %y: memref<2x64xf32>)
        attributes {workgroups = 8 : i64} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %group = arith.divui %wg, %c4 : index
      %own = tile.load %x[%wg, %c0] : memref<8x64xf32> -> tensor<64xf32>
      %twice = arith.addf %own, %own : tensor<64xf32>
      tile.store %twice, %p[%wg, %c0] : tensor<64xf32>, memref<8x64xf32>
      %last = tile.arrive %c[%group] of 4 : memref<2xi32>
      scf.if %last {
        %first = arith.muli %group, %c4 : index
        %end = arith.addi %first, %c4 : index
        %zero = arith.constant dense<0.0> : tensor<64xf32>
        %sum = scf.for %i = %first to %end step %c1 iter_args(%s = %zero) -> (tensor<64xf32>) {
          %part = tile.load %p[%i, %c0] : memref<8x64xf32> -> tensor<64xf32>
          %next = arith.addf %s, %part : tensor<64xf32>
          scf.yield %next : tensor<64xf32>
        }
        tile.store %sum, %y[%group, %c0] : tensor<64xf32>, memref<2x64xf32>
      }
      tile.return
    }
  )mlir",
                        runnableLevels().front());
  Array<float> x = randomFloats(8 * 64);
  Array<float> expected(2 * 64, 0.0f);
  for (int64_t group = 0; group < 2; ++group)
    for (int64_t column = 0; column < 64; ++column)
      for (int64_t i = 4 * group; i < 4 * group + 4; ++i)
        expected[group * 64 + column] += 2 * x[i * 64 + column];
  Array<float> partial(8 * 64, 0.0f);
  Array<int32_t> counters(2, 0);
  // The counters are zero again for the next launch.
  for (int repetition = 0; repetition < 200; ++repetition) {
    Array<float> y(2 * 64, 0.0f);
    std::vector<void *> buffers = {x, partial, counters, y};
    std::vector<std::thread> threads;
    for (int64_t workgroup = 0; workgroup < 8; ++workgroup)
      threads.emplace_back([&, workgroup] {
        library.get("sum")(buffers.data(), workgroup, workgroup + 1);
      });
    for (std::thread &thread : threads)
      thread.join();
    ASSERT_EQ(y.vector(), expected.vector()) << repetition;
    ASSERT_EQ(counters.vector(), std::vector<int32_t>(2, 0));
  }
}

} // namespace
