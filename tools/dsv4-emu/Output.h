//===- Output.h - What dsv4-emu prints --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_TOOLS_OUTPUT_H
#define DSV4EMU_TOOLS_OUTPUT_H

#include "dsv4emu/Device.h"

void printKernels(const dsv4emu::CodeObject &object, bool json);
void printResult(const dsv4emu::LaunchResult &result, bool counters, bool json);
void printInstructions(bool json);

#endif // DSV4EMU_TOOLS_OUTPUT_H
