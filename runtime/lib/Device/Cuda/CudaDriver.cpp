//===- CudaDriver.cpp - A device of CUDA's driver -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CudaDriver.h"

#include "CudaModule.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::cuda {
namespace {

Address AddressOf(const std::byte *address) {
  return reinterpret_cast<uintptr_t>(address);
}

// The status of one call, with its name in front of CUDA's.
#define DSV4RUN_CUDA_CALL(function, ...)                                       \
  api_.StatusOf(#function, api_.function(__VA_ARGS__))

class CudaDriver final : public GpuDriver {
public:
  CudaDriver(const Api &api, GpuProperties properties, DeviceNumber device,
             void *context)
      : api_(api), properties_(std::move(properties)), device_(device),
        context_(context) {}
  ~CudaDriver() override { api_.cuDevicePrimaryCtxRelease_v2(device_); }

  const GpuProperties &properties() const override { return properties_; }
  absl::Status MakeCurrent() override {
    return DSV4RUN_CUDA_CALL(cuCtxSetCurrent, context_);
  }

  absl::StatusOr<GpuMemory> MemoryInfo() override {
    size_t free = 0, total = 0;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_CUDA_CALL(cuMemGetInfo_v2, &free, &total));
    return GpuMemory{free, total};
  }
  absl::StatusOr<std::byte *> Allocate(uint64_t bytes) override {
    Address address = 0;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_CUDA_CALL(cuMemAlloc_v2, &address, bytes));
    return reinterpret_cast<std::byte *>(address);
  }
  absl::Status Free(std::byte *address) override {
    return DSV4RUN_CUDA_CALL(cuMemFree_v2, AddressOf(address));
  }
  absl::StatusOr<std::byte *> AllocatePinned(uint64_t bytes) override {
    void *address = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_CUDA_CALL(cuMemHostAlloc, &address, bytes, /*flags=*/0u));
    return static_cast<std::byte *>(address);
  }
  absl::Status FreePinned(std::byte *address) override {
    return DSV4RUN_CUDA_CALL(cuMemFreeHost, address);
  }

  absl::Status CopyIn(std::byte *device, const std::byte *host, uint64_t bytes,
                      GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuMemcpyHtoDAsync_v2, AddressOf(device), host,
                             bytes, stream);
  }
  absl::Status CopyOut(std::byte *host, const std::byte *device, uint64_t bytes,
                       GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuMemcpyDtoHAsync_v2, host, AddressOf(device),
                             bytes, stream);
  }
  absl::Status CopyWithin(std::byte *to, const std::byte *from, uint64_t bytes,
                          GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuMemcpyDtoDAsync_v2, AddressOf(to),
                             AddressOf(from), bytes, stream);
  }
  absl::Status Clear(std::byte *address, uint64_t bytes,
                     GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuMemsetD8Async, AddressOf(address),
                             static_cast<unsigned char>(0), bytes, stream);
  }

  absl::StatusOr<GpuHandle> CreateStream() override {
    GpuHandle stream = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_CUDA_CALL(cuStreamCreate, &stream, kStreamNonBlocking));
    return stream;
  }
  absl::Status DestroyStream(GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuStreamDestroy_v2, stream);
  }
  absl::Status Synchronize(GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuStreamSynchronize, stream);
  }

  absl::StatusOr<GpuHandle> CreateEvent() override {
    GpuHandle event = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_CUDA_CALL(cuEventCreate, &event, /*flags=*/0u));
    return event;
  }
  absl::Status DestroyEvent(GpuHandle event) override {
    return DSV4RUN_CUDA_CALL(cuEventDestroy_v2, event);
  }
  absl::Status Record(GpuHandle event, GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuEventRecord, event, stream);
  }
  absl::Status SynchronizeEvent(GpuHandle event) override {
    return DSV4RUN_CUDA_CALL(cuEventSynchronize, event);
  }
  absl::StatusOr<double> SecondsBetween(GpuHandle start,
                                        GpuHandle end) override {
    float milliseconds = 0;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_CUDA_CALL(cuEventElapsedTime, &milliseconds, start, end));
    return milliseconds / 1e3;
  }

  /// The image is a bundle's code object: an offload bundle with PTX.
  absl::StatusOr<GpuHandle>
  LoadModule(absl::Span<const std::byte> image) override {
    DSV4RUN_ASSIGN_OR_RETURN(absl::Span<const std::byte> code,
                             FindOffloadEntry(image, properties_.target));
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<Module> module,
                             Module::Load(api_, context_, code));
    return module.release();
  }
  absl::Status UnloadModule(GpuHandle handle) override {
    std::unique_ptr<Module> module(static_cast<Module *>(handle));
    return module->Unload();
  }
  absl::StatusOr<GpuHandle> FindFunction(GpuHandle module,
                                         const char *name) override {
    DSV4RUN_ASSIGN_OR_RETURN(Function * function,
                             static_cast<Module *>(module)->Find(name));
    return function;
  }
  absl::StatusOr<std::unique_ptr<GpuCompiler>> OpenCompiler() override {
    return absl::NotFoundError(
        "CUDA's driver compiles PTX; kernels as source are HIP's");
  }
  absl::Status Launch(GpuHandle handle, const GpuGrid &grid,
                      absl::Span<void *> arguments, GpuHandle stream) override {
    const Function &function = *static_cast<const Function *>(handle);
    return DSV4RUN_CUDA_CALL(cuLaunchKernel, function.function, grid.workgroups,
                             1, 1, grid.threads, 1, 1, function.shared_bytes,
                             stream, arguments.data(), /*extra=*/nullptr);
  }

  absl::Status BeginCapture(GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuStreamBeginCapture_v2, stream,
                             kCaptureThreadLocal);
  }
  absl::StatusOr<GpuHandle> EndCapture(GpuHandle stream) override {
    GpuHandle graph = nullptr;
    DSV4RUN_RETURN_IF_ERROR(
        DSV4RUN_CUDA_CALL(cuStreamEndCapture, stream, &graph));
    return graph;
  }
  absl::StatusOr<GpuHandle> Instantiate(GpuHandle graph) override {
    GpuHandle executable = nullptr;
    DSV4RUN_RETURN_IF_ERROR(DSV4RUN_CUDA_CALL(cuGraphInstantiateWithFlags,
                                              &executable, graph,
                                              /*flags=*/0ull));
    return executable;
  }
  absl::Status LaunchGraph(GpuHandle executable, GpuHandle stream) override {
    return DSV4RUN_CUDA_CALL(cuGraphLaunch, executable, stream);
  }
  absl::Status DestroyGraph(GpuHandle graph) override {
    return DSV4RUN_CUDA_CALL(cuGraphDestroy, graph);
  }
  absl::Status DestroyExecutable(GpuHandle executable) override {
    return DSV4RUN_CUDA_CALL(cuGraphExecDestroy, executable);
  }

private:
  const Api api_;
  const GpuProperties properties_;
  const DeviceNumber device_;
  void *const context_;
};

#undef DSV4RUN_CUDA_CALL

} // namespace

absl::StatusOr<int> CountDevices(const Api &api) {
  int count = 0;
  Error error = api.cuInit(0);
  if (error == kSuccess)
    error = api.cuDeviceGetCount(&count);
  if (error == kNoDevice)
    return 0;
  DSV4RUN_RETURN_IF_ERROR(api.StatusOf("cuDeviceGetCount", error));
  return count;
}

absl::StatusOr<GpuProperties> ReadProperties(const Api &api, int ordinal) {
  DeviceNumber device = 0;
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("cuDeviceGet", api.cuDeviceGet(&device, ordinal)));
  GpuProperties p;
  p.ordinal = ordinal;
  char name[256] = {};
  DSV4RUN_RETURN_IF_ERROR(api.StatusOf(
      "cuDeviceGetName", api.cuDeviceGetName(name, sizeof(name) - 1, device)));
  p.name = name;
  size_t bytes = 0;
  DSV4RUN_RETURN_IF_ERROR(api.StatusOf(
      "cuDeviceTotalMem", api.cuDeviceTotalMem_v2(&bytes, device)));
  p.memory_bytes = bytes;
  int major = 0, minor = 0;
  for (auto [attribute, value] : {std::pair(kWarpSize, &p.lanes),
                                  {kMultiprocessors, &p.compute_units},
                                  {kClockRate, &p.clock_khz},
                                  {kMemoryClockRate, &p.memory_clock_khz},
                                  {kComputeCapabilityMajor, &major},
                                  {kComputeCapabilityMinor, &minor}})
    DSV4RUN_RETURN_IF_ERROR(
        api.StatusOf("cuDeviceGetAttribute",
                     api.cuDeviceGetAttribute(value, attribute, device)));
  p.target = absl::StrCat("sm_", major, minor);
  // Instructions on FP8 came with 8.9.
  p.fp8_format = 10 * major + minor >= 89 ? "ocp" : "";
  int version = 0;
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("cuDriverGetVersion", api.cuDriverGetVersion(&version)));
  p.library = api.path;
  p.version = absl::StrCat("CUDA ", FormatVersion(version));
  return p;
}

absl::StatusOr<std::unique_ptr<GpuDriver>> CreateDriver(const Api &api,
                                                        int ordinal) {
  DSV4RUN_ASSIGN_OR_RETURN(GpuProperties properties,
                           ReadProperties(api, ordinal));
  DeviceNumber device = 0;
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("cuDeviceGet", api.cuDeviceGet(&device, ordinal)));
  void *context = nullptr;
  DSV4RUN_RETURN_IF_ERROR(
      api.StatusOf("cuDevicePrimaryCtxRetain",
                   api.cuDevicePrimaryCtxRetain(&context, device)));
  return std::make_unique<CudaDriver>(api, std::move(properties), device,
                                      context);
}

} // namespace dsv4run::cuda
