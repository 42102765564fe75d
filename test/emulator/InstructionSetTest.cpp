//===- InstructionSetTest.cpp - Every mnemonic of gfx942 ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's decoder for gfx942 is asked about every opcode of every encoding, with
// operands that some form of each instruction accepts. Whatever it names must
// have semantics or stand in the list of instructions without, and nothing
// else may.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"
#include "dsv4emu/Disassembler.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include <cstring>
#include <gtest/gtest.h>
#include <set>

namespace emutest {
namespace {

using Names = std::set<std::string>;

std::string withoutForm(std::string name) {
  for (const std::string suffix : {"_e32", "_e64", "_sdwa", "_dpp"})
    if (name.size() > suffix.size() &&
        name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0)
      return name.substr(0, name.size() - suffix.size());
  return name;
}

class Decoded {
public:
  Decoded() {
    scalar();
    vector();
    memory();
  }
  Names names;

private:
  /// The instruction at the bits of the first dword, `field` being its opcode.
  void sweep(uint32_t base, unsigned shift, uint32_t count,
             std::initializer_list<uint32_t> low,
             std::initializer_list<uint32_t> high) {
    for (uint32_t op = 0; op < count; ++op)
      for (uint32_t l : low)
        for (uint32_t h : high) {
          uint32_t words[4] = {base | op << shift | l, h, 0, 0};
          auto result = disassembler.decode(
              {reinterpret_cast<const uint8_t *>(words), 16}, 0);
          if (result.bytes)
            names.insert(withoutForm(result.mnemonic));
        }
  }
  void scalar() {
    sweep(0x80000000, 23, 96, {0}, {0});                    // SOP2
    sweep(0xb0000000, 23, 32, {0, 1}, {0});                 // SOPK
    sweep(0xbe800000, 8, 256, {0}, {0});                    // SOP1
    sweep(0xbf000000, 16, 128, {0}, {0});                   // SOPC
    sweep(0xbf800000, 16, 128, {0}, {0});                   // SOPP
    sweep(0xc0000000, 18, 256, {0, 1 << 14, 1 << 17}, {0}); // SMEM
  }
  void vector() {
    constexpr uint32_t vgpr = 0x100, sdwa = 0xf9, dpp = 0xfa;
    sweep(0x00000000, 25, 62, {vgpr, sdwa, dpp}, {0x06060600, 0xff000000});
    sweep(0x7e000000, 9, 256, {vgpr, sdwa, dpp}, {0x00060600, 0xff000000});
    sweep(0x7c000000, 17, 256, {vgpr, sdwa}, {0x06060000});
    // Three, two and one vector operand, or scalars; with a mask result.
    sweep(0xd0000000, 16, 1024, {0, 0x6a00},
          {0x04020100, 0x00020100, 0x00010100, 0x00000100, 0});
    sweep(0xd3800000, 16, 128, {0, 0x4000, 0x8000},
          {0x04020100, 0x1c020100, 0x18000100, 0x00020100, 0x00000100});
  }
  void memory() {
    sweep(0xd8000000, 17, 256, {0, 1 << 16}, {0, 0x02020200}); // DS
    sweep(0xe0000000, 18, 128, {0, 1 << 12, 1 << 14, 1 << 16}, // MUBUF
          {0x80000000});
    sweep(0xe8000000, 15, 16, {5 << 19}, {0x80000000}); // MTBUF
    sweep(0xf0000000, 18, 128, {0xf00, 0xf01}, {0});    // MIMG
    for (uint32_t segment = 0; segment < 3; ++segment)  // FLAT
      sweep(0xdc000000 | segment << 14, 18, 128, {0, 1 << 13, 1 << 16},
            {0x007f0000, 0});
  }

  dsv4emu::Disassembler disassembler;
};

const Names &decoded() {
  static const Decoded instance;
  return instance.names;
}
Names supported() {
  Names out;
  for (const dsv4emu::InstructionDoc &doc : dsv4emu::supportedInstructions())
    out.insert(doc.mnemonic);
  return out;
}
Names refused() {
  Names out;
  for (const dsv4emu::NotSupported &entry : dsv4emu::notSupportedInstructions())
    out.insert(entry.mnemonic);
  return out;
}
std::string list(const Names &names) {
  std::string out;
  for (const std::string &name : names)
    out += " " + name;
  return out;
}
Names without(Names from, const Names &remove) {
  for (const std::string &name : remove)
    from.erase(name);
  return from;
}

TEST(InstructionSet, EveryMnemonicIsKnown) {
  EXPECT_GT(decoded().size(), 1100u);
  Names missing = without(without(decoded(), supported()), refused());
  EXPECT_TRUE(missing.empty()) << list(missing);
}

TEST(InstructionSet, NothingElseIsClaimed) {
  EXPECT_EQ(list(without(supported(), decoded())), "");
  EXPECT_EQ(list(without(refused(), decoded())), "");
  Names both;
  for (const std::string &name : refused())
    if (supported().count(name))
      both.insert(name);
  EXPECT_EQ(list(both), "");
}

// The sweep above reached what LLVM's tables add for this family: its opcodes
// end in _gfx940 (pseudo instructions have no encoding). Some of them are later
// additions, which llvm-mc refuses for gfx942 and assembles for gfx950.
const Names laterAdditions = {
    "buffer_atomic_pk_add_bf16",      "global_load_lds_dwordx3",
    "global_load_lds_dwordx4",        "v_smfmac_f32_16x16x128_bf8_bf8",
    "v_smfmac_f32_16x16x128_bf8_fp8", "v_smfmac_f32_16x16x128_fp8_bf8",
    "v_smfmac_f32_16x16x128_fp8_fp8", "v_smfmac_f32_16x16x64_bf16",
    "v_smfmac_f32_16x16x64_f16",      "v_smfmac_f32_32x32x32_bf16",
    "v_smfmac_f32_32x32x32_f16",      "v_smfmac_f32_32x32x64_bf8_bf8",
    "v_smfmac_f32_32x32x64_bf8_fp8",  "v_smfmac_f32_32x32x64_fp8_bf8",
    "v_smfmac_f32_32x32x64_fp8_fp8",  "v_smfmac_i32_16x16x128_i8",
    "v_smfmac_i32_32x32x64_i8"};

TEST(InstructionSet, SweepReachesTheFamilysOpcodes) {
  llvm::Triple triple("amdgcn-amd-amdhsa");
  llvm::MCTargetOptions options;
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  ASSERT_NE(target, nullptr) << error;
  std::unique_ptr<llvm::MCRegisterInfo> registers(
      target->createMCRegInfo(triple));
  std::unique_ptr<llvm::MCAsmInfo> assembly(
      target->createMCAsmInfo(*registers, triple, options));
  std::unique_ptr<llvm::MCInstrInfo> info(target->createMCInstrInfo());
  std::unique_ptr<llvm::MCInstPrinter> printer(
      target->createMCInstPrinter(triple, 0, *assembly, *info, *registers));
  unsigned seen = 0;
  Names missing;
  for (unsigned opcode = 0; opcode < info->getNumOpcodes(); ++opcode) {
    if (info->get(opcode).isPseudo() ||
        !info->getName(opcode).ends_with("_gfx940"))
      continue;
    llvm::MCInst inst;
    inst.setOpcode(opcode);
    std::string name = printer->getMnemonic(inst).first;
    name = withoutForm(name.substr(0, name.find_first_of(" \t")));
    ++seen;
    if (!decoded().count(name))
      missing.insert(name);
  }
  EXPECT_GT(seen, 50u);
  EXPECT_EQ(list(missing), list(laterAdditions));
}

// What public hand-written kernels use assembles (or the build fails) and has
// semantics.
TEST(InstructionSet, HandWrittenKernels) {
  auto text = readKernelFile("hand_written.bin");
  dsv4emu::Disassembler disassembler;
  Names used;
  for (size_t at = 0; at < text.size();) {
    auto result =
        disassembler.decode(absl::MakeConstSpan(text).subspan(at), at);
    ASSERT_NE(result.bytes, 0u) << "at " << at;
    used.insert(withoutForm(result.mnemonic));
    at += result.bytes;
  }
  EXPECT_GT(used.size(), 120u);
  EXPECT_EQ(list(without(used, supported())), "");
}

TEST(InstructionSet, RefusalsHaveReasons) {
  for (const dsv4emu::NotSupported &entry : dsv4emu::notSupportedInstructions())
    EXPECT_GT(std::strlen(entry.reason), 15u) << entry.mnemonic;
}

} // namespace
} // namespace emutest
