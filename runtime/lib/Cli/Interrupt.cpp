//===- Interrupt.cpp - Ctrl-C ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace dsv4run {
namespace {

volatile std::sig_atomic_t interrupts = 0;
int ends[2] = {-1, -1}; ///< of a pipe

extern "C" void NoteInterrupt(int signal) {
  const int error = errno;
  if (interrupts) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  interrupts = 1;
  // If the pipe is full, there is something to read.
  [[maybe_unused]] ssize_t written = write(ends[1], "", 1);
  errno = error;
}

bool MakePipe() {
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0)
    return true;
  ends[0] = ends[1] = -1;
  return false;
}

} // namespace

InterruptScope::InterruptScope() {
  [[maybe_unused]] static const bool made = MakePipe();
  Clear();
  struct sigaction action = {};
  action.sa_handler = NoteInterrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &previous_);
}

InterruptScope::~InterruptScope() { sigaction(SIGINT, &previous_, nullptr); }

bool InterruptScope::Interrupted() { return interrupts != 0; }

void InterruptScope::Clear() {
  char byte;
  while (ends[0] >= 0 && read(ends[0], &byte, 1) == 1) {
  }
  interrupts = 0;
}

int InterruptScope::descriptor() { return ends[0]; }

} // namespace dsv4run
