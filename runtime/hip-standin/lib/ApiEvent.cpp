//===- ApiEvent.cpp - Events ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

using namespace hipstandin;

/// Whether the event's last record was in a capture.
static bool captured(Runtime &runtime, const Event &event) {
  std::lock_guard<std::mutex> lock(runtime.order);
  return event.captured;
}

extern "C" {

hipError_t hipEventCreateWithFlags(hipEvent_t *event, unsigned int flags) {
  return call("hipEventCreateWithFlags", [&](Runtime &runtime) {
    constexpr unsigned kKnown =
        hipEventBlockingSync | hipEventDisableTiming | hipEventInterprocess |
        hipEventDisableSystemFence | hipEventReleaseToDevice |
        hipEventReleaseToSystem;
    if (!event || (flags & ~kKnown) != 0)
      return hipErrorInvalidValue;
    if (flags & hipEventInterprocess)
      return explain("hipEventCreateWithFlags", hipErrorNotSupported,
                     "events between processes");
    *event = runtime.events.add<hipEvent_t>(
        std::make_shared<Event>(flags, runtime.current().ordinal));
    return hipSuccess;
  });
}

hipError_t hipEventCreate(hipEvent_t *event) {
  return hipEventCreateWithFlags(event, hipEventDefault);
}

hipError_t hipEventDestroy(hipEvent_t event) {
  return callRelease("hipEventDestroy", [&](Runtime &runtime) {
    return runtime.events.remove(event) ? hipSuccess : hipErrorInvalidHandle;
  });
}

hipError_t hipEventRecord(hipEvent_t event, hipStream_t handle) {
  return call("hipEventRecord", [&](Runtime &runtime) {
    auto found = runtime.events.find(event);
    auto stream = runtime.stream(handle);
    if (!found || !stream)
      return hipErrorInvalidHandle;
    if (found->device() != stream->device())
      return hipErrorInvalidHandle;
    return runtime.record(*stream, found);
  });
}

hipError_t hipEventRecordWithFlags(hipEvent_t event, hipStream_t stream,
                                   unsigned int flags) {
  if (flags != 0)
    return finish("hipEventRecordWithFlags",
                  explain("hipEventRecordWithFlags", hipErrorNotSupported,
                          "flags other than the default"));
  return hipEventRecord(event, stream);
}

hipError_t hipEventSynchronize(hipEvent_t event) {
  return call("hipEventSynchronize", [&](Runtime &runtime) {
    auto found = runtime.events.find(event);
    if (!found)
      return hipErrorInvalidHandle;
    if (captured(runtime, *found))
      return hipErrorCapturedEvent;
    if (CompletionPtr recorded = found->recorded())
      recorded->wait();
    return runtime.failure();
  });
}

hipError_t hipEventQuery(hipEvent_t event) {
  return call("hipEventQuery", [&](Runtime &runtime) {
    auto found = runtime.events.find(event);
    if (!found)
      return hipErrorInvalidHandle;
    if (captured(runtime, *found))
      return hipErrorCapturedEvent;
    CompletionPtr recorded = found->recorded();
    return recorded && !recorded->done() ? hipErrorNotReady : runtime.failure();
  });
}

hipError_t hipEventElapsedTime(float *milliseconds, hipEvent_t start,
                               hipEvent_t stop) {
  return call("hipEventElapsedTime", [&](Runtime &runtime) {
    if (!milliseconds)
      return hipErrorInvalidValue;
    auto first = runtime.events.find(start), last = runtime.events.find(stop);
    if (!first || !last)
      return hipErrorInvalidHandle;
    if (((first->flags() | last->flags()) & hipEventDisableTiming) != 0)
      return hipErrorInvalidHandle;
    if (captured(runtime, *first) || captured(runtime, *last))
      return hipErrorCapturedEvent;
    CompletionPtr from = first->recorded(), to = last->recorded();
    if (!from || !to)
      return hipErrorInvalidHandle;
    if (!from->done() || !to->done())
      return hipErrorNotReady;
    *milliseconds =
        std::chrono::duration<float, std::milli>(to->when() - from->when())
            .count();
    return hipSuccess;
  });
}

} // extern "C"
