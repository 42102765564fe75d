//===- HostDevice.cpp - The CPU as a device -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/HostDevice.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Device/CpuLevel.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Support/ThreadPool.h"

namespace dsv4run {
namespace {

using KernelFunction = void (*)(void *const *, int64_t, int64_t);

class HostMemory final : public DeviceMemory {
public:
  explicit HostMemory(ReservedMemory memory)
      : DeviceMemory(memory.data(), memory.size()), memory_(std::move(memory)) {
  }

private:
  ReservedMemory memory_;
};

class HostCode final : public DeviceCode {
public:
  HostCode(void *handle, int fd) : handle_(handle), fd_(fd) {}
  ~HostCode() override {
    dlclose(handle_);
    close(fd_);
  }

  absl::StatusOr<const void *> FindKernel(absl::string_view name) override {
    if (const void *symbol = dlsym(handle_, std::string(name).c_str()))
      return symbol;
    return absl::NotFoundError(
        absl::StrCat("the host code object has no kernel \"", name, "\""));
  }

private:
  void *handle_;
  /// Open as long as the code is loaded: the loader knows objects by path, and
  /// would take a second object under the same descriptor for this one.
  int fd_;
};

/// Workgroups are handed out in runs: small enough that the threads finish
/// together, large enough that the shared counter is not the work.
constexpr uint64_t kRunsPerThread = 8;

class HostSequence final : public LaunchSequence {
public:
  HostSequence(ThreadPool &pool, const std::vector<DeviceLaunch> &launches)
      : pool_(pool) {
    for (const DeviceLaunch &launch : launches) {
      HostLaunch ours;
      ours.kernel =
          reinterpret_cast<KernelFunction>(const_cast<void *>(launch.kernel));
      for (const DeviceBuffer &buffer : launch.buffers)
        ours.buffers.push_back(buffer.address);
      ours.workgroups = launch.workgroups;
      launches_.push_back(std::move(ours));
    }
  }

  absl::Status Run() override {
    pool_.Lead([&] {
      for (const HostLaunch &launch : launches_)
        RunOne(launch);
    });
    return absl::OkStatus();
  }

  absl::Status RunLaunch(size_t index,
                         absl::Span<const uint64_t> workgroups) override {
    if (index >= launches_.size())
      return absl::OutOfRangeError(
          absl::StrCat("launch ", index, " of ", launches_.size()));
    const HostLaunch &launch = launches_[index];
    for (uint64_t workgroup : workgroups)
      if (workgroup >= launch.workgroups)
        return absl::OutOfRangeError(
            absl::StrCat("workgroup ", workgroup, " of ", launch.workgroups));
    if (workgroups.empty())
      RunOne(launch);
    for (uint64_t workgroup : workgroups)
      launch.kernel(launch.buffers.data(), static_cast<int64_t>(workgroup),
                    static_cast<int64_t>(workgroup + 1));
    return absl::OkStatus();
  }

  absl::Status RunTimed(absl::Span<const size_t> ends,
                        absl::Span<double> seconds) override {
    using Clock = std::chrono::steady_clock;
    DSV4RUN_RETURN_IF_ERROR(CheckGroups(launches_.size(), ends, seconds));
    pool_.Lead([&] {
      size_t launch = 0;
      for (size_t i = 0; i < ends.size(); ++i) {
        Clock::time_point start = Clock::now();
        for (; launch < ends[i]; ++launch)
          RunOne(launches_[launch]);
        seconds[i] +=
            std::chrono::duration<double>(Clock::now() - start).count();
      }
    });
    return absl::OkStatus();
  }

private:
  struct HostLaunch {
    KernelFunction kernel;
    std::vector<void *> buffers;
    uint64_t workgroups;
  };

  void RunOne(const HostLaunch &launch) {
    uint64_t pieces = kRunsPerThread * pool_.size();
    uint64_t run = std::max<uint64_t>(1, launch.workgroups / pieces);
    pool_.ParallelFor(
        launch.workgroups, run, [&](uint64_t begin, uint64_t end) {
          launch.kernel(launch.buffers.data(), static_cast<int64_t>(begin),
                        static_cast<int64_t>(end));
        });
  }

  ThreadPool &pool_;
  std::vector<HostLaunch> launches_;
};

class HostDevice final : public Device {
public:
  explicit HostDevice(ThreadPool &pool)
      : pool_(pool),
        description_(absl::StrCat("host (", CpuLevelName(HostCpuLevel()), ", ",
                                  pool.size(), " threads)")) {}

  absl::string_view description() const override { return description_; }
  bool host_visible() const override { return true; }

  absl::StatusOr<std::unique_ptr<DeviceMemory>>
  Allocate(uint64_t bytes, absl::string_view) override {
    DSV4RUN_ASSIGN_OR_RETURN(ReservedMemory memory,
                             ReservedMemory::Reserve(bytes));
    return std::make_unique<HostMemory>(std::move(memory));
  }

  absl::Status CopyIn(std::byte *destination,
                      absl::Span<const std::byte> source) override {
    if (!source.empty())
      std::memcpy(destination, source.data(), source.size());
    return absl::OkStatus();
  }

  absl::Status CopyOut(absl::Span<std::byte> destination,
                       const std::byte *source) override {
    if (!destination.empty())
      std::memcpy(destination.data(), source, destination.size());
    return absl::OkStatus();
  }

  absl::Status CopyWithin(std::byte *destination, const std::byte *source,
                          uint64_t bytes) override {
    if (bytes != 0)
      std::memmove(destination, source, bytes);
    return absl::OkStatus();
  }

  absl::Status CheckTarget(const CodeTarget &target) const override {
    if (target.target != "host")
      return absl::FailedPreconditionError(
          absl::StrCat("the code object is for target \"", target.target,
                       "\"; this device runs target \"host\""));
    return CheckCpuLevel(target.level, HostCpuLevel());
  }

  absl::StatusOr<std::unique_ptr<DeviceCode>>
  LoadCode(absl::Span<const std::byte> object,
           const CodeTarget &target) override {
    DSV4RUN_RETURN_IF_ERROR(CheckTarget(target));
    // The loader wants a file. One in memory needs no writable directory and
    // leaves nothing behind.
    int fd = memfd_create("dsv4-host-code", MFD_CLOEXEC);
    if (fd < 0)
      return absl::InternalError(absl::StrCat(
          "cannot make a file in memory for host code: ", strerror(errno)));
    auto close_file = absl::MakeCleanup([fd] { close(fd); });
    for (size_t done = 0; done < object.size();) {
      ssize_t n = write(fd, object.data() + done, object.size() - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return absl::ResourceExhaustedError(
            absl::StrCat("cannot copy ", object.size(),
                         " bytes of host code to memory: ", strerror(errno)));
      done += static_cast<size_t>(n);
    }
    void *handle = dlopen(absl::StrCat("/proc/self/fd/", fd).c_str(),
                          RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
      const char *error = dlerror();
      return absl::InvalidArgumentError(
          absl::StrCat("the bundle's host code cannot be loaded: ",
                       error ? error : "unknown error"));
    }
    std::move(close_file).Cancel();
    return std::make_unique<HostCode>(handle, fd);
  }

  absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Prepare(std::vector<DeviceLaunch> launches) override {
    return std::make_unique<HostSequence>(pool_, launches);
  }

private:
  ThreadPool &pool_;
  std::string description_;
};

} // namespace

std::unique_ptr<Device> CreateHostDevice(ThreadPool &pool) {
  return std::make_unique<HostDevice>(pool);
}

} // namespace dsv4run
