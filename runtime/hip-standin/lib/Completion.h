//===- Completion.h - One operation's end -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_COMPLETION_H
#define HIPSTANDIN_COMPLETION_H

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace hipstandin {

/// Happens once; streams, events and threads wait for it.
class Completion {
public:
  using Clock = std::chrono::steady_clock;

  void signal() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      when_ = Clock::now();
      done_ = true;
    }
    happened_.notify_all();
  }
  void wait() const {
    std::unique_lock<std::mutex> lock(mutex_);
    happened_.wait(lock, [&] { return done_; });
  }
  bool done() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return done_;
  }
  /// Valid once done.
  Clock::time_point when() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return when_;
  }

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable happened_;
  bool done_ = false;
  Clock::time_point when_;
};

using CompletionPtr = std::shared_ptr<Completion>;

} // namespace hipstandin

#endif // HIPSTANDIN_COMPLETION_H
