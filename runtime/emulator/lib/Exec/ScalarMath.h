//===- ScalarMath.h - Operands and helpers of the scalar tables -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_EXEC_SCALARMATH_H
#define DSV4EMU_LIB_EXEC_SCALARMATH_H

#include "VectorMath.h"

SIMD_BEGIN

inline u32 a32(Wave &w, const Inst &i, unsigned k = 0) {
  return static_cast<u32>(scalarOperand(w, i, i.src[k], Kind::B32));
}
inline u64 a64(Wave &w, const Inst &i, unsigned k = 0) {
  return scalarOperand(w, i, i.src[k], Kind::B64);
}
inline i32 imm(const Inst &i) { return i.offset; }

inline void set32(Wave &w, const Inst &i, u32 v) {
  if (i.dst < 128)
    w.sgpr[i.dst] = v;
}
inline void setPair(Wave &w, const Inst &i, u64 v) {
  if (i.dst < 127)
    w.set64(i.dst, v);
}

inline u32 nonzero(u32 v, bool &scc) { return scc = v != 0, v; }
inline u64 nonzero(u64 v, bool &scc) { return scc = v != 0, v; }
inline bool overflowsAdd(u32 a, u32 b) {
  return (~(a ^ b) & (a ^ (a + b))) >> 31;
}
inline bool overflowsSub(u32 a, u32 b) {
  return ((a ^ b) & (a ^ (a - b))) >> 31;
}
inline u32 addCarry(u32 a, u32 b, bool &scc) {
  u64 r = u64{a} + b + scc;
  return scc = r >> 32, static_cast<u32>(r);
}
inline u32 subBorrow(u32 a, u32 b, bool &scc) {
  u64 take = u64{b} + scc;
  return scc = take > a, static_cast<u32>(a - take);
}
inline u32 shiftAdd(u32 a, u32 b, unsigned n, bool &scc) {
  u64 r = (u64{a} << n) + b;
  return scc = r >> 32 != 0, static_cast<u32>(r);
}
template <class T>
inline T extract(T v, unsigned offset, unsigned width) {
  if (width == 0)
    return 0;
  v >>= offset;
  return width >= 8 * sizeof(T) ? v : v & ((T{1} << width) - 1);
}
inline i64 extractSigned(i64 v, unsigned offset, unsigned width,
                         unsigned size) {
  if (width == 0)
    return 0;
  width = std::min(width, size - offset);
  u64 top = static_cast<u64>(v) << (64 - offset - width);
  return static_cast<i64>(top) >> (64 - width);
}
inline u32 signChange64(u64 a) {
  u64 v = a ^ static_cast<u64>(static_cast<i64>(a) >> 63);
  return v ? static_cast<u32>(__builtin_clzll(v)) : ~0u;
}
inline u64 quadMask(u64 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 16; ++k)
    out |= u64{(a >> 4 * k & 15) != 0} << k;
  return out;
}
inline u64 wholeQuads(u64 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 16; ++k)
    if (a >> 4 * k & 15)
      out |= u64{15} << 4 * k;
  return out;
}
inline u64 replicate(u32 a) {
  u64 out = 0;
  for (unsigned k = 0; k < 32; ++k)
    if (a >> k & 1)
      out |= u64{3} << 2 * k;
  return out;
}

inline u64 codeAddress(const Wave &w, u32 pc) {
  return w.codeBase + 4 * u64{pc};
}
inline void jump(Wave &w, u64 address) {
  if (address < w.codeBase || address % 4 != 0 ||
      address - w.codeBase >= 4 * u64{w.codeWords}) {
    w.fault("jump to an address outside the code object's text");
    return;
  }
  w.next = static_cast<u32>((address - w.codeBase) / 4);
}

SIMD_END

#define DSV4EMU_SCALAR_ROW(NAME, SECTION, HANDLER, DST, A, B, FLAGS)           \
  {NAME, SECTION, HANDLER, Class::Salu, 4, DST, {A, B}, FLAGS},

#endif // DSV4EMU_LIB_EXEC_SCALARMATH_H
