//===- ModelTest.cpp ------------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/Model.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::TinyModel;

TEST(Model, SortsProgramsBySize) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  ASSERT_OK_AND_ASSIGN(absl::Span<const int> step, tiny.model->Entry("step"));
  ASSERT_EQ(step.size(), 2u);
  EXPECT_EQ(tiny.model->programs()[step[0]].size().tokens, 1);
  EXPECT_EQ(tiny.model->programs()[step[1]].size().tokens, 6);
  EXPECT_THAT(tiny.model->Entry("layers.0"),
              IsError(absl::StatusCode::kNotFound,
                      "no program \"layers.0\"; found double, draft, step. "
                      "Programs of single layers come with dsv4c compile "
                      "--observe"));
}

TEST(Model, FindsBuffersByNameOrSuffix) {
  ASSERT_OK_AND_ASSIGN(TinyModel tiny, TinyModel::Create());
  ASSERT_OK_AND_ASSIGN(absl::Span<const int> step, tiny.model->Entry("step"));
  ASSERT_OK_AND_ASSIGN(uint32_t logits,
                       tiny.model->FindOutput(step[0], "logits"));
  EXPECT_EQ(tiny.model->manifest().buffers()->Get(logits)->name()->str(),
            "logits");
  ASSERT_OK_AND_ASSIGN(uint32_t streams,
                       tiny.model->FindOutput(step[0], "streams"));
  EXPECT_EQ(tiny.model->manifest().buffers()->Get(streams)->name()->str(),
            "out.streams");
  EXPECT_THAT(tiny.model->FindOutput(step[0], "treams"),
              IsError(absl::StatusCode::kNotFound,
                      "no output \"treams\"; found logits, out.streams"));
}

TEST(Model, NamesTheLevelThatIsMissing) {
  testing::TinyPool pool;
  pool.level = "x86-64-v5";
  EXPECT_THAT(TinyModel::Create(pool),
              IsError(absl::StatusCode::kFailedPrecondition, "x86-64-v5"));
}

} // namespace
} // namespace dsv4run
