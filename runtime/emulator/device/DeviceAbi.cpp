//===- DeviceAbi.cpp - The emulator as a device, in C ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/DeviceAbi.h"
#include "absl/strings/str_cat.h"
#include "dsv4emu/Device.h"
#include <memory>
#include <vector>

using namespace dsv4emu;

struct Dsv4EmuKernel {
  LoadedKernel kernel;
  Dsv4EmuKernelInfo info;
};

struct Dsv4EmuDevice {
  explicit Dsv4EmuDevice(const Dsv4EmuOptions &options)
      : device(options.memoryBytes) {
    config.threads = options.threads;
    config.countCaches = options.countCaches != 0;
  }
  Device device;
  LaunchConfig config;
  std::vector<std::unique_ptr<Dsv4EmuKernel>> kernels;
};

namespace {

/// Findings that a message spells out; the others are counted.
constexpr size_t kMaxFindings = 20;

thread_local std::string lastErrorText;

int give(const absl::Status &status) {
  lastErrorText = std::string(status.message());
  return static_cast<int>(status.code());
}

const char *lastError() { return lastErrorText.c_str(); }

const Program *programOf(const Dsv4EmuCode *code) {
  return reinterpret_cast<const Program *>(code);
}

int createDevice(const Dsv4EmuOptions *options, Dsv4EmuDevice **device) {
  auto checks = CheckSet::parse(options->checks);
  if (!checks.ok())
    return give(checks.status());
  auto made = std::make_unique<Dsv4EmuDevice>(*options);
  if (made->device.memory().reserved() == 0)
    return give(absl::ResourceExhaustedError(
        absl::StrCat("cannot reserve address space for ", options->memoryBytes,
                     " bytes of device memory")));
  made->config.checks = *checks;
  *device = made.release();
  return 0;
}

void destroyDevice(Dsv4EmuDevice *device) { delete device; }

int allocate(Dsv4EmuDevice *device, uint64_t bytes, const char *label,
             uint64_t *address) {
  Memory &memory = device->device.memory();
  auto made = memory.allocate(bytes, label);
  if (!made.ok())
    return give(made.status());
  // Addresses are never reused: the pages are new and therefore zero.
  memory.markWritten(*made, bytes);
  *address = *made;
  return 0;
}

int release(Dsv4EmuDevice *device, uint64_t address) {
  return give(device->device.memory().free(address));
}

int copyIn(Dsv4EmuDevice *device, uint64_t to, const void *from,
           uint64_t bytes) {
  return give(device->device.memory().write(to, from, bytes));
}

int copyOut(Dsv4EmuDevice *device, void *to, uint64_t from, uint64_t bytes) {
  return give(device->device.memory().read(from, to, bytes));
}

int copyWithin(Dsv4EmuDevice *device, uint64_t to, uint64_t from,
               uint64_t bytes) {
  std::vector<uint8_t> staged(bytes);
  absl::Status status =
      device->device.memory().read(from, staged.data(), bytes);
  if (status.ok())
    status = device->device.memory().write(to, staged.data(), bytes);
  return give(status);
}

int discard(Dsv4EmuDevice *device, uint64_t address, uint64_t bytes) {
  return give(device->device.memory().discard(address, bytes));
}

int loadCode(Dsv4EmuDevice *device, const void *file, uint64_t bytes,
             const Dsv4EmuCode **code) {
  auto program =
      device->device.load({static_cast<const uint8_t *>(file), bytes});
  if (!program.ok())
    return give(program.status());
  *code = reinterpret_cast<const Dsv4EmuCode *>(*program);
  return 0;
}

absl::Status describeKernel(const Kernel &kernel, Dsv4EmuKernelInfo &info) {
  info.arguments = 0;
  for (const KernelArgument &argument : kernel.arguments) {
    if (argument.isHidden())
      continue;
    if (argument.valueKind != "global_buffer" || argument.size != 8 ||
        argument.offset != 8 * info.arguments)
      return absl::FailedPreconditionError(absl::StrCat(
          "kernel ", kernel.name, ", argument ", info.arguments,
          argument.name.empty() ? "" : " '", argument.name,
          argument.name.empty() ? ": " : "': ",
          "expected a global_buffer of 8 bytes at offset ", 8 * info.arguments,
          ", found a ", argument.valueKind, " of ", argument.size,
          " bytes at offset ", argument.offset));
    ++info.arguments;
  }
  bool required = kernel.requiredWorkgroup[0] != 0;
  for (unsigned d = 0; d < 3; ++d)
    info.workgroup[d] = required ? kernel.requiredWorkgroup[d] : 1;
  if (!required)
    info.workgroup[0] = kernel.maxWorkgroupSize;
  return absl::OkStatus();
}

int findKernel(Dsv4EmuDevice *device, const Dsv4EmuCode *code, const char *name,
               const Dsv4EmuKernel **kernel, Dsv4EmuKernelInfo *info) {
  auto found = device->device.kernel(programOf(code), name);
  if (!found.ok())
    return give(found.status());
  auto made = std::make_unique<Dsv4EmuKernel>();
  made->kernel = *found;
  if (absl::Status s = describeKernel(*found->info, made->info); !s.ok())
    return give(s);
  *info = made->info;
  *kernel = made.get();
  device->kernels.push_back(std::move(made));
  return 0;
}

void giveCounters(const Counters &c, Dsv4EmuCounter counter, void *context) {
  auto sum = [&](const std::string &name, uint64_t value) {
    counter(context, name.c_str(), value, 1);
  };
  sum("workgroups", c.workgroups);
  sum("waves", c.waves);
  sum("instructions", c.instructions);
  for (const auto &[name, count] : c.byClass)
    sum("classes." + name, count);
  for (const auto &[name, count] : c.byOpcode)
    sum("opcodes." + name, count);
  sum("mfma_cycles", c.mfmaCycles);
  sum("valu_cycles", c.valuCycles);
  sum("salu_cycles", c.saluCycles);
  sum("global_bytes", c.globalBytes);
  sum("global_lines", c.globalLines);
  sum("ideal_lines", c.idealLines);
  sum("l2_hits", c.l2Hits);
  sum("l2_misses", c.l2Misses);
  sum("infinity_cache_hits", c.infinityCacheHits);
  sum("hbm_bytes", c.hbmBytes);
  sum("lds_accesses", c.ldsAccesses);
  sum("lds_cycles", c.ldsCycles);
  sum("lds_conflict_cycles", c.ldsConflictCycles);
  counter(context, "waves_per_simd", c.occupancy, 0);
}

absl::Status findingsOf(const std::vector<Report> &reports) {
  if (reports.empty())
    return absl::OkStatus();
  std::string text;
  for (size_t k = 0; k < std::min(reports.size(), kMaxFindings); ++k)
    absl::StrAppend(&text, k ? "\n" : "", reports[k].str());
  if (reports.size() > kMaxFindings)
    absl::StrAppend(&text, "\nand ", reports.size() - kMaxFindings,
                    " findings at other instructions");
  return absl::AbortedError(text);
}

int launchKernel(Dsv4EmuDevice *device, const Dsv4EmuLaunch *launch) {
  const Dsv4EmuKernel &kernel = *launch->kernel;
  const std::string &name = kernel.kernel.info->name;
  LaunchConfig config = device->config;
  for (unsigned d = 0; d < 3; ++d)
    config.workgroup[d] = config.grid[d] = kernel.info.workgroup[d];
  if (launch->workgroups > UINT32_MAX / config.workgroup[0])
    return give(absl::InvalidArgumentError(absl::StrCat(
        "launch of ", name, ": ", launch->workgroups, " workgroups of ",
        config.workgroup[0], " work-items exceed a grid of 2^32 - 1")));
  config.grid[0] *= static_cast<uint32_t>(launch->workgroups);
  for (uint64_t k = 0; k < launch->sampleCount; ++k) {
    if (launch->sample[k] >= launch->workgroups)
      return give(absl::InvalidArgumentError(
          absl::StrCat("launch of ", name, ": sampled workgroup ",
                       launch->sample[k], " of ", launch->workgroups)));
    config.sample.push_back(static_cast<uint32_t>(launch->sample[k]));
  }
  auto result = device->device.launch(
      kernel.kernel, config,
      {reinterpret_cast<const uint8_t *>(launch->arguments),
       8 * size_t{launch->argumentCount}});
  if (!result.ok())
    return give(result.status());
  if (launch->counter)
    giveCounters(result->counters, launch->counter, launch->counterContext);
  return give(findingsOf(result->reports));
}

constexpr Dsv4EmuApi kApi = {
    lastError, createDevice, destroyDevice, allocate, release,    copyIn,
    copyOut,   copyWithin,   discard,       loadCode, findKernel, launchKernel};

} // namespace

extern "C" __attribute__((visibility("default"))) const Dsv4EmuApi *
dsv4_emulator_device(uint32_t version) {
  return version == kDeviceAbiVersion ? &kApi : nullptr;
}
