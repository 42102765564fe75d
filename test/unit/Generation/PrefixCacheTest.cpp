//===- PrefixCacheTest.cpp ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Generation/PrefixCache.h"

#include <numeric>

#include "gmock/gmock.h"

namespace dsv4run {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<int32_t> Count(int32_t first, int32_t count) {
  std::vector<int32_t> ids(count);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

StateImage Image(int64_t begin, int64_t length, size_t bytes = 100) {
  StateImage image;
  image.begin = begin;
  image.length = length;
  image.rows = {std::vector<std::byte>(bytes)};
  return image;
}

TEST(PrefixCache, FindsTheLongestPrefix) {
  PrefixCache cache(1 << 20);
  EXPECT_EQ(cache.Find(Count(0, 10), 10).length, 0);
  cache.Insert(Count(0, 4), Image(0, 4), {});
  cache.Insert(Count(0, 8), Image(4, 8), {std::byte{7}});
  std::vector<int32_t> other = Count(0, 6);
  other[5] = 99;
  cache.Insert(other, Image(4, 6), {});

  PrefixCache::Match match = cache.Find(Count(0, 20), 20);
  EXPECT_EQ(match.length, 8);
  ASSERT_THAT(match.images, SizeIs(2));
  EXPECT_EQ(match.images[0]->length, 4);
  EXPECT_EQ(match.images[1]->begin, 4);
  EXPECT_THAT(match.carried, SizeIs(1));

  EXPECT_EQ(cache.Find(Count(0, 20), 7).length, 4);
  EXPECT_EQ(cache.Find(Count(0, 8), 7).length, 4);
  EXPECT_EQ(cache.Find(other, 6).length, 6);
  EXPECT_EQ(cache.Find(Count(0, 3), 3).length, 0);
  EXPECT_EQ(cache.Find(Count(1, 8), 8).length, 0);
  EXPECT_THAT(cache.Find(Count(1, 8), 8).images, IsEmpty());
}

TEST(PrefixCache, ShorterPrefixesBesideLongerOnes) {
  PrefixCache cache(1 << 20);
  cache.Insert(Count(0, 8), Image(0, 8), {});
  cache.Insert(Count(0, 4), Image(0, 4), {});
  cache.Insert(Count(0, 12), Image(8, 12), {});
  EXPECT_EQ(cache.Find(Count(0, 12), 12).length, 12);
  EXPECT_EQ(cache.Find(Count(0, 12), 7).length, 4);
}

TEST(PrefixCache, KeepsNothingThatDoesNotFit) {
  PrefixCache cache(1 << 20);
  cache.Insert(Count(0, 4), Image(2, 4), {}); // begins in the middle
  cache.Insert(Count(0, 4), Image(0, 3), {}); // another length
  EXPECT_EQ(cache.bytes(), 0u);
  cache.Insert(Count(0, 4), Image(0, 4), {});
  uint64_t bytes = cache.bytes();
  cache.Insert(Count(0, 4), Image(0, 4), {}); // is there
  cache.Insert(Count(0, 8), Image(0, 8), {}); // begins before what is there
  EXPECT_EQ(cache.bytes(), bytes);
}

TEST(PrefixCache, TheLeastRecentlyUsedGoesFirst) {
  PrefixCache cache(3 * (100 + 4 * sizeof(int32_t)));
  cache.Insert(Count(0, 4), Image(0, 4), {});
  cache.Insert(Count(0, 8), Image(4, 8), {});
  cache.Insert(Count(100, 4), Image(0, 4), {});
  EXPECT_EQ(cache.bytes(), cache.max_bytes());
  cache.Find(Count(0, 8), 8);
  cache.Insert(Count(200, 4), Image(0, 4), {});
  EXPECT_EQ(cache.Find(Count(100, 4), 4).length, 0);
  EXPECT_EQ(cache.Find(Count(0, 8), 8).length, 8);
  // A parent stays as long as its child.
  cache.Insert(Count(300, 4), Image(0, 4), {});
  cache.Insert(Count(400, 4), Image(0, 4), {});
  EXPECT_EQ(cache.Find(Count(0, 8), 8).length, 4);
  cache.Clear();
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_EQ(cache.Find(Count(0, 4), 4).length, 0);
}

TEST(PrefixCache, AnImageLargerThanTheLimitIsNotKept) {
  PrefixCache cache(50);
  cache.Insert(Count(0, 4), Image(0, 4), {});
  EXPECT_EQ(cache.bytes(), 0u);
}

} // namespace
} // namespace dsv4run
