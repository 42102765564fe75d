//===- dsv4-run.cpp - Run a bundle ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <unistd.h>

#include <iostream>

#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Support/ProgressBar.h"

int main(int argc, char **argv) {
  using namespace dsv4run;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  CliStreams streams{std::cin,
                     std::cout,
                     std::cerr,
                     DetectProgressStyle(STDERR_FILENO) != ProgressStyle::kNone,
                     DetectProgressStyle(STDOUT_FILENO) ==
                         ProgressStyle::kColor,
                     isatty(STDIN_FILENO) ? STDIN_FILENO : -1};
  return RunCli(arguments, streams);
}
