//===- Capture.h - A stream capture in progress -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_CAPTURE_H
#define HIPSTANDIN_CAPTURE_H

#include "Graph.h"
#include <thread>

namespace hipstandin {

class Stream;

/// Shared by the streams that take part. Guarded by Runtime::order.
class Capture {
public:
  Capture(const Stream *origin, hipStreamCaptureMode mode, uint64_t id)
      : graph(std::make_shared<Graph>()), origin(origin), mode(mode), id(id),
        thread(std::this_thread::get_id()) {
    graph->borrowed = true;
  }

  const std::shared_ptr<Graph> graph;
  const Stream *const origin;
  const hipStreamCaptureMode mode;
  const uint64_t id;
  const std::thread::id thread;
  bool invalidated = false;
};

} // namespace hipstandin

#endif // HIPSTANDIN_CAPTURE_H
