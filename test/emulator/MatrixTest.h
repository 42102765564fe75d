//===- MatrixTest.h - Encoders and layouts of matrix operands ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EMULATOR_MATRIXTEST_H
#define EMULATOR_MATRIXTEST_H

#include "TestDevice.h"

namespace emutest {

/// Encoders of small integers, by table search rather than arithmetic.
struct Fp8 {
  static constexpr unsigned bits = 8;
  // e4m3fnuz: 1.0 is 0x40, 2.0 is 0x48.
  static u32 encode(int v) {
    static const u32 codes[] = {0x00, 0x40, 0x48, 0x4c, 0x50};
    return v < 0 ? codes[-v] | 0x80 : codes[v];
  }
};
struct Bf8 {
  static constexpr unsigned bits = 8;
  // e5m2fnuz: 1.0 is 0x40, 2.0 is 0x44.
  static u32 encode(int v) {
    static const u32 codes[] = {0x00, 0x40, 0x44, 0x46, 0x48};
    return v < 0 ? codes[-v] | 0x80 : codes[v];
  }
};
struct Half {
  static constexpr unsigned bits = 16;
  static u32 encode(int v) {
    _Float16 h = static_cast<_Float16>(v);
    u16 out;
    std::memcpy(&out, &h, 2);
    return out;
  }
};
struct Single {
  static constexpr unsigned bits = 32;
  static u32 encode(int v) {
    float f = static_cast<float>(v);
    u32 out;
    std::memcpy(&out, &f, 4);
    return out;
  }
};
struct Bfloat {
  static constexpr unsigned bits = 16;
  static u32 encode(int v) { return Single::encode(v) >> 16; }
};
struct Int8 {
  static constexpr unsigned bits = 8;
  static u32 encode(int v) { return static_cast<uint8_t>(v); }
};

/// Row of D in register r of lane l, and block.
struct Position {
  unsigned block, row, column;
};
inline Position destination(unsigned size, unsigned lane, unsigned reg) {
  if (size == 32)
    return {reg / 16, 8 * (reg % 16 / 4) + 4 * (lane / 32) + reg % 4,
            lane % 32};
  if (size == 16)
    return {reg / 4, 4 * (lane / 16) + reg % 4, lane % 16};
  return {lane / 4, reg, lane % 4};
}

} // namespace emutest

#endif // EMULATOR_MATRIXTEST_H
