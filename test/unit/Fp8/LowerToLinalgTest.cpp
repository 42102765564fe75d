//===- LowerToLinalgTest.cpp - Executed ops on scaled values --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace dsv4c::reference;
using dsv4c::test::matrix;
using dsv4c::test::ModuleJit;

namespace {

std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

uint16_t toBf16(float value) {
  uint32_t bits = toBits(value);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// bf16 numbers whose magnitudes spread over many binades, some of them zero.
std::vector<uint16_t> randomBf16(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<uint16_t> values(count);
  for (uint16_t &value : values) {
    uint32_t r = random();
    uint16_t exponent = 110 + r % 20;
    value = static_cast<uint16_t>((r >> 31 << 15) | exponent << 7 |
                                  (r >> 8 & 0x7F));
    if (r % 37 == 0)
      value = r >> 31 ? 0x8000 : 0;
  }
  return values;
}

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

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

/// Exponent by the closed forms of sections 3.3 and 3.5.
int closedFormExponent(float amax, bool fp4) {
  int exponent = static_cast<int>(toBits(amax) >> 23);
  int fraction = static_cast<int>(toBits(amax) >> 16 & 0x7F);
  if (fp4)
    return std::max(fraction <= 64 ? exponent - 129 : exponent - 128, -126);
  if (amax < 1e-4f)
    return -22;
  return fraction <= 96 ? exponent - 135 : exponent - 134;
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

//===----------------------------------------------------------------------===//
// recast, shuffle, scaled_matmul
//===----------------------------------------------------------------------===//

/// Every OCP code but the NaNs, with scales 0, 1, 126, 127 and 253.
TEST(LowerToLinalg, RecastKeepsEveryValue) {
  std::vector<uint8_t> codes, scales = {0, 1, 126, 127, 253};
  for (int row = 0; row < 5; ++row)
    for (int code = 0; code < 256; ++code)
      codes.push_back(code == 0x7F || code == 0xFF ? 0 : code);
  std::vector<uint8_t> newCodes(codes.size()), newScales(scales.size());
  ModuleJit jit(R"(
    !ocp = !fp8.scaled<5x256, e4m3 ocp bias 7, e8m0 1x256, shift 0, largest 448, row_major>
    !fnuz = !fp8.scaled<5x256, e4m3 fnuz bias 8, e8m0 1x256, shift 0, largest 224, row_major>
    func.func @run(%c: memref<5x256xi8>, %s: memref<5x1xi8>, %d: memref<5x256xi8>, %t: memref<5x1xi8>)
        attributes {llvm.emit_c_interface} {
      %ct = bufferization.to_tensor %c restrict : memref<5x256xi8> to tensor<5x256xi8>
      %st = bufferization.to_tensor %s restrict : memref<5x1xi8> to tensor<5x1xi8>
      %x = builtin.unrealized_conversion_cast %ct, %st : tensor<5x256xi8>, tensor<5x1xi8> to !ocp
      %y = fp8.recast %x : !ocp to !fnuz
      %dt, %tt = builtin.unrealized_conversion_cast %y : !fnuz to tensor<5x256xi8>, tensor<5x1xi8>
      bufferization.materialize_in_destination %dt in restrict writable %d : (tensor<5x256xi8>, memref<5x256xi8>) -> ()
      bufferization.materialize_in_destination %tt in restrict writable %t : (tensor<5x1xi8>, memref<5x1xi8>) -> ()
      return
    })");
  auto c = matrix(codes, 5, 256);
  auto s = matrix(scales, 5, 1);
  auto d = matrix(newCodes, 5, 256);
  auto t = matrix(newScales, 5, 1);
  jit.run(c, s, d, t);
  for (int row = 0; row < 5; ++row) {
    EXPECT_EQ(scales[row] + 1, newScales[row]);
    for (int i = row * 256; i < row * 256 + 256; ++i) {
      EXPECT_EQ(codes[i] == 0x80 ? 0 : codes[i], newCodes[i]);
      EXPECT_EQ(decode(kE4M3Ocp, codes[i]) * decodeE8M0(scales[row]),
                decode(kE4M3Fnuz, newCodes[i]) * decodeE8M0(newScales[row]));
    }
  }
}

std::vector<uint8_t> shufflePanel16(const std::string &format, int largest,
                                    std::vector<uint8_t> codes, int rows,
                                    int bytesPerRow) {
  std::string text = R"(
    !rows = !fp8.scaled<32x64, @F@, e8m0 1x32, shift 0, largest @L@, row_major>
    !panel = !fp8.scaled<32x64, @F@, e8m0 1x32, shift 0, largest @L@, panel 16>
    func.func @run(%c: memref<32x@B@xi8>, %s: memref<32x2xi8>, %d: memref<2x@B@x16xi8>)
        attributes {llvm.emit_c_interface} {
      %ct = bufferization.to_tensor %c restrict : memref<32x@B@xi8> to tensor<32x@B@xi8>
      %st = bufferization.to_tensor %s restrict : memref<32x2xi8> to tensor<32x2xi8>
      %x = builtin.unrealized_conversion_cast %ct, %st : tensor<32x@B@xi8>, tensor<32x2xi8> to !rows
      %y = fp8.shuffle %x : !rows to !panel
      %dt, %tt = builtin.unrealized_conversion_cast %y : !panel to tensor<2x@B@x16xi8>, tensor<32x2xi8>
      bufferization.materialize_in_destination %dt in restrict writable %d : (tensor<2x@B@x16xi8>, memref<2x@B@x16xi8>) -> ()
      return
    })";
  text = replaceAll(text, "@F@", format);
  text = replaceAll(text, "@L@", std::to_string(largest));
  text = replaceAll(text, "@B@", std::to_string(bytesPerRow));
  std::vector<uint8_t> scales(64), panels(codes.size());
  auto c = matrix(codes, rows, bytesPerRow);
  auto s = matrix(scales, rows, 2);
  StridedMemRefType<uint8_t, 3> d{panels.data(),
                                  panels.data(),
                                  0,
                                  {2, bytesPerRow, 16},
                                  {bytesPerRow * 16, 16, 1}};
  ModuleJit(text).run(c, s, d);
  return panels;
}

// The formulas of #fp8.layout, element by element.
TEST(LowerToLinalg, ShufflePutsCodesWhereTheLayoutSays) {
  const int N = 32, K = 64, W = 16;
  std::mt19937 random(3);
  std::vector<uint8_t> fp8(N * K), fp4(N * K / 2);
  for (uint8_t &byte : fp8)
    byte = static_cast<uint8_t>(random());
  for (uint8_t &byte : fp4)
    byte = static_cast<uint8_t>(random());
  std::vector<uint8_t> fp8Panels =
      shufflePanel16("e4m3 ocp bias 7", 448, fp8, N, K);
  std::vector<uint8_t> fp4Panels =
      shufflePanel16("e2m1 bias 1", 6, fp4, N, K / 2);
  for (int n = 0; n < N; ++n)
    for (int k = 0; k < K; ++k) {
      ASSERT_EQ(fp8[n * K + k], fp8Panels[((n / W) * K + k) * W + n % W]);
      int code = fp4[n * (K / 2) + k / 2] >> (k % 2 * 4) & 15;
      int at = ((n / W) * (K / 2) + (k / 32) * 16 + k % 16) * W + n % W;
      int half = k % 32 < 16 ? 0 : 4;
      ASSERT_EQ(code, fp4Panels[at] >> half & 15) << n << " " << k;
    }
}

/// One linear layer: quantise x, recast the checkpoint's weight if the target
/// is FNUZ, multiply.
std::vector<uint16_t> linear(bool fnuz, bool fp4, std::vector<uint16_t> x,
                             std::vector<uint8_t> codes,
                             std::vector<uint8_t> scales, int rows) {
  std::string text = R"(
    !act = !fp8.scaled<@M@x256, @F@, e8m0 1x128, shift 0, largest @L@, row_major>
    !ckpt = !fp8.scaled<128x256, @W@, e8m0 @B@, shift 0, largest @WL@, row_major>
    !weight = !fp8.scaled<128x256, @V@, e8m0 @B@, shift 0, largest @VL@, row_major>
    func.func @run(%x: memref<@M@x256xbf16>, %c: memref<128x@C@xi8>, %s: memref<@S@xi8>, %y: memref<@M@x128xbf16>)
        attributes {llvm.emit_c_interface} {
      %xt = bufferization.to_tensor %x restrict : memref<@M@x256xbf16> to tensor<@M@x256xbf16>
      %ct = bufferization.to_tensor %c restrict : memref<128x@C@xi8> to tensor<128x@C@xi8>
      %st = bufferization.to_tensor %s restrict : memref<@S@xi8> to tensor<@S@xi8>
      %a = fp8.quantize %xt : tensor<@M@x256xbf16> to !act
      %w = builtin.unrealized_conversion_cast %ct, %st : tensor<128x@C@xi8>, tensor<@S@xi8> to !ckpt
      %v = fp8.recast %w : !ckpt to !weight
      %r = fp8.scaled_matmul %a, %v : !act, !weight -> tensor<@M@x128xbf16>
      bufferization.materialize_in_destination %r in restrict writable %y : (tensor<@M@x128xbf16>, memref<@M@x128xbf16>) -> ()
      return
    })";
  std::string ocpName = "e4m3 ocp bias 7", fnuzName = "e4m3 fnuz bias 8";
  std::string here = fnuz ? fnuzName : ocpName;
  std::string largest = fnuz ? "224" : "448";
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

// Compiling for FNUZ and for OCP gives the same bits, and they are the
// specification's. A scale applied twice, or not at all, would be off by 2.
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
    EXPECT_EQ(expected, linear(false, fp4, x, codes, scales, rows));
    EXPECT_EQ(expected, linear(true, fp4, x, codes, scales, rows));
  }
}

} // namespace
