//===- ProgressBar.cpp - One line of progress on a terminal ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/ProgressBar.h"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Support/HumanReadable.h"

namespace dsv4run {
namespace {

constexpr int kBarCells = 24;

int TerminalColumns(int fd) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

/// A progress line that cannot be written is no reason to fail.
void WriteBestEffort(int fd, absl::string_view text) {
  if (write(fd, text.data(), text.size()) < 0)
    return;
}

} // namespace

ProgressStyle DetectProgressStyle(int fd) {
  const char *terminal = std::getenv("TERM");
  if (!isatty(fd) || !terminal || absl::string_view(terminal) == "dumb")
    return ProgressStyle::kNone;
  const char *no_color = std::getenv("NO_COLOR");
  return no_color && *no_color ? ProgressStyle::kPlain : ProgressStyle::kColor;
}

std::string FormatProgress(absl::string_view label, uint64_t done,
                           uint64_t total, double elapsed_seconds, int columns,
                           ProgressStyle style) {
  if (style == ProgressStyle::kNone)
    return "";
  done = std::min(done, total);
  double fraction = total ? static_cast<double>(done) / total : 1.0;
  int filled = static_cast<int>(fraction * kBarCells);
  std::string bar(filled, '#');
  std::string rest(kBarCells - filled, '.');
  std::string numbers =
      absl::StrFormat(" %3d%% %s of %s", static_cast<int>(fraction * 100),
                      FormatBytes(done), FormatBytes(total));
  if (elapsed_seconds > 0.5 && done > 0) {
    absl::StrAppend(&numbers, ", ",
                    FormatBytes(static_cast<uint64_t>(done / elapsed_seconds)),
                    "/s");
    if (done < total)
      absl::StrAppend(&numbers, ", ",
                      FormatSeconds(elapsed_seconds * (total - done) / done),
                      " left");
  }
  // Whatever does not fit is dropped from the right; a wrapped line could not
  // be rewritten. Escape sequences take no columns.
  std::string plain = absl::StrCat(label, " [", bar, rest, "]", numbers);
  if (static_cast<int>(plain.size()) > columns)
    return plain.substr(0, std::max(0, columns));
  if (style == ProgressStyle::kPlain)
    return plain;
  return absl::StrCat(label, " [\x1B[32m", bar, "\x1B[0m", rest, "]", numbers);
}

ProgressBar::ProgressBar(std::string label, uint64_t total_bytes, int fd)
    : ProgressBar(std::move(label), total_bytes, fd, DetectProgressStyle(fd)) {}

ProgressBar::ProgressBar(std::string label, uint64_t total_bytes, int fd,
                         ProgressStyle style)
    : label_(std::move(label)), total_(total_bytes), fd_(fd), style_(style),
      start_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
  if (drawn_)
    WriteBestEffort(fd_, "\r\x1B[K");
}

void ProgressBar::Add(uint64_t bytes) {
  uint64_t done = done_ += bytes;
  if (style_ == ProgressStyle::kNone)
    return;
  std::unique_lock<std::mutex> lock(draw_mutex_, std::try_to_lock);
  if (lock.owns_lock() && ElapsedSeconds() >= next_draw_)
    Draw(done);
}

double ProgressBar::ElapsedSeconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       start_)
      .count();
}

void ProgressBar::Draw(uint64_t done) {
  double elapsed = ElapsedSeconds();
  next_draw_ = elapsed + 0.1;
  drawn_ = true;
  // One column stays free: some terminals wrap when the last one is written.
  WriteBestEffort(fd_,
                  absl::StrCat("\r",
                               FormatProgress(label_, done, total_, elapsed,
                                              TerminalColumns(fd_) - 1, style_),
                               "\x1B[K"));
}

} // namespace dsv4run
