//===- Checks.h - The parts of dsv4-run doctor ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DOCTOR_CHECKS_H
#define DSV4RUN_LIB_DOCTOR_CHECKS_H

#include <optional>

#include "dsv4run/Device/HipDevice.h"
#include "dsv4run/Doctor/Doctor.h"

namespace dsv4run::doctor {

using Findings = std::vector<Finding>;

/// Kernel driver, device files, partitions. `hip_works`: HIP shows devices, so
/// that nothing here can be what stops it.
void CheckKernel(const std::string &root, bool hip_works, Findings &findings);
/// Limits of the process, settings of the machine, environment variables.
void CheckSettings(const std::string &root, Findings &findings);

/// The library and its devices. Nothing if there are none.
std::optional<HipInstallation> CheckHip(int ordinal, Findings &findings);
/// Opens a device, copies to it and back, and looks for hipRTC.
std::unique_ptr<GpuDevice> CheckDevice(const HipInstallation &hip, int ordinal,
                                       Findings &findings);

/// The bundle's code on the device, its memory, and its checkpoint. The device
/// may be null.
void CheckBundle(const DoctorOptions &options, GpuDevice *device,
                 Findings &findings);

} // namespace dsv4run::doctor

#endif // DSV4RUN_LIB_DOCTOR_CHECKS_H
