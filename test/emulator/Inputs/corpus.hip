//===- corpus.hip - Ordinary kernels, compiled at every level -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

KERNEL vector_add(const f32 *a, const f32 *b, f32 *c, u32 n) {
  u32 i = globalX();
  if (i < n)
    c[i] = a[i] + b[i];
}

// 32 x 32 tiles by 32 x 8 work-items; the padding avoids bank conflicts.
KERNEL transpose(const u32 *in, u32 *out, u32 rows, u32 columns) {
  __shared__ u32 tile[32][33];
  u32 x = blockX() * 32 + threadX(), y = blockY() * 32;
  for (u32 k = threadY(); k < 32; k += 8)
    if (x < columns && y + k < rows)
      tile[k][threadX()] = in[(y + k) * columns + x];
  syncThreads();
  u32 tx = blockY() * 32 + threadX(), ty = blockX() * 32;
  for (u32 k = threadY(); k < 32; k += 8)
    if (tx < rows && ty + k < columns)
      out[(ty + k) * rows + tx] = tile[threadX()][k];
}

KERNEL reduce_lds(const f32 *in, f32 *out) {
  __shared__ f32 partial[256];
  u32 t = threadX();
  partial[t] = in[globalX()];
  syncThreads();
  for (u32 half = 128; half > 0; half /= 2) {
    if (t < half)
      partial[t] += partial[t + half];
    syncThreads();
  }
  if (t == 0)
    out[blockX()] = partial[0];
}

template <int Control>
LANE u32 moved(u32 v) {
  return __builtin_amdgcn_update_dpp(0, v, Control, 15, 15, true);
}

// row_shr inside rows of 16, then row_bcast across them.
KERNEL reduce_dpp(const u32 *in, u32 *out) {
  u32 v = in[globalX()];
  v += moved<0x111>(v);
  v += moved<0x112>(v);
  v += moved<0x114>(v);
  v += moved<0x118>(v);
  v += __builtin_amdgcn_update_dpp(0, v, 0x142, 10, 15, false);
  v += __builtin_amdgcn_update_dpp(0, v, 0x143, 12, 15, false);
  if (threadX() % 64 == 63)
    out[globalX() / 64] = v;
}

KERNEL histogram(const u32 *in, u32 *bins, u32 n) {
  __shared__ u32 local[64];
  if (threadX() < 64)
    local[threadX()] = 0;
  syncThreads();
  for (u32 i = globalX(); i < n; i += 4 * blockSize())
    __hip_atomic_fetch_add(&local[in[i] % 64], 1, __ATOMIC_RELAXED,
                           __HIP_MEMORY_SCOPE_WORKGROUP);
  syncThreads();
  if (threadX() < 64)
    __hip_atomic_fetch_add(&bins[threadX()], local[threadX()],
                           __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}

typedef __attribute__((address_space(1))) void *GlobalPointer;
typedef __attribute__((address_space(3))) void *LdsPointer;

LANE void loadToLds(const void *from, void *to) {
  // The LDS base must be uniform; the lane adds 4 * lane.
  __builtin_amdgcn_global_load_lds((GlobalPointer)from, (LdsPointer)to, 4, 0, 0);
}

// C (M x N, f32) = A (M x K) * B^T (N x K), both fp8, one wave per 16 x 16 tile;
// both operands go to LDS without passing through registers.
KERNEL fp8_gemm(const u8 *a, const u8 *b, f32 *c, u32 n, u32 depth) {
  __shared__ u8 tileA[16 * 32], tileB[16 * 32];
  u32 lane = threadX(), row0 = blockY() * 16, column0 = blockX() * 16;
  floatx4 acc = {0, 0, 0, 0};
  for (u32 k = 0; k < depth; k += 32) {
    for (u32 part = 0; part < 2; ++part) {
      u32 byte = part * 256 + lane * 4;
      u32 row = byte / 32, column = byte % 32;
      loadToLds(a + (row0 + row) * depth + k + column, tileA + part * 256);
      loadToLds(b + (column0 + row) * depth + k + column, tileB + part * 256);
    }
    __builtin_amdgcn_s_waitcnt(0);
    syncThreads();
    long fragmentA = *(const long *)(tileA + lane % 16 * 32 + lane / 16 * 8);
    long fragmentB = *(const long *)(tileB + lane % 16 * 32 + lane / 16 * 8);
    acc = __builtin_amdgcn_mfma_f32_16x16x32_fp8_fp8(fragmentA, fragmentB, acc,
                                                     0, 0, 0);
    syncThreads();
  }
  for (u32 r = 0; r < 4; ++r)
    c[(row0 + lane / 16 * 4 + r) * n + column0 + lane % 16] = acc[r];
}

// C[16][16] from `splits` workgroups, each with its part of K; the last one to
// arrive adds the partial tiles in a fixed order.
KERNEL split_k_gemm(const f32 *a, const f32 *b, f32 *partial, u32 *arrived,
                    f32 *c, u32 depth, u32 splits) {
  __shared__ u32 last;
  u32 t = threadX(), row = t / 16, column = t % 16;
  u32 each = depth / splits, first = blockX() * each;
  f32 sum = 0;
  for (u32 k = first; k < first + each; ++k)
    sum += a[row * depth + k] * b[k * 16 + column];
  partial[blockX() * 256 + t] = sum;
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "agent");
  syncThreads();
  if (t == 0) {
    u32 before = __hip_atomic_fetch_add(arrived, 1, __ATOMIC_ACQ_REL,
                                        __HIP_MEMORY_SCOPE_AGENT);
    last = before == splits - 1;
  }
  syncThreads();
  if (!last)
    return;
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "agent");
  f32 total = 0;
  for (u32 s = 0; s < splits; ++s)
    total += partial[s * 256 + t];
  c[t] = total;
}

// The `k` largest of n keys, in index order; one workgroup of 256.
KERNEL radix_topk(const u32 *keys, u32 *selected, u32 n, u32 k) {
  __shared__ u32 count[256];
  __shared__ u32 chosen, remaining, written, ties;
  u32 t = threadX();
  u32 prefix = 0, mask = 0;
  if (t == 0) {
    remaining = k;
    written = 0;
  }
  for (int shift = 24; shift >= 0; shift -= 8) {
    count[t] = 0;
    syncThreads();
    for (u32 i = t; i < n; i += 256)
      if ((keys[i] & mask) == prefix)
        __hip_atomic_fetch_add(&count[keys[i] >> shift & 255], 1,
                               __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
    syncThreads();
    if (t == 0) {
      u32 digit = 255;
      while (count[digit] < remaining) {
        remaining -= count[digit];
        --digit;
      }
      chosen = digit;
    }
    syncThreads();
    prefix |= chosen << shift;
    mask |= 255u << shift;
    syncThreads();
  }
  if (t == 0)
    ties = 0;
  syncThreads();
  // Index order keeps ties deterministic.
  for (u32 base = 0; base < n; base += 256) {
    u32 i = base + t;
    bool above = i < n && keys[i] > prefix, tie = i < n && keys[i] == prefix;
    count[t] = tie;
    syncThreads();
    u32 rank = ties;
    for (u32 j = 0; j < t; ++j)
      rank += count[j];
    bool take = above || (tie && rank < remaining);
    syncThreads();
    if (t == 255)
      ties = rank + tie;
    count[t] = take;
    syncThreads();
    u32 at = written;
    for (u32 j = 0; j < t; ++j)
      at += count[j];
    if (take)
      selected[at] = i;
    syncThreads();
    if (t == 255)
      written = at + take;
    syncThreads();
  }
}

__attribute__((noinline)) __device__ u32 collatz(u32 v) {
  u32 steps = 0;
  while (v != 1) {
    v = v % 2 ? 3 * v + 1 : v / 2;
    ++steps;
  }
  return steps;
}
// A real call, a dynamic index into a private array, 64-bit and f64 arithmetic.
KERNEL mixed(const u32 *in, f64 *out) {
  u32 i = globalX();
  u32 history[8];
  for (u32 k = 0; k < 8; ++k)
    history[k] = collatz(in[i] + k);
  u64 product = 1;
  for (u32 k = 0; k < 8; ++k)
    product = product * (history[(in[i] + k) % 8] | 1) + (product >> 7);
  out[i] = (f64)product / 3.0 + (f64)(f32)history[in[i] % 8] / 7.0f;
}

KERNEL integer_division(const i64 *in, i64 *out) {
  u32 i = globalX();
  i64 a = in[2 * i], b = in[2 * i + 1];
  out[4 * i] = a / b;
  out[4 * i + 1] = a % b;
  out[4 * i + 2] = (i32)a / ((i32)b | 1);
  out[4 * i + 3] = (u32)a % ((u32)b | 1);
}

KERNEL bytes_and_shorts(const u8 *in, i16 *out) {
  u32 i = globalX();
  signed char s = (signed char)in[i];
  u16 u = (u16)(in[i] * 257u);
  out[i] = (i16)(s * 3 + (u >> 3));
}
