//===- ThreadPoolTest.cpp - Coverage, nesting, errors and stacks ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/ThreadPool.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "Support/StatusMatchers.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::IsInvalid;

std::unique_ptr<ThreadPool> MakePool(int threads) {
  ThreadPool::Options options;
  options.threads = threads;
  absl::StatusOr<std::unique_ptr<ThreadPool>> pool =
      ThreadPool::Create(options);
  EXPECT_OK(pool);
  return *std::move(pool);
}

TEST(ThreadPool, CoversEveryIndexOnce) {
  auto pool = MakePool(3);
  for (uint64_t count : {0, 1, 2, 7, 64, 1000}) {
    for (uint64_t chunk : {0, 1, 3, 64, 5000}) {
      std::vector<std::atomic<int>> visits(count);
      pool->ParallelFor(count, chunk, [&](uint64_t begin, uint64_t end) {
        EXPECT_LT(begin, end);
        EXPECT_LE(end - begin, std::max<uint64_t>(chunk, 1));
        for (uint64_t i = begin; i < end; ++i)
          ++visits[i];
      });
      for (auto &count : visits)
        ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, HandlesRangesNearTheLimit) {
  auto pool = MakePool(2);
  std::atomic<uint64_t> last{0}, pieces{0};
  pool->ParallelFor(UINT64_MAX, uint64_t{1} << 62,
                    [&](uint64_t begin, uint64_t end) {
                      ++pieces;
                      if (end > last)
                        last = end;
                    });
  EXPECT_EQ(pieces, 4u);
  EXPECT_EQ(last, UINT64_MAX);
}

TEST(ThreadPool, RunsOnWorkersOnly) {
  auto pool = MakePool(3);
  EXPECT_EQ(ThreadPool::CurrentWorker(), -1);
  std::mutex mutex;
  std::set<int> workers;
  pool->ParallelFor(200, 1, [&](uint64_t, uint64_t) {
    std::lock_guard<std::mutex> lock(mutex);
    workers.insert(ThreadPool::CurrentWorker());
  });
  EXPECT_FALSE(workers.empty());
  EXPECT_GE(*workers.begin(), 0);
  EXPECT_LT(*workers.rbegin(), 3);
}

TEST(ThreadPool, UsesWorkersConcurrently) {
  auto pool = MakePool(2);
  // Each piece waits for the other: one worker alone would never finish.
  std::atomic<int> arrived{0};
  pool->ParallelFor(2, 1, [&](uint64_t, uint64_t) {
    ++arrived;
    while (arrived < 2)
      std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ThreadPool, RunsNestedLoopsInline) {
  auto pool = MakePool(2);
  std::atomic<int> visits{0};
  pool->ParallelFor(4, 1, [&](uint64_t, uint64_t) {
    int outer = ThreadPool::CurrentWorker();
    pool->ParallelFor(5, 2, [&](uint64_t begin, uint64_t end) {
      EXPECT_EQ(ThreadPool::CurrentWorker(), outer);
      visits += end - begin;
    });
  });
  EXPECT_EQ(visits, 20);
}

TEST(ThreadPool, ServesSeveralCallers) {
  auto pool = MakePool(2);
  std::atomic<int> visits{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int loop = 0; loop < 200; ++loop)
        pool->ParallelFor(10, 3, [&](uint64_t begin, uint64_t end) {
          visits += end - begin;
        });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(visits, 4 * 200 * 10);
}

TEST(ThreadPool, GivesWorkersALargeStack) {
  auto pool = MakePool(1);
  int sum = 0;
  pool->ParallelFor(1, 1, [&](uint64_t, uint64_t) {
    volatile char tile[48 << 20];
    for (size_t i = 0; i < sizeof(tile); i += 4096)
      tile[i] = 1;
    for (size_t i = 0; i < sizeof(tile); i += 4096)
      sum += tile[i];
  });
  EXPECT_EQ(sum, (48 << 20) / 4096);
}

TEST(ThreadPool, ReturnsTheLowestError) {
  auto pool = MakePool(3);
  std::atomic<int> started{0};
  absl::Status status =
      pool->TryParallelFor(10'000, 1, [&](uint64_t begin, uint64_t) {
        ++started;
        return begin < 2 ? absl::OkStatus()
                         : absl::InternalError(absl::StrCat("piece ", begin));
      });
  // Pieces are handed out in rising order, but a later one may fail first.
  EXPECT_THAT(status, IsError(absl::StatusCode::kInternal, "piece "));
  EXPECT_LT(started, 10'000);
  EXPECT_OK(pool->TryParallelFor(
      9, 2, [](uint64_t, uint64_t) { return absl::OkStatus(); }));
}

TEST(ThreadPool, RejectsWrongOptions) {
  ThreadPool::Options options;
  options.threads = -1;
  EXPECT_THAT(ThreadPool::Create(options),
              IsInvalid("number of threads of at least 0, found -1"));
  options.threads = 1;
  options.stack_bytes = 1;
  EXPECT_THAT(ThreadPool::Create(options), IsInvalid("a stack of 1 bytes"));
}

TEST(ThreadPool, DefaultsToTheUsableCpus) {
  ASSERT_OK_AND_ASSIGN(auto pool, ThreadPool::Create());
  EXPECT_GE(pool->size(), 1);
}

/// Rows of short loops, each of which must see all of the one before.
TEST(ThreadPoolTest, LeadRunsLoopsInOrder) {
  ASSERT_OK_AND_ASSIGN(auto pool, ThreadPool::Create({4}));
  constexpr uint64_t kCount = 64;
  std::vector<uint64_t> values(kCount, 0);
  for (int sequence = 0; sequence < 50; ++sequence)
    pool->Lead([&] {
      EXPECT_GE(ThreadPool::CurrentWorker(), 0);
      for (int loop = 0; loop < 100; ++loop) {
        std::vector<uint64_t> before = values;
        pool->ParallelFor(kCount, loop % 3 ? 1 : kCount,
                          [&](uint64_t begin, uint64_t end) {
                            for (uint64_t i = begin; i < end; ++i)
                              values[i] = before[(i + 1) % kCount] + 1;
                          });
      }
    });
  EXPECT_EQ(values, std::vector<uint64_t>(kCount, 5000));
}

/// Two threads that lead, with loops inside loops.
TEST(ThreadPoolTest, LeadersTakeTurns) {
  ASSERT_OK_AND_ASSIGN(auto pool, ThreadPool::Create({3}));
  std::atomic<int> calls{0};
  auto lead = [&] {
    for (int i = 0; i < 100; ++i)
      pool->Lead([&] {
        pool->ParallelFor(5, 1, [&](uint64_t, uint64_t) {
          pool->ParallelFor(2, 1, [&](uint64_t, uint64_t) { ++calls; });
          pool->Lead([&] {
            pool->ParallelFor(2, 1, [&](uint64_t, uint64_t) { ++calls; });
          });
        });
      });
  };
  std::thread other(lead);
  lead();
  other.join();
  EXPECT_EQ(calls, 2 * 100 * 5 * 4);
}

} // namespace
} // namespace dsv4run
