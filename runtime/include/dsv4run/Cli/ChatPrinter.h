//===- ChatPrinter.h - An answer as it comes ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_CHATPRINTER_H
#define DSV4RUN_CLI_CHATPRINTER_H

#include <optional>
#include <ostream>
#include <vector>

#include "dsv4run/Chat/ChatOutputParser.h"

namespace dsv4run {

/// Shows reasoning and tool calls dimmed, or without colours between lines that
/// name them.
class ChatPrinter {
public:
  ChatPrinter(std::ostream &out, bool color) : out_(out), color_(color) {}

  void Print(const std::vector<ChatDelta> &deltas);
  /// Ends the last line.
  void Finish();

private:
  void Enter(ChatDelta::Kind kind);

  std::ostream &out_;
  bool color_;
  std::optional<ChatDelta::Kind> kind_; ///< of what was printed last
  bool at_line_start_ = true;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_CHATPRINTER_H
