//===- PackOntoDevice.cpp - From a checkpoint to a device's memory --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Pack/PackOntoDevice.h"

#include <algorithm>

#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Pieces per thread: one that it fills and one on its way.
constexpr int kPiecesPerThread = 2;

/// Pieces are packed in host memory that the device copies from, while others
/// are packed.
class DeviceTarget final : public PackTarget {
public:
  DeviceTarget(Device &device, std::byte *weights)
      : device_(device), weights_(weights) {}

  absl::Status Begin(uint64_t largest_piece, size_t threads) override {
    DSV4RUN_ASSIGN_OR_RETURN(
        upload_,
        device_.BeginUpload(std::max<uint64_t>(1, largest_piece),
                            kPiecesPerThread * static_cast<int>(threads)));
    return absl::OkStatus();
  }
  absl::StatusOr<std::byte *> Acquire(uint64_t, uint64_t) override {
    return upload_->Acquire();
  }
  absl::Status Release(std::byte *piece, uint64_t offset, uint64_t bytes,
                       bool complete) override {
    return upload_->Send(piece, complete ? bytes : 0, weights_ + offset);
  }
  absl::Status Finish() { return upload_->Finish(); }

private:
  Device &device_;
  std::byte *weights_;
  std::unique_ptr<DeviceUpload> upload_;
};

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
  DeviceTarget target(device, address);
  DSV4RUN_ASSIGN_OR_RETURN(weights.facts,
                           PackInto(manifest, source, target, options));
  DSV4RUN_RETURN_IF_ERROR(target.Finish());
  return weights;
}

} // namespace dsv4run
