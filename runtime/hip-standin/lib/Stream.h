//===- Stream.h - A queue with a thread -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_STREAM_H
#define HIPSTANDIN_STREAM_H

#include "Work.h"
#include <deque>
#include <thread>

namespace hipstandin {

class Capture;
class Node;
class Runtime;

/// Runs work in the order it came in, each piece after what it depends on. The
/// thread starts with the first piece.
class Stream {
public:
  enum class Kind { Legacy, PerThread, Created };

  Stream(Runtime &runtime, int device, Kind kind, unsigned flags, int priority)
      : runtime_(runtime), device_(device), kind_(kind), flags_(flags),
        priority_(priority) {}
  /// Waits for the work that is queued.
  ~Stream();

  int device() const { return device_; }
  Kind kind() const { return kind_; }
  unsigned flags() const { return flags_; }
  int priority() const { return priority_; }
  /// Ordered against the legacy default stream.
  bool blocking() const { return !(flags_ & hipStreamNonBlocking); }

  CompletionPtr push(Work work, std::vector<CompletionPtr> after);
  /// The end of the newest work; null if there was none.
  CompletionPtr last() const;
  /// Ends the thread after the work it is at, dropping the rest.
  void abandon();

  /// Guarded by Runtime::order.
  std::shared_ptr<Capture> capture;
  std::vector<Node *> captureTips;

private:
  struct Item {
    Work work;
    std::vector<CompletionPtr> after;
    CompletionPtr done;
  };
  void serve();
  void stop(bool drop);

  Runtime &runtime_;
  const int device_;
  const Kind kind_;
  const unsigned flags_;
  const int priority_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  CompletionPtr last_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_STREAM_H
