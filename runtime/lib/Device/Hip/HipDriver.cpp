//===- HipDriver.cpp - A device of HIP's runtime as a driver --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HipDriver.h"

#include <cstring>
#include <vector>

#include "HiprtcCompiler.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::hip {
namespace {

/// hipErrorNoDevice, and hipErrorInvalidDevice, which ROCm 5.2 returns where
/// there is no /dev/kfd.
constexpr Error kNoDevice = 100, kInvalidDevice = 101;

std::string TextAt(const std::vector<char> &properties, size_t offset) {
  return std::string(properties.data() + offset,
                     strnlen(properties.data() + offset, 256));
}

/// The dialects of AMD's targets, as LLVM's AMDGPU back end has them.
std::string Fp8FormatOf(absl::string_view target) {
  if (target == "gfx940" || target == "gfx941" || target == "gfx942")
    return "fnuz";
  if (target == "gfx950" || target == "gfx1200" || target == "gfx1201")
    return "ocp";
  return "";
}

template <typename T>
T NumberAt(const std::vector<char> &properties, size_t offset) {
  T value;
  std::memcpy(&value, properties.data() + offset, sizeof(T));
  return value;
}

// The status of one call, with its name in front of HIP's.
#define DSV4RUN_HIP_CALL(function, ...)                                        \
  api_.StatusOf(#function, api_.function(__VA_ARGS__))

class HipDriver final : public GpuDriver {
public:
  HipDriver(const Api &api, GpuProperties properties)
      : api_(api), properties_(std::move(properties)) {}

  const GpuProperties &properties() const override { return properties_; }
  absl::Status MakeCurrent() override {
    return DSV4RUN_HIP_CALL(hipSetDevice, properties_.ordinal);
  }

  absl::StatusOr<GpuMemory> MemoryInfo() override {
    size_t free = 0, total = 0;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_HIP_CALL(hipMemGetInfo, &free, &total));
    return GpuMemory{free, total};
  }
  absl::StatusOr<std::byte *> Allocate(uint64_t bytes) override {
    void *address = nullptr;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_HIP_CALL(hipMalloc, &address, bytes));
    return static_cast<std::byte *>(address);
  }
  absl::Status Free(std::byte *address) override {
    return DSV4RUN_HIP_CALL(hipFree, address);
  }
  absl::StatusOr<std::byte *> AllocatePinned(uint64_t bytes) override {
    void *address = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipHostMalloc, &address, bytes, /*flags=*/0u));
    return static_cast<std::byte *>(address);
  }
  absl::Status FreePinned(std::byte *address) override {
    return DSV4RUN_HIP_CALL(hipHostFree, address);
  }

  absl::Status CopyIn(std::byte *device, const std::byte *host, uint64_t bytes,
                      GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipMemcpyAsync, device, host, bytes, kHostToDevice,
                            stream);
  }
  absl::Status CopyOut(std::byte *host, const std::byte *device, uint64_t bytes,
                       GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipMemcpyAsync, host, device, bytes, kDeviceToHost,
                            stream);
  }
  absl::Status CopyWithin(std::byte *to, const std::byte *from, uint64_t bytes,
                          GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipMemcpyAsync, to, from, bytes, kDeviceToDevice,
                            stream);
  }
  absl::Status Clear(std::byte *address, uint64_t bytes,
                     GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipMemsetAsync, address, 0, bytes, stream);
  }

  absl::StatusOr<GpuHandle> CreateStream() override {
    GpuHandle stream = nullptr;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_HIP_CALL(hipStreamCreateWithFlags, &stream,
                                             kStreamNonBlocking));
    return stream;
  }
  absl::Status DestroyStream(GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipStreamDestroy, stream);
  }
  absl::Status Synchronize(GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipStreamSynchronize, stream);
  }

  absl::StatusOr<GpuHandle> CreateEvent() override {
    GpuHandle event = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipEventCreateWithFlags, &event, /*flags=*/0u));
    return event;
  }
  absl::Status DestroyEvent(GpuHandle event) override {
    return DSV4RUN_HIP_CALL(hipEventDestroy, event);
  }
  absl::Status Record(GpuHandle event, GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipEventRecord, event, stream);
  }
  absl::Status SynchronizeEvent(GpuHandle event) override {
    return DSV4RUN_HIP_CALL(hipEventSynchronize, event);
  }
  absl::StatusOr<double> SecondsBetween(GpuHandle start,
                                        GpuHandle end) override {
    float milliseconds = 0;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipEventElapsedTime, &milliseconds, start, end));
    return milliseconds / 1e3;
  }

  absl::StatusOr<GpuHandle>
  LoadModule(absl::Span<const std::byte> image) override {
    GpuHandle module = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipModuleLoadData, &module, image.data()));
    return module;
  }
  absl::Status UnloadModule(GpuHandle module) override {
    return DSV4RUN_HIP_CALL(hipModuleUnload, module);
  }
  absl::StatusOr<GpuHandle> FindFunction(GpuHandle module,
                                         const char *name) override {
    GpuHandle function = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipModuleGetFunction, &function, module, name));
    return function;
  }
  absl::StatusOr<std::unique_ptr<GpuCompiler>> OpenCompiler() override {
    return hip::OpenCompiler(properties_);
  }
  absl::Status Launch(GpuHandle function, const GpuGrid &grid,
                      absl::Span<void *> arguments, GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipModuleLaunchKernel, function, grid.workgroups, 1,
                            1, grid.threads, 1, 1, /*sharedMemBytes=*/0, stream,
                            arguments.data(), /*extra=*/nullptr);
  }

  absl::Status BeginCapture(GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipStreamBeginCapture, stream, kCaptureThreadLocal);
  }
  absl::StatusOr<GpuHandle> EndCapture(GpuHandle stream) override {
    GpuHandle graph = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_HIP_CALL(hipStreamEndCapture, stream, &graph));
    return graph;
  }
  absl::StatusOr<GpuHandle> Instantiate(GpuHandle graph) override {
    GpuHandle executable = nullptr;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_HIP_CALL(hipGraphInstantiate, &executable,
                                             graph, nullptr, nullptr, 0));
    return executable;
  }
  absl::Status LaunchGraph(GpuHandle executable, GpuHandle stream) override {
    return DSV4RUN_HIP_CALL(hipGraphLaunch, executable, stream);
  }
  absl::Status DestroyGraph(GpuHandle graph) override {
    return DSV4RUN_HIP_CALL(hipGraphDestroy, graph);
  }
  absl::Status DestroyExecutable(GpuHandle executable) override {
    return DSV4RUN_HIP_CALL(hipGraphExecDestroy, executable);
  }

private:
  const Api api_;
  const GpuProperties properties_;
};

#undef DSV4RUN_HIP_CALL

} // namespace

absl::StatusOr<int> CountDevices(const Api &api) {
  int count = 0;
  Error error = api.hipInit(0);
  if (error == kSuccess)
    error = api.hipGetDeviceCount(&count);
  if (error == kNoDevice || error == kInvalidDevice)
    return 0;
  DSV4RUN_RETURN_IF_ERROR(api.StatusOf("hipGetDeviceCount", error));
  return count;
}

absl::StatusOr<GpuProperties> ReadProperties(const Api &api, int ordinal) {
  std::vector<char> bytes(kPropertiesBytes, 0);
  const bool current = api.hipGetDevicePropertiesR0600 != nullptr;
  const PropertiesLayout &layout =
      current ? kPropertiesR0600 : kPropertiesR0000;
  DSV4RUN_RETURN_IF_ERROR(
      current
          ? api.StatusOf("hipGetDevicePropertiesR0600",
                         api.hipGetDevicePropertiesR0600(bytes.data(), ordinal))
          : api.StatusOf("hipGetDeviceProperties",
                         api.hipGetDeviceProperties(bytes.data(), ordinal)));
  int version = 0;
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("hipRuntimeGetVersion", api.hipRuntimeGetVersion(&version)));
  GpuProperties p;
  p.ordinal = ordinal;
  p.name = TextAt(bytes, layout.name);
  std::pair<std::string, std::string> architecture = absl::StrSplit(
      TextAt(bytes, layout.architecture), absl::MaxSplits(':', 1));
  p.target = architecture.first;
  p.features = architecture.second;
  p.fp8_format = Fp8FormatOf(p.target);
  p.memory_bytes = NumberAt<size_t>(bytes, layout.memory);
  p.lanes = NumberAt<int>(bytes, layout.lanes);
  p.compute_units = NumberAt<int>(bytes, layout.compute_units);
  p.clock_khz = NumberAt<int>(bytes, layout.clock);
  p.memory_clock_khz = NumberAt<int>(bytes, layout.memory_clock);
  p.library = api.path;
  p.version = absl::StrCat("HIP ", FormatVersion(version));
  // The name comes from a file that not every installation has.
  if (p.name.empty())
    p.name = p.target;
  return p;
}

absl::StatusOr<std::unique_ptr<GpuDriver>> CreateDriver(const Api &api,
                                                        int ordinal) {
  DSV4RUN_ASSIGN_OR_RETURN(GpuProperties properties,
                           ReadProperties(api, ordinal));
  return std::make_unique<HipDriver>(api, std::move(properties));
}

} // namespace dsv4run::hip
