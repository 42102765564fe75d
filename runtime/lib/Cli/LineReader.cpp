//===- LineReader.cpp - Lines that a user types ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/LineReader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "dsv4run/Cli/Interrupt.h"

namespace dsv4run {

LineReader::Outcome LineReader::ReadTerminal(std::string &line) {
  for (;;) {
    size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return Outcome::kLine;
    }
    pollfd waits[] = {{terminal_, POLLIN, 0},
                      {InterruptScope::descriptor(), POLLIN, 0}};
    const int ready = poll(waits, 2, /*timeout=*/-1);
    if (InterruptScope::Interrupted()) {
      buffer_.clear();
      return Outcome::kInterrupted;
    }
    if (ready < 0 && errno == EINTR)
      continue;
    char bytes[4096];
    ssize_t count = read(terminal_, bytes, sizeof(bytes));
    if (count <= 0) {
      line = std::move(buffer_);
      buffer_.clear();
      return line.empty() ? Outcome::kEnd : Outcome::kLine;
    }
    buffer_.append(bytes, count);
  }
}

LineReader::Outcome LineReader::Read(std::string &line) {
  line.clear();
  if (terminal_ >= 0)
    return ReadTerminal(line);
  if (!std::getline(in_, line))
    return Outcome::kEnd;
  if (!line.empty() && line.back() == '\r')
    line.pop_back();
  return Outcome::kLine;
}

} // namespace dsv4run
