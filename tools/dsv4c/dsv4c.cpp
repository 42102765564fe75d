//===- dsv4c.cpp - Compiler of DeepSeek-V4 models -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

static const char kUsage[] = R"(usage: dsv4c <command> ...

  compile <model-dir | config.json> --target=host -o model.dsv4
          compiles a model from its configuration; weights are not read
  inspect <model.dsv4> [--json]
          prints what is in a bundle
  kernels <module.mlir> --target=gfx942 -o kernels.hsaco
          compiles a gpu.module, for work on a single kernel
  report <model-dir | config.json> --target=gfx942
          models what a step costs at least, kernel by kernel

'dsv4c <command> --help' lists the options of a command.
)";

int main(int argc, char **argv) {
  llvm::setBugReportMsg(
      "PLEASE report this to the dsv4c project, with the command line, the "
      "configuration and the backtrace.\n");
  llvm::InitLLVM init(argc, argv);
  llvm::StringRef command = argc > 1 ? argv[1] : "";
  if (command == "compile")
    return dsv4c::runCompile(argc - 1, argv + 1);
  if (command == "inspect")
    return dsv4c::runInspect(argc - 1, argv + 1);
  if (command == "kernels")
    return dsv4c::runKernels(argc - 1, argv + 1);
  if (command == "report")
    return dsv4c::runReport(argc - 1, argv + 1);
  if (command == "--help" || command == "-h") {
    llvm::outs() << kUsage;
    return dsv4c::kSuccess;
  }
  if (command == "--version") {
    llvm::outs() << "dsv4c " DSV4C_VERSION "\n";
    return dsv4c::kSuccess;
  }
  if (command.empty())
    llvm::errs() << "dsv4c: a command is missing\n\n" << kUsage;
  else
    llvm::errs()
        << "dsv4c: '" << command
        << "' is not a command; expected compile, inspect, kernels or report\n";
  return dsv4c::kBadUsage;
}
