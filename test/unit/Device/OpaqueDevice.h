//===- OpaqueDevice.h - A device whose memory the host can't see ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_DEVICE_OPAQUEDEVICE_H
#define DSV4RUN_UNITTEST_DEVICE_OPAQUEDEVICE_H

#include <memory>

#include "dsv4run/Device/Device.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run::testing {

/// The host device behind addresses that are none of the host's: whoever
/// dereferences one crashes. Copies and launches outside an allocation fail
/// with OUT_OF_RANGE.
std::unique_ptr<Device> CreateOpaqueDevice(ThreadPool &pool);

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_DEVICE_OPAQUEDEVICE_H
