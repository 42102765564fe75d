//===- AbiOurs.cpp - The ABI by the stand-in's headers --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "hip/hip_runtime_api.h"

#include "AbiTable.h"

AbiTable ourAbi() { return makeAbiTable(); }
