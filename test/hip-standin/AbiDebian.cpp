//===- AbiDebian.cpp - The ABI by the headers of Debian's libamdhip64-dev -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#define __HIP_PLATFORM_AMD__
#include <hip/hip_runtime_api.h>

#define hipDeviceProp_tR0000 hipDeviceProp_t
#include "AbiTable.h"

AbiTable debiansAbi() { return makeAbiTable(); }
