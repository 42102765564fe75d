//===- Runtime.h - All state of the stand-in --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef HIPSTANDIN_RUNTIME_H
#define HIPSTANDIN_RUNTIME_H

#include "Allocations.h"
#include "Capture.h"
#include "Engine.h"
#include "Event.h"
#include "Handles.h"
#include "Settings.h"
#include "StaticCode.h"
#include "Stream.h"
#include <set>

namespace hipstandin {

struct Device {
  explicit Device(int ordinal) : ordinal(ordinal) {}
  const int ordinal;
  std::shared_ptr<Stream> legacy; ///< What a null stream handle means.
  std::set<int> peers;            ///< Whose memory it was given access to.
  unsigned flags = 0;
  unsigned primaryContexts = 0;
};

/// What a thread has of its own.
struct Thread {
  hipError_t lastError = hipSuccess;  ///< As hipGetLastError tells it.
  hipError_t lastResult = hipSuccess; ///< Of the last call, error or not.
  int device = 0;
  hipStreamCaptureMode captureMode = hipStreamCaptureModeGlobal;
  std::vector<int> contexts; ///< Devices of pushed contexts.
  struct Call {
    dim3 grid, block;
    size_t sharedBytes;
    hipStream_t stream;
  };
  std::vector<Call> calls; ///< Of __hipPushCallConfiguration.
};

class Runtime {
public:
  /// Made by the first call and never destroyed; null if the environment asks
  /// for what cannot be, which stderr has said.
  static Runtime *get();
  /// The same, but never makes it.
  static Runtime *existing();
  static Thread &thread();

  explicit Runtime(const Settings &settings);

  const Settings settings;
  Engine engine;
  Allocations memory;
  std::vector<std::unique_ptr<Device>> devices;
  Handles<Stream> streams;
  Handles<Event> events;
  Handles<Module> modules;
  Handles<Function> functions;
  Handles<Graph> graphs;
  Handles<Node> nodes;
  Handles<GraphExec> execs;
  StaticCode &code; ///< What the program registered before main.

  /// Orders what is handed to streams, and captures.
  std::mutex order;

  Device &current() { return *devices[thread().device]; }
  bool validDevice(int ordinal) const {
    return ordinal >= 0 && ordinal < static_cast<int>(devices.size());
  }

  /// The stream behind a handle, default streams included; null if it is none.
  std::shared_ptr<Stream> stream(hipStream_t handle);
  std::shared_ptr<Stream> perThreadStream(int device);
  /// Streams of a device: all of them, or those that the legacy default stream
  /// is ordered against.
  std::vector<std::shared_ptr<Stream>> streamsOf(int device, bool blockingOnly);

  /// Hands work to a stream, or to the graph that the stream is captured into.
  hipError_t submit(Stream &stream, Work work, CompletionPtr *done = nullptr);
  hipError_t record(Stream &stream, const std::shared_ptr<Event> &event);
  hipError_t wait(Stream &stream, const std::shared_ptr<Event> &event);
  hipError_t synchronize(Stream &stream);
  /// Waits for everything on a device.
  hipError_t synchronize(Device &device);

  hipError_t beginCapture(Stream &stream, hipStreamCaptureMode mode);
  hipError_t endCapture(Stream &stream, hipGraph_t *graph);
  /// hipErrorStreamCaptureUnsupported if a call that a capture cannot record
  /// happens where the captures in progress forbid it; they end with it.
  hipError_t checkNoCapture();
  /// Makes handles of a graph and its nodes.
  hipGraph_t publish(std::shared_ptr<Graph> graph);
  hipGraphNode_t publishNewest(const Graph &graph);
  /// Takes the handles of a graph, its nodes and their child graphs away.
  void retract(const Graph &graph);

  /// What every call returns once a kernel failed or a device was lost.
  hipError_t failure() const {
    return static_cast<hipError_t>(failure_.load());
  }
  void fail(hipError_t error, const std::string &message);

  /// True once for the fault's turn.
  static bool isTurn(std::atomic<uint64_t> &count, uint64_t turn) {
    return turn != 0 && count.fetch_add(1) + 1 == turn;
  }
  std::atomic<uint64_t> allocationCount{0}, launchCount{0}, operationCount{0};

  /// Ends all threads and reports what the program left behind.
  size_t shutDown();

private:
  hipError_t submitLocked(Stream &stream, Work work, CompletionPtr after,
                          CompletionPtr *done);
  std::vector<CompletionPtr> implicitOrder(Stream &stream);
  std::vector<std::shared_ptr<Stream>> capturingStreams(const Capture *capture);

  std::atomic<int> failure_{hipSuccess};
  std::atomic<uint64_t> captureCount_{0};
};

/// Writes one message to stderr, as a whole.
void say(const std::string &message);

} // namespace hipstandin

#endif // HIPSTANDIN_RUNTIME_H
