//===- Interrupt.h - Ctrl-C -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_INTERRUPT_H
#define DSV4RUN_CLI_INTERRUPT_H

#include <csignal>

namespace dsv4run {

/// While an object of this class exists, SIGINT is noted instead of ending the
/// process. A second one before the first was cleared ends it after all: a run
/// that doesn't react can always be stopped.
class InterruptScope {
public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope &) = delete;
  InterruptScope &operator=(const InterruptScope &) = delete;

  static bool Interrupted();
  static void Clear();
  /// A file descriptor that can be read from while Interrupted: what waits for
  /// input waits for it too. A signal between a look at Interrupted and the
  /// wait is not missed. -1 if there is none.
  static int descriptor();

private:
  struct sigaction previous_;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_INTERRUPT_H
