//===- ApiCapture.cpp - Stream capture ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

using namespace hipstandin;

extern "C" {

hipError_t hipStreamBeginCapture(hipStream_t handle,
                                 hipStreamCaptureMode mode) {
  return call("hipStreamBeginCapture", [&](Runtime &runtime) {
    auto stream = runtime.stream(handle);
    if (!stream)
      return hipErrorInvalidHandle;
    if (mode < hipStreamCaptureModeGlobal || mode > hipStreamCaptureModeRelaxed)
      return hipErrorInvalidValue;
    return runtime.beginCapture(*stream, mode);
  });
}

hipError_t hipStreamEndCapture(hipStream_t handle, hipGraph_t *graph) {
  return call("hipStreamEndCapture", [&](Runtime &runtime) {
    if (!graph)
      return hipErrorInvalidValue;
    *graph = nullptr;
    auto stream = runtime.stream(handle);
    if (!stream)
      return hipErrorInvalidHandle;
    return runtime.endCapture(*stream, graph);
  });
}

hipError_t hipStreamIsCapturing(hipStream_t handle,
                                hipStreamCaptureStatus *status) {
  return hipStreamGetCaptureInfo_v2(handle, status, nullptr, nullptr, nullptr,
                                    nullptr);
}

hipError_t hipStreamGetCaptureInfo(hipStream_t handle,
                                   hipStreamCaptureStatus *status,
                                   unsigned long long *id) {
  return hipStreamGetCaptureInfo_v2(handle, status, id, nullptr, nullptr,
                                    nullptr);
}

hipError_t hipStreamGetCaptureInfo_v2(hipStream_t handle,
                                      hipStreamCaptureStatus *status,
                                      unsigned long long *id, hipGraph_t *graph,
                                      const hipGraphNode_t **dependencies,
                                      size_t *dependencyCount) {
  return call("hipStreamGetCaptureInfo", [&](Runtime &runtime) {
    auto stream = runtime.stream(handle);
    if (!stream)
      return hipErrorInvalidHandle;
    if (!status)
      return hipErrorInvalidValue;
    std::lock_guard<std::mutex> lock(runtime.order);
    const std::shared_ptr<Capture> &capture = stream->capture;
    *status = !capture               ? hipStreamCaptureStatusNone
              : capture->invalidated ? hipStreamCaptureStatusInvalidated
                                     : hipStreamCaptureStatusActive;
    if (*status != hipStreamCaptureStatusActive)
      return hipSuccess;
    if (id)
      *id = capture->id;
    if (graph)
      *graph = runtime.publish(capture->graph);
    if (dependencies)
      *dependencies =
          reinterpret_cast<const hipGraphNode_t *>(stream->captureTips.data());
    if (dependencyCount)
      *dependencyCount = stream->captureTips.size();
    return hipSuccess;
  });
}

hipError_t hipStreamUpdateCaptureDependencies(hipStream_t handle,
                                              hipGraphNode_t *dependencies,
                                              size_t dependencyCount,
                                              unsigned int flags) {
  return call("hipStreamUpdateCaptureDependencies", [&](Runtime &runtime) {
    auto stream = runtime.stream(handle);
    if (!stream)
      return hipErrorInvalidHandle;
    if (flags > hipStreamSetCaptureDependencies ||
        (dependencyCount != 0 && !dependencies))
      return hipErrorInvalidValue;
    std::lock_guard<std::mutex> lock(runtime.order);
    if (!stream->capture)
      return hipErrorIllegalState;
    if (stream->capture->invalidated)
      return hipErrorStreamCaptureInvalidated;
    std::vector<Node *> tips;
    if (flags == hipStreamAddCaptureDependencies)
      tips = stream->captureTips;
    for (size_t k = 0; k < dependencyCount; ++k) {
      auto *node = reinterpret_cast<Node *>(dependencies[k]);
      if (!stream->capture->graph->contains(node))
        return hipErrorInvalidValue;
      if (std::find(tips.begin(), tips.end(), node) == tips.end())
        tips.push_back(node);
    }
    stream->captureTips = std::move(tips);
    return hipSuccess;
  });
}

hipError_t hipThreadExchangeStreamCaptureMode(hipStreamCaptureMode *mode) {
  return call("hipThreadExchangeStreamCaptureMode", [&](Runtime &) {
    if (!mode || *mode < hipStreamCaptureModeGlobal ||
        *mode > hipStreamCaptureModeRelaxed)
      return hipErrorInvalidValue;
    std::swap(*mode, Runtime::thread().captureMode);
    return hipSuccess;
  });
}

} // extern "C"
