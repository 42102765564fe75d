//===- LowerQuantizeTest.cpp - Executed quantize and dequantize -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::test::matrix;
using dsv4c::test::ModuleJit;
using dsv4c::test::replaceAll;

namespace {

struct Quantized {
  std::vector<uint8_t> codes, scales;
  std::vector<uint16_t> back;
};

Quantized quantize(const std::string &format, int block, int largest,
                   std::vector<uint16_t> x, int rows, int columns) {
  int bytesPerRow = format.find("e2m1") == 0 ? columns / 2 : columns;
  std::string text = R"(
    func.func @run(%x: memref<@M@x@K@xbf16>, %c: memref<@M@x@B@xi8>,
                   %s: memref<@M@x@S@xi8>, %y: memref<@M@x@K@xbf16>)
        attributes {llvm.emit_c_interface} {
      %xt = bufferization.to_tensor %x restrict : memref<@M@x@K@xbf16> to tensor<@M@x@K@xbf16>
      %q = fp8.quantize %xt : tensor<@M@x@K@xbf16> to @T@
      %codes, %scales = builtin.unrealized_conversion_cast %q : @T@ to tensor<@M@x@B@xi8>, tensor<@M@x@S@xi8>
      %d = fp8.dequantize %q : @T@ to tensor<@M@x@K@xbf16>
      bufferization.materialize_in_destination %codes in restrict writable %c : (tensor<@M@x@B@xi8>, memref<@M@x@B@xi8>) -> ()
      bufferization.materialize_in_destination %scales in restrict writable %s : (tensor<@M@x@S@xi8>, memref<@M@x@S@xi8>) -> ()
      bufferization.materialize_in_destination %d in restrict writable %y : (tensor<@M@x@K@xbf16>, memref<@M@x@K@xbf16>) -> ()
      return
    })";
  int scalesPerRow = (columns + block - 1) / block;
  text = replaceAll(text, "@T@",
                    "!fp8.scaled<@M@x@K@, " + format + ", e8m0 1x" +
                        std::to_string(block) + ", shift 0, largest " +
                        std::to_string(largest) + ", row_major>");
  text = replaceAll(text, "@M@", std::to_string(rows));
  text = replaceAll(text, "@K@", std::to_string(columns));
  text = replaceAll(text, "@B@", std::to_string(bytesPerRow));
  text = replaceAll(text, "@S@", std::to_string(scalesPerRow));
  Quantized q{std::vector<uint8_t>(rows * bytesPerRow),
              std::vector<uint8_t>(rows * scalesPerRow),
              std::vector<uint16_t>(rows * columns)};
  ModuleJit jit(text);
  auto xs = matrix(x, rows, columns);
  auto codes = matrix(q.codes, rows, bytesPerRow);
  auto scales = matrix(q.scales, rows, scalesPerRow);
  auto back = matrix(q.back, rows, columns);
  jit.run(xs, codes, scales, back);
  return q;
}

void checkQuantize(const Format *fp8, int block, int columns) {
  const int rows = 3;
  std::vector<uint16_t> x = randomBf16(rows * columns, block);
  // One block of zeros.
  std::fill(x.begin(), x.begin() + block, 0);
  std::string name = !fp8        ? "e2m1 bias 1"
                     : fp8->fnuz ? "e4m3 fnuz bias 8"
                                 : "e4m3 ocp bias 7";
  int largest = fp8 ? static_cast<int>(fp8->largestWritten) : 6;
  Quantized q = quantize(name, block, largest, x, rows, columns);
  int scalesPerRow = (columns + block - 1) / block;
  for (int m = 0; m < rows; ++m)
    for (int first = 0; first < columns; first += block) {
      int end = std::min(first + block, columns);
      float amax = 0;
      for (int k = first; k < end; ++k)
        amax = std::max(amax, std::fabs(bf16(x[m * columns + k])));
      int exponent = closedFormExponent(amax, !fp8) + (fp8 && fp8->fnuz);
      ASSERT_EQ(exponent + 127, q.scales[m * scalesPerRow + first / block]);
      for (int k = first; k < end; ++k) {
        int at = m * columns + k;
        double scaled = std::ldexp(double(bf16(x[at])), -exponent);
        int code, expected;
        double value;
        if (fp8) {
          code = q.codes[at];
          expected = encode(*fp8, scaled, largest);
          value = decode(*fp8, expected);
        } else {
          code = q.codes[at / 2] >> (at % 2 * 4) & 15;
          expected = encodeE2M1(scaled);
          value = decodeE2M1(expected);
        }
        ASSERT_EQ(expected, code) << name << " " << bf16(x[at]);
        ASSERT_EQ(std::ldexp(value, exponent), bf16(q.back[at])) << name;
      }
    }
}

TEST(LowerToLinalg, QuantizeAndDequantize) {
  checkQuantize(&kE4M3Ocp, 128, 384);
  checkQuantize(&kE4M3Fnuz, 128, 384);
  checkQuantize(&kE4M3Ocp, 64, 448);
  checkQuantize(&kE4M3Fnuz, 64, 448);
  checkQuantize(nullptr, 32, 128);
}

TEST(LowerToLinalg, PartialLastBlock) {
  checkQuantize(&kE4M3Ocp, 128, 300);
  checkQuantize(&kE4M3Fnuz, 128, 300);
  checkQuantize(nullptr, 32, 72);
}

// Every writer of either dialect produces the reference's bytes, but for -0.
TEST(LowerToLinalg, BothDialectsWriteTheSameBytesAndValues) {
  const int rows = 16, columns = 512;
  std::vector<uint16_t> x = randomBf16(rows * columns, 7);
  Quantized ocp = quantize("e4m3 ocp bias 7", 128, 448, x, rows, columns);
  Quantized fnuz = quantize("e4m3 fnuz bias 8", 128, 224, x, rows, columns);
  int negativeZeros = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(ocp.codes[i] == 0x80 ? 0 : ocp.codes[i], fnuz.codes[i]);
    ASSERT_EQ(bf16(ocp.back[i]), bf16(fnuz.back[i]));
    negativeZeros += ocp.codes[i] == 0x80;
  }
  EXPECT_GT(negativeZeros, 0);
  for (size_t i = 0; i < ocp.scales.size(); ++i)
    ASSERT_EQ(ocp.scales[i] + 1, fnuz.scales[i]);
}

// Values of a block that differ by 2^14 keep their small members: the maximum
// lands in the top binade, not at 1.0.
TEST(LowerToLinalg, MixedMagnitudesInOneBlock) {
  std::vector<uint16_t> x(128, toBf16(std::ldexp(1.0f, -14)));
  x[0] = toBf16(1.0f);
  Quantized q = quantize("e4m3 ocp bias 7", 128, 448, x, 1, 128);
  EXPECT_EQ(1.0f, bf16(q.back[0]));
  EXPECT_EQ(std::ldexp(1.0f, -14), bf16(q.back[1]));
}

TEST(LowerToLinalg, NaNStaysNaN) {
  std::vector<uint16_t> x(64, toBf16(1.0f));
  x[5] = 0x7FC0;
  for (const char *format : {"e4m3 ocp bias 7", "e2m1 bias 1"}) {
    int largest = format[1] == '4' ? 448 : 6;
    Quantized q = quantize(format, 32, largest, x, 1, 64);
    EXPECT_EQ(255, q.scales[0]) << format;
    EXPECT_TRUE(std::isnan(bf16(q.back[5]))) << format;
    EXPECT_EQ(1.0f, bf16(q.back[40])) << format;
  }
}

// FP4 values with e4m3 scales: each of the 256 scale bytes is decoded as what
// the type says, subnormals and NaN included.
TEST(LowerToLinalg, DequantizeFp4WithE4M3Scales) {
  std::vector<uint8_t> scales = allBytes(), codes;
  for (int row = 0; row < 256; ++row)
    for (int pair = 0; pair < 8; ++pair)
      codes.push_back(static_cast<uint8_t>((2 * pair + 1) << 4 | 2 * pair));
  std::vector<uint16_t> values(256 * 16);
  ModuleJit jit(R"(
    !keys = !fp8.scaled<256x16, e2m1 bias 1, e4m3 ocp 1x16, shift 0, largest 6, row_major>
    func.func @run(%c: memref<256x8xi8>, %s: memref<256x1xi8>, %y: memref<256x16xbf16>)
        attributes {llvm.emit_c_interface} {
      %ct = bufferization.to_tensor %c restrict : memref<256x8xi8> to tensor<256x8xi8>
      %st = bufferization.to_tensor %s restrict : memref<256x1xi8> to tensor<256x1xi8>
      %x = builtin.unrealized_conversion_cast %ct, %st : tensor<256x8xi8>, tensor<256x1xi8> to !keys
      %r = fp8.dequantize %x : !keys to tensor<256x16xbf16>
      bufferization.materialize_in_destination %r in restrict writable %y : (tensor<256x16xbf16>, memref<256x16xbf16>) -> ()
      return
    })");
  auto c = matrix(codes, 256, 8);
  auto s = matrix(scales, 256, 1);
  auto y = matrix(values, 256, 16);
  jit.run(c, s, y);
  for (int byte = 0; byte < 256; ++byte)
    for (int code = 0; code < 16; ++code) {
      double expected = decodeE2M1(code) * decode(kE4M3Ocp, byte);
      float got = bf16(values[byte * 16 + code]);
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(got)) << byte;
      else
        EXPECT_EQ(expected, got) << byte << " " << code;
    }
}

} // namespace
