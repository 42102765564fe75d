//===- HipChecks.cpp - HIP and its devices --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstring>

#include "Checks.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::doctor {
namespace {

std::string DescribeDevice(const GpuProperties &p) {
  return absl::StrCat(
      p.name, ", ", p.target, p.features.empty() ? "" : ":", p.features, ", ",
      p.compute_units, " compute units, ", FormatBytes(p.memory_bytes),
      p.clock_khz ? absl::StrCat(", up to ", p.clock_khz / 1000, " MHz") : "",
      p.memory_clock_khz
          ? absl::StrCat(", memory ", p.memory_clock_khz / 1000, " MHz")
          : "",
      ", FP8 ", p.fp8_format.empty() ? "none" : p.fp8_format);
}

/// Copies to the device and back.
absl::Status TryCopies(GpuDevice &device) {
  constexpr size_t kBytes = 3 << 20;
  std::vector<std::byte> sent(kBytes), received(kBytes);
  for (size_t i = 0; i < kBytes; ++i)
    sent[i] = static_cast<std::byte>(i * 2654435761u >> 24);
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> memory,
                           device.Allocate(kBytes, "doctor"));
  DSV4RUN_RETURN_IF_ERROR(device.CopyIn(memory->address(), sent));
  DSV4RUN_RETURN_IF_ERROR(
      device.CopyOut(absl::MakeSpan(received), memory->address()));
  for (size_t i = 0; i < kBytes; ++i)
    if (sent[i] != received[i])
      return absl::DataLossError(
          absl::StrCat("byte ", i, " of ", kBytes, " came back as ",
                       static_cast<int>(received[i]), ", sent was ",
                       static_cast<int>(sent[i])));
  return absl::OkStatus();
}

} // namespace

std::optional<HipInstallation> CheckHip(int ordinal, Findings &findings) {
  absl::StatusOr<HipInstallation> hip = FindHip();
  if (absl::IsNotFound(hip.status())) {
    findings.push_back(
        {Verdict::kMissing, "HIP runtime", std::string(hip.status().message()),
         "install ROCm 6 or 7 (package hip-runtime-amd); if it is installed "
         "elsewhere than /opt/rocm, set ROCM_PATH or LD_LIBRARY_PATH"});
    return std::nullopt;
  }
  if (!hip.ok()) {
    findings.push_back({Verdict::kMissing, "HIP runtime",
                        std::string(hip.status().message()),
                        "rocminfo shows whether the layer below works"});
    return std::nullopt;
  }
  findings.push_back(
      {Verdict::kOk, "HIP runtime",
       absl::StrCat(hip->library, ", HIP ", hip->runtime_version,
                    hip->driver_version.empty()
                        ? ""
                        : absl::StrCat(", driver ", hip->driver_version)),
       ""});
  if (hip->devices.empty()) {
    findings.push_back(
        {Verdict::kMissing, "HIP devices", "none",
         "check the kernel driver and the device files above, and "
         "HIP_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES below"});
    return std::nullopt;
  }
  for (const GpuProperties &p : hip->devices)
    findings.push_back({p.fp8_format == "fnuz" ? Verdict::kOk : Verdict::kNote,
                        absl::StrCat("hip:", p.ordinal), DescribeDevice(p),
                        ""});
  if (ordinal >= static_cast<int>(hip->devices.size())) {
    findings.push_back({Verdict::kMissing, "HIP devices",
                        absl::StrCat("no hip:", ordinal, ", only ",
                                     hip->devices.size(), " devices"),
                        "choose another with --device hip:N"});
    return std::nullopt;
  }
  return *std::move(hip);
}

std::unique_ptr<GpuDevice> CheckDevice(const HipInstallation &hip, int ordinal,
                                       Findings &findings) {
  std::string name = absl::StrCat("hip:", ordinal);
  auto device = OpenHipDevice(ordinal);
  absl::Status status = device.ok() ? TryCopies(**device) : device.status();
  if (!status.ok()) {
    findings.push_back({Verdict::kMissing, name + " in use",
                        std::string(status.message()),
                        "if it ran out of memory, see who uses it: amd-smi "
                        "process; else: sudo dmesg | grep -i amdgpu"});
    return nullptr;
  }
  findings.push_back(
      {Verdict::kOk, name + " in use", "3 MiB copied there and back", ""});
  absl::StatusOr<std::optional<uint64_t>> free = (*device)->FreeBytes();
  const uint64_t total = hip.devices[ordinal].memory_bytes;
  if (free.ok() && *free) {
    bool crowded = **free < total / 10 * 9;
    findings.push_back(
        {crowded ? Verdict::kNote : Verdict::kOk, "memory of " + name,
         absl::StrCat(FormatBytes(**free), " free for weights and state, of ",
                      FormatBytes(total)),
         crowded ? "amd-smi process shows who uses it" : ""});
  }
  absl::StatusOr<std::string> compiler = (*device)->DescribeCompiler();
  if (compiler.ok())
    findings.push_back({Verdict::kOk, "hipRTC", *compiler, ""});
  else
    findings.push_back({Verdict::kNote, "hipRTC",
                        std::string(compiler.status().message()),
                        "needed only where a bundle has no code object for "
                        "the device: package hip-runtime-amd or hiprtc"});
  return *std::move(device);
}

} // namespace dsv4run::doctor
