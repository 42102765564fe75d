//===- CompareLaunchesTest.cpp - The tiny model on two devices ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/CompareLaunches.h"

#include <optional>

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;
using testing::TinyPool;

/// The host's tiny model is the reference, that of gfx942 is tested.
class CompareLaunchesTest : public ::testing::Test {
protected:
  void Make(const TinyPool &tested) {
    // Members of a model go in an order that assignment doesn't keep.
    reference_.reset();
    tested_.reset();
    ASSERT_OK_AND_ASSIGN(TinyModel reference, TinyModel::Create());
    ASSERT_OK_AND_ASSIGN(TinyModel other, TinyModel::Create(tested));
    reference_.emplace(std::move(reference));
    tested_.emplace(std::move(other));
    ASSERT_OK_AND_ASSIGN(slot_, reference_->session->AcquireSlot());
    ASSERT_OK(tested_->session->AcquireSlot());
  }

  absl::Status Step(int64_t begin, int64_t end,
                    LaunchComparer::Options options = {}) {
    auto comparer = LaunchComparer::Create(*reference_->session,
                                           *tested_->session, options);
    if (!comparer.ok())
      return comparer.status();
    std::vector<Token> tokens;
    for (int64_t at = begin; at < end; ++at)
      tokens.push_back({slot_, static_cast<int32_t>(at % 16), at});
    int last = static_cast<int>(end - begin) - 1;
    RunRequest request;
    request.tokens = tokens;
    request.wanted = {&last, 1};
    return comparer->Run(request, report_).status();
  }

  /// The comparison of a value, whose name has its place in front.
  const ValueComparison &Find(const std::string &kernel,
                              const std::string &value) {
    for (const LaunchComparison &launch : report_.comparisons())
      if (launch.kernel == kernel &&
          launch.value.substr(launch.value.find(' ') + 1) == value)
        return launch.comparison;
    ADD_FAILURE() << kernel << " " << value;
    return report_.comparisons().front().comparison;
  }

  static TinyPool Gpu() {
    TinyPool pool;
    pool.target = "gfx942";
    return pool;
  }

  std::optional<TinyModel> reference_, tested_;
  int slot_ = -1;
  LaunchReport report_;
};

TEST_F(CompareLaunchesTest, TheSameKernelsAgree) {
  Make(Gpu());
  ASSERT_OK(Step(0, 6));
  ASSERT_OK(Step(6, 7));
  EXPECT_TRUE(report_.passed()) << report_.ToText();
  EXPECT_EQ(Find("tiny_insert", "out.streams").elements, 12);
  EXPECT_EQ(Find("tiny_insert", "window.codes").bit_equal, 24);
  EXPECT_EQ(Find("tiny_logits", "logits").elements, 16);
  nlohmann::json json = report_.ToJson();
  EXPECT_TRUE(json["passed"].get<bool>());
  EXPECT_EQ(json["launches"].size(), report_.comparisons().size());
  EXPECT_EQ(json["kernels"][0]["launches"], 2);
}

/// Each launch is compared by itself: an error in one is not one in the next.
TEST_F(CompareLaunchesTest, FindsTheLaunchThatIsWrong) {
  TinyPool wrong = Gpu();
  wrong.insert_kernel = "tiny_insert_wrong";
  Make(wrong);
  ASSERT_OK(Step(0, 6));
  ASSERT_OK(Step(6, 7));
  EXPECT_FALSE(report_.passed());
  EXPECT_EQ(report_.failed(), 4) << report_.ToText();
  EXPECT_NE(Find("tiny_insert_wrong", "window.scales").Failure(), "");
  EXPECT_NE(Find("tiny_insert_wrong", "whole").Failure(), "");
  EXPECT_EQ(Find("tiny_insert_wrong", "window.codes").Failure(), "");
  EXPECT_EQ(Find("tiny_logits", "logits").Failure(), "");
  EXPECT_THAT(report_.ToText(),
              HasSubstr("FAIL  step, 6 tokens, \"tiny_insert\": "
                        "tiny_insert_wrong value"));
}

TEST_F(CompareLaunchesTest, SampledWorkgroupsWriteSomeElements) {
  Make(Gpu());
  ASSERT_OK(Step(0, 6, {2}));
  // Of six workgroups, the first and the last one.
  EXPECT_EQ(Find("tiny_insert", "out.streams").elements, 4);
  EXPECT_TRUE(report_.passed()) << report_.ToText();
  // The state is whole again.
  ASSERT_OK(Step(6, 7));
  EXPECT_TRUE(report_.passed()) << report_.ToText();
}

TEST_F(CompareLaunchesTest, NothingComparedIsNoSuccess) {
  EXPECT_FALSE(report_.passed());
  EXPECT_THAT(report_.ToText(), HasSubstr("FAIL: 0 of 0"));
}

TEST_F(CompareLaunchesTest, RefusesWhatCannotBeCompared) {
  TinyPool other = Gpu();
  other.window_pages = 10;
  Make(other);
  EXPECT_THAT(Step(0, 1), IsError(absl::StatusCode::kFailedPrecondition,
                                  "same --max-batch and --max-context"));
  other = Gpu();
  other.format = "fnuz";
  Make(other);
  EXPECT_THAT(Step(0, 1), IsError(absl::StatusCode::kFailedPrecondition,
                                  "of dialect ocp, the tested image of fnuz"));
  other = Gpu();
  other.label = "another op";
  Make(other);
  EXPECT_THAT(Step(0, 1),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "launch 0 of step for up to 1 tokens is \"tiny_insert\" "
                      "in the reference and \"another op\""));
  Make(Gpu());
  EXPECT_THAT(Step(0, 7), IsInvalid("7 tokens do not fit one run"));
}

} // namespace
} // namespace dsv4run
