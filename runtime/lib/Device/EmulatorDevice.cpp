//===- EmulatorDevice.cpp - The gfx942 emulator as a device ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/EmulatorDevice.h"

#include <chrono>

#include "EmulatorLibrary.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// The emulator with what everything that lives on it needs.
struct Emulator {
  const Dsv4EmuApi *api = nullptr;
  Dsv4EmuDevice *device = nullptr;
  bool counts = false;
  std::map<std::pair<std::string, std::string>, EmulatorLaunchCounters>
      counters;

  ~Emulator() {
    if (device)
      api->destroyDevice(device);
  }

  absl::Status StatusOf(int code) const {
    if (code == 0)
      return absl::OkStatus();
    return absl::Status(static_cast<absl::StatusCode>(code), api->lastError());
  }
};

uint64_t AddressOf(const std::byte *address) {
  return reinterpret_cast<uintptr_t>(address);
}

class EmulatorMemory final : public DeviceMemory {
public:
  EmulatorMemory(Emulator &emulator, uint64_t address, uint64_t bytes)
      : DeviceMemory(reinterpret_cast<std::byte *>(address), bytes),
        emulator_(emulator) {}
  ~EmulatorMemory() override {
    emulator_.api->release(emulator_.device, AddressOf(address()));
  }

private:
  Emulator &emulator_;
};

struct EmulatorKernel {
  std::string name;
  const Dsv4EmuKernel *handle = nullptr;
  Dsv4EmuKernelInfo info{};
};

class EmulatorCode final : public DeviceCode {
public:
  EmulatorCode(Emulator &emulator, const Dsv4EmuCode *code)
      : emulator_(emulator), code_(code) {}

  absl::StatusOr<const void *> FindKernel(absl::string_view name) override {
    auto [it, is_new] = kernels_.try_emplace(std::string(name));
    EmulatorKernel &kernel = it->second;
    if (is_new) {
      kernel.name = it->first;
      absl::Status status = emulator_.StatusOf(
          emulator_.api->findKernel(emulator_.device, code_, it->first.c_str(),
                                    &kernel.handle, &kernel.info));
      if (!status.ok()) {
        kernels_.erase(it);
        return status;
      }
    }
    return &kernel;
  }

private:
  Emulator &emulator_;
  const Dsv4EmuCode *code_;
  /// Nodes stay where they are: their addresses are the handles.
  std::map<std::string, EmulatorKernel> kernels_;
};

class EmulatorSequence final : public LaunchSequence {
public:
  static absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Create(Emulator &emulator, std::vector<DeviceLaunch> launches) {
    for (const DeviceLaunch &launch : launches) {
      const EmulatorKernel &kernel = KernelOf(launch);
      if (launch.buffers.size() != kernel.info.arguments)
        return absl::FailedPreconditionError(
            absl::StrCat("kernel ", kernel.name, " takes ",
                         kernel.info.arguments, " buffers; launch \"",
                         launch.label, "\" has ", launch.buffers.size()));
      if (launch.workgroups == 0)
        return absl::FailedPreconditionError(
            absl::StrCat("launch \"", launch.label, "\" of kernel ",
                         kernel.name, " has no workgroups"));
    }
    return std::unique_ptr<LaunchSequence>(
        new EmulatorSequence(emulator, std::move(launches)));
  }

  absl::Status Run() override {
    for (size_t i = 0; i < launches_.size(); ++i)
      DSV4RUN_RETURN_IF_ERROR(RunLaunch(i, {}));
    return absl::OkStatus();
  }

  absl::Status RunTimed(absl::Span<const size_t> ends,
                        absl::Span<double> seconds) override {
    using Clock = std::chrono::steady_clock;
    DSV4RUN_RETURN_IF_ERROR(CheckGroups(launches_.size(), ends, seconds));
    size_t launch = 0;
    for (size_t i = 0; i < ends.size(); ++i) {
      Clock::time_point start = Clock::now();
      for (; launch < ends[i]; ++launch)
        DSV4RUN_RETURN_IF_ERROR(RunLaunch(launch, {}));
      seconds[i] += std::chrono::duration<double>(Clock::now() - start).count();
    }
    return absl::OkStatus();
  }

  absl::Status RunLaunch(size_t index,
                         absl::Span<const uint64_t> workgroups) override {
    if (index >= launches_.size())
      return absl::OutOfRangeError(
          absl::StrCat("launch ", index, " of ", launches_.size()));
    const DeviceLaunch &launch = launches_[index];
    const EmulatorKernel &kernel = KernelOf(launch);
    std::vector<uint64_t> arguments;
    for (const DeviceBuffer &buffer : launch.buffers)
      arguments.push_back(AddressOf(buffer.address));
    Dsv4EmuLaunch request{};
    request.kernel = kernel.handle;
    request.arguments = arguments.data();
    request.argumentCount = static_cast<uint32_t>(arguments.size());
    request.workgroups = launch.workgroups;
    request.sample = workgroups.data();
    request.sampleCount = workgroups.size();
    if (emulator_.counts) {
      EmulatorLaunchCounters &counters =
          emulator_.counters[{kernel.name, launch.label}];
      ++counters.runs;
      request.counter = AddCounter;
      request.counterContext = &counters;
    }
    absl::Status status =
        emulator_.StatusOf(emulator_.api->launch(emulator_.device, &request));
    if (status.ok())
      return status;
    return absl::Status(status.code(), Describe(launch, status.message()));
  }

private:
  EmulatorSequence(Emulator &emulator, std::vector<DeviceLaunch> launches)
      : emulator_(emulator), launches_(std::move(launches)) {}

  static const EmulatorKernel &KernelOf(const DeviceLaunch &launch) {
    return *static_cast<const EmulatorKernel *>(launch.kernel);
  }

  static void AddCounter(void *context, const char *name, uint64_t value,
                         int sums) {
    auto &all = *static_cast<EmulatorLaunchCounters *>(context);
    EmulatorCounter &counter = all.counters[name];
    counter.sums = sums != 0;
    counter.value = sums ? counter.value + value : value;
  }

  /// Many buffers share an allocation, which is all that the emulator can name:
  /// the arguments say which of them lie near an address.
  static std::string Describe(const DeviceLaunch &launch,
                              absl::string_view message) {
    std::string text =
        absl::StrCat("emulator: launch \"", launch.label, "\" of kernel ",
                     KernelOf(launch).name, " failed\n", message,
                     "\nbuffers of the launch:");
    for (size_t i = 0; i < launch.buffers.size(); ++i)
      absl::StrAppend(&text, "\n  ", i, ": 0x",
                      absl::Hex(AddressOf(launch.buffers[i].address)), " ",
                      launch.buffers[i].name);
    return text;
  }

  Emulator &emulator_;
  std::vector<DeviceLaunch> launches_;
};

class EmulatorDeviceImpl final : public EmulatorDevice {
public:
  explicit EmulatorDeviceImpl(const EmulatorOptions &options)
      : options_(options),
        description_(
            absl::StrCat("gfx942 emulator (checks: ", options.checks, ")")) {}

  absl::Status Open() {
    DSV4RUN_ASSIGN_OR_RETURN(emulator_.api, OpenEmulatorLibrary());
    emulator_.counts = options_.count_caches;
    Dsv4EmuOptions options{};
    options.checks = options_.checks.c_str();
    options.threads = static_cast<uint32_t>(options_.threads);
    options.countCaches = options_.count_caches;
    options.memoryBytes = options_.memory_bytes;
    return emulator_.StatusOf(
        emulator_.api->createDevice(&options, &emulator_.device));
  }

  absl::string_view description() const override { return description_; }
  bool host_visible() const override { return false; }

  absl::StatusOr<std::unique_ptr<DeviceMemory>>
  Allocate(uint64_t bytes, absl::string_view name) override {
    uint64_t address = 0;
    DSV4RUN_RETURN_IF_ERROR(emulator_.StatusOf(emulator_.api->allocate(
        emulator_.device, bytes, std::string(name).c_str(), &address)));
    return std::make_unique<EmulatorMemory>(emulator_, address, bytes);
  }

  absl::Status CopyIn(std::byte *destination,
                      absl::Span<const std::byte> source) override {
    if (source.empty())
      return absl::OkStatus();
    return emulator_.StatusOf(
        emulator_.api->copyIn(emulator_.device, AddressOf(destination),
                              source.data(), source.size()));
  }

  absl::Status CopyOut(absl::Span<std::byte> destination,
                       const std::byte *source) override {
    if (destination.empty())
      return absl::OkStatus();
    return emulator_.StatusOf(
        emulator_.api->copyOut(emulator_.device, destination.data(),
                               AddressOf(source), destination.size()));
  }

  absl::Status CopyWithin(std::byte *destination, const std::byte *source,
                          uint64_t bytes) override {
    if (bytes == 0)
      return absl::OkStatus();
    return emulator_.StatusOf(emulator_.api->copyWithin(
        emulator_.device, AddressOf(destination), AddressOf(source), bytes));
  }

  absl::Status Discard(std::byte *address, uint64_t bytes) override {
    if (options_.keep_discarded || bytes == 0)
      return absl::OkStatus();
    return emulator_.StatusOf(
        emulator_.api->discard(emulator_.device, AddressOf(address), bytes));
  }

  absl::Status CheckTarget(const CodeTarget &target) const override {
    if (target.target == "gfx942")
      return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "code for target \"", target.target, "\"; the emulator runs gfx942"));
  }

  absl::StatusOr<std::unique_ptr<DeviceCode>>
  LoadCode(absl::Span<const std::byte> object,
           const CodeTarget &target) override {
    DSV4RUN_RETURN_IF_ERROR(CheckTarget(target));
    const Dsv4EmuCode *code = nullptr;
    DSV4RUN_RETURN_IF_ERROR(emulator_.StatusOf(emulator_.api->loadCode(
        emulator_.device, object.data(), object.size(), &code)));
    return std::make_unique<EmulatorCode>(emulator_, code);
  }

  absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Prepare(std::vector<DeviceLaunch> launches) override {
    return EmulatorSequence::Create(emulator_, std::move(launches));
  }

  const std::map<std::pair<std::string, std::string>, EmulatorLaunchCounters> &
  counters() const override {
    return emulator_.counters;
  }

private:
  EmulatorOptions options_;
  std::string description_;
  Emulator emulator_;
};

} // namespace

absl::StatusOr<std::unique_ptr<EmulatorDevice>>
EmulatorDevice::Create(const EmulatorOptions &options) {
  auto device = std::make_unique<EmulatorDeviceImpl>(options);
  DSV4RUN_RETURN_IF_ERROR(device->Open());
  return device;
}

} // namespace dsv4run
