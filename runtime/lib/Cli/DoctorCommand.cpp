//===- DoctorCommand.cpp - dsv4-run doctor --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Doctor/Doctor.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run doctor [model.dsv4 [--weights DIR]] [--device hip:N]

Looks at everything that a run on an AMD GPU needs: kernel driver, device files
and permissions, HIP and its devices, hipRTC, memory, limits, settings; with a
bundle, whether its code loads and it fits the memory; with a checkpoint, whether
its tensors are those of the bundle. Says what is missing and what to do about it.

Exit code 1 if anything that is needed is missing.

)";

class DoctorCommand : public Command {
public:
  absl::string_view name() const override { return "doctor"; }
  absl::string_view summary() const override {
    return "what a run on an AMD GPU needs, and what is missing";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &table) override {
    table.Text("weights", "DIR", &options_.weights,
               "the checkpoint of the bundle");
    table.Text("device", "hip", &device_,
               "hip:N: the device to try; default: hip:0");
    table.Flag("json", &json_, "machine-readable findings");
  }

  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override {
    if (!positional.empty()) {
      options_.bundle = positional.front();
      positional.erase(positional.begin());
    }
    DSV4RUN_RETURN_IF_ERROR(ExpectNoMore(positional));
    if (!options_.weights.empty() && options_.bundle.empty())
      return UsageError("--weights needs a bundle, model.dsv4");
    absl::string_view ordinal = device_;
    if (device_ != "hip" && !(absl::ConsumePrefix(&ordinal, "hip:") &&
                              absl::SimpleAtoi(ordinal, &options_.ordinal) &&
                              options_.ordinal >= 0))
      return UsageError(absl::StrCat(
          "--device: expected hip or hip:N, found \"", device_, "\""));
    std::vector<Finding> findings = Examine(options_);
    streams.out << (json_ ? FindingsToJson(findings)
                          : FindingsToText(findings));
    return AnythingMissing(findings) ? 1 : 0;
  }

private:
  DoctorOptions options_;
  std::string device_ = "hip";
  bool json_ = false;
};

} // namespace

std::unique_ptr<Command> MakeDoctorCommand() {
  return std::make_unique<DoctorCommand>();
}

} // namespace dsv4run
