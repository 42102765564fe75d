//===- PagedPoolTest.cpp --------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/PagedPool.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::IsInvalid;

PoolGeometry Small() {
  PoolGeometry g;
  g.max_batch = 3;
  g.max_context = 64;
  g.page = 4;
  g.window = 6;
  g.window_pages = 11;
  g.window_pages_per_sequence = 5;
  g.entry_pages = 20;
  g.entry_pages_per_sequence = 16;
  return g;
}

/// Against a map from (slot, position) to page: visible positions keep the page
/// they were given, pages are not shared, columns are position-indexed, nothing
/// leaks.
TEST(PagedPool, AgreesWithANaiveMap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    PoolGeometry g = Small();
    g.page = 1 + random() % 6;
    g.window = 1 + random() % 14;
    g.window_pages_per_sequence =
        (g.window - 1 + g.page - 1) / g.page + 1 + random() % 4;
    g.window_pages = g.window_pages_per_sequence * (1 + random() % 3);
    g.entry_pages_per_sequence = (g.max_context + g.page - 1) / g.page;
    g.entry_pages = g.entry_pages_per_sequence * 2;
    ASSERT_OK(g.Check());
    PagedPool pool(g);
    std::map<std::pair<int, int64_t>, int32_t> window, entries;
    for (int action = 0; action < 120; ++action) {
      int slot = random() % g.max_batch;
      if (random() % 12 == 0) {
        pool.Release(slot);
        for (auto *map : {&window, &entries})
          for (auto it = map->begin(); it != map->end();)
            it = it->first.first == slot ? map->erase(it) : std::next(it);
        continue;
      }
      int64_t first = pool.length(slot);
      int64_t tokens = 1 + random() % pool.StepLimit(first);
      absl::Status status = pool.Extend(slot, tokens);
      if (!status.ok()) {
        EXPECT_EQ(pool.length(slot), first);
        continue;
      }
      ASSERT_EQ(pool.length(slot), first + tokens);
      // Every query of the step sees its window.
      for (int64_t at = std::max<int64_t>(0, first - g.window + 1);
           at < first + tokens; ++at) {
        int32_t page = pool.WindowPage(slot, at);
        ASSERT_GE(page, 0) << "position " << at << " of a step from " << first;
        ASSERT_LT(page, g.window_pages);
        ASSERT_EQ(
            page,
            pool.window_table()[slot * g.window_pages_per_sequence +
                                at / g.page % g.window_pages_per_sequence]);
        auto [it, fresh] = window.try_emplace({slot, at / g.page}, page);
        ASSERT_EQ(it->second, page) << "the page of " << at << " moved";
      }
      for (int64_t at = 0; at < first + tokens; ++at) {
        int32_t page = pool.EntryPage(slot, at);
        ASSERT_GE(page, 0);
        ASSERT_EQ(page, pool.entry_table()[slot * g.entry_pages_per_sequence +
                                           at / g.page]);
        auto [it, fresh] = entries.try_emplace({slot, at / g.page}, page);
        ASSERT_EQ(it->second, page);
      }
      // Forget the pages behind the window, as the pool may.
      for (auto it = window.begin(); it != window.end();)
        it = it->first.first == slot &&
                     (it->first.second + 1) * g.page <= first - g.window + 1
                 ? window.erase(it)
                 : std::next(it);
      for (auto *map : {&window, &entries}) {
        std::set<int32_t> pages;
        for (const auto &[key, page] : *map)
          ASSERT_TRUE(pages.insert(page).second)
              << "page " << page << " has two owners";
      }
      ASSERT_EQ(static_cast<size_t>(g.window_pages - pool.free_window_pages()),
                window.size());
      ASSERT_EQ(static_cast<size_t>(g.entry_pages - pool.free_entry_pages()),
                entries.size());
    }
    for (int slot = 0; slot < g.max_batch; ++slot)
      pool.Release(slot);
    EXPECT_EQ(pool.free_window_pages(), g.window_pages);
    EXPECT_EQ(pool.free_entry_pages(), g.entry_pages);
    for (int32_t cell : pool.window_table())
      EXPECT_EQ(cell, -1);
    for (int32_t cell : pool.entry_table())
      EXPECT_EQ(cell, -1);
  }
}

TEST(PagedPool, StepLimitIsTight) {
  PagedPool pool(Small());
  // Pages 0 to 4 from the start; with a window from position 5 on, pages 1
  // to 5.
  EXPECT_EQ(pool.StepLimit(0), 20);
  EXPECT_EQ(pool.StepLimit(10), 24 - 10);
  EXPECT_THAT(pool.Extend(0, 21), IsInvalid("takes 1 to 20 tokens"));
  EXPECT_THAT(pool.Extend(0, 0), IsInvalid("found 0"));
  EXPECT_OK(pool.Extend(0, 20));
}

TEST(PagedPool, ContextIsALimit) {
  PagedPool pool(Small());
  int slot = 0;
  int64_t tokens = 65;
  EXPECT_THAT(pool.CheckRoom({&slot, 1}, {&tokens, 1}),
              IsError(absl::StatusCode::kOutOfRange,
                      "65 positions; this bundle's state holds 64"));
  ASSERT_OK(pool.Place(0, 64));
  EXPECT_THAT(pool.Extend(0, 1), IsError(absl::StatusCode::kOutOfRange, "65"));
}

TEST(PagedPool, PagesAreALimit) {
  PagedPool pool(Small());
  ASSERT_OK(pool.Extend(0, 20));
  ASSERT_OK(pool.Extend(1, 20));
  EXPECT_THAT(pool.Extend(2, 5), IsError(absl::StatusCode::kResourceExhausted,
                                         "needs 2 more window pages; 1 of 11"));
  EXPECT_EQ(pool.length(2), 0);
  EXPECT_OK(pool.Extend(2, 4));
  int slots[] = {0, 1};
  int64_t tokens[] = {44, 44};
  EXPECT_THAT(pool.CheckRoom(slots, tokens),
              IsError(absl::StatusCode::kResourceExhausted,
                      "needs 22 more entry pages of 4 positions; 9 of 20"));
}

TEST(PagedPool, PlacedSequencesSeeTheirWindow) {
  PagedPool pool(Small());
  ASSERT_OK(pool.Place(1, 50));
  EXPECT_EQ(pool.length(1), 50);
  EXPECT_EQ(pool.WindowPage(1, 43), -1);
  for (int64_t at = 44; at < 50; ++at)
    EXPECT_GE(pool.WindowPage(1, at), 0);
  EXPECT_EQ(pool.free_window_pages(), 11 - 2);
  for (int64_t at = 0; at < 50; ++at)
    EXPECT_GE(pool.EntryPage(1, at), 0);
  EXPECT_EQ(pool.EntryPage(1, 52), -1);
  EXPECT_THAT(pool.Place(1, 3),
              IsError(absl::StatusCode::kFailedPrecondition, "50 positions"));
}

/// A million positions in one slot: sizes beyond 32 bits in the caches come
/// from page numbers that are not.
TEST(PagedPool, HoldsAMillionPositions) {
  PoolGeometry g;
  g.max_batch = 1;
  g.max_context = 1 << 20;
  g.page = 128;
  g.window = 128;
  g.window_pages = g.window_pages_per_sequence = 18;
  g.entry_pages = g.entry_pages_per_sequence = g.max_context / g.page;
  ASSERT_OK(g.Check());
  PagedPool pool(g);
  while (pool.length(0) < g.max_context)
    ASSERT_OK(pool.Extend(
        0, std::min(g.max_context - pool.length(0), int64_t{2048})));
  EXPECT_EQ(pool.free_entry_pages(), 0);
  EXPECT_GE(pool.WindowPage(0, g.max_context - 128), 0);
  EXPECT_EQ(pool.EntryPage(0, g.max_context - 1), g.entry_pages - 1);
}

TEST(PoolGeometry, TooFewPagesAreNamed) {
  PoolGeometry g = Small();
  g.window_pages_per_sequence = 2;
  EXPECT_THAT(g.Check(), IsInvalid("window of 6 positions needs 3 pages"));
  g = Small();
  g.entry_pages_per_sequence = 15;
  EXPECT_THAT(g.Check(), IsInvalid("need 16 entry pages"));
  g = Small();
  g.page = 0;
  EXPECT_THAT(g.Check(), IsInvalid("must be positive"));
}

} // namespace
} // namespace dsv4run
