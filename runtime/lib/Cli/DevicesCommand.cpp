//===- DevicesCommand.cpp - dsv4-run devices ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Command.h"
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

class DevicesCommand : public Command {
public:
  absl::string_view name() const override { return "devices"; }
  absl::string_view summary() const override {
    return "what this machine can run";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override {
    table.Flag("json", &json_, "machine-readable output");
  }
  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override;

private:
  bool json_ = false;
};

absl::StatusOr<int> DevicesCommand::Run(std::vector<std::string> &positional,
                                        CliStreams &streams) {
  DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<ThreadPool> pool,
                           ThreadPool::Create());
  std::string level = CpuLevelName(HostCpuLevel());
  std::vector<DriverProbe> drivers = ProbeDrivers();
  EmulatorOptions probe;
  probe.memory_bytes = uint64_t{1} << 20;
  absl::Status emulator = EmulatorDevice::Create(probe).status();
  if (json_) {
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

} // namespace

std::unique_ptr<Command> MakeDevicesCommand() {
  return std::make_unique<DevicesCommand>();
}

} // namespace dsv4run
