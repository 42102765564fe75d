//===- OpaqueDevice.cpp - A device whose memory the host can't see --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Device/OpaqueDevice.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "dsv4run/Device/HostDevice.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::testing {
namespace {

/// Not canonical on x86-64: an access faults whatever is mapped.
constexpr uintptr_t kFirstAddress = uintptr_t{0x5D} << 56;
constexpr uintptr_t kGap = 4096;

/// Live allocations by opaque address.
using Allocations = std::map<uintptr_t, DeviceMemory *>;

uintptr_t Number(const std::byte *address) {
  return reinterpret_cast<uintptr_t>(address);
}

class OpaqueMemory final : public DeviceMemory {
public:
  OpaqueMemory(uintptr_t address, std::unique_ptr<DeviceMemory> real,
               std::shared_ptr<Allocations> allocations)
      : DeviceMemory(reinterpret_cast<std::byte *>(address), real->bytes()),
        real_(std::move(real)), allocations_(std::move(allocations)) {
    (*allocations_)[address] = real_.get();
  }
  ~OpaqueMemory() override { allocations_->erase(Number(address())); }

private:
  std::unique_ptr<DeviceMemory> real_;
  std::shared_ptr<Allocations> allocations_;
};

class OpaqueDevice final : public Device {
public:
  explicit OpaqueDevice(ThreadPool &pool) : host_(CreateHostDevice(pool)) {}

  absl::string_view description() const override { return "opaque"; }
  bool host_visible() const override { return false; }

  absl::StatusOr<std::unique_ptr<DeviceMemory>>
  Allocate(uint64_t bytes, absl::string_view name) override {
    DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> real,
                             host_->Allocate(bytes, name));
    uintptr_t address = next_;
    next_ = (next_ + bytes + kGap + 4095) / 4096 * 4096;
    return std::make_unique<OpaqueMemory>(address, std::move(real),
                                          allocations_);
  }

  absl::Status CopyIn(std::byte *destination,
                      absl::Span<const std::byte> source) override {
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * real,
                             Real(destination, source.size()));
    return host_->CopyIn(real, source);
  }
  absl::Status CopyOut(absl::Span<std::byte> destination,
                       const std::byte *source) override {
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * real,
                             Real(source, destination.size()));
    return host_->CopyOut(destination, real);
  }
  absl::Status CopyWithin(std::byte *destination, const std::byte *source,
                          uint64_t bytes) override {
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * to, Real(destination, bytes));
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * from, Real(source, bytes));
    return host_->CopyWithin(to, from, bytes);
  }
  absl::Status Discard(std::byte *address, uint64_t bytes) override {
    return Real(address, bytes).status();
  }

  absl::Status CheckTarget(const CodeTarget &target) const override {
    return host_->CheckTarget(target);
  }
  absl::StatusOr<std::unique_ptr<DeviceCode>>
  LoadCode(absl::Span<const std::byte> object,
           const CodeTarget &target) override {
    return host_->LoadCode(object, target);
  }

  absl::StatusOr<std::unique_ptr<LaunchSequence>>
  Prepare(std::vector<DeviceLaunch> launches) override {
    for (DeviceLaunch &launch : launches)
      for (DeviceBuffer &buffer : launch.buffers) {
        DSV4RUN_ASSIGN_OR_RETURN(buffer.address, Real(buffer.address, 0));
      }
    return host_->Prepare(std::move(launches));
  }

private:
  absl::StatusOr<std::byte *> Real(const std::byte *address, uint64_t bytes) {
    auto it = allocations_->upper_bound(Number(address));
    if (it != allocations_->begin()) {
      --it;
      uint64_t offset = Number(address) - it->first;
      if (offset <= it->second->bytes() &&
          bytes <= it->second->bytes() - offset)
        return it->second->address() + offset;
    }
    return absl::OutOfRangeError(absl::StrCat(bytes, " bytes at 0x",
                                              absl::Hex(Number(address)),
                                              " are outside every allocation"));
  }

  std::unique_ptr<Device> host_;
  std::shared_ptr<Allocations> allocations_ = std::make_shared<Allocations>();
  uintptr_t next_ = kFirstAddress;
};

} // namespace

std::unique_ptr<Device> CreateOpaqueDevice(ThreadPool &pool) {
  return std::make_unique<OpaqueDevice>(pool);
}

} // namespace dsv4run::testing
