//===- NvvmConversionTest.cpp - FP4 on sm_90 against its definition -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the conversions make of e2m1 codes, run on the host: the one instruction
// that the host lacks, prmt, is written out from the PTX ISA's description.

#include "Fp8/Jit.h"
#include "Fp8/Reference.h"
#include "dsv4c/Dialect/Fp8/IR/E2M1AsF16.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Target/Nvvm/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/bit.h"
#include <gtest/gtest.h>

using namespace dsv4c;
using namespace dsv4c::reference;

namespace {

/// prmt.b32 in its default mode: nibble i of %c names byte i of the result
/// among those of %a and %b; its upper bit asks for copies of that byte's sign.
std::string permuteText() {
  std::string text = R"(
    func.func private @prmt(%a: i32, %b: i32, %c: i32) -> i32 {
      %c32 = arith.constant 32 : i64
      %c255 = arith.constant 255 : i64
      %c128 = arith.constant 128 : i64
      %c0 = arith.constant 0 : i64
      %c7 = arith.constant 7 : i64
      %c8 = arith.constant 8 : i64
      %aw = arith.extui %a : i32 to i64
      %bw = arith.extui %b : i32 to i64
      %cw = arith.extui %c : i32 to i64
      %upper = arith.shli %bw, %c32 : i64
      %both = arith.ori %aw, %upper : i64
      %r0 = arith.constant 0 : i64)";
  for (int i = 0; i < 4; ++i) {
    std::string n = std::to_string(i), next = std::to_string(i + 1);
    text += test::replaceAll(test::replaceAll(R"(
      %four@ = arith.constant )" + std::to_string(4 * i) +
                                                  R"( : i64
      %eight@ = arith.constant )" + std::to_string(8 * i) +
                                                  R"( : i64
      %selector@ = arith.shrui %cw, %four@ : i64
      %number@ = arith.andi %selector@, %c7 : i64
      %bits@ = arith.muli %number@, %c8 : i64
      %moved@ = arith.shrui %both, %bits@ : i64
      %byte@ = arith.andi %moved@, %c255 : i64
      %mode@ = arith.andi %selector@, %c8 : i64
      %copies@ = arith.cmpi ne, %mode@, %c0 : i64
      %sign@ = arith.andi %byte@, %c128 : i64
      %negative@ = arith.cmpi ne, %sign@, %c0 : i64
      %sign_copies@ = arith.select %negative@, %c255, %c0 : i64
      %chosen@ = arith.select %copies@, %sign_copies@, %byte@ : i64
      %placed@ = arith.shli %chosen@, %eight@ : i64
      %r& = arith.ori %r@, %placed@ : i64)",
                                              "@", n),
                             "&", next);
  }
  return text + R"(
      %r = arith.trunci %r4 : i64 to i32
      return %r : i32
    })";
}

/// Bits of the f16 that `body` makes as %y, vector<4xf32>, of every byte %x,
/// vector<4xi8>; `permutes` gets the number of instructions in its place.
std::vector<uint16_t> convert(const std::string &body, int &permutes) {
  std::string text = R"(
    func.func @run(%in: memref<?xi8>, %out: memref<?xf16>)
        attributes {llvm.emit_c_interface} {
      %c0 = arith.constant 0 : index
      %c4 = arith.constant 4 : index
      %n = memref.dim %in, %c0 : memref<?xi8>
      scf.for %i = %c0 to %n step %c4 {
        %x = vector.load %in[%i] : memref<?xi8>, vector<4xi8>
        )" + body + R"(
        %h = arith.truncf %y : vector<4xf32> to vector<4xf16>
        vector.store %h, %out[%i] : memref<?xf16>, vector<4xf16>
      }
      return
    })" + permuteText();
  mlir::MLIRContext &context = test::context();
  context.loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module) << text;
  mlir::PassManager passes(&context, mlir::ModuleOp::getOperationName());
  nvvm::NvvmFp8ConversionsOptions options;
  options.target = "sm_90";
  passes.addNestedPass<mlir::func::FuncOp>(
      nvvm::createNvvmFp8Conversions(options));
  passes.addPass(mlir::createConvertVectorToLLVMPass());
  EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
  permutes = 0;
  module->walk([&](mlir::LLVM::CallIntrinsicOp call) {
    EXPECT_EQ(call.getIntrin(), "llvm.nvvm.prmt");
    ++permutes;
    mlir::OpBuilder builder(call);
    auto replaced = mlir::func::CallOp::create(
        builder, call.getLoc(), "prmt", call.getResultTypes(), call.getArgs());
    call.replaceAllUsesWith(replaced);
    call.erase();
  });
  std::string lowered;
  llvm::raw_string_ostream(lowered) << *module;
  std::vector<uint8_t> bytes = allBytes();
  std::vector<uint16_t> halves(bytes.size());
  StridedMemRefType<uint8_t, 1> in{bytes.data(), bytes.data(), 0, {256}, {1}};
  StridedMemRefType<uint16_t, 1> out{
      halves.data(), halves.data(), 0, {256}, {1}};
  test::ModuleJit(lowered).run(in, out);
  return halves;
}

double decodeF16(uint16_t bits) {
  double magnitude =
      bits >> 10 & 31 ? std::ldexp(1024 + (bits & 1023), (bits >> 10 & 31) - 25)
                      : std::ldexp(bits & 1023, -24);
  return bits & 0x8000 ? -magnitude : magnitude;
}

std::string extendText(bool high) {
  return std::string("%e = fp8.extend_fp4 ") + (high ? "high" : "low") +
         " %x : vector<4xi8> to vector<4xf32>\n";
}

TEST(NvvmFp4, TableHasEveryCode) {
  for (bool high : {false, true}) {
    int permutes;
    std::vector<uint16_t> found =
        convert(test::replaceAll(extendText(high), "%e", "%y"), permutes);
    EXPECT_EQ(permutes, 5);
    for (int byte = 0; byte < 256; ++byte) {
      int code = high ? byte >> 4 : byte & 15;
      EXPECT_EQ(decodeF16(found[byte]), decodeE2M1(code)) << "byte " << byte;
      EXPECT_EQ(found[byte] >> 15, code >> 3) << "byte " << byte;
    }
  }
}

// Both nibbles of every byte, with every scale that the kernel's conditions let
// through: bits of an f32 whose exponent is the scale's and what the bits lack.
TEST(NvvmFp4, BitsTimesPowersAreEveryCodeTimesEveryScale) {
  for (bool high : {false, true}) {
    int permutes;
    std::vector<uint16_t> found = convert(
        extendText(high) +
            "%f = arith.constant dense<6.103515625e-05> : vector<4xf32>\n"
            "%y = arith.mulf %e, %f : vector<4xf32>",
        permutes);
    // Bits are moved, nothing is looked up.
    EXPECT_EQ(permutes, 2);
    for (int byte = 0; byte < 256; ++byte) {
      int code = high ? byte >> 4 : byte & 15;
      double bits = decodeF16(found[byte]);
      EXPECT_EQ(found[byte] & 0xFF, 0) << "byte " << byte;
      EXPECT_EQ(found[byte] >> 15, code >> 3) << "byte " << byte;
      EXPECT_EQ(bits, decodeE2M1(code) * fp8::kE2M1AsF16Factor);
      for (int scale = 64; scale <= 190; ++scale) {
        float power = llvm::bit_cast<float>(
            uint32_t(scale - fp8::kE2M1AsF16Exponent) << 23);
        EXPECT_EQ(static_cast<float>(bits) * power,
                  static_cast<float>(decodeE2M1(code)) *
                      std::ldexp(1.0f, scale - 127))
            << "byte " << byte << " scale " << scale;
      }
    }
  }
}

// Another factor is a product like any other.
TEST(NvvmFp4, OtherFactorsAreMultiplied) {
  int permutes;
  std::vector<uint16_t> found =
      convert(extendText(false) +
                  "%f = arith.constant dense<1.220703125e-04> : vector<4xf32>\n"
                  "%y = arith.mulf %e, %f : vector<4xf32>",
              permutes);
  EXPECT_EQ(permutes, 5);
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(decodeF16(found[byte]),
              decodeE2M1(byte & 15) * std::ldexp(1.0, -13));
}

} // namespace
