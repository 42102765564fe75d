//===- DevicesCommand.cpp - dsv4-run devices ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Device/CpuLevel.h"
#include "dsv4run/Device/CudaDevice.h"
#include "dsv4run/Device/EmulatorDevice.h"
#include "dsv4run/Device/HipDevice.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Support/ThreadPool.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run devices [--json]

Lists the CPU with the x86-64 level that host bundles may use, the emulator of
gfx942, the AMD GPUs that HIP shows and the NVIDIA GPUs that CUDA's driver shows.
What keeps an AMD GPU from being listed: dsv4-run doctor.

)";

/// The GPUs of one driver library, or why there are none.
struct GpuListing {
  std::string device; ///< hip, cuda
  absl::StatusOr<std::vector<GpuProperties>> gpus;

  template <typename Installation>
  GpuListing(std::string device,
             const absl::StatusOr<Installation> &installation)
      : device(std::move(device)) {
    if (!installation.ok())
      gpus = installation.status();
    else if (installation->devices.empty())
      gpus = absl::NotFoundError(
          absl::StrCat(installation->library, " shows no device"));
    else
      gpus = installation->devices;
  }

  void AddTo(nlohmann::json &devices) const {
    if (!gpus.ok())
      devices.push_back({{"device", device},
                         {"runs_bundles", false},
                         {"error", std::string(gpus.status().message())}});
    else
      for (const GpuProperties &gpu : *gpus)
        devices.push_back({{"device", absl::StrCat(device, ":", gpu.ordinal)},
                           {"runs_bundles", true},
                           {"name", gpu.name},
                           {"target", gpu.target},
                           {"features", gpu.features},
                           {"memory_bytes", gpu.memory_bytes},
                           {"compute_units", gpu.compute_units},
                           {"library", gpu.library},
                           {"version", gpu.version}});
  }

  void PrintTo(std::ostream &out) const {
    if (!gpus.ok())
      out << absl::StrFormat("%-10s%s\n", device, gpus.status().message());
    else
      for (const GpuProperties &gpu : *gpus)
        out << absl::StrFormat("%-10s%s, %s, %s, %s: runs bundles for %s\n",
                               absl::StrCat(device, ":", gpu.ordinal), gpu.name,
                               gpu.target, FormatBytes(gpu.memory_bytes),
                               gpu.version, gpu.target);
  }
};

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
  const GpuListing listings[] = {{"hip", FindHip()}, {"cuda", FindCuda()}};
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
    for (const GpuListing &listing : listings)
      listing.AddTo(devices);
    streams.out << devices.dump(2) << "\n";
    return 0;
  }
  streams.out << "host      " << level << ", " << pool->size()
              << " threads: runs host bundles\n"
              << "emulator  "
              << (emulator.ok() ? "gfx942: runs bundles for gfx942"
                                : emulator.message())
              << "\n";
  for (const GpuListing &listing : listings)
    listing.PrintTo(streams.out);
  return 0;
}

} // namespace

std::unique_ptr<Command> MakeDevicesCommand() {
  return std::make_unique<DevicesCommand>();
}

} // namespace dsv4run
