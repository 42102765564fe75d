//===- Device.cpp - One emulated gfx942 device ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Device.h"
#include "Program.h"
#include "Scheduler.h"
#include "absl/strings/str_cat.h"
#include "dsv4emu/Occupancy.h"
#include "dsv4emu/OffloadBundle.h"
#include <algorithm>
#include <set>
#include <thread>

namespace dsv4emu {

static constexpr uint32_t kLdsBytes = 65536;
static constexpr uint64_t kMaxWorkgroups = uint64_t{1} << 31;

Device::Device(uint64_t memoryBytes)
    : memory_(std::make_unique<Memory>(memoryBytes)) {}
Device::~Device() = default;

absl::StatusOr<const Program *> Device::load(absl::Span<const uint8_t> file) {
  std::vector<uint8_t> storage;
  auto bytes = selectGfx942CodeObject(file, storage);
  if (!bytes.ok())
    return bytes.status();
  auto object = CodeObject::load(*bytes);
  if (!object.ok())
    return object.status();
  auto program = Program::load(*std::move(object), *memory_);
  if (!program.ok())
    return program.status();
  programs_.push_back(*std::move(program));
  return programs_.back().get();
}

void Device::unload(const Program *program) {
  auto it = std::find_if(programs_.begin(), programs_.end(),
                         [&](const auto &p) { return p.get() == program; });
  if (it == programs_.end())
    return;
  memory_->free(program->base()).IgnoreError();
  programs_.erase(it);
}

const CodeObject &codeObject(const Program &program) {
  return program.object();
}
uint64_t loadAddress(const Program &program) { return program.base(); }

absl::StatusOr<LoadedKernel> Device::kernel(const Program *program,
                                            const std::string &name) const {
  if (const Kernel *info = program->object().findKernel(name))
    return LoadedKernel{program, info};
  std::string names;
  for (const Kernel &k : program->object().kernels())
    absl::StrAppend(&names, names.empty() ? "" : ", ", k.name);
  return absl::NotFoundError(absl::StrCat(
      "no kernel '", name, "'; the code object has [", names, "]"));
}

absl::StatusOr<uint64_t> Device::symbolAddress(const Program *program,
                                               const std::string &name) const {
  for (const Symbol &symbol : program->object().symbols())
    if (symbol.name == name && !symbol.isFunction)
      return program->base() + symbol.address;
  return absl::NotFoundError(absl::StrCat("no variable '", name, "'"));
}

uint32_t explicitArgumentBytes(const Kernel &kernel) {
  uint32_t end = 0;
  for (const KernelArgument &a : kernel.arguments)
    if (!a.isHidden())
      end = std::max(end, a.offset + a.size);
  return end;
}

static absl::Status validate(const Kernel &kernel, const LaunchConfig &config,
                             size_t argumentBytes) {
  uint64_t items = 1, groups = 1;
  for (unsigned d = 0; d < 3; ++d) {
    if (config.grid[d] == 0 || config.workgroup[d] == 0)
      return absl::InvalidArgumentError(absl::StrCat(
          "launch of ", kernel.name, ": grid (", config.grid[0], ",",
          config.grid[1], ",", config.grid[2], ") and workgroup (",
          config.workgroup[0], ",", config.workgroup[1], ",",
          config.workgroup[2], ") must be positive in every dimension"));
    items = std::min<uint64_t>(items * config.workgroup[d], 1 << 20);
    groups *= (uint64_t{config.grid[d]} + config.workgroup[d] - 1) /
              config.workgroup[d];
    if (groups > kMaxWorkgroups)
      return absl::InvalidArgumentError(absl::StrCat(
          "launch of ", kernel.name, ": grid too large: more than ",
          kMaxWorkgroups, " workgroups"));
  }
  if (items > kernel.maxWorkgroupSize)
    return absl::InvalidArgumentError(
        absl::StrCat("launch of ", kernel.name, ": workgroup of ", items,
                     " work-items; the kernel was compiled for at most ",
                     kernel.maxWorkgroupSize));
  if (kernel.requiredWorkgroup[0] != 0 &&
      kernel.requiredWorkgroup != config.workgroup)
    return absl::InvalidArgumentError(absl::StrCat(
        "launch of ", kernel.name, ": workgroup (", config.workgroup[0], ",",
        config.workgroup[1], ",", config.workgroup[2],
        "); the kernel was compiled for (", kernel.requiredWorkgroup[0], ",",
        kernel.requiredWorkgroup[1], ",", kernel.requiredWorkgroup[2], ")"));
  uint32_t expected = explicitArgumentBytes(kernel);
  if (argumentBytes != expected)
    return absl::InvalidArgumentError(
        absl::StrCat("launch of ", kernel.name, ": explicit arguments take ",
                     expected, " bytes, got ", argumentBytes));
  if (uint64_t{kernel.ldsBytes} + config.dynamicLdsBytes > kLdsBytes)
    return absl::InvalidArgumentError(absl::StrCat(
        "launch of ", kernel.name, ": ", kernel.ldsBytes, " static and ",
        config.dynamicLdsBytes, " dynamic LDS bytes exceed the ", kLdsBytes,
        " of a compute unit"));
  for (uint32_t id : config.sample)
    if (id >= groups)
      return absl::InvalidArgumentError(absl::StrCat("launch of ", kernel.name,
                                                     ": sampled workgroup ", id,
                                                     " of ", groups));
  return absl::OkStatus();
}

/// Value of a hidden argument ("Code Object Metadata", kernel argument value
/// kinds).
static uint64_t hiddenArgument(const std::string &kind,
                               const LaunchConfig &config, uint64_t queue) {
  auto dimension = [&]() -> unsigned {
    char c = kind.back();
    return c == 'x' ? 0 : c == 'y' ? 1 : 2;
  };
  if (kind.rfind("hidden_block_count_", 0) == 0)
    return config.grid[dimension()] / config.workgroup[dimension()];
  if (kind.rfind("hidden_group_size_", 0) == 0)
    return config.workgroup[dimension()];
  if (kind.rfind("hidden_remainder_", 0) == 0)
    return config.grid[dimension()] % config.workgroup[dimension()];
  if (kind == "hidden_grid_dims")
    return config.grid[2] > 1 ? 3 : config.grid[1] > 1 ? 2 : 1;
  if (kind == "hidden_dynamic_lds_size")
    return config.dynamicLdsBytes;
  if (kind == "hidden_private_base")
    return kPrivateAperture >> 32;
  if (kind == "hidden_shared_base")
    return kSharedAperture >> 32;
  if (kind == "hidden_queue_ptr")
    return queue;
  // Offsets, printf and host-call buffers: absent.
  return 0;
}

/// The AQL packet a kernel may read through its dispatch pointer.
static std::array<uint8_t, 64> dispatchPacket(const LaunchConfig &config,
                                              const WaveSetup &setup) {
  std::array<uint8_t, 64> packet{};
  auto put = [&](size_t at, const auto &value) {
    std::memcpy(packet.data() + at, &value, sizeof(value));
  };
  for (unsigned d = 0; d < 3; ++d) {
    put(4 + 2 * d, static_cast<uint16_t>(config.workgroup[d]));
    put(12 + 4 * d, config.grid[d]);
  }
  put(24, setup.scratchBytes);
  put(28, setup.ldsBytes);
  put(40, setup.kernargAddress);
  return packet;
}

absl::StatusOr<uint64_t> Device::launchBuffer(const void *data, size_t bytes,
                                              const char *label) {
  auto [it, isNew] = launchBuffers_.try_emplace({label, bytes}, 0);
  if (isNew) {
    auto address = memory_->allocate(bytes, label, 64);
    if (!address.ok()) {
      launchBuffers_.erase(it);
      return address;
    }
    it->second = *address;
  }
  if (absl::Status s = memory_->write(it->second, data, bytes); !s.ok())
    return s;
  return it->second;
}

static void collect(const Program &program, const std::vector<Worker> &workers,
                    Counters &counters) {
  std::vector<uint64_t> histogram(program.opcodes().size(), 0);
  for (const Worker &worker : workers) {
    for (size_t k = 0; k < histogram.size(); ++k)
      histogram[k] += worker.histogram[k];
    counters.waves += worker.waves;
    counters.workgroups += worker.workgroups;
    const MemoryCounters &m = worker.memory;
    counters.globalBytes += m.globalBytes;
    counters.globalLines += m.globalLines;
    counters.idealLines += m.idealLines;
    counters.l2Hits += m.l2Hits;
    counters.l2Misses += m.l2Misses;
    counters.infinityCacheHits += m.mallHits;
    counters.hbmBytes += m.hbmBytes;
    counters.ldsAccesses += m.ldsAccesses;
    counters.ldsCycles += m.ldsCycles;
    counters.ldsConflictCycles += m.ldsConflictCycles;
  }
  for (size_t k = 0; k < histogram.size(); ++k) {
    if (histogram[k] == 0)
      continue;
    counters.instructions += histogram[k];
    counters.byOpcode[program.opcodes()[k]] += histogram[k];
    const OpInfo *op = program.opcodeInfo()[k];
    if (!op)
      continue;
    counters.byClass[className(op->cls)] += histogram[k];
    uint64_t cycles = histogram[k] * op->cycles;
    if (op->cls == Class::Mfma)
      counters.mfmaCycles += cycles;
    else if (op->cls == Class::Valu || op->cls == Class::Trans)
      counters.valuCycles += cycles;
    else if (op->cls == Class::Salu)
      counters.saluCycles += cycles;
  }
}

absl::StatusOr<LaunchResult>
Device::launch(const LoadedKernel &loaded, const LaunchConfig &config,
               absl::Span<const uint8_t> arguments) {
  const Kernel &kernel = *loaded.info;
  if (absl::Status s = validate(kernel, config, arguments.size()); !s.ok())
    return s;

  WaveSetup setup;
  setup.ldsBytes = kernel.ldsBytes + config.dynamicLdsBytes;
  setup.scratchBytes = (kernel.scratchBytes + 3) & ~3u;
  // Recursion and variable-size frames have no static bound.
  if (kernel.dynamicStack)
    setup.scratchBytes += 16384;

  uint8_t zeros[64] = {};
  auto queue = launchBuffer(zeros, sizeof(zeros), "queue");
  if (!queue.ok())
    return queue.status();
  setup.queue = *queue;
  std::vector<uint8_t> kernarg(std::max<size_t>(kernel.kernargBytes, 4), 0);
  std::copy(arguments.begin(), arguments.end(), kernarg.begin());
  for (const KernelArgument &a : kernel.arguments)
    if (a.isHidden()) {
      uint64_t value = hiddenArgument(a.valueKind, config, *queue);
      std::memcpy(kernarg.data() + a.offset, &value,
                  std::min<size_t>(a.size, 8));
    }
  auto kernargAddress =
      launchBuffer(kernarg.data(), kernarg.size(), "kernel arguments");
  if (!kernargAddress.ok())
    return kernargAddress.status();
  setup.kernargAddress = *kernargAddress;
  auto packet = dispatchPacket(config, setup);
  auto packetAddress =
      launchBuffer(packet.data(), packet.size(), "dispatch packet");
  if (!packetAddress.ok())
    return packetAddress.status();
  setup.dispatchPacket = *packetAddress;
  unsigned preload = kernel.kernargPreload & 0x7f,
           preloadFirst = kernel.kernargPreload >> 7;
  for (unsigned k = 0; k < preload; ++k) {
    uint32_t word = 0;
    size_t at = 4 * (size_t{preloadFirst} + k);
    if (at + 4 <= kernarg.size())
      std::memcpy(&word, kernarg.data() + at, 4);
    setup.preloaded.push_back(word);
  }

  Coherence *coherence = nullptr;
  if (config.checks.has(Check::GlobalRace)) {
    if (!coherence_)
      coherence_ = std::make_unique<Coherence>(*memory_);
    if (coherence_->usable()) {
      coherence = coherence_.get();
      coherence->beginLaunch();
    }
  }
  std::unique_ptr<CacheModel> caches;
  if (config.countCaches)
    caches = std::make_unique<CacheModel>();
  LaunchState state(*memory_, *loaded.program, kernel, config, coherence,
                    caches.get());

  uint32_t groups = 1;
  for (unsigned d = 0; d < 3; ++d)
    groups *= (config.grid[d] + config.workgroup[d] - 1) / config.workgroup[d];
  uint32_t count = config.sample.empty()
                       ? groups
                       : static_cast<uint32_t>(config.sample.size());
  unsigned threads =
      config.threads ? config.threads : std::thread::hardware_concurrency();
  threads = std::max(1u, std::min(threads, count));
  if (config.trace)
    threads = 1;
  std::atomic<uint32_t> next{0};
  std::vector<Worker> workers;
  workers.reserve(threads);
  for (unsigned k = 0; k < threads; ++k)
    workers.emplace_back(state, setup);
  std::vector<std::thread> pool;
  for (unsigned k = 1; k < threads; ++k)
    pool.emplace_back([&, k] { workers[k].run(next, count); });
  workers[0].run(next, count);
  for (std::thread &t : pool)
    t.join();

  LaunchResult result;
  collect(*loaded.program, workers, result.counters);
  if (caches)
    result.counters.hbmBytes += caches->flushedBytes();
  Occupancy occupancy =
      computeOccupancy(kernel, config.workgroup, setup.ldsBytes);
  result.counters.occupancy = occupancy.wavesPerSimd;
  result.counters.occupancyLimit = occupancy.limit;
  result.reports = state.takeReports();
  return result;
}

bool LaunchResult::faulted() const {
  return std::any_of(reports.begin(), reports.end(),
                     [](const Report &r) { return r.check == Check::Fault; });
}

std::vector<InstructionDoc> supportedInstructions() {
  std::set<std::pair<std::string, std::string>> sorted;
  forEachSemantics(
      [](const OpInfo &op, void *set) {
        static_cast<decltype(sorted) *>(set)->insert({op.section, op.mnemonic});
      },
      &sorted);
  std::vector<InstructionDoc> out;
  for (const auto &[section, mnemonic] : sorted)
    out.push_back({mnemonic, section});
  return out;
}

} // namespace dsv4emu
