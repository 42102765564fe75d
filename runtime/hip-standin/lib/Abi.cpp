//===- Abi.cpp - Which ROCm this soname stands for ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

namespace hipstandin {

const int kAbiMajor = HIPSTANDIN_ABI;

} // namespace hipstandin
