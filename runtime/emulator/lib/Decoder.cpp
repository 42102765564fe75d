//===- Decoder.cpp - Operand fields from instruction bits -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CDNA3 ISA, chapter "Microcode Formats". LLVM has already said that the bits
// are an instruction of gfx942 and which.
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include <cstring>

namespace dsv4emu {

Format formatOf(uint32_t bits) {
  if (!(bits >> 31)) {
    uint32_t op = bits >> 25;
    return op == 0x3f ? Format::VOP1 : op == 0x3e ? Format::VOPC : Format::VOP2;
  }
  switch (bits >> 23) {
  case 0x17d:
    return Format::SOP1;
  case 0x17e:
    return Format::SOPC;
  case 0x17f:
    return Format::SOPP;
  case 0x1a7:
    // The matrix instructions and moves of accumulation registers share
    // VOP3P's prefix and have the opcode's top bit set.
    return bits >> 22 & 1 ? Format::MAI : Format::VOP3P;
  default:
    break;
  }
  if (bits >> 28 == 0xb)
    return Format::SOPK;
  if (bits >> 30 == 2)
    return Format::SOP2;
  switch (bits >> 26) {
  case 0x30:
    return Format::SMEM;
  case 0x34:
    return Format::VOP3;
  case 0x36:
    return Format::DS;
  case 0x37:
    return Format::FLAT;
  case 0x38:
    return Format::MUBUF;
  case 0x3a:
    return Format::MTBUF;
  default:
    return Format::Unknown;
  }
}

namespace {

class FieldDecoder {
public:
  FieldDecoder(const uint32_t *bits, Inst &inst)
      : low(bits[0]), high(inst.words > 1 ? bits[1] : 0), inst(inst),
        op(*inst.op) {}

  bool run(Format format) {
    inst.format = format;
    switch (format) {
    case Format::SOP1:
    case Format::SOP2:
    case Format::SOPC:
    case Format::SOPK:
    case Format::SOPP:
      scalar(format);
      break;
    case Format::SMEM:
      smem();
      break;
    case Format::VOP1:
    case Format::VOP2:
    case Format::VOPC:
      vop(format);
      break;
    case Format::VOP3:
      vop3();
      break;
    case Format::VOP3P:
    case Format::MAI:
      vop3p(format);
      break;
    case Format::DS:
      ds();
      break;
    case Format::FLAT:
      flat();
      break;
    case Format::MUBUF:
      mubuf();
      break;
    case Format::MTBUF:
      mtbuf();
      break;
    case Format::Unknown:
      return false;
    }
    return rangesValid() && vectorOperandsValid();
  }

private:
  static uint32_t field(uint32_t word, unsigned first, unsigned width) {
    return word >> first & ((1u << width) - 1);
  }
  static int32_t sext(uint32_t v, unsigned width) {
    return static_cast<int32_t>(v << (32 - width)) >> (32 - width);
  }

  void use(uint16_t code, unsigned count) {
    if (count && (code < 128 || code >= kVgpr) && inst.useCount < 6)
      inst.uses[inst.useCount++] = {code, static_cast<uint8_t>(count)};
  }
  void def(uint16_t code, unsigned count) {
    if (count && (code < 128 || code >= kVgpr) && inst.defCount < 3)
      inst.defs[inst.defCount++] = {code, static_cast<uint8_t>(count)};
  }
  static bool fits(const RegRange &r) {
    unsigned end = r.first + r.count;
    if (r.first < 128)
      return end <= 128;
    return r.first < kAgpr ? end <= kAgpr : end <= kAgpr + 256u;
  }
  /// Where the ISA allows vector registers only.
  bool vectorOperandsValid() const {
    bool lane = std::strcmp(op.mnemonic, "v_readlane_b32") == 0 ||
                std::strcmp(op.mnemonic, "v_swap_b32") == 0;
    if (op.cls == Class::Valu && op.src[2] == Kind::V4)
      return inst.src[2] >= kVgpr;
    if (op.cls != Class::Mfma && !lane)
      return true;
    bool sparse = op.cls == Class::Mfma && (op.flags & kReadsDst);
    return inst.src[0] >= kVgpr && (lane || inst.src[1] >= kVgpr) &&
           (!sparse || inst.src[2] >= kVgpr);
  }
  bool rangesValid() const {
    for (unsigned k = 0; k < inst.useCount; ++k)
      if (!fits(inst.uses[k]))
        return false;
    for (unsigned k = 0; k < inst.defCount; ++k)
      if (!fits(inst.defs[k]))
        return false;
    return true;
  }

  void scalar(Format format) {
    if (format == Format::SOPP || format == Format::SOPK)
      inst.offset = sext(low & 0xffff, 16);
    if (format == Format::SOPP)
      return;
    inst.dst = static_cast<uint16_t>(field(low, 16, 7));
    inst.src[0] = static_cast<uint16_t>(low & 0xff);
    inst.src[1] = static_cast<uint16_t>(field(low, 8, 8));
    inst.literal = high;
    if (format == Format::SOPK) {
      if (op.flags & kReadsDst)
        use(inst.dst, kindWords(op.src[0]));
    } else {
      use(inst.src[0], kindWords(op.src[0]));
      if (format != Format::SOP1)
        use(inst.src[1], kindWords(op.src[1]));
      if (op.flags & kReadsDst)
        use(inst.dst, kindWords(op.dst));
    }
    if (op.dst != Kind::None)
      def(inst.dst, kindWords(op.dst));
  }

  void smem() {
    inst.src[0] = static_cast<uint16_t>(field(low, 0, 6) << 1);
    inst.dst = static_cast<uint16_t>(field(low, 6, 7));
    bool scalarOffset = low >> 14 & 1, immediate = low >> 17 & 1;
    inst.src[1] = kLiteral;
    if (immediate)
      inst.offset = sext(field(high, 0, 21), 21);
    else if (!scalarOffset)
      inst.src[1] = static_cast<uint16_t>(field(high, 0, 7));
    if (scalarOffset)
      inst.src[1] = static_cast<uint16_t>(field(high, 25, 7));
    inst.sc0 = low >> 16 & 1;
    if (op.src[0] != Kind::None) {
      use(inst.src[0], kindWords(op.src[0]));
      use(inst.src[1], inst.src[1] < 128 ? 1 : 0);
      use(inst.dst, kindWords(op.src[1]));
    }
    if (op.cls != Class::Atomic || inst.sc0)
      def(inst.dst, kindWords(op.dst));
  }

  void vectorSources(unsigned explicitCount) {
    unsigned count = explicitCount;
    if (op.flags & kReadsDst) {
      // The destination stands behind the encoded operands.
      inst.src[count] = inst.dst;
      ++count;
    }
    for (unsigned k = 0; k < count; ++k) {
      if (!halvesAreSelected() || op.src[k] != Kind::B64) {
        use(inst.src[k], kindWords(op.src[k]));
        continue;
      }
      // op_sel and op_sel_hi may both choose the same register of a pair, and
      // the other one is not read.
      bool low = inst.opSel >> k & 1, high = inst.opSelHi >> k & 1;
      use(static_cast<uint16_t>(inst.src[k] + (low && high)),
          low == high ? 1 : 2);
    }
  }
  /// Packed f32 arithmetic: a result of 32 bits from either half of a pair.
  bool halvesAreSelected() const {
    return std::strcmp(op.mnemonic, "v_pk_fma_f32") == 0 ||
           std::strcmp(op.mnemonic, "v_pk_mul_f32") == 0 ||
           std::strcmp(op.mnemonic, "v_pk_add_f32") == 0;
  }
  unsigned sourceCount() const {
    unsigned count = 0;
    while (count < 4 && op.src[count] != Kind::None)
      ++count;
    return count;
  }

  void vop(Format format) {
    unsigned src0 = low & 0x1ff;
    uint16_t vsrc1 = static_cast<uint16_t>(kVgpr + field(low, 9, 8));
    inst.dst = static_cast<uint16_t>(kVgpr + field(low, 17, 8));
    inst.sdst = kVcc;
    inst.src[0] = static_cast<uint16_t>(src0);
    inst.literal = high;
    if (format != Format::VOP1)
      inst.src[1] = vsrc1;
    if (op.flags & kCarryIn)
      inst.src[2] = kVcc;
    bool constantOperand =
        std::strstr(op.mnemonic, "amk_") || std::strstr(op.mnemonic, "admk_");
    bool constantLast =
        std::strstr(op.mnemonic, "aak_") || std::strstr(op.mnemonic, "adak_");
    if (constantOperand) {
      inst.src[1] = kLiteral;
      inst.src[2] = vsrc1;
    } else if (constantLast) {
      inst.src[2] = kLiteral;
    }
    if (src0 == 249)
      sdwa(format);
    else if (src0 == 250)
      dpp();
    if (op.flags & kScalarDst)
      inst.dst = static_cast<uint16_t>(field(low, 17, 8));
    if (std::strcmp(op.mnemonic, "v_accvgpr_mov_b32") == 0) {
      inst.dst = static_cast<uint16_t>(inst.dst + 256);
      inst.src[0] = static_cast<uint16_t>(inst.src[0] + 256);
    }
    finishVector(format == Format::VOPC);
  }

  void finishVector(bool compare) {
    unsigned count = sourceCount();
    vectorSources(op.flags & kReadsDst && count ? readsDstSources() : count);
    if (std::strncmp(op.mnemonic, "v_div_fmas", 10) == 0)
      use(kVcc, 2);
    if (compare) {
      def(inst.sdst, 2);
      if (std::strncmp(op.mnemonic, "v_cmpx", 6) == 0)
        def(kExec, 2);
      return;
    }
    def(inst.dst, kindWords(op.dst));
    if (op.flags & kWritesMask)
      def(inst.sdst, 2);
  }
  /// Encoded operands of an instruction that also reads its destination.
  unsigned readsDstSources() const {
    bool custom = std::strcmp(op.mnemonic, "v_writelane_b32") == 0 ||
                  std::strcmp(op.mnemonic, "v_swap_b32") == 0;
    return custom ? sourceCount() : sourceCount() - 1;
  }

  void sdwa(Format format) {
    inst.form = Inst::Sdwa;
    inst.slow = true;
    uint32_t w = high;
    inst.src[0] = static_cast<uint16_t>((w & 0xff) + (w >> 23 & 1 ? 0 : kVgpr));
    inst.srcSel[0] = static_cast<uint8_t>(field(w, 16, 3));
    inst.srcSel[1] = static_cast<uint8_t>(field(w, 24, 3));
    inst.srcSext = static_cast<uint8_t>(field(w, 19, 1) | field(w, 27, 1) << 1);
    inst.neg = static_cast<uint8_t>(field(w, 20, 1) | field(w, 28, 1) << 1);
    inst.abs = static_cast<uint8_t>(field(w, 21, 1) | field(w, 29, 1) << 1);
    if (format != Format::VOP1 && w >> 31)
      inst.src[1] = static_cast<uint16_t>(inst.src[1] - kVgpr);
    if (format == Format::VOPC) {
      if (w >> 15 & 1)
        inst.sdst = static_cast<uint16_t>(field(w, 8, 7));
      return;
    }
    inst.dstSel = static_cast<uint8_t>(field(w, 8, 3));
    inst.dstUnused = static_cast<uint8_t>(field(w, 11, 2));
    inst.clamp = w >> 13 & 1;
    inst.omod = static_cast<uint8_t>(field(w, 14, 2));
    if (inst.dstUnused == 2 && inst.dstSel != 6)
      use(inst.dst, 1);
  }

  void dpp() {
    inst.form = Inst::Dpp;
    inst.slow = true;
    uint32_t w = high;
    inst.src[0] = static_cast<uint16_t>(kVgpr + (w & 0xff));
    inst.dppCtrl = static_cast<uint16_t>(field(w, 8, 9));
    inst.boundCtrl = w >> 19 & 1;
    inst.neg = static_cast<uint8_t>(field(w, 20, 1) | field(w, 22, 1) << 1);
    inst.abs = static_cast<uint8_t>(field(w, 21, 1) | field(w, 23, 1) << 1);
    inst.bankMask = static_cast<uint8_t>(field(w, 24, 4));
    inst.rowMask = static_cast<uint8_t>(field(w, 28, 4));
  }

  void vop3() {
    bool compare = std::strncmp(op.mnemonic, "v_cmp", 5) == 0;
    inst.dst = static_cast<uint16_t>(kVgpr + (low & 0xff));
    inst.sdst = static_cast<uint16_t>(low & 0x7f);
    for (unsigned k = 0; k < 3; ++k)
      inst.src[k] = static_cast<uint16_t>(field(high, 9 * k, 9));
    bool scalarDestination = !compare && (op.flags & kWritesMask);
    inst.clamp = low >> 15 & 1;
    if (scalarDestination) {
      inst.sdst = static_cast<uint16_t>(field(low, 8, 7));
    } else {
      inst.abs = static_cast<uint8_t>(field(low, 8, 3));
      inst.opSel = static_cast<uint8_t>(field(low, 11, 4));
    }
    inst.omod = static_cast<uint8_t>(field(high, 27, 2));
    inst.neg = static_cast<uint8_t>(field(high, 29, 3));
    if (op.flags & kScalarDst)
      inst.dst = static_cast<uint16_t>(low & 0xff);
    if (std::strncmp(op.mnemonic, "v_div_fmas", 10) == 0)
      inst.sdst = kVcc;
    inst.slow = inst.abs || inst.neg || inst.opSel || inst.omod || inst.clamp ||
                (op.flags & kKeepsHigh);
    finishVector(compare);
    // Keeping half of the old destination reads it; the last of the uses.
    if (op.flags & kKeepsHigh)
      use(inst.dst, 1);
  }

  void vop3p(Format format) {
    inst.dst = static_cast<uint16_t>(kVgpr + (low & 0xff));
    for (unsigned k = 0; k < 3; ++k)
      inst.src[k] = static_cast<uint16_t>(field(high, 9 * k, 9));
    if (format == Format::MAI) {
      inst.cbsz = static_cast<uint8_t>(field(low, 8, 3));
      inst.abid = static_cast<uint8_t>(field(low, 11, 4));
      inst.blgp = static_cast<uint8_t>(field(high, 29, 3));
      auto accumulation = [](uint16_t &code) {
        if (code >= kVgpr)
          code = static_cast<uint16_t>(code + 256);
      };
      bool read = std::strcmp(op.mnemonic, "v_accvgpr_read_b32") == 0;
      bool write = std::strcmp(op.mnemonic, "v_accvgpr_write_b32") == 0;
      if (read || (!write && (high >> 27 & 1)))
        accumulation(inst.src[0]);
      if (!read && !write && (high >> 28 & 1))
        accumulation(inst.src[1]);
      if (write || (!read && (low >> 15 & 1))) {
        accumulation(inst.dst);
        // The third operand of a sparse instruction is its indices.
        if (!write && !(op.flags & kReadsDst))
          accumulation(inst.src[2]);
      }
    } else {
      inst.negHi = static_cast<uint8_t>(field(low, 8, 3));
      inst.opSel = static_cast<uint8_t>(field(low, 11, 3));
      inst.opSelHi =
          static_cast<uint8_t>(field(high, 27, 2) | field(low, 14, 1) << 2);
      inst.clamp = low >> 15 & 1;
      inst.neg = static_cast<uint8_t>(field(high, 29, 3));
    }
    finishVector(false);
  }

  static uint16_t data(uint32_t reg, bool accumulation) {
    return static_cast<uint16_t>((accumulation ? kAgpr : kVgpr) + reg);
  }

  void ds() {
    bool acc = low >> 25 & 1;
    inst.offset = static_cast<int32_t>(low & 0xff);
    inst.offset1 = static_cast<uint8_t>(field(low, 8, 8));
    inst.src[0] = static_cast<uint16_t>(kVgpr + (high & 0xff));
    inst.src[1] = data(field(high, 8, 8), acc);
    inst.src[2] = data(field(high, 16, 8), acc);
    inst.dst = data(field(high, 24, 8), acc);
    if (op.flags & kReadsM0)
      use(kM0, 1);
    for (unsigned k = 0; k < 3; ++k)
      use(inst.src[k], kindWords(op.src[k]));
    def(inst.dst, kindWords(op.dst));
  }

  void flat() {
    bool acc = high >> 23 & 1;
    inst.segment = static_cast<uint8_t>(field(low, 14, 2));
    inst.offset = inst.segment == 0 ? static_cast<int32_t>(low & 0xfff)
                                    : sext(low & 0x1fff, 13);
    inst.sc0 = low >> 16 & 1;
    inst.nt = low >> 17 & 1;
    inst.sc1 = low >> 25 & 1;
    inst.src[0] = static_cast<uint16_t>(kVgpr + (high & 0xff));
    inst.src[1] = data(field(high, 8, 8), acc);
    inst.dst = data(field(high, 24, 8), acc);
    uint32_t saddr = field(high, 16, 7);
    inst.src[2] = inst.segment == 0 || saddr == 0x7f
                      ? kLiteral
                      : static_cast<uint16_t>(saddr);
    unsigned addressWords = 2;
    if (inst.segment == 1) {
      inst.offset = sext(low & 0x1fff, 13);
      // Bit 13 enables the vector address of a scratch access.
      bool vectorAddress = low >> 13 & 1;
      addressWords = vectorAddress ? 1 : 0;
      if (!vectorAddress)
        inst.src[0] = kLiteral;
    } else if (inst.src[2] < 128) {
      addressWords = 1;
    }
    use(inst.src[0], addressWords);
    if (inst.src[2] < 128)
      use(inst.src[2], inst.segment == 1 ? 1 : 2);
    use(inst.src[1], kindWords(op.src[1]));
    if (op.cls != Class::Atomic || inst.sc0)
      def(inst.dst, kindWords(op.dst));
    if (std::strstr(op.mnemonic, "_lds_"))
      use(kM0, 1);
  }

  void mubuf() {
    inst.sc1 = low >> 15 & 1;
    inst.lds = low >> 16 & 1;
    inst.nt = low >> 17 & 1;
    buffer();
  }
  void mtbuf() {
    inst.dfmt = static_cast<uint8_t>(field(low, 19, 4));
    inst.nfmt = static_cast<uint8_t>(field(low, 23, 3));
    inst.sc1 = high >> 21 & 1;
    inst.nt = high >> 22 & 1;
    buffer();
  }

  void buffer() {
    bool acc = high >> 23 & 1;
    inst.offset = static_cast<int32_t>(low & 0xfff);
    inst.offen = low >> 12 & 1;
    inst.idxen = low >> 13 & 1;
    inst.sc0 = low >> 14 & 1;
    if (op.cls == Class::Other)
      return;
    unsigned addressWords = unsigned{inst.offen} + inst.idxen;
    inst.src[0] =
        addressWords ? static_cast<uint16_t>(kVgpr + (high & 0xff)) : kLiteral;
    inst.src[1] = data(field(high, 8, 8), acc);
    inst.dst = inst.src[1];
    inst.src[2] = static_cast<uint16_t>(field(high, 16, 5) << 2);
    inst.src[3] = static_cast<uint16_t>(field(high, 24, 8));
    use(inst.src[0], addressWords);
    use(inst.src[2], 4);
    use(inst.src[3], inst.src[3] < 128 ? 1 : 0);
    use(inst.src[1], kindWords(op.src[1]));
    if (inst.lds)
      use(kM0, 1);
    else if (op.cls != Class::Atomic || inst.sc0)
      def(inst.dst, kindWords(op.dst));
  }

  uint32_t low, high;
  Inst &inst;
  const OpInfo &op;
};

} // namespace

bool decodeFields(const uint32_t *bits, Format format, Inst &inst) {
  return FieldDecoder(bits, inst).run(format);
}

} // namespace dsv4emu
