//===- Transfer.h - Checked copies and fills --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_TRANSFER_H
#define HIPSTANDIN_TRANSFER_H

#include "Runtime.h"

namespace hipstandin {

/// Whether device memory, pinned or managed memory is where the work says, in
/// its whole extent. Says on stderr what is wrong.
hipError_t checkCopy(Runtime &runtime, const char *function,
                     const CopyWork &work);
hipError_t checkFill(Runtime &runtime, const char *function,
                     const FillWork &work);

/// The work of hipMemcpy3D's parameters; arrays are not supported.
hipError_t copyOf(const char *function, const hipMemcpy3DParms &parameters,
                  CopyWork &work);

CopyWork linearCopy(void *to, const void *from, size_t bytes,
                    hipMemcpyKind kind);
FillWork linearFill(void *to, uint32_t value, unsigned elementBytes,
                    size_t count);

} // namespace hipstandin

#endif // HIPSTANDIN_TRANSFER_H
