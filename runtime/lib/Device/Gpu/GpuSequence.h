//===- GpuSequence.h - Launches of a GPU, as a graph or one by one --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H

#include <memory>
#include <string>
#include <vector>

#include "GpuDriver.h"
#include "dsv4run/Device/Device.h"
#include "dsv4run/Device/GpuOptions.h"

namespace dsv4run {

/// What DeviceCode::FindKernel of a GPU returns.
struct GpuKernel {
  std::string name;
  GpuHandle function = nullptr;
};

/// Enqueues its launches on one stream. With graphs, the first Run captures
/// them, so that programs that never run cost nothing, and every Run replays
/// the graph. A graph fixes grids and addresses; whatever changes from step to
/// step is contents of buffers.
class GpuSequence final : public LaunchSequence {
public:
  /// FAILED_PRECONDITION, naming launch and kernel, for a grid that no GPU
  /// takes.
  static absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Create(GpuDriver &driver, GpuHandle stream, const GpuOptions &options,
         const std::vector<DeviceLaunch> &launches);
  ~GpuSequence() override;

  absl::Status Run() override;
  absl::Status RunTimed(absl::Span<double> seconds) override;
  absl::Status RunLaunch(size_t index,
                         absl::Span<const uint64_t> workgroups) override;

private:
  struct Launch {
    const GpuKernel *kernel = nullptr;
    GpuGrid grid;
    std::string label;
    std::vector<std::byte *> addresses;
    std::vector<void *> arguments; ///< addresses of the elements of `addresses`
  };

  GpuSequence(GpuDriver &driver, GpuHandle stream, const GpuOptions &options)
      : driver_(driver), stream_(stream), options_(options) {}

  absl::Status Enqueue(Launch &launch);
  absl::Status EnqueueAll();
  absl::Status RunEager();
  absl::Status Capture();
  /// The status of waiting for what was enqueued, with what it was.
  absl::Status Wait(const std::string &what);

  GpuDriver &driver_;
  GpuHandle stream_;
  const GpuOptions options_;
  std::vector<Launch> launches_;
  GpuHandle executable_ = nullptr;
  std::vector<GpuHandle> events_; ///< made by the first timed run
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H
