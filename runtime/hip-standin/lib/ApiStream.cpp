//===- ApiStream.cpp - Streams --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Api.h"

using namespace hipstandin;

static constexpr int kLeastPriority = 1, kGreatestPriority = -1;

static hipError_t create(const char *function, hipStream_t *stream,
                         unsigned flags, int priority) {
  return call(function, [&](Runtime &runtime) {
    if (!stream || (flags & ~hipStreamNonBlocking) != 0)
      return hipErrorInvalidValue;
    priority = std::max(kGreatestPriority, std::min(kLeastPriority, priority));
    *stream = runtime.streams.add<hipStream_t>(
        std::make_shared<Stream>(runtime, runtime.current().ordinal,
                                 Stream::Kind::Created, flags, priority));
    return hipSuccess;
  });
}

/// A call on one stream.
template <class Body>
static hipError_t on(const char *function, hipStream_t handle, Body &&body) {
  return call(function, [&](Runtime &runtime) {
    auto stream = runtime.stream(handle);
    return stream ? body(runtime, *stream) : hipErrorInvalidHandle;
  });
}

extern "C" {

hipError_t hipStreamCreate(hipStream_t *stream) {
  return create("hipStreamCreate", stream, hipStreamDefault, 0);
}
hipError_t hipStreamCreateWithFlags(hipStream_t *stream, unsigned int flags) {
  return create("hipStreamCreateWithFlags", stream, flags, 0);
}
hipError_t hipStreamCreateWithPriority(hipStream_t *stream, unsigned int flags,
                                       int priority) {
  return create("hipStreamCreateWithPriority", stream, flags, priority);
}

hipError_t hipStreamDestroy(hipStream_t handle) {
  return callRelease("hipStreamDestroy", [&](Runtime &runtime) {
    if (!handle || handle == hipStreamLegacy || handle == hipStreamPerThread)
      return hipErrorInvalidHandle;
    std::shared_ptr<Stream> stream;
    {
      std::lock_guard<std::mutex> lock(runtime.order);
      stream = runtime.streams.remove(handle);
      if (!stream)
        return hipErrorInvalidHandle;
      if (stream->capture) {
        stream->capture->invalidated = true;
        stream->capture.reset();
      }
    }
    stream.reset(); // Its work ends first.
    return hipSuccess;
  });
}

hipError_t hipStreamQuery(hipStream_t handle) {
  return on("hipStreamQuery", handle, [&](Runtime &runtime, Stream &stream) {
    std::vector<CompletionPtr> open{stream.last()};
    {
      std::lock_guard<std::mutex> lock(runtime.order);
      if (stream.capture) {
        stream.capture->invalidated = true;
        return hipErrorStreamCaptureUnsupported;
      }
    }
    if (stream.kind() == Stream::Kind::Legacy)
      for (const auto &other :
           runtime.streamsOf(stream.device(), /*blockingOnly=*/true))
        open.push_back(other->last());
    for (const CompletionPtr &completion : open)
      if (completion && !completion->done())
        return hipErrorNotReady;
    return runtime.failure();
  });
}

hipError_t hipStreamSynchronize(hipStream_t handle) {
  return on("hipStreamSynchronize", handle,
            [](Runtime &runtime, Stream &stream) {
              return runtime.synchronize(stream);
            });
}

hipError_t hipStreamWaitEvent(hipStream_t handle, hipEvent_t event,
                              unsigned int) {
  return on(
      "hipStreamWaitEvent", handle, [&](Runtime &runtime, Stream &stream) {
        auto found = runtime.events.find(event);
        return found ? runtime.wait(stream, found) : hipErrorInvalidHandle;
      });
}

hipError_t hipStreamGetFlags(hipStream_t handle, unsigned int *flags) {
  return on("hipStreamGetFlags", handle, [&](Runtime &, Stream &stream) {
    if (!flags)
      return hipErrorInvalidValue;
    *flags = stream.flags();
    return hipSuccess;
  });
}

hipError_t hipStreamGetPriority(hipStream_t handle, int *priority) {
  return on("hipStreamGetPriority", handle, [&](Runtime &, Stream &stream) {
    if (!priority)
      return hipErrorInvalidValue;
    *priority = stream.priority();
    return hipSuccess;
  });
}

hipError_t hipStreamGetDevice(hipStream_t handle, hipDevice_t *device) {
  return on("hipStreamGetDevice", handle, [&](Runtime &, Stream &stream) {
    if (!device)
      return hipErrorInvalidValue;
    *device = stream.device();
    return hipSuccess;
  });
}

hipError_t hipStreamAddCallback(hipStream_t handle,
                                hipStreamCallback_t callback, void *userData,
                                unsigned int flags) {
  return on(
      "hipStreamAddCallback", handle, [&](Runtime &runtime, Stream &stream) {
        if (!callback || flags != 0)
          return hipErrorInvalidValue;
        if (stream.capture)
          return hipErrorStreamCaptureUnsupported;
        return runtime.submit(stream, CallbackWork{callback, handle, userData});
      });
}

hipError_t hipLaunchHostFunc(hipStream_t handle, hipHostFn_t function,
                             void *userData) {
  return on("hipLaunchHostFunc", handle, [&](Runtime &runtime, Stream &stream) {
    if (!function)
      return hipErrorInvalidValue;
    return runtime.submit(stream, HostWork{function, userData});
  });
}

} // extern "C"
