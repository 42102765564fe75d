//===- benchmark.hip - The instruction mixes of the benchmark -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

// GEMM loop: one wave keeps a 32 x 32 tile of C as four 16 x 16 accumulators;
// both operands pass through LDS in steps of 64.
KERNEL gemm_loop(const u8 *a, const u8 *b, f32 *c, u32 depth) {
  __shared__ u8 tiles[2][32 * 64];
  u32 lane = threadX();
  floatx4 acc[2][2] = {};
  const u8 *rowsA = a + blockX() * 32 * depth;
  for (u32 k = 0; k < depth; k += 64) {
    for (u32 part = 0; part < 2; ++part) {
      u32 byte = part * 1024 + lane * 16, row = byte / 64, column = byte % 64;
      *(uintx4 *)(tiles[0] + byte) = *(const uintx4 *)(rowsA + row * depth + k + column);
      *(uintx4 *)(tiles[1] + byte) = *(const uintx4 *)(b + row * depth + k + column);
    }
    syncThreads();
    for (u32 step = 0; step < 2; ++step) {
      long x[2], y[2];
      for (u32 t = 0; t < 2; ++t) {
        u32 at = (t * 16 + lane % 16) * 64 + step * 32 + lane / 16 * 8;
        x[t] = *(const long *)(tiles[0] + at);
        y[t] = *(const long *)(tiles[1] + at);
      }
      for (u32 i = 0; i < 2; ++i)
        for (u32 j = 0; j < 2; ++j)
          acc[i][j] = __builtin_amdgcn_mfma_f32_16x16x32_fp8_fp8(
              x[i], y[j], acc[i][j], 0, 0, 0);
    }
    syncThreads();
  }
  for (u32 i = 0; i < 2; ++i)
    for (u32 j = 0; j < 2; ++j)
      for (u32 r = 0; r < 4; ++r)
        c[blockX() * 1024 + (i * 16 + lane / 16 * 4 + r) * 32 + j * 16 +
          lane % 16] = acc[i][j][r];
}

// Elementwise: clamped SwiGLU-like arithmetic on four values per work-item.
KERNEL elementwise(const f32 *gate, const f32 *up, f32 *out, u32 rounds) {
  u32 i = globalX() * 4;
  for (u32 k = 0; k < 4; ++k) {
    f32 g = gate[i + k], u = up[i + k];
    for (u32 r = 0; r < rounds; ++r) {
      f32 limited = __builtin_fminf(__builtin_fmaxf(u, -10.0f), 10.0f);
      f32 x = g * 0.5f + 0.25f;
      g = x * limited + (f32)(r & 3);
      u = u * 0.99f - g * 0.125f;
    }
    out[i + k] = g + u;
  }
}

// LDS reduction: a tree over 256 values, repeated.
KERNEL lds_reduction(const f32 *in, f32 *out, u32 rounds) {
  __shared__ f32 partial[256];
  u32 t = threadX();
  f32 total = 0;
  for (u32 r = 0; r < rounds; ++r) {
    partial[t] = in[globalX()] + (f32)r;
    syncThreads();
    for (u32 half = 128; half > 0; half /= 2) {
      if (t < half)
        partial[t] += partial[t + half];
      syncThreads();
    }
    total += partial[0];
    syncThreads();
  }
  if (t == 0)
    out[blockX()] = total;
}
