//===- Execute.cpp - Doing a stream's work --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Execute.h"
#include "Graph.h"
#include "Runtime.h"
#include "absl/strings/str_cat.h"
#include <sys/mman.h>

namespace hipstandin {
namespace {

/// Zeroes at least this much by giving pages back.
constexpr size_t kZeroByPages = size_t{1} << 20;
constexpr uint64_t kPageBytes = 4096;

class Executor {
public:
  Executor(Runtime &runtime, int device) : runtime_(runtime), device_(device) {}

  void operator()(const EmptyWork &) {}

  void operator()(const KernelWork &work) {
    if (!begins("kernel"))
      return;
    const std::string where = absl::StrCat("launch of ", work.function->name(),
                                           " on device ", device_, ": ");
    if (Runtime::isTurn(runtime_.launchCount, runtime_.settings.faults.launch))
      return runtime_.fail(hipErrorLaunchFailure,
                           absl::StrCat(where, "fails on demand: it is launch ",
                                        runtime_.settings.faults.launch));
    absl::Status status = runtime_.engine.launch(work.function->kernel,
                                                 work.shape, work.arguments);
    if (!status.ok())
      runtime_.fail(hipErrorLaunchFailure,
                    absl::StrCat(where, status.message()));
  }

  void operator()(const CopyWork &work) {
    if (!begins("copy"))
      return;
    // The bytes arrive at the end, so that who does not wait misses them.
    if (uint64_t rate = runtime_.settings.faults.copyBytesPerSecond)
      std::this_thread::sleep_for(std::chrono::duration<double>(
          double(work.width) * work.height * work.depth / double(rate)));
    auto *to = static_cast<uint8_t *>(work.to);
    const auto *from = static_cast<const uint8_t *>(work.from);
    bool solid = work.toPitch == work.width && work.fromPitch == work.width;
    for (size_t z = 0; z < work.depth; ++z) {
      uint8_t *toSlice = to + z * work.toSlice;
      const uint8_t *fromSlice = from + z * work.fromSlice;
      if (solid || work.height == 1) {
        copy(toSlice, fromSlice, work.width * work.height);
        continue;
      }
      for (size_t y = 0; y < work.height; ++y)
        copy(toSlice + y * work.toPitch, fromSlice + y * work.fromPitch,
             work.width);
    }
  }

  void operator()(const FillWork &work) {
    if (!begins("memset"))
      return;
    auto *to = static_cast<uint8_t *>(work.to);
    size_t bytes = work.width * work.elementBytes;
    for (size_t z = 0; z < work.depth; ++z)
      for (size_t y = 0; y < work.height; ++y)
        fill(to + z * work.slice + y * work.pitch, work, bytes);
  }

  void operator()(const HostWork &work) {
    if (!failed())
      work.function(work.userData);
  }

  void operator()(const CallbackWork &work) {
    if (!failed())
      work.function(work.stream, hipSuccess, work.userData);
  }

  void operator()(const RecordWork &) { (*records_++)->signal(); }

  void operator()(const WaitWork &work) {
    if (CompletionPtr recorded = work.event->recorded(); recorded && !failed())
      recorded->wait();
  }

  void operator()(const FreeWork &work) {
    absl::Status status =
        runtime_.memory.release(work.pointer, {MemoryKind::Device});
    if (!status.ok())
      runtime_.fail(hipErrorInvalidValue,
                    absl::StrCat("hipFreeAsync: ", status.message()));
  }

  /// Only plans are executed, and in those children are inlined.
  void operator()(const ChildWork &) {}

  void operator()(const GraphWork &work) {
    records_ = work.records.data();
    for (const GraphPlan::Step &step : work.plan->steps)
      std::visit(*this, step.work);
  }

private:
  bool failed() const { return runtime_.failure() != hipSuccess; }

  /// False if the device can do nothing more; counts towards its loss.
  bool begins(const char *what) {
    if (failed())
      return false;
    if (!Runtime::isTurn(runtime_.operationCount,
                         runtime_.settings.faults.lost))
      return true;
    runtime_.fail(hipErrorUnknown,
                  absl::StrCat("device ", device_, " is lost on demand: its ",
                               what, " is operation ",
                               runtime_.settings.faults.lost));
    return false;
  }

  /// What was undefined stays so.
  void copy(uint8_t *to, const uint8_t *from, size_t bytes) {
    std::memmove(to, from, bytes);
    dsv4emu::Memory &memory = runtime_.engine.memory();
    auto target = reinterpret_cast<uint64_t>(to);
    auto source = reinterpret_cast<uint64_t>(from);
    if (!memory.contains(target, bytes))
      return;
    if (memory.contains(source, bytes))
      std::memmove(memory.shadow(target), memory.shadow(source), bytes);
    else
      memory.markWritten(target, bytes);
  }

  void fill(uint8_t *to, const FillWork &work, size_t bytes) {
    auto address = reinterpret_cast<uint64_t>(to);
    dsv4emu::Memory &memory = runtime_.engine.memory();
    uint64_t first = (address + kPageBytes - 1) / kPageBytes * kPageBytes;
    uint64_t last = (address + bytes) / kPageBytes * kPageBytes;
    if (work.value == 0 && bytes >= kZeroByPages &&
        memory.contains(address, bytes) &&
        madvise(memory.host(first), last - first, MADV_DONTNEED) == 0) {
      std::memset(to, 0, first - address);
      std::memset(memory.host(last), 0, address + bytes - last);
    } else if (work.elementBytes == 1) {
      std::memset(to, static_cast<int>(work.value), bytes);
    } else {
      for (size_t k = 0; k < bytes; k += work.elementBytes)
        std::memcpy(to + k, &work.value, work.elementBytes);
    }
    memory.markWritten(address, bytes);
  }

  Runtime &runtime_;
  const int device_;
  const CompletionPtr *records_ = nullptr;
};

} // namespace

void execute(Runtime &runtime, int device, const Work &work) {
  std::visit(Executor(runtime, device), work);
}

} // namespace hipstandin
