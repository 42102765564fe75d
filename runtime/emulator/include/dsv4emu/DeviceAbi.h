//===- DeviceAbi.h - The emulator as a device, in C -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What libdsv4-emulator-device.so offers to programs that open it at run time
// and link nothing of it. One symbol, kDeviceEntry, gives a table of
// functions. A program asks for the version it was compiled for; later versions
// of the library may offer several.
//
// Functions that can fail return 0 or a canonical status code (those of gRPC
// and Abseil); lastError then has the message, until the thread's next call.
// A device is used by one thread at a time. Addresses are the device's own.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_DEVICEABI_H
#define DSV4EMU_DEVICEABI_H

#include <cstdint>

extern "C" {

struct Dsv4EmuDevice;
struct Dsv4EmuCode;
struct Dsv4EmuKernel;

struct Dsv4EmuOptions {
  /// Which checks run: "all", "all,-lds-race" (CheckSet::parse).
  const char *checks;
  /// Host threads per launch; 0: one per core.
  uint32_t threads;
  /// Whether launches run the cache model, without which there are no hits and
  /// HBM bytes.
  uint32_t countCaches;
  /// Size of the device's memory, reserved as address space.
  uint64_t memoryBytes;
};

struct Dsv4EmuKernelInfo {
  /// Pointers to global memory of 8 bytes each, one after the other: the only
  /// arguments that a kernel may have.
  uint32_t arguments;
  /// Work-items of a workgroup: as required by the kernel, or else the largest
  /// that it was compiled for, in one dimension.
  uint32_t workgroup[3];
};

/// Receives one counter of a launch. Counters with `sums` add up over launches,
/// others describe each one alike.
typedef void (*Dsv4EmuCounter)(void *context, const char *name, uint64_t value,
                               int sums);

struct Dsv4EmuLaunch {
  const Dsv4EmuKernel *kernel;
  const uint64_t *arguments;
  uint32_t argumentCount;
  uint64_t workgroups; ///< in one dimension
  /// Only these workgroups run; all of them if `sampleCount` is 0.
  const uint64_t *sample;
  uint64_t sampleCount;
  Dsv4EmuCounter counter; ///< may be null
  void *counterContext;
};

struct Dsv4EmuApi {
  const char *(*lastError)();

  int (*createDevice)(const Dsv4EmuOptions *options, Dsv4EmuDevice **device);
  void (*destroyDevice)(Dsv4EmuDevice *device);

  /// Contents are zero and count as written; `label` names the allocation in
  /// reports. RESOURCE_EXHAUSTED if the memory is full.
  int (*allocate)(Dsv4EmuDevice *device, uint64_t bytes, const char *label,
                  uint64_t *address);
  int (*release)(Dsv4EmuDevice *device, uint64_t address);
  /// OUT_OF_RANGE unless the range lies in one live allocation; so below.
  int (*copyIn)(Dsv4EmuDevice *device, uint64_t to, const void *from,
                uint64_t bytes);
  int (*copyOut)(Dsv4EmuDevice *device, void *to, uint64_t from,
                 uint64_t bytes);
  /// The bytes of `to` count as written afterwards.
  int (*copyWithin)(Dsv4EmuDevice *device, uint64_t to, uint64_t from,
                    uint64_t bytes);
  /// The contents are undefined from now on.
  int (*discard)(Dsv4EmuDevice *device, uint64_t address, uint64_t bytes);

  /// An HSACO or an offload bundle with a gfx942 entry; stays loaded as long as
  /// the device.
  int (*loadCode)(Dsv4EmuDevice *device, const void *file, uint64_t bytes,
                  const Dsv4EmuCode **code);
  /// NOT_FOUND lists the kernels; FAILED_PRECONDITION for one with arguments
  /// other than pointers to global memory. Lives as long as the device.
  int (*findKernel)(Dsv4EmuDevice *device, const Dsv4EmuCode *code,
                    const char *name, const Dsv4EmuKernel **kernel,
                    Dsv4EmuKernelInfo *info);
  /// Runs a launch to its end; everything it stored is visible to the next.
  /// ABORTED if a check found something: the message has every finding.
  int (*launch)(Dsv4EmuDevice *device, const Dsv4EmuLaunch *launch);
};

/// Null if this library doesn't offer the version.
typedef const Dsv4EmuApi *(*Dsv4EmuEntry)(uint32_t version);

} // extern "C"

namespace dsv4emu {
inline constexpr char kDeviceEntry[] = "dsv4_emulator_device";
inline constexpr char kDeviceLibrary[] = "libdsv4-emulator-device.so";
inline constexpr uint32_t kDeviceAbiVersion = 1;
} // namespace dsv4emu

#endif // DSV4EMU_DEVICEABI_H
