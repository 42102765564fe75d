//===- HostObjectTest.cpp - Options, errors and reproducibility -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLibrary.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <dlfcn.h>

using namespace dsv4c::test;
using namespace dsv4c;

namespace {

/// What KernelLibrary throws.
std::string errorOf(const std::string &text, const std::string &march) {
  try {
    KernelLibrary library(text, march);
  } catch (const std::exception &error) {
    return error.what();
  }
  return "no error";
}

const char *const emptyKernel = R"mlir(
  tile.kernel @empty(%wg: index) attributes {workgroups = 1 : i64} {
    tile.return
  }
)mlir";

TEST(HostOptionsTest, OldProcessorsAreRefused) {
  EXPECT_NE(errorOf(emptyKernel, "x86-64-v2")
                .find("[host_march_c1] expects march x86-64-v3 or x86-64-v4 "
                      "(FMA and F16C are needed), found 'x86-64-v2'"),
            std::string::npos);
}

TEST(HostOptionsTest, OptimisationLevelIsChecked) {
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(emptyKernel, &context());
  mlir::ScopedDiagnosticHandler handler(
      &context(), [](mlir::Diagnostic &diagnostic) {
        EXPECT_NE(diagnostic.str().find("[host_march_c2]"), std::string::npos);
        return mlir::success();
      });
  host::HostOptions options;
  options.optLevel = 4;
  EXPECT_TRUE(failed(host::compileHostObject(*module, options)));
}

TEST(HostLinkTest, UndefinedSymbolsAreNamed) {
  // A function that the pipeline leaves alone calls one that doesn't exist.
  std::string message = errorOf(R"mlir(
    llvm.func @sinf(f32) -> f32
    llvm.func @caller(%x: f32) -> f32 {
      %y = llvm.call @sinf(%x) : (f32) -> f32
      llvm.return %y : f32
    }
  )mlir",
                                "x86-64-v3");
  EXPECT_NE(message.find("[host_link_c1] kernels refer to the undefined symbol "
                         "'sinf'"),
            std::string::npos)
      << message;
}

TEST(HostStageTest, TextOfEachStage) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"mlir(
    tile.kernel @copy(%wg: index, %x: memref<16xf32>, %y: memref<16xf32>)
        attributes {workgroups = 1 : i64} {
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%c0] : memref<16xf32> -> tensor<16xf32>
      tile.store %t, %y[%c0] : tensor<16xf32>, memref<16xf32>
      tile.return
    }
  )mlir",
                                                        &context());
  auto text = [&](host::HostStage stage) {
    std::string result;
    llvm::raw_string_ostream os(result);
    host::HostOptions options;
    options.march = "x86-64-v4";
    EXPECT_TRUE(succeeded(host::emitHostStage(*module, options, stage, os)));
    return result;
  };
  EXPECT_NE(text(host::HostStage::LLVMIR).find("define void @copy"),
            std::string::npos);
  EXPECT_NE(text(host::HostStage::OptimizedLLVMIR)
                .find("\"target-cpu\"=\"x86-64-v4\""),
            std::string::npos);
  EXPECT_NE(text(host::HostStage::Assembly).find("%zmm0"), std::string::npos);
}

// Several modules, compiled side by side, end up in one object.
TEST(HostObjectTest, ManyKernelsInParallel) {
  std::string text;
  for (int i = 0; i < 9; ++i)
    text += substitute(R"mlir(
      tile.kernel @scale$I(%wg: index, %x: memref<16xf32>) attributes {workgroups = 1 : i64} {
        %c0 = arith.constant 0 : index
        %f = arith.constant dense<$I.0> : tensor<16xf32>
        %t = tile.load %x[%c0] : memref<16xf32> -> tensor<16xf32>
        %u = arith.mulf %t, %f : tensor<16xf32>
        tile.store %u, %x[%c0] : tensor<16xf32>, memref<16xf32>
        tile.return
      }
    )mlir",
                       {{"I", std::to_string(i)}});
  KernelLibrary library(text, "x86-64-v3", /*optLevel=*/2, /*numThreads=*/2);
  for (int i = 0; i < 9; ++i) {
    Array<float> x(16, 1);
    library.run("scale" + std::to_string(i), {x});
    EXPECT_EQ(x.vector(), std::vector<float>(16, i));
  }
}

// Gated unit of an expert: fp8 products, scales, exp, division, bf16 rounding,
// sums over rows and columns.
const char *const mixedKernel = R"mlir(
  tile.kernel @mixed(%wg: index, %x: memref<5x128xf32>, %w: memref<128x64xf8E4M3FN>,
                     %y: memref<5x64xbf16>, %q: memref<5x64xf8E4M3FN>, %s: memref<64xf32>)
      attributes {workgroups = 1 : i64} {
    %c0 = arith.constant 0 : index
    %one = arith.constant dense<1.0> : tensor<5x64xf32>
    %xt = tile.load %x[%c0, %c0] : memref<5x128xf32> -> tensor<5x128xf32>
    %wt = tile.load %w[%c0, %c0] : memref<128x64xf8E4M3FN> -> tensor<128x64xf8E4M3FN>
    %wf = fp8.extend finite %wt : tensor<128x64xf8E4M3FN> to tensor<128x64xf32>
    %p = tile.dot %xt, %wf : tensor<5x128xf32>, tensor<128x64xf32> -> tensor<5x64xf32>
    %n = arith.negf %p : tensor<5x64xf32>
    %e = math.exp %n : tensor<5x64xf32>
    %d = arith.addf %one, %e : tensor<5x64xf32>
    %g = arith.divf %p, %d : tensor<5x64xf32>
    %b = arith.truncf %g : tensor<5x64xf32> to tensor<5x64xbf16>
    tile.store %b, %y[%c0, %c0] : tensor<5x64xbf16>, memref<5x64xbf16>
    %c = fp8.truncate %g largest 448 : tensor<5x64xf32> to tensor<5x64xf8E4M3FN>
    tile.store %c, %q[%c0, %c0] : tensor<5x64xf8E4M3FN>, memref<5x64xf8E4M3FN>
    %sum = tile.reduce add %g dim 0 : tensor<5x64xf32> -> tensor<64xf32>
    %size = math.absf %sum : tensor<64xf32>
    %r = math.rsqrt %size : tensor<64xf32>
    %l = math.log1p %r : tensor<64xf32>
    tile.store %l, %s[%c0] : tensor<64xf32>, memref<64xf32>
    tile.return
  }
)mlir";

TEST(ReproducibilityTest, BitsDependOnNeitherLevelNorOptimiser) {
  Array<float> x = randomFloats(5 * 128);
  Array<uint8_t> w(128 * 64);
  std::mt19937 generator(4);
  for (uint8_t &code : w)
    code = generator() & 0xbf;
  std::vector<uint16_t> firstY;
  std::vector<uint8_t> firstQ;
  std::vector<float> firstS;
  for (const std::string &level : runnableLevels())
    for (unsigned optLevel : {0, 1, 2, 3}) {
      KernelLibrary library(mixedKernel, level, optLevel);
      Array<uint16_t> y(5 * 64);
      Array<uint8_t> q(5 * 64);
      Array<float> s(64);
      library.run("mixed", {x, w, y, q, s});
      if (firstY.empty()) {
        firstY = y.vector(), firstQ = q.vector(), firstS = s.vector();
        EXPECT_NE(firstY, std::vector<uint16_t>(5 * 64));
        continue;
      }
      EXPECT_EQ(y.vector(), firstY) << level << " -O" << optLevel;
      EXPECT_EQ(q.vector(), firstQ) << level << " -O" << optLevel;
      EXPECT_EQ(s.vector(), firstS) << level << " -O" << optLevel;
    }
}

// The codes' values are exact in f32, so that the sum of a sequential loop is
// matched bit by bit, fused (one row) or not.
TEST(Fp8DotTest, BitsOfASequentialLoop) {
  for (int64_t rows : {1, 2, 4}) {
    std::string text = substitute(R"mlir(
      tile.kernel @dot(%wg: index, %x: memref<$Mx64xf32>, %w: memref<64x32xf8E4M3FN>,
                       %y: memref<$Mx32xf32>) attributes {workgroups = 1 : i64} {
        %c0 = arith.constant 0 : index
        %xt = tile.load %x[%c0, %c0] : memref<$Mx64xf32> -> tensor<$Mx64xf32>
        %wt = tile.load %w[%c0, %c0] : memref<64x32xf8E4M3FN> -> tensor<64x32xf8E4M3FN>
        %wf = fp8.extend finite %wt : tensor<64x32xf8E4M3FN> to tensor<64x32xf32>
        %p = tile.dot %xt, %wf : tensor<$Mx64xf32>, tensor<64x32xf32> -> tensor<$Mx32xf32>
        tile.store %p, %y[%c0, %c0] : tensor<$Mx32xf32>, memref<$Mx32xf32>
        tile.return
      }
    )mlir",
                                  {{"M", std::to_string(rows)}});
    Array<float> x = randomFloats(rows * 64);
    Array<uint8_t> w(64 * 32);
    std::mt19937 generator(4);
    for (uint8_t &code : w)
      do
        code = generator();
      while ((code & 0x7f) == 0x7f);
    auto decode = [](uint8_t code) {
      int exponent = code >> 3 & 15, mantissa = code & 7;
      double value = exponent ? std::ldexp(8 + mantissa, exponent - 10)
                              : std::ldexp(mantissa, -9);
      return static_cast<float>(code & 128 ? -value : value);
    };
    std::vector<float> expected(rows * 32);
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t n = 0; n < 32; ++n)
        for (int64_t k = 0; k < 64; ++k)
          expected[m * 32 + n] = std::fma(x[m * 64 + k], decode(w[k * 32 + n]),
                                          expected[m * 32 + n]);
    for (const std::string &level : runnableLevels()) {
      KernelLibrary library(text, level);
      Array<float> y(rows * 32, NAN);
      library.run("dot", {x, w, y});
      EXPECT_EQ(y.vector(), expected) << level << " " << rows;
    }
  }
}

} // namespace
