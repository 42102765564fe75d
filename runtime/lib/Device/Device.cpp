//===- Device.cpp - Anchors of the device interface -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/Device.h"

namespace dsv4run {

DeviceMemory::~DeviceMemory() = default;
DeviceCode::~DeviceCode() = default;
LaunchSequence::~LaunchSequence() = default;
Device::~Device() = default;

absl::Status Device::Discard(std::byte *, uint64_t) { return absl::OkStatus(); }

} // namespace dsv4run
