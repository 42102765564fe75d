//===- GpuSequence.cpp - Launches of a GPU, as a graph or one by one ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GpuSequence.h"

#include <cstdint>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// What HIP and CUDA take at most in x; HIP also limits the work-items of a
/// grid to 32 bits.
constexpr uint64_t kMaxWorkgroups = INT32_MAX, kMaxWorkItems = UINT32_MAX;

absl::Status Annotate(const absl::Status &status, absl::string_view context) {
  return absl::Status(status.code(),
                      absl::StrCat(context, ": ", status.message()));
}

} // namespace

absl::StatusOr<std::unique_ptr<LaunchSequence>>
GpuSequence::Create(GpuDriver &driver, GpuHandle stream,
                    const GpuOptions &options,
                    const std::vector<DeviceLaunch> &launches) {
  std::unique_ptr<GpuSequence> sequence(
      new GpuSequence(driver, stream, options));
  for (const DeviceLaunch &source : launches) {
    Launch launch;
    launch.kernel = static_cast<const GpuKernel *>(source.kernel);
    launch.label = source.label;
    if (source.workgroups < 1 || source.threads < 1 ||
        source.workgroups > kMaxWorkgroups ||
        source.workgroups > kMaxWorkItems / source.threads)
      return absl::FailedPreconditionError(absl::StrCat(
          "launch \"", source.label, "\" of kernel ", launch.kernel->name,
          ": expected a grid of 1 to ", kMaxWorkgroups,
          " workgroups with fewer than 2^32 work-items, found ",
          source.workgroups, " x ", source.threads));
    launch.grid = {static_cast<uint32_t>(source.workgroups), source.threads};
    for (const DeviceBuffer &buffer : source.buffers)
      launch.addresses.push_back(buffer.address);
    sequence->launches_.push_back(std::move(launch));
  }
  for (Launch &launch : sequence->launches_)
    for (std::byte *&address : launch.addresses)
      launch.arguments.push_back(&address);
  return sequence;
}

GpuSequence::~GpuSequence() {
  driver_.MakeCurrent().IgnoreError();
  for (auto &[launches, executable] : executables_)
    if (executable)
      driver_.DestroyExecutable(executable).IgnoreError();
  for (GpuHandle event : events_)
    driver_.DestroyEvent(event).IgnoreError();
}

absl::Status GpuSequence::Run() {
  DSV4RUN_RETURN_IF_ERROR(driver_.MakeCurrent());
  if (!usesGraphs() || launches_.empty())
    return RunEager();
  DSV4RUN_RETURN_IF_ERROR(EnqueueTogether(0, launches_.size()));
  return Wait(absl::StrCat("graph of ", launches_.size(), " launches"));
}

absl::Status GpuSequence::RunEager() {
  if (!options_.wait_for_each_launch) {
    DSV4RUN_RETURN_IF_ERROR(EnqueueEach(0, launches_.size()));
    return Wait(absl::StrCat(launches_.size(), " launches"));
  }
  for (size_t i = 0; i < launches_.size(); ++i)
    DSV4RUN_RETURN_IF_ERROR(RunLaunch(i, {}));
  return absl::OkStatus();
}

absl::Status GpuSequence::RunTimed(absl::Span<const size_t> ends,
                                   absl::Span<double> seconds) {
  DSV4RUN_RETURN_IF_ERROR(CheckGroups(launches_.size(), ends, seconds));
  DSV4RUN_RETURN_IF_ERROR(driver_.MakeCurrent());
  while (events_.size() <= ends.size()) {
    DSV4RUN_ASSIGN_OR_RETURN(GpuHandle event, driver_.CreateEvent());
    events_.push_back(event);
  }
  size_t begin = 0;
  for (size_t end : ends) {
    if (usesGraphs() && end - begin > 1)
      DSV4RUN_RETURN_IF_ERROR(GraphOf(begin, end).status());
    begin = end;
  }
  DSV4RUN_RETURN_IF_ERROR(driver_.Record(events_[0], stream_));
  begin = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    DSV4RUN_RETURN_IF_ERROR(ends[i] - begin > 1
                                ? EnqueueTogether(begin, ends[i])
                                : EnqueueEach(begin, ends[i]));
    DSV4RUN_RETURN_IF_ERROR(driver_.Record(events_[i + 1], stream_));
    begin = ends[i];
  }
  DSV4RUN_RETURN_IF_ERROR(Wait(absl::StrCat(launches_.size(), " launches")));
  for (size_t i = 0; i < ends.size(); ++i) {
    DSV4RUN_ASSIGN_OR_RETURN(
        double time, driver_.SecondsBetween(events_[i], events_[i + 1]));
    seconds[i] += time;
  }
  return absl::OkStatus();
}

absl::Status GpuSequence::RunLaunch(size_t index,
                                    absl::Span<const uint64_t> workgroups) {
  if (index >= launches_.size())
    return absl::OutOfRangeError(
        absl::StrCat("launch ", index, " of ", launches_.size()));
  if (!workgroups.empty())
    return absl::UnimplementedError(
        "a GPU runs all workgroups of a launch; single ones run on the host "
        "and the emulator");
  DSV4RUN_RETURN_IF_ERROR(driver_.MakeCurrent());
  Launch &launch = launches_[index];
  DSV4RUN_RETURN_IF_ERROR(Enqueue(launch));
  return Wait(absl::StrCat("launch \"", launch.label, "\" of kernel ",
                           launch.kernel->name));
}

absl::Status GpuSequence::Enqueue(Launch &launch) {
  absl::Status status =
      driver_.Launch(launch.kernel->function, launch.grid,
                     absl::MakeSpan(launch.arguments), stream_);
  if (status.ok())
    return status;
  return Annotate(status, absl::StrCat("launch \"", launch.label,
                                       "\" of kernel ", launch.kernel->name));
}

absl::Status GpuSequence::EnqueueEach(size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i)
    DSV4RUN_RETURN_IF_ERROR(Enqueue(launches_[i]));
  return absl::OkStatus();
}

absl::Status GpuSequence::EnqueueTogether(size_t begin, size_t end) {
  if (!usesGraphs())
    return EnqueueEach(begin, end);
  DSV4RUN_ASSIGN_OR_RETURN(GpuHandle executable, GraphOf(begin, end));
  absl::Status status = driver_.LaunchGraph(executable, stream_);
  if (status.ok())
    return status;
  return Annotate(status, absl::StrCat("graph of ", end - begin, " launches"));
}

absl::StatusOr<GpuHandle> GpuSequence::GraphOf(size_t begin, size_t end) {
  GpuHandle &executable = executables_[{begin, end}];
  if (executable)
    return executable;
  DSV4RUN_RETURN_IF_ERROR(driver_.BeginCapture(stream_));
  absl::Status enqueued = EnqueueEach(begin, end);
  // A capture has to end, or the stream takes nothing else.
  absl::StatusOr<GpuHandle> graph = driver_.EndCapture(stream_);
  auto destroy = absl::MakeCleanup([&] {
    if (graph.ok())
      driver_.DestroyGraph(*graph).IgnoreError();
  });
  DSV4RUN_RETURN_IF_ERROR(enqueued);
  DSV4RUN_RETURN_IF_ERROR(graph.status());
  DSV4RUN_ASSIGN_OR_RETURN(executable, driver_.Instantiate(*graph));
  return executable;
}

absl::Status GpuSequence::Wait(const std::string &what) {
  absl::Status status = driver_.Synchronize(stream_);
  if (status.ok())
    return status;
  return Annotate(status, absl::StrCat("running ", what));
}

} // namespace dsv4run
