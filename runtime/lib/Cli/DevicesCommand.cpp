//===- DevicesCommand.cpp - dsv4-run devices ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/Options.h"
#include "dsv4run/Device/CpuLevel.h"
#include "dsv4run/Device/DeviceList.h"
#include "dsv4run/Device/EmulatorDevice.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Support/ThreadPool.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run devices [--json]

Lists the CPU with the x86-64 level that host bundles may use, the emulator of
gfx942, and whether the driver libraries of GPUs can be opened. This build runs
bundles on the host and the emulator only.

)";

} // namespace

absl::StatusOr<int> DevicesCommand(absl::Span<const std::string> arguments,
                                   CliStreams &streams) {
  bool json = false, help = false;
  OptionTable table;
  table.Flag("json", &json, "machine-readable output");
  table.Flag("help", &help, "this text");
  std::vector<std::string> positional;
  DSV4RUN_RETURN_IF_ERROR(table.Parse(arguments, &positional));
  if (help) {
    streams.out << kHelp << table.Help();
    return 0;
  }
  if (!positional.empty())
    return UsageError(absl::StrCat("devices takes no argument, found \"",
                                   positional[0], "\""));

  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<ThreadPool> pool,
                           ThreadPool::Create());
  std::string level = CpuLevelName(HostCpuLevel());
  std::vector<DriverProbe> drivers = ProbeDrivers();
  EmulatorOptions probe;
  probe.memory_bytes = uint64_t{1} << 20;
  absl::Status emulator = EmulatorDevice::Create(probe).status();
  if (json) {
    nlohmann::json devices = nlohmann::json::array();
    devices.push_back({{"device", "host"},
                       {"level", level},
                       {"threads", pool->size()},
                       {"runs_bundles", true}});
    devices.push_back(
        {{"device", "emulator"}, {"runs_bundles", emulator.ok()}});
    if (!emulator.ok())
      devices.back()["error"] = std::string(emulator.message());
    for (const DriverProbe &driver : drivers) {
      nlohmann::json entry = {{"device", driver.device},
                              {"runs_bundles", false}};
      if (driver.library.empty())
        entry["error"] = driver.error;
      else
        entry["library"] = driver.library;
      devices.push_back(std::move(entry));
    }
    streams.out << devices.dump(2) << "\n";
    return 0;
  }
  streams.out << "host      " << level << ", " << pool->size()
              << " threads: runs host bundles\n"
              << "emulator  "
              << (emulator.ok() ? "gfx942: runs bundles for gfx942"
                                : emulator.message())
              << "\n";
  for (const DriverProbe &driver : drivers) {
    std::string name = driver.device;
    name.resize(10, ' ');
    streams.out << name
                << (driver.library.empty()
                        ? absl::StrCat("no driver library (", driver.error, ")")
                        : absl::StrCat(driver.library,
                                       " found, but this build has no such "
                                       "device"))
                << "\n";
  }
  return 0;
}

} // namespace dsv4run
