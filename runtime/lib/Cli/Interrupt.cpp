//===- Interrupt.cpp - Ctrl-C ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Interrupt.h"

namespace dsv4run {
namespace {

volatile std::sig_atomic_t interrupts = 0;

extern "C" void NoteInterrupt(int signal) {
  if (interrupts) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  interrupts = 1;
}

} // namespace

InterruptScope::InterruptScope() {
  Clear();
  struct sigaction action = {};
  action.sa_handler = NoteInterrupt;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART, so that waiting for input ends.
  sigaction(SIGINT, &action, &previous_);
}

InterruptScope::~InterruptScope() { sigaction(SIGINT, &previous_, nullptr); }

bool InterruptScope::Interrupted() { return interrupts != 0; }

void InterruptScope::Clear() { interrupts = 0; }

} // namespace dsv4run
