//===- Runtime.cpp - All state of the stand-in ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Runtime.h"
#include "absl/strings/str_cat.h"
#include <cstdio>
#include <cstdlib>

namespace hipstandin {
namespace {

std::atomic<Runtime *> made{nullptr};

Runtime *make() {
  auto settings = readSettings([](const char *name) { return getenv(name); });
  if (!settings.ok()) {
    say(absl::StrCat(settings.status().message(), "; every call fails"));
    return nullptr;
  }
  auto *runtime = new Runtime(*settings);
  if (runtime->engine.memory().reserved() == 0) {
    say(absl::StrCat("cannot reserve ", kAddressSpace,
                     " bytes of address space (is there a limit, ulimit -v?); "
                     "every call fails"));
    delete runtime;
    return nullptr;
  }
  return runtime;
}

} // namespace

void say(const std::string &message) {
  std::string text;
  absl::StrAppend(&text, "hip-standin: ", message, "\n");
  fputs(text.c_str(), stderr);
}

Runtime *Runtime::get() {
  // Never destroyed: programs use HIP in their last destructors.
  static Runtime *runtime = [] {
    Runtime *r = make();
    made.store(r);
    return r;
  }();
  return runtime;
}

Runtime *Runtime::existing() { return made.load(); }

Thread &Runtime::thread() {
  thread_local Thread state;
  return state;
}

Runtime::Runtime(const Settings &settings)
    : settings(settings), engine(settings),
      memory(engine.memory(), settings.devices, settings.memoryBytes),
      code(StaticCode::get()) {
  for (int k = 0; k < settings.devices; ++k) {
    devices.push_back(std::make_unique<Device>(k));
    devices.back()->legacy =
        std::make_shared<Stream>(*this, k, Stream::Kind::Legacy, 0, 0);
  }
}

std::shared_ptr<Stream> Runtime::perThreadStream(int device) {
  // Streams of threads that are gone end with the process.
  thread_local std::unordered_map<int, std::weak_ptr<Stream>> mine;
  auto stream = mine[device].lock();
  if (!stream) {
    stream =
        std::make_shared<Stream>(*this, device, Stream::Kind::PerThread, 0, 0);
    mine[device] = stream;
    streams.add<hipStream_t>(stream);
  }
  return stream;
}

std::shared_ptr<Stream> Runtime::stream(hipStream_t handle) {
  if (!handle || handle == hipStreamLegacy)
    return current().legacy;
  if (handle == hipStreamPerThread)
    return perThreadStream(current().ordinal);
  return streams.find(handle);
}

std::vector<std::shared_ptr<Stream>> Runtime::streamsOf(int device,
                                                        bool blockingOnly) {
  std::vector<std::shared_ptr<Stream>> out;
  for (auto &stream : streams.all())
    if (stream->device() == device && (!blockingOnly || stream->blocking()))
      out.push_back(std::move(stream));
  return out;
}

void Runtime::fail(hipError_t error, const std::string &message) {
  int none = hipSuccess;
  bool first = failure_.compare_exchange_strong(none, error);
  say(message + (first ? absl::StrCat("\nhip-standin: from here on every call "
                                      "returns ",
                                      hipGetErrorName(error))
                       : ""));
}

std::vector<CompletionPtr> Runtime::implicitOrder(Stream &stream) {
  std::vector<CompletionPtr> after;
  auto add = [&](const CompletionPtr &completion) {
    if (completion && !completion->done())
      after.push_back(completion);
  };
  if (stream.kind() == Stream::Kind::Legacy) {
    for (const auto &other : streamsOf(stream.device(), /*blockingOnly=*/true))
      add(other->last());
  } else if (stream.blocking()) {
    add(devices[stream.device()]->legacy->last());
  }
  return after;
}

hipError_t Runtime::submitLocked(Stream &stream, Work work, CompletionPtr after,
                                 CompletionPtr *done) {
  if (stream.capture) {
    if (stream.capture->invalidated)
      return hipErrorStreamCaptureInvalidated;
    stream.captureTips = {
        stream.capture->graph->add(std::move(work), stream.captureTips)};
    return hipSuccess;
  }
  if (stream.kind() == Stream::Kind::Legacy) {
    bool implicit = false;
    for (const auto &other : streamsOf(stream.device(), /*blockingOnly=*/true))
      if (other->capture)
        implicit = other->capture->invalidated = true;
    if (implicit)
      return hipErrorStreamCaptureImplicit;
  }
  std::vector<CompletionPtr> order = implicitOrder(stream);
  if (after)
    order.push_back(std::move(after));
  CompletionPtr end = stream.push(std::move(work), std::move(order));
  if (done)
    *done = std::move(end);
  return hipSuccess;
}

hipError_t Runtime::submit(Stream &stream, Work work, CompletionPtr *done) {
  std::lock_guard<std::mutex> lock(order);
  return submitLocked(stream, std::move(work), nullptr, done);
}

hipError_t Runtime::record(Stream &stream,
                           const std::shared_ptr<Event> &event) {
  std::lock_guard<std::mutex> lock(order);
  if (stream.capture) {
    if (stream.capture->invalidated)
      return hipErrorStreamCaptureInvalidated;
    event->captured = true;
    event->capture = stream.capture;
    event->captureTips = stream.captureTips;
    return hipSuccess;
  }
  CompletionPtr completion;
  if (hipError_t error =
          submitLocked(stream, EmptyWork(), nullptr, &completion);
      error != hipSuccess)
    return error;
  event->captured = false;
  event->record(std::move(completion));
  return hipSuccess;
}

hipError_t Runtime::wait(Stream &stream, const std::shared_ptr<Event> &event) {
  std::lock_guard<std::mutex> lock(order);
  if (stream.capture && stream.capture->invalidated)
    return hipErrorStreamCaptureInvalidated;
  if (event->captured) {
    std::shared_ptr<Capture> capture = event->capture.lock();
    if (!capture)
      return hipErrorCapturedEvent;
    if (stream.capture && stream.capture != capture) {
      stream.capture->invalidated = capture->invalidated = true;
      return hipErrorStreamCaptureMerge;
    }
    if (stream.kind() == Stream::Kind::Legacy) {
      capture->invalidated = true;
      return hipErrorStreamCaptureImplicit;
    }
    stream.capture = capture;
    for (Node *tip : event->captureTips)
      if (std::find(stream.captureTips.begin(), stream.captureTips.end(),
                    tip) == stream.captureTips.end())
        stream.captureTips.push_back(tip);
    return hipSuccess;
  }
  if (stream.capture) {
    stream.capture->invalidated = true;
    return hipErrorStreamCaptureIsolation;
  }
  CompletionPtr recorded = event->recorded();
  if (!recorded || recorded->done())
    return hipSuccess;
  return submitLocked(stream, EmptyWork(), std::move(recorded), nullptr);
}

hipError_t Runtime::synchronize(Stream &stream) {
  CompletionPtr done;
  {
    std::lock_guard<std::mutex> lock(order);
    if (stream.capture) {
      stream.capture->invalidated = true;
      return hipErrorStreamCaptureUnsupported;
    }
    if (stream.kind() != Stream::Kind::Legacy)
      done = stream.last();
    else if (hipError_t e = submitLocked(stream, EmptyWork(), nullptr, &done);
             e != hipSuccess)
      return e;
  }
  if (done)
    done->wait();
  return failure();
}

hipError_t Runtime::synchronize(Device &device) {
  std::vector<CompletionPtr> open{device.legacy->last()};
  for (const auto &stream : streamsOf(device.ordinal, /*blockingOnly=*/false))
    open.push_back(stream->last());
  for (const CompletionPtr &completion : open)
    if (completion)
      completion->wait();
  return failure();
}

} // namespace hipstandin
