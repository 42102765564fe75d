//===- Instruction.h - A decoded instruction --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_LIB_INSTRUCTION_H
#define DSV4EMU_LIB_INSTRUCTION_H

#include <cstdint>

namespace dsv4emu {

struct Wave;
struct Inst;
using Handler = void (*)(Wave &, const Inst &);

/// Encodings of CDNA3 ISA section 13.
enum class Format : uint8_t {
  SOP1,
  SOP2,
  SOPC,
  SOPK,
  SOPP,
  SMEM,
  VOP1,
  VOP2,
  VOP3,
  VOPC,
  VOP3P,
  MAI,
  DS,
  MUBUF,
  MTBUF,
  FLAT,
  Unknown
};

/// How an operand's bits are read: its width, what abs and neg mean, which
/// pattern an inline float constant has.
enum class Kind : uint8_t {
  None,
  B32,
  F32,
  B16,
  F16,
  B64,
  I64,
  F64,
  Mask,
  V4,
  V8,
  V16,
  V32,
  V3,
  V2
};

constexpr unsigned kindWords(Kind kind) {
  switch (kind) {
  case Kind::None:
    return 0;
  case Kind::B64:
  case Kind::I64:
  case Kind::F64:
  case Kind::Mask:
  case Kind::V2:
    return 2;
  case Kind::V3:
    return 3;
  case Kind::V4:
    return 4;
  case Kind::V8:
    return 8;
  case Kind::V16:
    return 16;
  case Kind::V32:
    return 32;
  default:
    return 1;
  }
}

/// What an instruction counts as.
enum class Class : uint8_t {
  Salu,
  Valu,
  Trans,
  Mfma,
  Smem,
  Lds,
  GlobalLoad,
  GlobalStore,
  Atomic,
  Scratch,
  Branch,
  Barrier,
  Wait,
  Other
};
constexpr unsigned kClassCount = 14;
const char *className(Class c);

/// One row of the semantic tables.
struct OpInfo {
  const char *mnemonic; ///< As LLVM prints it, without _e32, _e64, _sdwa, _dpp.
  const char *section;  ///< CDNA3 ISA document.
  Handler run;
  Class cls;
  uint8_t cycles; ///< Issue cycles on one SIMD.
  Kind dst;
  Kind src[4];
  uint8_t flags;
};

/// OpInfo::flags.
enum OpFlag : uint8_t {
  kReadsDst = 1,   ///< The destination is an operand too (mac, fmac).
  kKeepsHigh = 2,  ///< 16-bit result leaves the other half alone.
  kWritesMask = 4, ///< The destination is VCC or an SGPR pair.
  kCarryIn = 8,    ///< Reads VCC (or the third operand) as a lane mask.
  kScalarDst = 16, ///< Vector instruction with an SGPR destination.
  kOneLane = 32,   ///< Writes a single lane, whatever EXEC is.
  kReadsM0 = 64,   ///< Takes its LDS address from M0.
};

/// Registers touched: 0..127 scalar, 256.. vector, 512.. accumulation.
struct RegRange {
  uint16_t first;
  uint8_t count;
};

/// Some of the registers of an instruction, as bits of WaveShadow::attention.
struct RegisterMask {
  uint32_t word;
  uint64_t bits;
};
/// Place of a register among those bits.
constexpr unsigned attentionBit(unsigned code) {
  return code < 128 ? code : code - 128;
}

/// Operand codes are those of the ISA (0-255 scalar and constants, 256-511
/// VGPR) and 512-767 for accumulation registers.
constexpr uint16_t kVgpr = 256, kAgpr = 512, kLiteral = 255;
constexpr uint16_t kVcc = 106, kM0 = 124, kExec = 126;

struct Inst {
  Handler run = nullptr;
  const OpInfo *op = nullptr;
  uint16_t src[4] = {};
  uint16_t dst = 0, sdst = 0;
  uint32_t literal = 0;
  int32_t offset = 0;
  uint32_t histogram = 0; ///< Row of the opcode counter.
  uint8_t words = 1;      ///< Length in dwords.
  Format format = Format::Unknown;

  // Vector modifiers.
  bool slow = false; ///< Some operand or result modifier is present.
  uint8_t abs = 0, neg = 0, negHi = 0, opSel = 0, opSelHi = 0, omod = 0;
  bool clamp = false;
  enum Form : uint8_t { Plain, Sdwa, Dpp } form = Plain;
  uint8_t dstSel = 6, dstUnused = 0, srcSel[2] = {6, 6}, srcSext = 0;
  uint16_t dppCtrl = 0;
  uint8_t rowMask = 15, bankMask = 15;
  bool boundCtrl = false;
  uint8_t cbsz = 0, abid = 0, blgp = 0;

  // Memory.
  bool sc0 = false, sc1 = false, nt = false, lds = false, offen = false,
       idxen = false;
  uint8_t dfmt = 0, nfmt = 0; ///< Data and number format of MTBUF.
  uint8_t segment = 0;        ///< FLAT: 0 flat, 1 scratch, 2 global.
  uint8_t offset1 = 0;

  RegRange uses[6] = {}, defs[3] = {};
  uint8_t useCount = 0, defCount = 0;
  /// The registers of both in the program's register masks.
  uint8_t maskCount = 0;
  uint32_t firstMask = 0;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_INSTRUCTION_H
