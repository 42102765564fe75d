//===- Lanes.h - Addresses of 64 lanes and moving their data ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory holds a lane's dwords one behind the other, the register file each
// dword in a row of its own: four neighbouring lanes move together as a
// transposed block.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_LANES_H
#define DSV4EMU_LIB_EXEC_LANES_H

#include "Simd.h"
#include "VectorOp.h"

namespace dsv4emu {

/// How loaded bytes become a register.
enum class Extend : uint8_t {
  Words,
  Zero,
  Sign,
  Low16,
  High16,
  Low16Sign,
  High16Sign
};

/// One memory instruction's lanes. Bit l of `mask` is set while lane l may
/// touch the bytes at address[l].
struct Lanes {
  uint64_t address[64];
  uint64_t mask;
  /// All lanes are active and lie one behind the other.
  bool contiguous = false;
};

} // namespace dsv4emu

SIMD_BEGIN

template <class F>
inline void forLanes(uint64_t mask, F visit) {
  for (; mask; mask &= mask - 1)
    visit(static_cast<unsigned>(__builtin_ctzll(mask)));
}

/// Gives inactive lanes the address of an active one, or zero if there is none,
/// so that checks of all lanes need no mask.
inline void fillInactive(Lanes &lanes) {
  if (lanes.mask == ~uint64_t{0})
    return;
  uint64_t active = lanes.mask ? lanes.address[__builtin_ctzll(lanes.mask)] : 0;
  for (unsigned l = 0; l < 64; ++l)
    lanes.address[l] = lanes.mask >> l & 1 ? lanes.address[l] : active;
}

/// Every lane's address, active or filled, is in [base, base + room].
inline bool allWithin(const Lanes &lanes, uint64_t base, uint64_t room) {
  uint64_t outside = 0;
  for (unsigned l = 0; l < 64; ++l)
    outside |= lanes.address[l] - base > room ? 1 : 0;
  return outside == 0;
}

/// Bits that are set in any lane's address.
inline uint64_t addressBits(const Lanes &lanes) {
  uint64_t bits = 0;
  for (unsigned l = 0; l < 64; ++l)
    bits |= lanes.address[l];
  return bits;
}

inline bool isContiguous(const Lanes &lanes, unsigned bytes) {
  uint64_t differs = ~lanes.mask;
  for (unsigned l = 0; l < 64; ++l)
    differs |= lanes.address[l] ^ (lanes.address[0] + uint64_t{bytes} * l);
  return differs == 0;
}

/// Register value of `bytes` bytes at p. With error correction, as on every
/// gfx942, a 16-bit load clears the half it does not fill (CDNA3 ISA, section
/// 9.1.6).
inline uint32_t extendValue(const uint8_t *p, unsigned bytes, Extend extend) {
  uint32_t v = 0;
  std::memcpy(&v, p, bytes);
  uint32_t sign = bytes == 1 ? static_cast<uint32_t>(static_cast<int8_t>(v))
                             : static_cast<uint32_t>(static_cast<int16_t>(v));
  switch (extend) {
  case Extend::Words:
  case Extend::Zero:
  case Extend::Low16:
    return v;
  case Extend::Sign:
    return sign;
  case Extend::High16:
    return v << 16;
  case Extend::Low16Sign:
    return sign & 0xffff;
  case Extend::High16Sign:
    return sign << 16;
  }
  return v;
}

typedef uint32_t Quad __attribute__((ext_vector_type(4)));

/// A 4 x 4 block between rows and columns.
struct Block {
  Quad v[4];
  inline __attribute__((always_inline)) void transpose() {
    Quad a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
    Quad b = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
    Quad c = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
    Quad d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
    v[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
    v[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    v[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
    v[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
  }
};

/// Lanes l .. l+3 of W rows from four places in memory.
template <unsigned W>
inline __attribute__((always_inline)) void loadQuad(uint32_t *row,
                                                    uint8_t *const (&p)[4]) {
  if constexpr (W == 1) {
    for (unsigned j = 0; j < 4; ++j)
      std::memcpy(row + j, p[j], 4);
  } else {
    Block block = {};
    for (unsigned j = 0; j < 4; ++j)
      std::memcpy(&block.v[j], p[j], 4 * W);
    block.transpose();
    for (unsigned k = 0; k < W; ++k)
      std::memcpy(row + 64 * k, &block.v[k], 16);
  }
}

/// The other way round.
template <unsigned W>
inline __attribute__((always_inline)) void storeQuad(const uint32_t *row,
                                                     uint8_t *const (&p)[4]) {
  if constexpr (W == 1) {
    for (unsigned j = 0; j < 4; ++j)
      std::memcpy(p[j], row + j, 4);
  } else {
    Block block = {};
    for (unsigned k = 0; k < W; ++k)
      std::memcpy(&block.v[k], row + 64 * k, 16);
    block.transpose();
    for (unsigned j = 0; j < 4; ++j)
      std::memcpy(p[j], &block.v[j], 4 * W);
  }
}

/// Host pointers of lanes l .. l+3.
inline void quadPointers(const Lanes &lanes, uint64_t base, unsigned l,
                         uint8_t *(&p)[4]) {
  for (unsigned j = 0; j < 4; ++j)
    p[j] = reinterpret_cast<uint8_t *>(base + lanes.address[l + j]);
}

/// Loads into rows from the lanes' addresses, relative to a host address.
template <unsigned Bytes, Extend E>
inline void loadLanes(Wave &w, uint16_t dst, const Lanes &lanes,
                      uint64_t base) {
  uint32_t *row = w.row(dst);
  if constexpr (E == Extend::Words) {
    constexpr unsigned words = Bytes / 4;
    if (words == 1 && lanes.contiguous && lanes.mask == ~uint64_t{0}) {
      std::memcpy(row, reinterpret_cast<void *>(base + lanes.address[0]), 256);
      return;
    }
    for (unsigned l = 0; l < 64; l += 4) {
      unsigned active = lanes.mask >> l & 15;
      uint8_t *p[4];
      quadPointers(lanes, base, l, p);
      if (active == 15) {
        loadQuad<words>(row + l, p);
        continue;
      }
      for (unsigned j = 0; j < 4; ++j)
        for (unsigned k = 0; active >> j & 1 && k < words; ++k)
          std::memcpy(&row[64 * k + l + j], p[j] + 4 * k, 4);
    }
  } else {
    forLanes(lanes.mask, [&](unsigned l) {
      row[l] = extendValue(
          reinterpret_cast<const uint8_t *>(base + lanes.address[l]), Bytes, E);
    });
  }
}

/// What lanes get that load from nowhere.
template <unsigned Bytes>
inline void loadZeros(Wave &w, uint16_t dst, uint64_t mask) {
  uint32_t *row = w.row(dst);
  forLanes(mask, [&](unsigned l) {
    for (unsigned k = 0; k < (Bytes + 3) / 4; ++k)
      row[64 * k + l] = 0;
  });
}

/// `High` stores the upper half of a dword. Where lanes meet, the last wins.
template <unsigned Bytes, bool High>
inline void storeLanes(Wave &w, uint16_t src, const Lanes &lanes,
                       uint64_t base) {
  const uint32_t *row = w.row(src);
  if constexpr (Bytes >= 4) {
    constexpr unsigned words = Bytes / 4;
    if (words == 1 && lanes.contiguous && lanes.mask == ~uint64_t{0}) {
      std::memcpy(reinterpret_cast<void *>(base + lanes.address[0]), row, 256);
      return;
    }
    for (unsigned l = 0; l < 64; l += 4) {
      unsigned active = lanes.mask >> l & 15;
      uint8_t *p[4];
      quadPointers(lanes, base, l, p);
      if (active == 15) {
        storeQuad<words>(row + l, p);
        continue;
      }
      for (unsigned j = 0; j < 4; ++j)
        for (unsigned k = 0; active >> j & 1 && k < words; ++k)
          std::memcpy(p[j] + 4 * k, &row[64 * k + l + j], 4);
    }
  } else {
    forLanes(lanes.mask, [&](unsigned l) {
      uint32_t v = High ? row[l] >> 16 : row[l];
      std::memcpy(reinterpret_cast<void *>(base + lanes.address[l]), &v, Bytes);
    });
  }
}

SIMD_END

#endif // DSV4EMU_LIB_EXEC_LANES_H
