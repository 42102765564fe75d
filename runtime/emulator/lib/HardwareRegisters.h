//===- HardwareRegisters.h - What s_getreg and s_setreg reach ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CDNA3 ISA, section 5.8, table "Hardware register IDs".
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_HARDWAREREGISTERS_H
#define DSV4EMU_LIB_HARDWAREREGISTERS_H

#include <cstdint>

namespace dsv4emu {

struct Wave;

/// Value of register `id`; false if it is not modelled.
bool readHardwareRegister(const Wave &w, unsigned id, uint32_t &value);

/// Replaces the bits in `field`; false if the register can't be written.
bool writeHardwareRegister(Wave &w, unsigned id, uint32_t field,
                           uint32_t value);

} // namespace dsv4emu

#endif // DSV4EMU_LIB_HARDWAREREGISTERS_H
