//===- LowerRecastTest.cpp - Executed recast and shuffle ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include <gtest/gtest.h>
#include <random>

using namespace dsv4c::reference;
using dsv4c::test::matrix;
using dsv4c::test::ModuleJit;
using dsv4c::test::replaceAll;

namespace {

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

/// 32 rows of `columns` codes, shuffled into panels of `width` rows.
std::vector<uint8_t> shuffle(const std::string &format, int largest, int width,
                             const std::string &layout,
                             std::vector<uint8_t> codes, int columns) {
  int bytesPerRow = static_cast<int>(codes.size()) / 32;
  std::string text = R"(
    !rows = !fp8.scaled<32x@K@, @F@, e8m0 1x32, shift 0, largest @L@, row_major>
    !panel = !fp8.scaled<32x@K@, @F@, e8m0 1x32, shift 0, largest @L@, @Y@>
    func.func @run(%c: memref<32x@B@xi8>, %s: memref<32x@S@xi8>, %d: memref<@P@x@B@x@W@xi8>)
        attributes {llvm.emit_c_interface} {
      %ct = bufferization.to_tensor %c restrict : memref<32x@B@xi8> to tensor<32x@B@xi8>
      %st = bufferization.to_tensor %s restrict : memref<32x@S@xi8> to tensor<32x@S@xi8>
      %x = builtin.unrealized_conversion_cast %ct, %st : tensor<32x@B@xi8>, tensor<32x@S@xi8> to !rows
      %y = fp8.shuffle %x : !rows to !panel
      %dt, %tt = builtin.unrealized_conversion_cast %y : !panel to tensor<@P@x@B@x@W@xi8>, tensor<32x@S@xi8>
      bufferization.materialize_in_destination %dt in restrict writable %d : (tensor<@P@x@B@x@W@xi8>, memref<@P@x@B@x@W@xi8>) -> ()
      return
    })";
  text = replaceAll(text, "@F@", format);
  text = replaceAll(text, "@Y@", layout);
  text = replaceAll(text, "@L@", std::to_string(largest));
  text = replaceAll(text, "@K@", std::to_string(columns));
  text = replaceAll(text, "@S@", std::to_string(columns / 32));
  text = replaceAll(text, "@B@", std::to_string(bytesPerRow));
  text = replaceAll(text, "@P@", std::to_string(32 / width));
  text = replaceAll(text, "@W@", std::to_string(width));
  std::vector<uint8_t> scales(columns), panels(codes.size());
  auto c = matrix(codes, 32, bytesPerRow);
  auto s = matrix(scales, 32, columns / 32);
  StridedMemRefType<uint8_t, 3> d{panels.data(),
                                  panels.data(),
                                  0,
                                  {32 / width, bytesPerRow, width},
                                  {bytesPerRow * width, width, 1}};
  ModuleJit(text).run(c, s, d);
  return panels;
}

std::vector<uint8_t> randomBytes(int count) {
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(count);
  for (uint8_t &byte : bytes)
    byte = static_cast<uint8_t>(random());
  return bytes;
}

/// The low nibble, an e2m1 code, as panels have it.
int withoutNegativeZero(int byte) {
  int code = byte & 15;
  return code == 8 ? 0 : code;
}

// The formulas of #fp8.layout, element by element.
TEST(LowerToLinalg, ShufflePutsCodesWhereTheLayoutSays) {
  const int N = 32, K = 64, W = 16;
  std::vector<uint8_t> fp8 = randomBytes(N * K), fp4 = randomBytes(N * K / 2);
  std::vector<uint8_t> fp8Panels =
      shuffle("e4m3 ocp bias 7", 448, W, "panel 16", fp8, K);
  std::vector<uint8_t> fp4Panels =
      shuffle("e2m1 bias 1", 6, W, "panel 16", fp4, K);
  for (int n = 0; n < N; ++n)
    for (int k = 0; k < K; ++k) {
      ASSERT_EQ(fp8[n * K + k], fp8Panels[((n / W) * K + k) * W + n % W]);
      int code = withoutNegativeZero(fp4[n * (K / 2) + k / 2] >> (k % 2 * 4));
      int at = ((n / W) * (K / 2) + (k / 32) * 16 + k % 16) * W + n % W;
      int half = k % 32 < 16 ? 0 : 4;
      ASSERT_EQ(code, fp4Panels[at] >> half & 15) << n << " " << k;
    }
}

// The same with fragments: the place of byte (n, c) does not depend on W.
TEST(LowerToLinalg, ShufflePutsFragmentsWhereTheLayoutSays) {
  const int N = 32, K = 256;
  auto place = [](int n, int c, int rowBytes, int fragment) {
    int r = c % 64, step = r / (4 * fragment), quarter = r / fragment % 4;
    return n / 16 * 16 * rowBytes + c / 64 * 1024 + quarter * 256 +
           n % 16 * 16 + step * fragment + r % fragment;
  };
  std::vector<uint8_t> fp8 = randomBytes(N * K), fp4 = randomBytes(N * K / 2);
  for (int fragment : {4, 8})
    for (int width : {16, 32}) {
      std::string layout = "panel " + std::to_string(width) + " fragment " +
                           std::to_string(fragment);
      std::vector<uint8_t> fp8Panels =
          shuffle("e4m3 fnuz bias 8", 224, width, layout, fp8, K);
      std::vector<uint8_t> fp4Panels =
          shuffle("e2m1 bias 1", 6, width, layout, fp4, K);
      for (int n = 0; n < N; ++n)
        for (int k = 0; k < K; ++k) {
          ASSERT_EQ(fp8[n * K + k], fp8Panels[place(n, k, K, fragment)]);
          int code =
              withoutNegativeZero(fp4[n * (K / 2) + k / 2] >> (k % 2 * 4));
          int at = place(n, k / 32 * 16 + k % 16, K / 2, fragment);
          int half = k % 32 < 16 ? 0 : 4;
          ASSERT_EQ(code, fp4Panels[at] >> half & 15) << n << " " << k;
        }
    }
}

} // namespace
