//===- HardwareRegisters.cpp - What s_getreg and s_setreg reach -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HardwareRegisters.h"
#include "Launch.h"
#include <algorithm>

namespace dsv4emu {

enum Id : unsigned {
  Mode = 1,
  Status = 2,
  TrapStatus = 3,
  HardwareId = 4,
  GprAlloc = 5,
  LdsAlloc = 6,
  InstructionBuffer = 7,
  MemoryBases = 15,
  TrapBaseLow = 16,
  TrapMemoryHigh = 19,
  XccId = 20,
};

// Compute units of a die; workgroups go round the dies, then round the units.
static constexpr uint32_t kUnitsPerDie = 38, kUnitsPerEngine = 10;

/// Where the wave would run: wave slot, SIMD, compute unit, shader engine and
/// workgroup slot.
static uint32_t hardwareId(const Wave &w) {
  uint32_t unit = w.group->linear / kXcdCount % kUnitsPerDie;
  return (w.index / 4 & 15) | (w.index & 3) << 4 | unit % kUnitsPerEngine << 8 |
         unit / kUnitsPerEngine << 13 |
         (w.group->linear / (kXcdCount * kUnitsPerDie) & 15) << 16;
}

/// Vector registers in eights, the first accumulation register in fours, scalar
/// ones in sixteens; all less one, all bases 0.
static uint32_t gprAlloc(const Wave &w) {
  const Kernel &kernel = w.group->launch->kernel;
  return (kernel.allocatedVgprs() / 8 - 1) << 6 |
         (kernel.accumOffset() / 4 - 1) << 12 | 6u << 24;
}

bool readHardwareRegister(const Wave &w, unsigned id, uint32_t &value) {
  bool several = w.group->waves.size() > 1;
  switch (id) {
  case Mode:
    value = w.mode;
    return true;
  case Status: // SCC, EXECZ, VCCZ, IN_TG, VALID
    value = w.scc | uint32_t{w.exec() == 0} << 9 |
            uint32_t{w.vcc() == 0} << 10 | uint32_t{several} << 11 | 1u << 16;
    return true;
  case TrapStatus:
    value = w.trapStatus;
    return true;
  case HardwareId:
    value = hardwareId(w);
    return true;
  case GprAlloc:
    value = gprAlloc(w);
    return true;
  case LdsAlloc: // In units of 64 dwords.
    value = static_cast<uint32_t>((w.group->lds.size() + 255) / 256) << 12;
    return true;
  case InstructionBuffer: {
    uint32_t vm = std::min(w.vmIssued - w.vmDone, 63u);
    uint32_t lgkm = std::min(w.lgIssued - w.lgDone, 15u);
    value = (vm & 15) | lgkm << 8 | vm >> 4 << 22;
    return true;
  }
  case MemoryBases:
    value = static_cast<uint32_t>(kPrivateAperture >> 48 |
                                  kSharedAperture >> 48 << 16);
    return true;
  case XccId:
    value = w.group->xcd;
    return true;
  default:
    value = 0;
    // No trap handler is installed.
    return id >= TrapBaseLow && id <= TrapMemoryHigh;
  }
}

bool writeHardwareRegister(Wave &w, unsigned id, uint32_t field,
                           uint32_t value) {
  if (id != Mode && id != TrapStatus)
    return false;
  uint32_t &target = id == Mode ? w.mode : w.trapStatus;
  target = (target & ~field) | (value & field);
  return true;
}

} // namespace dsv4emu
