//===- StaticCode.cpp - What a program registers before main --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StaticCode.h"
#include "Engine.h"
#include "absl/strings/str_cat.h"

namespace hipstandin {

/// What clang passes to __hipRegisterFatBinary.
namespace {
struct FatBinaryWrapper {
  uint32_t magic;
  uint32_t version;
  const void *binary;
  void *unused;
};
constexpr uint32_t kWrapperMagic = 0x48495046; // "HIPF"
} // namespace

StaticCode &StaticCode::get() {
  // Never destroyed: programs unregister after their last destructor.
  static auto *code = new StaticCode();
  return *code;
}

void **StaticCode::add(const void *wrapper) {
  std::lock_guard<std::mutex> lock(mutex_);
  Binary &binary = binaries_.emplace_back();
  FatBinaryWrapper fat;
  std::memcpy(&fat, wrapper, sizeof(fat));
  if (fat.magic == kWrapperMagic && fat.version == 1)
    binary.image = fat.binary;
  return reinterpret_cast<void **>(&binary);
}

void StaticCode::remove(void **handle) {
  std::unique_lock<std::mutex> lock(mutex_);
  auto *binary = reinterpret_cast<Binary *>(handle);
  for (auto *symbols : {&functions_, &variables_})
    for (auto it = symbols->begin(); it != symbols->end();)
      it = it->second.binary == binary ? symbols->erase(it) : std::next(it);
  std::list<Binary> removed;
  for (auto it = binaries_.begin(); it != binaries_.end(); ++it)
    if (&*it == binary) {
      removed.splice(removed.begin(), binaries_, it);
      break;
    }
  lock.unlock();
}

void StaticCode::addFunction(void **handle, const void *host,
                             const char *name) {
  std::lock_guard<std::mutex> lock(mutex_);
  functions_[host] = {reinterpret_cast<Binary *>(handle), name};
}

void StaticCode::addVariable(void **handle, const void *host, const char *name,
                             size_t) {
  std::lock_guard<std::mutex> lock(mutex_);
  variables_[host] = {reinterpret_cast<Binary *>(handle), name};
}

bool StaticCode::knows(const void *host) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return functions_.count(host) != 0;
}

absl::StatusOr<std::shared_ptr<Module>>
StaticCode::load(Engine &engine, int device, Binary &binary) {
  std::shared_ptr<Module> &module = binary.loaded[device];
  if (module)
    return module;
  if (!binary.image)
    return absl::InvalidArgumentError("the fat binary has no HIP wrapper");
  auto bytes = imageBytes(binary.image);
  if (!bytes.ok())
    return bytes.status();
  auto made = Module::load(engine, device,
                           {static_cast<const uint8_t *>(binary.image), *bytes},
                           "the program's own code");
  if (made.ok())
    module = *made;
  return made;
}

absl::StatusOr<std::shared_ptr<Function>>
StaticCode::function(Engine &engine, int device, const void *host) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = functions_.find(host);
  if (it == functions_.end())
    return absl::NotFoundError(
        absl::StrCat("no kernel is registered for host address 0x",
                     absl::Hex(reinterpret_cast<uint64_t>(host))));
  auto module = load(engine, device, *it->second.binary);
  if (!module.ok())
    return module.status();
  auto function = (*module)->function(it->second.name);
  if (!function.ok()) // Not NOT_FOUND: the host address is known.
    return absl::InvalidArgumentError(function.status().message());
  return function;
}

absl::StatusOr<Module::Variable>
StaticCode::variable(Engine &engine, int device, const void *host) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = variables_.find(host);
  if (it == variables_.end())
    return absl::NotFoundError(
        absl::StrCat("no variable is registered for host address 0x",
                     absl::Hex(reinterpret_cast<uint64_t>(host))));
  auto module = load(engine, device, *it->second.binary);
  if (!module.ok())
    return module.status();
  return (*module)->variable(it->second.name);
}

} // namespace hipstandin
