//===- Operands.cpp - Constants, DPP, SDWA and modifiers ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The uncommon paths of operand access: scalar and constant operands (CDNA3 ISA
// section 5.1, table "Scalar operands"), DPP (section 6.8), SDWA (section 6.7),
// abs, neg, op_sel, omod and clamp (section 6.2).
//
//===----------------------------------------------------------------------===//

#include "VectorOp.h"
#include <vector>

namespace dsv4emu {

static uint64_t floatConstant(unsigned code, Kind kind) {
  static constexpr double values[] = {
      0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 4.0, -4.0, 0.15915494309189532};
  double v = values[code - 240];
  switch (kind) {
  case Kind::F16:
  case Kind::B16:
    // The ISA rounds 1/(2*pi) to 0x3118.
    return code == 248 ? 0x3118 : toHalf(v);
  case Kind::F64:
  case Kind::B64:
  case Kind::I64:
  case Kind::Mask:
    return bitCast<uint64_t>(v);
  default:
    return bitCast<uint32_t>(static_cast<float>(v));
  }
}

uint64_t scalarOperand(const Wave &w, const Inst &i, uint16_t code, Kind kind) {
  bool wide = kindWords(kind) == 2;
  if (code < 128)
    return wide && code < 127 ? w.get64(code) : w.sgpr[code];
  if (code <= 192)
    return code - 128;
  if (code <= 208)
    return static_cast<uint64_t>(-static_cast<int64_t>(code - 192));
  switch (code) {
  case 235: // SRC_SHARED_BASE
    return wide ? kSharedAperture : kSharedAperture >> 32;
  case 236: // SRC_SHARED_LIMIT
    return wide ? kSharedAperture + 0xffffffffu : 0xffffffffu;
  case 237: // SRC_PRIVATE_BASE
    return wide ? kPrivateAperture : kPrivateAperture >> 32;
  case 238: // SRC_PRIVATE_LIMIT
    return wide ? kPrivateAperture + 0xffffffffu : 0xffffffffu;
  case 251:
    return w.vcc() == 0;
  case 252:
    return w.exec() == 0;
  case 253:
    return w.scc;
  case kLiteral:
    if (kind == Kind::F64)
      return uint64_t{i.literal} << 32;
    if (kind == Kind::I64)
      return static_cast<uint64_t>(
          static_cast<int64_t>(static_cast<int32_t>(i.literal)));
    return i.literal;
  default:
    return code >= 240 && code <= 248 ? floatConstant(code, kind) : 0;
  }
}

/// Source lane of `lane` under a DPP control, or -1 if there is none.
static int dppSource(uint16_t ctrl, unsigned lane) {
  unsigned row = lane & ~15u, in = lane & 15u;
  if (ctrl <= 0xff) // quad_perm
    return static_cast<int>((lane & ~3u) | (ctrl >> 2 * (lane & 3) & 3));
  unsigned n = ctrl & 15u;
  switch (ctrl >> 4) {
  case 0x10: // row_shl
    return in + n < 16 ? static_cast<int>(lane + n) : -1;
  case 0x11: // row_shr
    return in >= n ? static_cast<int>(lane - n) : -1;
  case 0x12: // row_ror
    return static_cast<int>(row | ((in - n) & 15u));
  case 0x15: // row_newbcast
    return static_cast<int>(row | n);
  default:
    break;
  }
  switch (ctrl) {
  case 0x130: // wave_shl:1
    return lane < 63 ? static_cast<int>(lane + 1) : -1;
  case 0x134: // wave_rol:1
    return static_cast<int>((lane + 1) & 63);
  case 0x138: // wave_shr:1
    return static_cast<int>(lane) - 1;
  case 0x13c: // wave_ror:1
    return static_cast<int>((lane - 1) & 63);
  case 0x140: // row_mirror
    return static_cast<int>(row | (15 - in));
  case 0x141: // row_half_mirror
    return static_cast<int>((lane & ~7u) | (7 - (lane & 7)));
  case 0x142: // row_bcast:15
    return row >= 16 ? static_cast<int>(row) - 1 : -1;
  case 0x143: // row_bcast:31
    return lane >= 32 ? 31 : -1;
  default:
    return -1;
  }
}

/// Source lanes of a DPP control; invalid ones name lane 0.
struct DppMap {
  uint8_t from[64] = {};
  uint64_t valid = 0;
};

static const DppMap &dppMap(uint16_t ctrl) {
  static const std::vector<DppMap> maps = [] {
    std::vector<DppMap> all(512);
    for (uint16_t c = 0; c < 512; ++c)
      for (unsigned l = 0; l < 64; ++l)
        if (int from = dppSource(c, l); from >= 0) {
          all[c].from[l] = static_cast<uint8_t>(from);
          all[c].valid |= uint64_t{1} << l;
        }
    return all;
  }();
  return maps[ctrl & 511];
}

/// Lanes that row_mask and bank_mask enable.
static uint64_t dppEnabled(const Inst &i) {
  uint64_t row = 0, lanes = 0;
  for (unsigned bank = 0; bank < 4; ++bank)
    row |= uint64_t{i.bankMask >> bank & 1u} * (0xfu << 4 * bank);
  for (unsigned r = 0; r < 4; ++r)
    lanes |= uint64_t{i.rowMask >> r & 1u} * row << 16 * r;
  return lanes;
}

static void applyDpp(Wave &w, const Inst &i, unsigned words, uint32_t *buffer) {
  const DppMap &map = dppMap(i.dppCtrl);
  uint64_t exec = w.exec(), valid = map.valid;
  // A disabled lane can't be read either.
  if (exec != ~uint64_t{0})
    for (unsigned l = 0; l < 64; ++l)
      valid &= ~(uint64_t{!(exec >> map.from[l] & 1)} << l);
  for (unsigned k = 0; k < words; ++k) {
    uint32_t copy[64], *row = buffer + 64 * k;
    std::memcpy(copy, row, sizeof(copy));
    for (unsigned l = 0; l < 64; ++l)
      row[l] = copy[map.from[l]];
    if (valid != ~uint64_t{0})
      for (unsigned l = 0; l < 64; ++l)
        row[l] = valid >> l & 1 ? row[l] : 0;
  }
  w.dppMask = dppEnabled(i) & (i.boundCtrl ? ~uint64_t{0} : valid);
}

static void sdwaSelect(uint32_t *row, unsigned sel, bool sext) {
  if (sel > 5)
    return;
  unsigned width = sel <= 3 ? 8 : 16;
  unsigned above = 32 - width - width * (sel & 3);
  for (unsigned l = 0; l < 64; ++l) {
    uint32_t top = row[l] << above;
    row[l] =
        sext ? static_cast<uint32_t>(static_cast<int32_t>(top) >> (32 - width))
             : top >> (32 - width);
  }
}

static void applySigns(const Inst &i, unsigned k, Kind kind, uint32_t *buffer) {
  bool abs = i.abs >> k & 1, neg = i.neg >> k & 1;
  if (!abs && !neg)
    return;
  uint32_t sign = 0x80000000u;
  if (kind == Kind::F16)
    sign = 0x8000u;
  else if (kind == Kind::F64)
    buffer += 64;
  else if (kind != Kind::F32)
    return;
  for (unsigned l = 0; l < 64; ++l) {
    if (abs)
      buffer[l] &= ~sign;
    if (neg)
      buffer[l] ^= sign;
  }
}

void fetchSlow(Wave &w, const Inst &i, unsigned k, Kind kind,
               uint32_t *buffer) {
  unsigned words = kindWords(kind);
  uint16_t code = i.src[k];
  if (code >= kVgpr) {
    std::memcpy(buffer, w.row(code), 256 * words);
  } else {
    uint64_t value = scalarOperand(w, i, code, kind);
    for (unsigned j = 0; j < words; ++j)
      std::fill_n(buffer + 64 * j, 64, static_cast<uint32_t>(value >> 32 * j));
  }
  if (!i.slow)
    return;
  if (i.form == Inst::Dpp && k == 0)
    applyDpp(w, i, words, buffer);
  if (i.form == Inst::Sdwa && k < 2 && words == 1)
    sdwaSelect(buffer, i.srcSel[k], i.srcSext >> k & 1);
  // op_sel of VOP3 picks the half of a 16-bit operand; VOP3P handlers do it
  // themselves.
  if (i.format == Format::VOP3 && (i.opSel >> k & 1) && code >= kVgpr &&
      (kind == Kind::F16 || kind == Kind::B16))
    for (unsigned l = 0; l < 64; ++l)
      buffer[l] >>= 16;
  else if (i.format == Format::VOP3 && (i.opSel >> k & 1) && code < 128 &&
           (kind == Kind::F16 || kind == Kind::B16))
    for (unsigned l = 0; l < 64; ++l)
      buffer[l] >>= 16;
  if (i.format != Format::VOP3P)
    applySigns(i, k, kind, buffer);
}

float clampFloat(const Wave &w, float v) {
  if (std::isnan(v))
    return w.mode >> 8 & 1 ? 0.0f : v;
  return v < 0.0f ? 0.0f : v > 1.0f ? 1.0f : v == 0.0f ? 0.0f : v;
}

static void applyOutputModifiers(Wave &w, const Inst &i, Kind kind,
                                 uint32_t *out) {
  static constexpr float scale[] = {1.0f, 2.0f, 4.0f, 0.5f};
  for (unsigned l = 0; l < 64; ++l) {
    if (kind == Kind::F32) {
      float v = bitCast<float>(out[l]) * scale[i.omod];
      out[l] = bitCast<uint32_t>(i.clamp ? clampFloat(w, v) : v);
    } else if (kind == Kind::F16) {
      float v = halfToFloat(static_cast<uint16_t>(out[l])) * scale[i.omod];
      out[l] = toHalf(i.clamp ? clampFloat(w, v) : v, rounding16_64(w),
                      fp16Overflow(w));
    } else if (kind == Kind::F64) {
      double v =
          bitCast<double>(uint64_t{out[l]} | uint64_t{out[64 + l]} << 32) *
          scale[i.omod];
      if (i.clamp)
        v = std::isnan(v) ? (w.mode >> 8 & 1 ? 0.0 : v)
            : v <= 0.0    ? 0.0
            : v > 1.0     ? 1.0
                          : v;
      uint64_t bits = bitCast<uint64_t>(v);
      out[l] = static_cast<uint32_t>(bits);
      out[64 + l] = static_cast<uint32_t>(bits >> 32);
    }
  }
}

void finishSlow(Wave &w, const Inst &i, Kind kind, uint32_t *out) {
  bool isFloat = kind == Kind::F32 || kind == Kind::F16 || kind == Kind::F64;
  if (isFloat && (i.omod || i.clamp))
    applyOutputModifiers(w, i, kind, out);
  const uint32_t *old = w.row(i.dst);
  if (i.form == Inst::Sdwa && i.dstSel != 6) {
    unsigned shift = i.dstSel <= 3 ? 8 * i.dstSel : 16 * (i.dstSel - 4);
    uint32_t field = (i.dstSel <= 3 ? 0xffu : 0xffffu) << shift;
    for (unsigned l = 0; l < 64; ++l) {
      uint32_t value = out[l] << shift & field;
      bool negative = value >> (i.dstSel <= 3 ? shift + 7 : shift + 15) & 1;
      uint32_t above = shift + (i.dstSel <= 3 ? 8 : 16) == 32
                           ? 0
                           : ~0u << (shift + (i.dstSel <= 3 ? 8 : 16));
      if (i.dstUnused == 1 && negative) // UNUSED_SEXT
        value |= above;
      else if (i.dstUnused == 2) // UNUSED_PRESERVE
        value |= old[l] & ~field;
      out[l] = value;
    }
  }
  if (i.format == Format::VOP3 && (kind == Kind::F16 || kind == Kind::B16)) {
    bool high = i.opSel >> 3 & 1;
    if (high)
      for (unsigned l = 0; l < 64; ++l)
        out[l] = out[l] << 16 | (old[l] & 0xffff);
    else if (i.op->flags & kKeepsHigh)
      for (unsigned l = 0; l < 64; ++l)
        out[l] = (out[l] & 0xffff) | (old[l] & 0xffff0000u);
  }
}

} // namespace dsv4emu
