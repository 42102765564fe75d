//===- PromptProgress.h - How far a prompt is -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_PROMPTPROGRESS_H
#define DSV4RUN_CLI_PROMPTPROGRESS_H

#include <cstdint>

#include "dsv4run/Cli/Cli.h"

namespace dsv4run {

/// A line on a terminal that is gone when the prompt is done, and with the
/// object.
class PromptProgress {
public:
  PromptProgress(CliStreams &streams, bool quiet)
      : streams_(streams), enabled_(streams.progress && !quiet) {}
  ~PromptProgress() { Clear(); }
  PromptProgress(const PromptProgress &) = delete;
  PromptProgress &operator=(const PromptProgress &) = delete;

  void Show(int64_t done, int64_t total) {
    Clear();
    if (!enabled_ || done >= total)
      return;
    streams_.err << "prompt " << done << "/" << total << " tokens"
                 << std::flush;
    shown_ = true;
  }
  void Clear() {
    if (shown_)
      streams_.err << "\r\x1b[K" << std::flush;
    shown_ = false;
  }

private:
  CliStreams &streams_;
  const bool enabled_;
  bool shown_ = false;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_PROMPTPROGRESS_H
