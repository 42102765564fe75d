//===- Inspect.cpp - dsv4c inspect ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Inspect.h"
#include "Commands.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

int dsv4c::runInspect(int argc, char **argv) {
  cl::OptionCategory category("dsv4c inspect");
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model.dsv4>"));
  cl::opt<bool> json("json", cl::cat(category), cl::desc("Print JSON"));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "dsv4c inspect: what is in a bundle\n", &llvm::errs()))
    return kBadUsage;
  absl::StatusOr<dsv4run::Bundle> bundle =
      dsv4run::Bundle::Open(input.getValue());
  if (!bundle.ok()) {
    llvm::errs() << "dsv4c inspect: " << std::string(bundle.status().message())
                 << '\n';
    return kFailure;
  }
  llvm::outs() << (json ? dsv4run::InspectAsJson(*bundle)
                        : dsv4run::InspectAsText(*bundle));
  return kSuccess;
}
