//===- ThreadPool.cpp - Parallel loops over an index range ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/ThreadPool.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sched.h>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

thread_local const ThreadPool *current_pool = nullptr;
thread_local int current_worker = -1;
thread_local bool leading = false;

/// How long a worker looks for work before it sleeps: longer than the gap
/// between two launches, shorter than a scheduler's time slice.
constexpr std::chrono::microseconds kSpin{50};

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Whether `condition` came true within `limit`.
template <typename Condition>
bool SpinUntil(std::chrono::microseconds limit, Condition condition) {
  auto end = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < 32; ++i) {
      if (condition())
        return true;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return condition();
}

int UsableCpus() {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
    return 1;
  return std::max(1, CPU_COUNT(&cpus));
}

} // namespace

absl::StatusOr<std::unique_ptr<ThreadPool>>
ThreadPool::Create(Options options) {
  if (options.threads < 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a number of threads of at least 0, found ", options.threads));
  auto pool = absl::WrapUnique(new ThreadPool());
  DSV4RUN_RETURN_IF_ERROR(pool->Start(options));
  return pool;
}

absl::Status ThreadPool::Start(const Options &options) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  absl::Cleanup destroy = [&] { pthread_attr_destroy(&attributes); };
  if (int error = pthread_attr_setstacksize(&attributes, options.stack_bytes))
    return absl::ErrnoToStatus(error,
                               absl::StrCat("cannot give threads a stack of ",
                                            options.stack_bytes, " bytes"));
  int threads = options.threads ? options.threads : UsableCpus();
  for (int i = 0; i < threads; ++i) {
    auto worker = absl::WrapUnique(new Worker{this, i, {}});
    if (int error = pthread_create(&worker->thread, &attributes, WorkerMain,
                                   worker.get()))
      return absl::ErrnoToStatus(
          error, absl::StrCat("cannot start thread ", i, " of ", threads));
    workers_.push_back(std::move(worker));
  }
  return absl::OkStatus();
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_offered_.notify_all();
  for (auto &worker : workers_)
    pthread_join(worker->thread, nullptr);
}

int ThreadPool::CurrentWorker() { return current_worker; }

void *ThreadPool::WorkerMain(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  current_pool = worker->pool;
  current_worker = worker->index;
  worker->pool->Work();
  return nullptr;
}

void ThreadPool::Work() {
  while (!stopping_) {
    if (TryJoin(inner_) || TryJoin(outer_))
      continue;
    auto wanted = [&] { return OffersWork() || stopping_; };
    if (SpinUntil(kSpin, wanted))
      continue;
    std::unique_lock<std::mutex> lock(mutex_);
    ++sleeping_workers_;
    work_offered_.wait(lock, wanted);
    --sleeping_workers_;
  }
}

bool ThreadPool::TryJoin(Gate &gate) {
  uint32_t state = gate.state.load();
  do {
    if (!(state & Gate::kOpen))
      return false;
  } while (!gate.state.compare_exchange_weak(state, state + 1));
  RunPieces(*gate.loop);
  gate.state.fetch_and(~Gate::kOpen);
  if (gate.state.fetch_sub(1) == 1 && &gate == &outer_) {
    // The caller sleeps, or will see the gate before it does.
    std::lock_guard<std::mutex> lock(mutex_);
    outer_done_.notify_one();
  }
  return true;
}

void ThreadPool::Offer(Gate &gate, Loop &loop) {
  gate.loop = &loop;
  gate.state.store(Gate::kOpen);
  if (sleeping_workers_.load() == 0)
    return;
  std::lock_guard<std::mutex> lock(mutex_);
  if (loop.pieces == 1)
    work_offered_.notify_one();
  else
    work_offered_.notify_all();
}

/// The leader takes part. It is not counted inside: it closes the gate only
/// once no piece is left, and waits for those who hold one.
void ThreadPool::Share(Loop &loop) {
  leading = false; // bodies run their own loops in place
  Offer(inner_, loop);
  RunPieces(loop);
  inner_.state.fetch_and(~Gate::kOpen);
  while (!SpinUntil(kSpin, [&] { return inner_.done(); }))
    sched_yield();
  leading = true;
}

void ThreadPool::Lead(absl::FunctionRef<void()> body) {
  // Inside a loop the other workers have pieces of that loop.
  if (current_pool == this)
    return body();
  ParallelFor(1, 1, [&](uint64_t, uint64_t) {
    leading = true;
    body();
    leading = false;
  });
}

void ThreadPool::RunPieces(Loop &loop) {
  while (true) {
    uint64_t piece = loop.next_piece.fetch_add(1, std::memory_order_relaxed);
    if (piece >= loop.pieces)
      return;
    uint64_t begin = piece * loop.chunk;
    loop.body(begin, begin + std::min(loop.chunk, loop.count - begin));
  }
}

void ThreadPool::ParallelFor(
    uint64_t count, uint64_t chunk,
    absl::FunctionRef<void(uint64_t begin, uint64_t end)> body) {
  if (count == 0)
    return;
  chunk = std::max<uint64_t>(chunk, 1);
  Loop loop{body, count, chunk, (count - 1) / chunk + 1};
  if (current_pool == this)
    return leading && loop.pieces > 1 ? Share(loop) : RunPieces(loop);

  std::lock_guard<std::mutex> caller(caller_mutex_);
  Offer(outer_, loop);
  std::unique_lock<std::mutex> lock(mutex_);
  outer_done_.wait(lock, [&] { return outer_.done(); });
}

absl::Status ThreadPool::TryParallelFor(
    uint64_t count, uint64_t chunk,
    absl::FunctionRef<absl::Status(uint64_t begin, uint64_t end)> body) {
  std::mutex mutex;
  std::atomic<bool> failed{false};
  uint64_t first_failed = UINT64_MAX;
  absl::Status first_error;
  ParallelFor(count, chunk, [&](uint64_t begin, uint64_t end) {
    if (failed.load(std::memory_order_relaxed))
      return;
    absl::Status status = body(begin, end);
    if (status.ok())
      return;
    failed.store(true, std::memory_order_relaxed);
    std::lock_guard<std::mutex> lock(mutex);
    if (begin < first_failed) {
      first_failed = begin;
      first_error = std::move(status);
    }
  });
  return first_error;
}

} // namespace dsv4run
