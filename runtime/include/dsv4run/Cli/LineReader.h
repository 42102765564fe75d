//===- LineReader.h - Lines that a user types -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_LINEREADER_H
#define DSV4RUN_CLI_LINEREADER_H

#include <istream>
#include <string>

#include "dsv4run/Cli/Cli.h"

namespace dsv4run {

/// Reads lines of a terminal, so that Ctrl-C is noticed while waiting, or of a
/// stream. Editing is the terminal's own.
class LineReader {
public:
  enum class Outcome { kLine, kEnd, kInterrupted };

  explicit LineReader(CliStreams &streams)
      : in_(streams.in), terminal_(streams.terminal) {}

  /// The next line without its end. kInterrupted is for a signal that
  /// InterruptScope noted: what was typed of the line is gone.
  Outcome Read(std::string &line);

private:
  Outcome ReadTerminal(std::string &line);

  std::istream &in_;
  int terminal_;
  std::string buffer_; ///< read from the terminal, not yet returned
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_LINEREADER_H
