//===- LowerMatmulTest.cpp - Executed scaled_matmul -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace dsv4c::reference;
using dsv4c::test::matrix;
using dsv4c::test::ModuleJit;
using dsv4c::test::replaceAll;

namespace {

/// One linear layer: quantise x, recast the checkpoint's weight if the target
/// is FNUZ, bring it into a layout, multiply.
std::vector<uint16_t> linear(bool fnuz, bool fp4, const std::string &layout,
                             std::vector<uint16_t> x,
                             std::vector<uint8_t> codes,
                             std::vector<uint8_t> scales, int rows) {
  std::string text = R"(
    !act = !fp8.scaled<@M@x256, @F@, e8m0 1x128, shift 0, largest @L@, row_major>
    !ckpt = !fp8.scaled<128x256, @W@, e8m0 @B@, shift 0, largest @WL@, row_major>
    !here = !fp8.scaled<128x256, @V@, e8m0 @B@, shift 0, largest @VL@, row_major>
    !weight = !fp8.scaled<128x256, @V@, e8m0 @B@, shift 0, largest @VL@, @Y@>
    func.func @run(%x: memref<@M@x256xbf16>, %c: memref<128x@C@xi8>, %s: memref<@S@xi8>, %y: memref<@M@x128xbf16>)
        attributes {llvm.emit_c_interface} {
      %xt = bufferization.to_tensor %x restrict : memref<@M@x256xbf16> to tensor<@M@x256xbf16>
      %ct = bufferization.to_tensor %c restrict : memref<128x@C@xi8> to tensor<128x@C@xi8>
      %st = bufferization.to_tensor %s restrict : memref<@S@xi8> to tensor<@S@xi8>
      %a = fp8.quantize %xt : tensor<@M@x256xbf16> to !act
      %w = builtin.unrealized_conversion_cast %ct, %st : tensor<128x@C@xi8>, tensor<@S@xi8> to !ckpt
      %h = fp8.recast %w : !ckpt to !here
      @SHUFFLE@
      %r = fp8.scaled_matmul %a, %v : !act, !weight -> tensor<@M@x128xbf16>
      bufferization.materialize_in_destination %r in restrict writable %y : (tensor<@M@x128xbf16>, memref<@M@x128xbf16>) -> ()
      return
    })";
  std::string ocpName = "e4m3 ocp bias 7", fnuzName = "e4m3 fnuz bias 8";
  std::string here = fnuz ? fnuzName : ocpName;
  std::string largest = fnuz ? "224" : "448";
  bool shuffled = layout != "row_major";
  text = replaceAll(text, "@SHUFFLE@",
                    shuffled ? "%v = fp8.shuffle %h : !here to !weight" : "");
  text = replaceAll(text, "%a, %v", shuffled ? "%a, %v" : "%a, %h");
  text = replaceAll(text, "@Y@", layout);
  text = replaceAll(text, "@F@", here);
  text = replaceAll(text, "@L@", largest);
  text = replaceAll(text, "@W@", fp4 ? "e2m1 bias 1" : ocpName);
  text = replaceAll(text, "@WL@", fp4 ? "6" : "448");
  text = replaceAll(text, "@V@", fp4 ? "e2m1 bias 1" : here);
  text = replaceAll(text, "@VL@", fp4 ? "6" : largest);
  text = replaceAll(text, "@B@", fp4 ? "1x32" : "128x128");
  text = replaceAll(text, "@C@", fp4 ? "128" : "256");
  text = replaceAll(text, "@S@", fp4 ? "128x8" : "1x2");
  text = replaceAll(text, "@M@", std::to_string(rows));
  std::vector<uint16_t> result(rows * 128);
  auto xs = matrix(x, rows, 256);
  auto cs = matrix(codes, 128, fp4 ? 128 : 256);
  auto ss = matrix(scales, fp4 ? 128 : 1, fp4 ? 8 : 2);
  auto ys = matrix(result, rows, 128);
  ModuleJit(text).run(xs, cs, ss, ys);
  return result;
}

/// The same by sections 3.3, 3.7 and 3.8, in float and in the same order.
std::vector<uint16_t> expectedLinear(bool fp4, const std::vector<uint16_t> &x,
                                     const std::vector<uint8_t> &codes,
                                     const std::vector<uint8_t> &scales,
                                     int rows) {
  std::vector<uint16_t> result;
  const int block = fp4 ? 32 : 128;
  for (int m = 0; m < rows; ++m)
    for (int n = 0; n < 128; ++n) {
      float sum = 0;
      for (int first = 0; first < 256; first += block) {
        int start = first / 128 * 128;
        float amax = 0;
        for (int k = start; k < start + 128; ++k)
          amax = std::max(amax, std::fabs(bf16(x[m * 256 + k])));
        int exponent = closedFormExponent(amax, false);
        float dot = 0;
        for (int k = first; k < first + block; ++k) {
          double scaled = std::ldexp(double(bf16(x[m * 256 + k])), -exponent);
          float a = decode(kE4M3Ocp, encode(kE4M3Ocp, scaled, 448));
          float b = fp4 ? decodeE2M1(codes[n * 128 + k / 2] >> (k % 2 * 4) & 15)
                        : decode(kE4M3Ocp, codes[n * 256 + k]);
          dot += a * b;
        }
        int scale = fp4 ? scales[n * 8 + first / 32] : scales[first / 128];
        sum += std::ldexp(dot, exponent + scale - 127);
      }
      result.push_back(toBf16(sum));
    }
  return result;
}

// Compiling for FNUZ and for OCP, in every layout, gives the same bits, and
// they are the specification's. A scale applied twice, or not at all, would be
// off by 2.
TEST(LowerToLinalg, ScaledMatmulIsExactInBothDialects) {
  const int rows = 3;
  std::mt19937 random(11);
  std::vector<uint16_t> x = randomBf16(rows * 256, 5);
  for (bool fp4 : {false, true}) {
    std::vector<uint8_t> codes(fp4 ? 128 * 128 : 128 * 256);
    std::vector<uint8_t> scales(fp4 ? 128 * 8 : 2);
    for (uint8_t &code : codes) {
      code = static_cast<uint8_t>(random());
      if (!fp4 && (code & 0x7F) == 0x7F)
        code = 0x80;
    }
    for (uint8_t &scale : scales)
      scale = 115 + random() % 12;
    std::vector<uint16_t> expected =
        expectedLinear(fp4, x, codes, scales, rows);
    for (bool fnuz : {false, true})
      for (const char *layout : {"row_major", "panel 16", "panel 64 fragment 8",
                                 "panel 16 fragment 4"})
        EXPECT_EQ(expected, linear(fnuz, fp4, layout, x, codes, scales, rows))
            << "fnuz " << fnuz << ", fp4 " << fp4 << ", " << layout;
  }
}

} // namespace
