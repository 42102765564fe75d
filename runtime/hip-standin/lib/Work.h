//===- Work.h - What a stream or a graph can be told to do ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_WORK_H
#define HIPSTANDIN_WORK_H

#include "Completion.h"
#include "Engine.h"
#include "Module.h"
#include "hip/hip_runtime_api.h"
#include <memory>
#include <variant>
#include <vector>

namespace hipstandin {

class Event;
class Graph;
struct GraphPlan;

struct EmptyWork {};

/// A launch that was checked when it was asked for, with its own copy of the
/// arguments.
struct KernelWork {
  std::shared_ptr<Function> function;
  std::shared_ptr<Module> module;
  const void *handle = nullptr; ///< What the caller named the kernel by.
  Engine::Shape shape;
  std::vector<uint8_t> arguments;
};

/// Rows of `width` bytes, `height` of them per slice.
struct CopyWork {
  void *to = nullptr;
  const void *from = nullptr;
  size_t toPitch = 0, fromPitch = 0;
  size_t toSlice = 0, fromSlice = 0; ///< Bytes from slice to slice.
  size_t width = 0, height = 1, depth = 1;
  hipMemcpyKind kind = hipMemcpyDefault;
};

/// Rows of `width` elements of 1, 2 or 4 bytes.
struct FillWork {
  void *to = nullptr;
  uint32_t value = 0;
  unsigned elementBytes = 1;
  size_t pitch = 0, slice = 0;
  size_t width = 0, height = 1, depth = 1;
};

struct HostWork {
  hipHostFn_t function = nullptr;
  void *userData = nullptr;
};

/// The older callback, which also gets a stream and a status.
struct CallbackWork {
  hipStreamCallback_t function = nullptr;
  hipStream_t stream = nullptr;
  void *userData = nullptr;
};

/// Of graphs; in a stream, the record of an event is the end of empty work.
struct RecordWork {
  std::shared_ptr<Event> event;
};

struct WaitWork {
  std::shared_ptr<Event> event;
};

/// Ends an allocation of hipMallocAsync.
struct FreeWork {
  void *pointer = nullptr;
};

struct ChildWork {
  explicit ChildWork(const Graph &original); ///< Takes a copy.
  std::shared_ptr<Graph> graph;
};

/// A graph as it was when it was launched.
struct GraphWork {
  std::shared_ptr<const GraphPlan> plan;
  /// What this launch signals at the plan's records of events, in order.
  std::vector<CompletionPtr> records;
};

using Work = std::variant<EmptyWork, KernelWork, CopyWork, FillWork, HostWork,
                          CallbackWork, RecordWork, WaitWork, FreeWork,
                          ChildWork, GraphWork>;

} // namespace hipstandin

#endif // HIPSTANDIN_WORK_H
