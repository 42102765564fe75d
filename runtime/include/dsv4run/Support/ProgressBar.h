//===- ProgressBar.h - One line of progress on a terminal -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_PROGRESSBAR_H
#define DSV4RUN_SUPPORT_PROGRESSBAR_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// How progress is shown.
enum class ProgressStyle {
  kNone,  ///< not at all
  kPlain, ///< one rewritten line
  kColor, ///< the same with colours
};

/// kNone unless `fd` is a terminal that can rewrite a line; kPlain if the user
/// set NO_COLOR.
ProgressStyle DetectProgressStyle(int fd);

/// The line that the bar shows, at most `columns` wide and without control
/// characters unless in colour.
std::string FormatProgress(absl::string_view label, uint64_t done,
                           uint64_t total, double elapsed_seconds, int columns,
                           ProgressStyle style);

/// Progress in bytes, rewritten at most ten times a second. Add is thread-safe.
class ProgressBar {
public:
  /// Shows on `fd`, by default stderr, in the style that fits it.
  ProgressBar(std::string label, uint64_t total_bytes, int fd = 2);
  ProgressBar(std::string label, uint64_t total_bytes, int fd,
              ProgressStyle style);
  /// Clears the line, so that messages start on a clean one.
  ~ProgressBar();
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;

  void Add(uint64_t bytes);

private:
  double ElapsedSeconds() const;
  void Draw(uint64_t done);

  const std::string label_;
  const uint64_t total_;
  const int fd_;
  const ProgressStyle style_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<uint64_t> done_{0};
  std::mutex draw_mutex_; // guards next_draw_ and drawn_
  double next_draw_ = 0;
  bool drawn_ = false;
};

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_PROGRESSBAR_H
