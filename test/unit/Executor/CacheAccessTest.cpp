//===- CacheAccessTest.cpp ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/CacheAccess.h"

#include <cmath>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;

class CacheAccessTest : public ::testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    testing::TinyPool pool;
    pool.target = GetParam();
    ASSERT_OK_AND_ASSIGN(tiny_, TinyModel::Create(pool));
    ASSERT_OK_AND_ASSIGN(slot_, tiny_.session->AcquireSlot());
  }

  /// Ids are position mod 7 unless changed.
  void Feed(int64_t begin, int64_t end, int64_t changed = -1) {
    std::vector<Token> tokens;
    for (int64_t at = begin; at < end; ++at)
      tokens.push_back(
          {slot_, static_cast<int32_t>(at == changed ? 15 : at % 7), at});
    RunRequest request;
    request.tokens = tokens;
    ASSERT_OK(tiny_.session->Run(request));
  }

  CacheAccess caches() { return CacheAccess(*tiny_.session); }

  TinyModel tiny_;
  int slot_ = -1;
};

INSTANTIATE_TEST_SUITE_P(Targets, CacheAccessTest,
                         ::testing::Values("host", "gfx942"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST_P(CacheAccessTest, ReadsWhatKernelsWrote) {
  Feed(0, 11);
  ASSERT_OK_AND_ASSIGN(int window, caches().Find("layers.0.window"));
  for (int64_t at = 6; at < 11; ++at) {
    ASSERT_OK_AND_ASSIGN(std::vector<float> row,
                         caches().ReadRow(window, slot_, at));
    float scale = std::ldexp(1.0f, static_cast<int>(at % 7 % 4));
    EXPECT_THAT(row, ElementsAre(scale, scale, scale, scale, at, at % 7));
  }
  ASSERT_OK_AND_ASSIGN(int entries, caches().Find("layers.0.entries"));
  for (int64_t entry = 0; entry < 5; ++entry) {
    ASSERT_OK_AND_ASSIGN(std::vector<float> row,
                         caches().ReadRow(entries, slot_, entry));
    float scale = std::ldexp(1.0f, static_cast<int>(entry % 3));
    EXPECT_THAT(row, ElementsAre(scale, 2 * scale, -4 * scale, 6 * scale));
  }
  ASSERT_OK_AND_ASSIGN(int rows, caches().Find("layers.0.rows"));
  ASSERT_OK_AND_ASSIGN(std::vector<float> open,
                       caches().ReadRow(rows, slot_, 10));
  EXPECT_THAT(open, ElementsAre(10, 11, 12, -10, -11, -12));
}

TEST_P(CacheAccessTest, LiveRowsAreThoseOfTheNextStep) {
  Feed(0, 11);
  CacheAccess access = caches();
  ASSERT_OK_AND_ASSIGN(int window, access.Find("layers.0.window"));
  ASSERT_OK_AND_ASSIGN(int entries, access.Find("layers.0.entries"));
  ASSERT_OK_AND_ASSIGN(int rows, access.Find("layers.0.rows"));
  EXPECT_EQ(access.LiveRows(window, slot_), std::pair(int64_t{7}, int64_t{11}));
  EXPECT_EQ(access.LiveRows(entries, slot_), std::pair(int64_t{0}, int64_t{5}));
  // Ratio 2 in 4 slots overlaps: block 4 (positions 8, 9) and the open block.
  EXPECT_EQ(access.LiveRows(rows, slot_), std::pair(int64_t{8}, int64_t{11}));
  EXPECT_THAT(access.ReadRow(window, slot_, -1),
              IsError(absl::StatusCode::kOutOfRange, "no row -1"));
  EXPECT_THAT(access.ReadRow(rows, slot_, 6),
              IsError(absl::StatusCode::kOutOfRange, "has no row 6"));
  EXPECT_THAT(access.Find("layers.1.window"),
              IsError(absl::StatusCode::kNotFound, "found layers.0.window, "));
  EXPECT_TRUE(access.FindOfLayer("layers.0", schema::CacheKind::Entries));
  EXPECT_FALSE(access.FindOfLayer("layers.0", schema::CacheKind::Index));
  EXPECT_FALSE(access.FindOfLayer("layers", schema::CacheKind::Window) ==
               std::nullopt)
      << "a prefix is taken up to a dot";
  // Position 11 sees positions 7 and up: page 0 is recycled.
  Feed(11, 12);
  EXPECT_THAT(access.ReadRow(window, slot_, 0),
              IsError(absl::StatusCode::kOutOfRange, "no row 0"));
}

TEST_P(CacheAccessTest, WritesRoundTrip) {
  ASSERT_OK(tiny_.session->Place(slot_, 20));
  CacheAccess access = caches();
  ASSERT_OK_AND_ASSIGN(int window, access.Find("layers.0.window"));
  ASSERT_OK_AND_ASSIGN(int entries, access.Find("layers.0.entries"));
  std::vector<float> key = {448, -1.5f, 0, 0.015625f, 3.140625f, -7};
  std::vector<float> entry = {6, -0.5f, 3, 1.5f};
  ASSERT_OK(access.WriteRow(window, slot_, 17, key));
  ASSERT_OK(access.WriteRow(entries, slot_, 9, entry));
  ASSERT_OK(access.WriteRow(entries, slot_, 0, {0, 0, 0, 0}));
  ASSERT_OK_AND_ASSIGN(std::vector<float> found,
                       access.ReadRow(window, slot_, 17));
  EXPECT_EQ(found, key);
  ASSERT_OK_AND_ASSIGN(found, access.ReadRow(entries, slot_, 9));
  EXPECT_EQ(found, entry);
  EXPECT_THAT(access.WriteRow(window, slot_, 17, entry),
              IsInvalid("has 6 channels, found 4"));
  EXPECT_THAT(access.WriteRow(window, slot_, 2, key),
              IsError(absl::StatusCode::kOutOfRange, "no row 2"));
}

TEST_P(CacheAccessTest, SnapshotsShowOneChangedToken) {
  Feed(0, 9);
  ASSERT_OK_AND_ASSIGN(auto first, caches().Snapshot(slot_));
  tiny_.session->ReleaseSlot(slot_);
  ASSERT_OK_AND_ASSIGN(slot_, tiny_.session->AcquireSlot());
  Feed(0, 3);
  Feed(3, 4);
  Feed(4, 9);
  ASSERT_OK_AND_ASSIGN(auto split, caches().Snapshot(slot_));
  EXPECT_EQ(CompareSnapshots(first, split), "");
  EXPECT_EQ(DigestSnapshot(first), DigestSnapshot(split));
  tiny_.session->ReleaseSlot(slot_);
  ASSERT_OK_AND_ASSIGN(slot_, tiny_.session->AcquireSlot());
  Feed(0, 9, /*changed=*/7);
  ASSERT_OK_AND_ASSIGN(auto other, caches().Snapshot(slot_));
  EXPECT_THAT(CompareSnapshots(first, other),
              HasSubstr("layers.0.window row 7 channel 0: 1 against 8"));
  EXPECT_NE(DigestSnapshot(first), DigestSnapshot(other));
  other = first;
  other[0].values[0] = std::nextafter(other[0].values[0], 9.0f);
  EXPECT_NE(CompareSnapshots(first, other), "");
  std::vector<StateRows> zero = {{"a", 0, 1, {0.0f}}};
  std::vector<StateRows> minus_zero = {{"a", 0, 1, {-0.0f}}};
  EXPECT_EQ(CompareSnapshots(zero, minus_zero), "");
  EXPECT_EQ(DigestSnapshot(zero), DigestSnapshot(minus_zero));
}

} // namespace
} // namespace dsv4run
