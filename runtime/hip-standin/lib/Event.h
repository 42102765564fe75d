//===- Event.h - A point in a stream ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_EVENT_H
#define HIPSTANDIN_EVENT_H

#include "Completion.h"
#include <memory>
#include <vector>

namespace hipstandin {

class Capture;
class Node;

class Event {
public:
  explicit Event(unsigned flags, int device) : flags_(flags), device_(device) {}

  unsigned flags() const { return flags_; }
  int device() const { return device_; }

  /// The last record's end; null if never recorded.
  CompletionPtr recorded() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return recorded_;
  }
  void record(CompletionPtr completion) {
    std::lock_guard<std::mutex> lock(mutex_);
    recorded_ = std::move(completion);
  }

  /// Set while the last record was in a capture; guarded by Runtime::order.
  bool captured = false;
  std::weak_ptr<Capture> capture;
  std::vector<Node *> captureTips;

private:
  const unsigned flags_;
  const int device_;
  mutable std::mutex mutex_;
  CompletionPtr recorded_;
};

} // namespace hipstandin

#endif // HIPSTANDIN_EVENT_H
