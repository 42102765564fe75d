//===- Device.cpp - Anchors of the device interface -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/Device.h"

#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// For devices that copy at once: nothing is gained by copying behind the
/// filling threads' backs.
class CopyingUpload final : public DeviceUpload {
public:
  CopyingUpload(Device &device, uint64_t piece_bytes, int pieces)
      : device_(device) {
    for (int i = 0; i < pieces; ++i) {
      memory_.push_back(std::make_unique<std::byte[]>(piece_bytes));
      free_.push_back(memory_.back().get());
    }
  }

  absl::StatusOr<std::byte *> Acquire() override {
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [&] { return !free_.empty(); });
    std::byte *piece = free_.back();
    free_.pop_back();
    return piece;
  }

  absl::Status Send(std::byte *piece, uint64_t bytes,
                    std::byte *destination) override {
    std::lock_guard<std::mutex> lock(mutex_);
    absl::Status status =
        bytes ? device_.CopyIn(destination, {piece, bytes}) : absl::OkStatus();
    free_.push_back(piece);
    returned_.notify_one();
    return status;
  }

  absl::Status Finish() override { return absl::OkStatus(); }

private:
  Device &device_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::mutex mutex_; ///< of free_, and of the device
  std::condition_variable returned_;
  std::vector<std::byte *> free_;
};

} // namespace

DeviceMemory::~DeviceMemory() = default;
DeviceCode::~DeviceCode() = default;
LaunchSequence::~LaunchSequence() = default;
DeviceUpload::~DeviceUpload() = default;
Device::~Device() = default;

absl::Status CheckGroups(size_t launches, absl::Span<const size_t> ends,
                         absl::Span<const double> seconds) {
  if (seconds.size() != ends.size())
    return absl::InvalidArgumentError(absl::StrCat("timing ", ends.size(),
                                                   " groups of launches into ",
                                                   seconds.size(), " numbers"));
  size_t begin = 0;
  for (size_t end : ends) {
    if (end <= begin)
      return absl::InvalidArgumentError(
          absl::StrCat("timing a group of launches from ", begin, " to ", end));
    begin = end;
  }
  if (begin != launches)
    return absl::InvalidArgumentError(absl::StrCat(
        "timing groups of ", begin, " launches in all, found ", launches));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::unique_ptr<DeviceMemory>>>
Device::AllocateTogether(absl::Span<const AllocationRequest> requests) {
  std::vector<std::unique_ptr<DeviceMemory>> all;
  for (const AllocationRequest &request : requests) {
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> memory,
                             Allocate(request.bytes, request.name));
    all.push_back(std::move(memory));
  }
  return all;
}

absl::StatusOr<std::optional<uint64_t>> Device::FreeBytes() {
  return std::optional<uint64_t>();
}

absl::StatusOr<std::unique_ptr<DeviceUpload>>
Device::BeginUpload(uint64_t piece_bytes, int pieces) {
  return std::make_unique<CopyingUpload>(*this, piece_bytes, pieces);
}

absl::Status Device::CheckSource(const KernelSource &) const {
  return absl::FailedPreconditionError(
      absl::StrCat(description(), " compiles no source"));
}

absl::StatusOr<std::unique_ptr<DeviceCode>>
Device::CompileCode(const KernelSource &source) {
  return CheckSource(source);
}

absl::Status Device::Discard(std::byte *, uint64_t) { return absl::OkStatus(); }

} // namespace dsv4run
