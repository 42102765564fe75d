//===- ThreadPool.cpp - Parallel loops over an index range ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/ThreadPool.h"

#include <algorithm>
#include <cerrno>
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
  loop_started_.notify_all();
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
  uint64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    loop_started_.wait(
        lock, [&] { return stopping_ || (loop_ && generation_ != seen); });
    if (stopping_)
      return;
    seen = generation_;
    Loop &loop = *loop_;
    ++busy_workers_;
    lock.unlock();
    RunPieces(loop);
    lock.lock();
    // The first worker to run out of pieces closes the loop to late wakers.
    loop_ = nullptr;
    if (--busy_workers_ == 0)
      loop_finished_.notify_all();
  }
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
    return RunPieces(loop);

  std::lock_guard<std::mutex> caller(caller_mutex_);
  std::unique_lock<std::mutex> lock(mutex_);
  loop_ = &loop;
  ++generation_;
  if (loop.pieces == 1)
    loop_started_.notify_one();
  else
    loop_started_.notify_all();
  loop_finished_.wait(lock, [&] { return !loop_ && busy_workers_ == 0; });
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
