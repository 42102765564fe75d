//===- ThreadPool.h - Parallel loops over an index range ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_THREADPOOL_H
#define DSV4RUN_SUPPORT_THREADPOOL_H

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace dsv4run {

/// A fixed set of worker threads. Loop bodies run on workers only, never on the
/// caller's thread, because host kernels keep tiles on the stack and only the
/// workers' stacks are known to be large enough.
class ThreadPool {
public:
  struct Options {
    /// Number of workers; 0 means one for every CPU this process may use.
    int threads = 0;
    size_t stack_bytes = size_t{64} << 20;
  };

  static absl::StatusOr<std::unique_ptr<ThreadPool>> Create(Options options);
  static absl::StatusOr<std::unique_ptr<ThreadPool>> Create() {
    return Create(Options());
  }
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int size() const { return static_cast<int>(workers_.size()); }

  /// The calling thread's worker index in [0, size()) of the pool it belongs
  /// to, or -1 if it is no worker.
  static int CurrentWorker();

  /// Calls body(begin, end) for consecutive pieces of [0, count) of `chunk`
  /// indices (the last may be shorter) and returns when all are done. Workers
  /// take pieces in rising order as they become free. Calls from several
  /// threads run one after the other; a call from inside a loop of the same
  /// pool runs its pieces on the calling worker.
  void ParallelFor(uint64_t count, uint64_t chunk,
                   absl::FunctionRef<void(uint64_t begin, uint64_t end)> body);

  /// Runs `body` on a worker and waits for it. Its own calls of ParallelFor are
  /// shared with the other workers, or run in place if there is one piece; so a
  /// row of short loops costs no change of thread.
  void Lead(absl::FunctionRef<void()> body);

  /// As ParallelFor, for a body that can fail: after a failure no further
  /// pieces are started, and the error of the lowest failed piece is returned.
  absl::Status TryParallelFor(
      uint64_t count, uint64_t chunk,
      absl::FunctionRef<absl::Status(uint64_t begin, uint64_t end)> body);

private:
  struct Loop {
    absl::FunctionRef<void(uint64_t, uint64_t)> body;
    uint64_t count, chunk, pieces;
    std::atomic<uint64_t> next_piece{0};
  };
  struct Worker {
    ThreadPool *pool;
    int index;
    pthread_t thread;
  };

  /// Where a loop is offered. A worker counts itself in while the gate is open;
  /// the first to find no piece left closes it to late comers, and the loop is
  /// done once the gate is closed and nobody is in.
  struct Gate {
    static constexpr uint32_t kOpen = uint32_t{1} << 31;
    std::atomic<uint32_t> state{0}; // kOpen | workers inside
    Loop *loop = nullptr; // written while the gate is closed and empty

    bool open() const { return state.load() & kOpen; }
    bool done() const { return state.load() == 0; }
  };

  ThreadPool() = default;
  absl::Status Start(const Options &options);
  void Work();
  bool OffersWork() const { return outer_.open() || inner_.open(); }
  bool TryJoin(Gate &gate);
  void Offer(Gate &gate, Loop &loop);
  void Share(Loop &loop);
  static void RunPieces(Loop &loop);
  static void *WorkerMain(void *worker);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex caller_mutex_; // held for the whole of a loop

  Gate outer_; // loops of threads that are no workers
  Gate inner_; // loops of the leading worker
  // A sleeper counts itself before it looks at the gates once more; a waker
  // changes a gate before it reads the count. One of them sees the other.
  std::atomic<int> sleeping_workers_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_; // of the condition variables
  std::condition_variable work_offered_;
  std::condition_variable outer_done_;
};

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_THREADPOOL_H
