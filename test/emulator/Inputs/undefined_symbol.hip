//===- undefined_symbol.hip - A pointer to what nothing defines -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emu_hip.h"

extern "C" __device__ __attribute__((visibility("default"))) int elsewhere;
__device__ int *pointer = &elsewhere;
KERNEL use_pointer(int *out) { *out = *pointer; }
