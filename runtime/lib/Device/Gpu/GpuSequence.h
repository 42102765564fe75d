//===- GpuSequence.h - Launches of a GPU, as a graph or one by one --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H
#define DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H

#include <map>
#include <memory>
#include <string>
#include <utility>
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
  absl::Status RunTimed(absl::Span<const size_t> ends,
                        absl::Span<double> seconds) override;
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
  bool usesGraphs() const {
    return options_.graphs && !options_.wait_for_each_launch;
  }
  /// The launches [begin, end).
  absl::Status EnqueueEach(size_t begin, size_t end);
  /// The same as a graph, where graphs are used.
  absl::Status EnqueueTogether(size_t begin, size_t end);
  absl::Status RunEager();
  /// The graph of the launches, made by the first call.
  absl::StatusOr<GpuHandle> GraphOf(size_t begin, size_t end);
  /// The status of waiting for what was enqueued, with what it was.
  absl::Status Wait(const std::string &what);

  GpuDriver &driver_;
  GpuHandle stream_;
  const GpuOptions options_;
  std::vector<Launch> launches_;
  /// Graphs made so far, by their launches.
  std::map<std::pair<size_t, size_t>, GpuHandle> executables_;
  std::vector<GpuHandle> events_; ///< made by the first timed run
};

} // namespace dsv4run

#endif // DSV4RUN_LIB_DEVICE_GPU_GPUSEQUENCE_H
