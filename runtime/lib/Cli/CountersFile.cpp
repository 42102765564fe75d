//===- CountersFile.cpp - What the emulator counted, as JSON --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/CountersFile.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/AtomicFile.h"

namespace dsv4run {
namespace {

void Add(const EmulatorLaunchCounters &from, EmulatorLaunchCounters &to) {
  to.runs += from.runs;
  for (const auto &[name, counter] : from.counters)
    if (counter.sums && !absl::StartsWith(name, "opcodes."))
      to.counters[name].value += counter.value;
}

void Fill(const EmulatorLaunchCounters &counters, nlohmann::json &entry) {
  entry["runs"] = counters.runs;
  for (const auto &[name, counter] : counters.counters) {
    size_t dot = name.find('.');
    if (dot == std::string::npos)
      entry[name] = counter.value;
    else
      entry[name.substr(0, dot)][name.substr(dot + 1)] = counter.value;
  }
}

} // namespace

nlohmann::json CountersJson(const EmulatorDevice &device) {
  nlohmann::json launches = nlohmann::json::array(),
                 kernels = nlohmann::json::array(), total;
  std::map<std::string, EmulatorLaunchCounters> by_kernel;
  EmulatorLaunchCounters sum;
  for (const auto &[place, counters] : device.counters()) {
    nlohmann::json entry = {{"kernel", place.first}, {"label", place.second}};
    Fill(counters, entry);
    launches.push_back(std::move(entry));
    Add(counters, by_kernel[place.first]);
    Add(counters, sum);
  }
  for (const auto &[name, counters] : by_kernel) {
    nlohmann::json entry = {{"kernel", name}};
    Fill(counters, entry);
    kernels.push_back(std::move(entry));
  }
  Fill(sum, total);
  return {{"launches", std::move(launches)},
          {"kernels", std::move(kernels)},
          {"total", std::move(total)}};
}

absl::Status WriteCounters(const EmulatorDevice &device,
                           absl::string_view path) {
  return WriteFileAtomically(path, CountersJson(device).dump(1) + "\n",
                             AtomicFile::Existing::kReplace);
}

} // namespace dsv4run
