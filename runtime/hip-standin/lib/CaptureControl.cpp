//===- CaptureControl.cpp - Begin, end and rules of captures --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Runtime.h"
#include <unordered_set>

namespace hipstandin {

std::vector<std::shared_ptr<Stream>>
Runtime::capturingStreams(const Capture *capture) {
  std::vector<std::shared_ptr<Stream>> out;
  for (auto &stream : streams.all())
    if (stream->capture && (!capture || stream->capture.get() == capture))
      out.push_back(std::move(stream));
  return out;
}

hipError_t Runtime::beginCapture(Stream &stream, hipStreamCaptureMode mode) {
  std::lock_guard<std::mutex> lock(order);
  if (stream.kind() == Stream::Kind::Legacy)
    return hipErrorStreamCaptureUnsupported;
  if (stream.capture)
    return hipErrorIllegalState;
  stream.capture = std::make_shared<Capture>(&stream, mode, ++captureCount_);
  stream.captureTips.clear();
  return hipSuccess;
}

/// Whether every node is one of `ends` or comes before one.
static bool joins(const Graph &graph, const std::vector<Node *> &ends) {
  std::vector<Node *> open = ends;
  std::unordered_set<Node *> reached(ends.begin(), ends.end());
  while (!open.empty()) {
    Node *node = open.back();
    open.pop_back();
    for (Node *before : node->dependencies)
      if (reached.insert(before).second)
        open.push_back(before);
  }
  return reached.size() == graph.nodes().size();
}

hipError_t Runtime::endCapture(Stream &stream, hipGraph_t *graph) {
  std::lock_guard<std::mutex> lock(order);
  std::shared_ptr<Capture> capture = stream.capture;
  if (!capture)
    return hipErrorIllegalState;
  if (capture->origin != &stream)
    return hipErrorStreamCaptureUnmatched;
  if (capture->mode != hipStreamCaptureModeRelaxed &&
      capture->thread != std::this_thread::get_id())
    return hipErrorStreamCaptureWrongThread;
  std::vector<Node *> tips = std::move(stream.captureTips);
  for (const auto &member : capturingStreams(capture.get())) {
    member->capture.reset();
    member->captureTips.clear();
  }
  hipError_t error = capture->invalidated ? hipErrorStreamCaptureInvalidated
                     : joins(*capture->graph, tips)
                         ? hipSuccess
                         : hipErrorStreamCaptureUnjoined;
  if (error != hipSuccess) {
    retract(*capture->graph);
    return error;
  }
  capture->graph->borrowed = false;
  *graph = publish(capture->graph);
  return hipSuccess;
}

hipError_t Runtime::checkNoCapture() {
  std::lock_guard<std::mutex> lock(order);
  hipStreamCaptureMode mine = thread().captureMode;
  bool forbidden = false;
  if (mine == hipStreamCaptureModeRelaxed)
    return hipSuccess;
  for (const auto &stream : capturingStreams(nullptr)) {
    Capture &capture = *stream->capture;
    bool own = capture.thread == std::this_thread::get_id();
    bool forbids = capture.mode == hipStreamCaptureModeGlobal
                       ? own || mine == hipStreamCaptureModeGlobal
                       : capture.mode == hipStreamCaptureModeThreadLocal && own;
    if (forbids)
      forbidden = capture.invalidated = true;
  }
  return forbidden ? hipErrorStreamCaptureUnsupported : hipSuccess;
}

hipGraph_t Runtime::publish(std::shared_ptr<Graph> graph) {
  for (const auto &node : graph->nodes())
    nodes.add<hipGraphNode_t>(node);
  return graphs.add<hipGraph_t>(std::move(graph));
}

void Runtime::retract(const Graph &graph) {
  graphs.remove(&graph);
  for (const auto &node : graph.nodes()) {
    nodes.remove(node.get());
    if (const auto *child = std::get_if<ChildWork>(&node->work))
      retract(*child->graph);
  }
}

hipGraphNode_t Runtime::publishNewest(const Graph &graph) {
  return nodes.add<hipGraphNode_t>(graph.nodes().back());
}

} // namespace hipstandin
