//===- Device.h - One emulated gfx942 device --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_DEVICE_H
#define DSV4EMU_DEVICE_H

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4emu/CodeObject.h"
#include "dsv4emu/Counters.h"
#include "dsv4emu/Memory.h"
#include "dsv4emu/Report.h"
#include <functional>
#include <map>
#include <memory>

namespace dsv4emu {

class Coherence;
class Program;

/// A kernel of a loaded program.
struct LoadedKernel {
  const Program *program = nullptr;
  const Kernel *info = nullptr;
};

/// One launch. Sizes are in work-items; the grid need not be a multiple of the
/// workgroup.
struct LaunchConfig {
  std::array<uint32_t, 3> grid{1, 1, 1};
  std::array<uint32_t, 3> workgroup{1, 1, 1};
  uint32_t dynamicLdsBytes = 0;
  CheckSet checks = CheckSet::none();
  bool countCaches = false; ///< Run the L2 and infinity-cache model.
  unsigned threads = 0;     ///< 0: one per host core.
  /// Run only these linear workgroup ids; all if empty.
  std::vector<uint32_t> sample;
  /// Per-wave instruction budget, so that a launch always ends.
  uint64_t maxInstructionsPerWave = uint64_t{1} << 33;
  /// Receives one line per executed instruction; forces one thread.
  std::function<void(const std::string &)> trace;
};

struct LaunchResult {
  Counters counters;
  std::vector<Report> reports;
  /// No report of any kind.
  bool clean() const { return reports.empty(); }
  /// Some wave could not go on; memory contents are partial.
  bool faulted() const;
};

/// A device with memory and loaded programs. Launches are synchronous; one at
/// a time per device.
class Device {
public:
  explicit Device(uint64_t memoryBytes = uint64_t{1} << 36);
  ~Device();

  Memory &memory() { return *memory_; }

  /// Loads an HSACO or an offload bundle with a gfx942 entry.
  absl::StatusOr<const Program *> load(absl::Span<const uint8_t> file);
  /// Takes a program's code and variables out of memory; nothing may be
  /// running it.
  void unload(const Program *program);
  absl::StatusOr<LoadedKernel> kernel(const Program *program,
                                      const std::string &name) const;
  /// Device address of a variable of the program.
  absl::StatusOr<uint64_t> symbolAddress(const Program *program,
                                         const std::string &name) const;

  /// `arguments` are the explicit arguments laid out as the kernarg segment
  /// starts; hidden arguments are filled in here.
  absl::StatusOr<LaunchResult> launch(const LoadedKernel &kernel,
                                      const LaunchConfig &config,
                                      absl::Span<const uint8_t> arguments);

private:
  std::unique_ptr<Memory> memory_;
  /// Memory of a launch itself, such as its kernarg segment, by label and size;
  /// launches share it.
  absl::StatusOr<uint64_t> launchBuffer(const void *data, size_t bytes,
                                        const char *label);

  std::vector<std::unique_ptr<Program>> programs_;
  std::map<std::pair<std::string, size_t>, uint64_t> launchBuffers_;
  /// Access history of global memory, made by the first launch that needs it.
  std::unique_ptr<Coherence> coherence_;
};

/// What was loaded, and the address of its first byte.
const CodeObject &codeObject(const Program &program);
uint64_t loadAddress(const Program &program);

/// Bytes of the explicit arguments of a kernel.
uint32_t explicitArgumentBytes(const Kernel &kernel);

/// Every instruction with semantics, for documentation.
struct InstructionDoc {
  std::string mnemonic;
  std::string section;
};
std::vector<InstructionDoc> supportedInstructions();

/// An instruction of gfx942 that ends a wave with an error, and why.
struct NotSupported {
  const char *mnemonic;
  const char *reason;
};
absl::Span<const NotSupported> notSupportedInstructions();

} // namespace dsv4emu

#endif // DSV4EMU_DEVICE_H
