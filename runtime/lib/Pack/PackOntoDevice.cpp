//===- PackOntoDevice.cpp - From a checkpoint to a device's memory --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Pack/PackOntoDevice.h"

#include <algorithm>

#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Copied and then given back to the system, so that staging and device memory
/// are not both held in full where they are the same machine's.
constexpr uint64_t kPieceBytes = uint64_t{64} << 20;

absl::Status CopyAndRelease(ReservedMemory &staging, std::byte *destination,
                            Device &device) {
  for (uint64_t at = 0; at < staging.size(); at += kPieceBytes) {
    uint64_t bytes = std::min(kPieceBytes, staging.size() - at);
    DSV4RUN_RETURN_IF_ERROR(
        device.CopyIn(destination + at, {staging.data() + at, bytes}));
    if (bytes == kPieceBytes)
      DSV4RUN_RETURN_IF_ERROR(staging.Release(at, bytes));
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<DeviceWeights> PackOntoDevice(const schema::Manifest &manifest,
                                             const TensorSource &source,
                                             Device &device,
                                             const PackOptions &options) {
  DSV4RUN_RETURN_IF_ERROR(CheckHeaders(manifest, source));
  uint64_t bytes = std::max<uint64_t>(1, manifest.weights_bytes());
  DeviceWeights weights;
  DSV4RUN_ASSIGN_OR_RETURN(weights.memory, device.Allocate(bytes, "weights"));
  std::byte *address = weights.memory->address();
  if (device.host_visible()) {
    DSV4RUN_ASSIGN_OR_RETURN(
        weights.facts,
        PackWeights(manifest, source, absl::MakeSpan(address, bytes), options));
    return weights;
  }
  DSV4RUN_ASSIGN_OR_RETURN(ReservedMemory staging,
                           ReservedMemory::Reserve(bytes));
  DSV4RUN_ASSIGN_OR_RETURN(weights.facts,
                           PackWeights(manifest, source,
                                       absl::MakeSpan(staging.data(), bytes),
                                       options));
  DSV4RUN_RETURN_IF_ERROR(CopyAndRelease(staging, address, device));
  return weights;
}

} // namespace dsv4run
