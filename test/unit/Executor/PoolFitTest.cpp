//===- PoolFitTest.cpp ----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/PoolFit.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::IsInvalid;

class PoolFitTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(Bundle bundle, testing::MakeTinyBundle());
    bundle_.emplace(std::move(bundle));
  }
  const schema::Manifest &manifest() const { return bundle_->manifest(); }

  uint64_t StateBytes(const PoolGeometry &pool, schema::CacheKind kind) {
    std::vector<uint64_t> bytes = BufferBytes(manifest(), pool);
    uint64_t sum = 0;
    for (const schema::State *state : *manifest().states())
      if (state->kind() == kind)
        for (uint32_t buffer : *state->buffers())
          sum += bytes[buffer];
    return sum;
  }

  std::optional<Bundle> bundle_;
};

TEST_F(PoolFitTest, EverythingFitsWithoutLimits) {
  PoolGeometry whole = BundlePool(manifest());
  EXPECT_EQ(whole.entry_pages, 12);
  std::vector<uint64_t> bytes = BufferBytes(manifest(), whole);
  for (uint32_t i = 0; i < bytes.size(); ++i)
    EXPECT_EQ(bytes[i], manifest().buffers()->Get(i)->bytes());
  for (std::optional<uint64_t> free :
       {std::optional<uint64_t>(), std::optional<uint64_t>(1 << 30)}) {
    ASSERT_OK_AND_ASSIGN(PoolGeometry pool, FitPool(manifest(), {}, free));
    EXPECT_EQ(pool.entry_pages, whole.entry_pages);
    EXPECT_EQ(pool.window_pages, whole.window_pages);
    EXPECT_EQ(pool.max_batch, whole.max_batch);
    EXPECT_EQ(pool.max_context, whole.max_context);
  }
}

TEST_F(PoolFitTest, LimitsNeedLessMemory) {
  PoolGeometry whole = BundlePool(manifest());
  ASSERT_OK_AND_ASSIGN(PoolGeometry pool,
                       FitPool(manifest(), {8, 1}, std::nullopt));
  EXPECT_EQ(pool.max_context, 8);
  EXPECT_EQ(pool.max_batch, 1);
  EXPECT_EQ(pool.entry_pages, 2); // of 4 positions
  // Columns of the page tables are compiled into kernels.
  EXPECT_EQ(pool.entry_pages_per_sequence, whole.entry_pages_per_sequence);
  EXPECT_EQ(pool.window_pages_per_sequence, whole.window_pages_per_sequence);
  EXPECT_LT(pool.window_pages, whole.window_pages);
  EXPECT_EQ(StateBytes(pool, schema::CacheKind::Entries),
            StateBytes(whole, schema::CacheKind::Entries) * 2 / 12);
  EXPECT_EQ(StateBytes(pool, schema::CacheKind::OpenRows),
            StateBytes(whole, schema::CacheKind::OpenRows) / 3);
  EXPECT_THAT(FitPool(manifest(), {33, std::nullopt}, std::nullopt),
              IsInvalid("--max-context: expected 1 to 32"));
  EXPECT_THAT(FitPool(manifest(), {std::nullopt, 4}, std::nullopt),
              IsInvalid("--max-batch: expected 1 to 3"));
}

TEST_F(PoolFitTest, LittleMemoryMeansFewerEntryPages) {
  // Buffers large enough that a page of entries counts.
  schema::ManifestT large;
  manifest().UnPackTo(&large);
  for (auto &buffer : large.buffers)
    buffer->bytes *= 1024;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Manifest::Pack(builder, &large));
  const schema::Manifest &manifest =
      *flatbuffers::GetRoot<schema::Manifest>(builder.GetBufferPointer());
  // Less and less memory: never more pages, and at least one per sequence.
  int64_t last = BundlePool(manifest).entry_pages;
  std::set<int64_t> seen;
  absl::Status refused;
  for (uint64_t free = uint64_t{64} << 20; free > 0; free -= 4096) {
    auto pool = FitPool(manifest, {}, free);
    if (!pool.ok()) {
      refused = pool.status();
      break;
    }
    EXPECT_LE(pool->entry_pages, last);
    EXPECT_GE(pool->entry_pages, pool->max_batch);
    last = pool->entry_pages;
    seen.insert(last);
    uint64_t used = 0;
    std::vector<uint64_t> bytes = BufferBytes(manifest, *pool);
    for (uint32_t i = 0; i < bytes.size(); ++i)
      if (manifest.buffers()->Get(i)->space() >= schema::Space::State)
        used += bytes[i];
    EXPECT_LE(used, free);
  }
  EXPECT_THAT(refused, IsError(absl::StatusCode::kResourceExhausted,
                               "the state of 3 sequences of at least 4 "
                               "positions and the buffers of a step need"));
  // Every number of pages from the bundle's to one for each sequence.
  EXPECT_EQ(last, 3);
  EXPECT_EQ(seen.size(), 10u);
}

} // namespace
} // namespace dsv4run
