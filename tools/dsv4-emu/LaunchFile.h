//===- LaunchFile.h - Arguments and grid of a launch ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch is described by command-line arguments or a JSON file. An argument
// is written
//
//   i32:N i64:N u32:N u64:N f32:X f64:X        a scalar
//   buf:BYTES[:PATTERN][:NAME]                 a buffer
//
// with PATTERN one of none (uninitialised), zero, file=PATH, hex=BYTES,
// and iota, linear(A,B) as T, e.g. iota-i32, linear-f32=0.5,1 (A * index + B).
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_TOOLS_LAUNCHFILE_H
#define DSV4EMU_TOOLS_LAUNCHFILE_H

#include "absl/status/statusor.h"
#include "dsv4emu/Device.h"
#include <map>
#include <string>
#include <vector>

struct BufferArgument {
  uint64_t address = 0;
  uint64_t bytes = 0;
};

struct LaunchPlan {
  std::string kernel;
  dsv4emu::LaunchConfig config;
  std::vector<std::string> arguments;
  /// Buffer name to dump file ("-" prints).
  std::vector<std::string> dumps;
};

/// Reads {"kernel": ..., "grid": [...], "block": [...], "args": [...],
/// "dynamic_lds": N, "dump": [...]} over what `plan` has.
absl::Status readLaunchFile(const std::string &path, LaunchPlan &plan);

/// "4,2" to three positive numbers, missing ones being 1.
absl::StatusOr<std::array<uint32_t, 3>> parseSize(const std::string &text);

/// Allocates and fills buffers, and lays the arguments out for `kernel`.
absl::StatusOr<std::vector<uint8_t>>
buildArguments(dsv4emu::Device &device, const dsv4emu::Kernel &kernel,
               const std::vector<std::string> &arguments,
               std::map<std::string, BufferArgument> &buffers);

absl::StatusOr<std::vector<uint8_t>> readFile(const std::string &path);

#endif // DSV4EMU_TOOLS_LAUNCHFILE_H
