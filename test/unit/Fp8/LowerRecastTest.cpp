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

} // namespace
