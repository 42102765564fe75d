//===- KernelRunTest.cpp - Executions and bytes of kernels ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/KernelRun.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <gmock/gmock.h>

using namespace mlir;
using namespace dsv4c;
using cost::Contents;

namespace {
class KernelRunTest : public testing::Test {
protected:
  KernelRunTest() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  FailureOr<cost::KernelRun> run(const char *text,
                                 std::vector<Contents> contents) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    kernel = *module->getOps<tile::KernelOp>().begin();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    return cost::runKernel(kernel, contents, 128);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  tile::KernelOp kernel;
  std::string message;
};

Contents listed(std::vector<int64_t> numbers) {
  return [=](int64_t i) -> std::optional<int64_t> {
    if (i >= static_cast<int64_t>(numbers.size()))
      return std::nullopt;
    return numbers[i];
  };
}
} // namespace

// Each workgroup reads the rows of its group that exist, in steps of two.
constexpr char kRows[] = R"(
tile.kernel @k(%wg: index, %count: memref<1xi32>, %x: memref<16x32xf32>, %y: memref<16x32xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %n32 = memref.load %count[%c0] : memref<1xi32>
  %n = arith.index_castui %n32 : i32 to index
  %first = arith.muli %wg, %c4 : index
  %end = arith.addi %first, %c4 : index
  %last = arith.minsi %end, %n : index
  scf.for %i = %first to %last step %c2 {
    %left = arith.subi %last, %i : index
    %valid = arith.minsi %left, %c2 : index
    %a = tile.load %x[%i, %c0] valid %valid : memref<16x32xf32> -> tensor<2x32xf32>
    tile.store %a, %y[%i, %c0] valid %valid : tensor<2x32xf32>, memref<16x32xf32>
  }
  tile.return
})";

TEST_F(KernelRunTest, CountsRowsThatExist) {
  auto result = run(kRows, {listed({7}), nullptr, nullptr});
  ASSERT_TRUE(succeeded(result));
  // Rows 0 to 3 in two iterations, 4 to 6 in two, the rest in none.
  Block *loop = nullptr;
  kernel.walk([&](scf::ForOp op) { loop = op.getBody(); });
  EXPECT_EQ(result->executions[loop], 4);
  EXPECT_EQ(result->entries[loop], 2);
  EXPECT_EQ(result->executions[&kernel.getBody().front()], 4);
  EXPECT_EQ(result->buffers[0].read.bytes(), 128);
  EXPECT_EQ(result->buffers[1].read.bytes(), 7 * 128);
  EXPECT_EQ(result->buffers[1].written.bytes(), 0);
  EXPECT_EQ(result->buffers[2].written.bytes(), 7 * 128);
  EXPECT_EQ(result->buffers[1].requested, 7 * 128);
}

// Rows by a table; negative ones are not read. Both workgroups read the same.
constexpr char kGather[] = R"(
tile.kernel @k(%wg: index, %table: memref<4xi32>, %x: memref<64x96xi8>, %y: memref<2x96xi8>)
    attributes {workgroups = 2 : i64} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %t = tile.load %table[%c0] : memref<4xi32> -> tensor<4xi32>
  %rows = arith.index_cast %t : tensor<4xi32> to tensor<4xindex>
  %a = tile.gather %x[%rows, %c32] : memref<64x96xi8>, tensor<4xindex> -> tensor<4x64xi8>
  %mask = arith.cmpi slt, %rows, %rows : tensor<4xindex>
  %positions, %count = tile.compact %mask : tensor<4xi1> -> tensor<4xindex>
  %none = arith.cmpi sgt, %count, %c0 : index
  scf.if %none {
    %b = tensor.extract_slice %a[0, 0] [1, 64] [1, 1] : tensor<4x64xi8> to tensor<1x64xi8>
    tile.store %b, %y[%wg, %c0] : tensor<1x64xi8>, memref<2x96xi8>
  }
  tile.return
})";

TEST_F(KernelRunTest, GathersRowsOfATable) {
  auto result = run(kGather, {listed({5, -1, 0, 5}), nullptr, nullptr});
  ASSERT_TRUE(succeeded(result));
  // Bytes 32 to 96 of row 0 are in line 0; of row 5, bytes 512 to 576 in
  // line 4.
  EXPECT_EQ(result->buffers[1].read.bytes(), 2 * 128);
  EXPECT_EQ(result->buffers[1].requested, 2 * 3 * 64);
  EXPECT_EQ(result->buffers[2].written.bytes(), 0);
}

TEST_F(KernelRunTest, KernelRunC1_BoundsAreKnown) {
  EXPECT_TRUE(failed(run(kRows, {nullptr, nullptr, nullptr})));
  EXPECT_THAT(message, testing::HasSubstr("[kernel_run_c1] in kernel 'k': a "
                                          "loop's bound depends on data"));
}

TEST_F(KernelRunTest, KernelRunC2_AddressesAreKnown) {
  EXPECT_TRUE(failed(run(kGather, {nullptr, nullptr, nullptr})));
  EXPECT_THAT(message, testing::HasSubstr("[kernel_run_c2] in kernel 'k': a "
                                          "row's index depends on data"));
}
