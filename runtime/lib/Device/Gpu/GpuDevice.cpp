//===- GpuDevice.cpp - A GPU as a device ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/GpuDevice.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "CodeCache.h"
#include "CreateGpuDevice.h"
#include "GpuMemory.h"
#include "GpuSequence.h"
#include "StagingRing.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

GpuDriver::~GpuDriver() = default;
GpuCompiler::~GpuCompiler() = default;

namespace {

/// A step's inputs are a dozen small copies, each of which takes a piece; they
/// should not wait for one another.
constexpr uint64_t kPieceBytes = uint64_t{1} << 20;
constexpr int kPieces = 16;

/// Left to the driver: scratch memory of kernels, graphs, code.
constexpr uint64_t kReserveBytes = uint64_t{512} << 20;

class GpuCode final : public DeviceCode {
public:
  /// `image` is what was compiled here, or empty.
  GpuCode(GpuDriver &driver, GpuHandle module,
          std::unique_ptr<const std::string> image = nullptr)
      : driver_(driver), module_(module), image_(std::move(image)) {}
  ~GpuCode() override {
    driver_.MakeCurrent().IgnoreError();
    driver_.UnloadModule(module_).IgnoreError();
  }

  absl::StatusOr<const void *> FindKernel(absl::string_view name) override {
    auto it = kernels_.find(name);
    if (it == kernels_.end()) {
      std::string text(name);
      DSV4RUN_RETURN_IF_ERROR(driver_.MakeCurrent());
      absl::StatusOr<GpuHandle> function =
          driver_.FindFunction(module_, text.c_str());
      if (!function.ok())
        return absl::Status(function.status().code(),
                            absl::StrCat("kernel \"", name,
                                         "\": ", function.status().message()));
      it = kernels_.emplace(text, GpuKernel{text, *function}).first;
    }
    return &it->second;
  }

private:
  GpuDriver &driver_;
  GpuHandle module_;
  std::unique_ptr<const std::string> image_;
  /// Nodes stay where they are: their addresses are the handles.
  std::map<std::string, GpuKernel, std::less<>> kernels_;
};

/// Has a stream of its own: launches of steps don't wait for it.
class GpuUpload final : public DeviceUpload {
public:
  static absl::StatusOr<std::unique_ptr<DeviceUpload>>
  Create(GpuDriver &driver, uint64_t piece_bytes, int pieces) {
    auto upload = std::make_unique<GpuUpload>(driver);
    DSV4RUN_RETURN_IF_ERROR(driver.MakeCurrent());
    DSV4RUN_ASSIGN_OR_RETURN(upload->stream_, driver.CreateStream());
    DSV4RUN_ASSIGN_OR_RETURN(
        upload->ring_,
        StagingRing::Create(driver, upload->stream_, piece_bytes, pieces));
    return upload;
  }

  explicit GpuUpload(GpuDriver &driver) : driver_(driver) {}
  ~GpuUpload() override {
    ring_.reset();
    driver_.MakeCurrent().IgnoreError();
    if (stream_)
      driver_.DestroyStream(stream_).IgnoreError();
  }

  absl::StatusOr<std::byte *> Acquire() override {
    DSV4RUN_ASSIGN_OR_RETURN(StagingRing::Piece * piece, ring_->Acquire());
    return piece->memory;
  }
  absl::Status Send(std::byte *piece, uint64_t bytes,
                    std::byte *destination) override {
    if (bytes)
      return ring_->Send(ring_->PieceAt(piece), bytes, destination);
    ring_->Release(ring_->PieceAt(piece));
    return absl::OkStatus();
  }
  absl::Status Finish() override { return ring_->Drain(); }

private:
  GpuDriver &driver_;
  GpuHandle stream_ = nullptr;
  std::unique_ptr<StagingRing> ring_;
};

class GpuDeviceImpl final : public GpuDevice {
public:
  GpuDeviceImpl(std::unique_ptr<GpuDriver> driver, const GpuOptions &options)
      : driver_(std::move(driver)), options_(options) {
    const GpuProperties &p = driver_->properties();
    description_ =
        absl::StrCat(p.name, " (", p.target, ", ", FormatBytes(p.memory_bytes),
                     ", ", p.version, ")");
  }
  ~GpuDeviceImpl() override {
    ring_.reset();
    driver_->MakeCurrent().IgnoreError();
    if (stream_)
      driver_->DestroyStream(stream_).IgnoreError();
  }

  absl::Status Open() {
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    DSV4RUN_ASSIGN_OR_RETURN(stream_, driver_->CreateStream());
    DSV4RUN_ASSIGN_OR_RETURN(
        ring_, StagingRing::Create(*driver_, stream_, kPieceBytes, kPieces));
    return absl::OkStatus();
  }

  const GpuProperties &properties() const override {
    return driver_->properties();
  }
  absl::string_view description() const override { return description_; }
  bool host_visible() const override { return false; }

  absl::StatusOr<std::unique_ptr<DeviceMemory>>
  Allocate(uint64_t bytes, absl::string_view name) override {
    return AllocateGpuMemory(*driver_, stream_, bytes, name);
  }
  absl::StatusOr<std::vector<std::unique_ptr<DeviceMemory>>>
  AllocateTogether(absl::Span<const AllocationRequest> requests) override {
    return AllocateGpuArena(*driver_, stream_, requests);
  }
  absl::StatusOr<std::optional<uint64_t>> FreeBytes() override {
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    DSV4RUN_ASSIGN_OR_RETURN(GpuMemory memory, driver_->MemoryInfo());
    return memory.free_bytes - std::min(memory.free_bytes, kReserveBytes);
  }

  absl::StatusOr<std::unique_ptr<DeviceUpload>>
  BeginUpload(uint64_t piece_bytes, int pieces) override {
    return GpuUpload::Create(*driver_, piece_bytes, pieces);
  }

  absl::Status CopyIn(std::byte *destination,
                      absl::Span<const std::byte> source) override {
    for (uint64_t at = 0; at < source.size(); at += kPieceBytes) {
      uint64_t bytes = std::min<uint64_t>(kPieceBytes, source.size() - at);
      DSV4RUN_ASSIGN_OR_RETURN(StagingRing::Piece * piece, ring_->Acquire());
      std::memcpy(piece->memory, source.data() + at, bytes);
      DSV4RUN_RETURN_IF_ERROR(ring_->Send(piece, bytes, destination + at));
    }
    return absl::OkStatus();
  }

  absl::Status CopyOut(absl::Span<std::byte> destination,
                       const std::byte *source) override {
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    for (uint64_t at = 0; at < destination.size(); at += kPieceBytes) {
      uint64_t bytes = std::min<uint64_t>(kPieceBytes, destination.size() - at);
      DSV4RUN_ASSIGN_OR_RETURN(StagingRing::Piece * piece, ring_->Acquire());
      absl::Status status =
          driver_->CopyOut(piece->memory, source + at, bytes, stream_);
      if (status.ok())
        status = driver_->Synchronize(stream_);
      if (status.ok())
        std::memcpy(destination.data() + at, piece->memory, bytes);
      ring_->Release(piece);
      DSV4RUN_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  }

  absl::Status CopyWithin(std::byte *destination, const std::byte *source,
                          uint64_t bytes) override {
    if (bytes == 0)
      return absl::OkStatus();
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    return driver_->CopyWithin(destination, source, bytes, stream_);
  }

  absl::Status CheckTarget(const CodeTarget &target) const override {
    const GpuProperties &p = driver_->properties();
    if (target.target == p.target)
      return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("the code object is for target \"", target.target, "\"; ",
                     p.name, " runs target \"", p.target, "\""));
  }

  absl::StatusOr<std::unique_ptr<DeviceCode>>
  LoadCode(absl::Span<const std::byte> object,
           const CodeTarget &target) override {
    DSV4RUN_RETURN_IF_ERROR(CheckTarget(target));
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    DSV4RUN_ASSIGN_OR_RETURN(GpuHandle module, driver_->LoadModule(object));
    return std::make_unique<GpuCode>(*driver_, module);
  }

  absl::StatusOr<std::string> DescribeCompiler() const override {
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<GpuCompiler> compiler,
                             driver_->OpenCompiler());
    return compiler->identity();
  }
  bool prefers_source() const override { return options_.compile_source; }

  absl::Status CheckSource(const KernelSource &source) const override {
    const GpuProperties &p = driver_->properties();
    if (source.format == p.fp8_format)
      return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "the source is for target \"", source.target, "\" with FP8 dialect ",
        source.format, "; ", p.name, ", ", p.target, ", has ",
        p.fp8_format.empty() ? "none" : p.fp8_format,
        ", and codes would mean other numbers"));
  }

  absl::StatusOr<std::unique_ptr<DeviceCode>>
  CompileCode(const KernelSource &source) override {
    DSV4RUN_RETURN_IF_ERROR(CheckSource(source));
    DSV4RUN_RETURN_IF_ERROR(driver_->MakeCurrent());
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<GpuCompiler> compiler,
                             driver_->OpenCompiler());
    const std::string key =
        absl::StrCat(compiler->identity(), "\n", source.text);
    const CodeCache cache = CodeCache::Default();
    if (std::optional<std::string> found = cache.Find(key))
      if (auto code = LoadOwned(*std::move(found)); code.ok())
        return code;
    DSV4RUN_ASSIGN_OR_RETURN(
        std::string compiled,
        compiler->Compile(std::string(source.text), "kernels.hip"));
    // A folder that can't be written costs the time to compile, no more.
    cache.Store(key, compiled).IgnoreError();
    return LoadOwned(std::move(compiled));
  }

  absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Prepare(std::vector<DeviceLaunch> launches) override {
    return GpuSequence::Create(*driver_, stream_, options_, launches);
  }

private:
  absl::StatusOr<std::unique_ptr<DeviceCode>> LoadOwned(std::string code) {
    auto image = std::make_unique<const std::string>(std::move(code));
    DSV4RUN_ASSIGN_OR_RETURN(
        GpuHandle module,
        driver_->LoadModule({reinterpret_cast<const std::byte *>(image->data()),
                             image->size()}));
    return std::make_unique<GpuCode>(*driver_, module, std::move(image));
  }

  std::unique_ptr<GpuDriver> driver_;
  const GpuOptions options_;
  std::string description_;
  GpuHandle stream_ = nullptr;
  std::unique_ptr<StagingRing> ring_;
};

} // namespace

absl::StatusOr<std::unique_ptr<GpuDevice>>
CreateGpuDevice(std::unique_ptr<GpuDriver> driver, const GpuOptions &options) {
  auto device = std::make_unique<GpuDeviceImpl>(std::move(driver), options);
  DSV4RUN_RETURN_IF_ERROR(device->Open());
  return device;
}

} // namespace dsv4run
