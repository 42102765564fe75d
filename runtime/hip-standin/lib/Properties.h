//===- Properties.h - The device that is stood in for -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_PROPERTIES_H
#define HIPSTANDIN_PROPERTIES_H

#include "hip/hip_runtime_api.h"
#include <optional>
#include <string>

namespace hipstandin {

/// An MI300X in SPX mode with the given memory. Sources: AMD's data sheet of
/// the MI300X, the CDNA 3 white paper, and rocminfo of such a node.
hipDeviceProp_tR0600 propertiesOf(int device, uint64_t memoryBytes);
/// The same in the layout of ROCm 5.
hipDeviceProp_tR0000 olderLayout(const hipDeviceProp_tR0600 &properties);
/// Nothing for attributes that AMD's devices do not have.
std::optional<int> attributeOf(const hipDeviceProp_tR0600 &properties,
                               hipDeviceAttribute_t attribute);
/// "0000:05:00.0".
std::string pciBusId(const hipDeviceProp_tR0600 &properties);

} // namespace hipstandin

#endif // HIPSTANDIN_PROPERTIES_H
