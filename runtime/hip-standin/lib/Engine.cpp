//===- Engine.cpp - The emulator under all devices ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Engine.h"
#include "absl/strings/str_cat.h"

namespace hipstandin {

/// Findings that a message spells out; the others are counted.
static constexpr size_t kMaxFindings = 20;

Engine::Engine(const Settings &settings)
    : checks_(settings.checks), threads_(settings.threads),
      device_(kAddressSpace) {}

absl::StatusOr<const dsv4emu::Program *>
Engine::load(absl::Span<const uint8_t> image) {
  std::lock_guard<std::mutex> lock(loading_);
  return device_.load(image);
}

void Engine::unload(const dsv4emu::Program *program) {
  std::lock_guard<std::mutex> lock(loading_);
  device_.unload(program);
}

absl::Status Engine::launch(const dsv4emu::LoadedKernel &kernel,
                            const Shape &shape,
                            absl::Span<const uint8_t> arguments) {
  dsv4emu::LaunchConfig config;
  config.grid = shape.grid;
  config.workgroup = shape.block;
  config.dynamicLdsBytes = shape.dynamicLdsBytes;
  config.checks = checks_;
  config.threads = threads_;
  std::lock_guard<std::mutex> lock(launching_);
  auto result = device_.launch(kernel, config, arguments);
  if (!result.ok())
    return result.status();
  if (result->clean())
    return absl::OkStatus();
  std::string text;
  size_t count = result->reports.size();
  for (size_t k = 0; k < std::min(count, kMaxFindings); ++k)
    absl::StrAppend(&text, k ? "\n" : "", result->reports[k].str());
  if (count > kMaxFindings)
    absl::StrAppend(&text, "\nand ", count - kMaxFindings,
                    " findings at other instructions");
  return absl::AbortedError(text);
}

} // namespace hipstandin
