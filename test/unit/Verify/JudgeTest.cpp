//===- JudgeTest.cpp - Planted errors must be caught ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <random>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Verify/OpByOp.h"
#include "dsv4run/Verify/WholeRun.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using testing::IsInvalid;

constexpr int64_t kColumns = 64;

std::vector<float> RandomRows(int64_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(rows * kColumns);
  for (float &value : values)
    value = FloatFromBf16(Bf16FromFloat(normal(random)));
  return values;
}

VerifyReport Judge(const std::vector<float> &ours,
                   const std::vector<float> &golden,
                   std::vector<bool> keep = {}) {
  VerifyReport report;
  JudgeRows("x", ours, golden, kColumns, kOpRowShare, /*bits=*/true, keep,
            report);
  return report;
}

TEST(JudgeRows, EqualRowsPass) {
  std::vector<float> golden = RandomRows(100, 1);
  VerifyReport report = Judge(golden, golden);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.judged(), 3);
}

TEST(JudgeRows, ThreeWrongRowsOfAHundredFail) {
  std::vector<float> golden = RandomRows(100, 1), ours = golden;
  std::vector<float> noise = RandomRows(3, 2);
  auto spoil = [&](int rows) {
    for (int64_t i = 0; i < rows * kColumns; ++i)
      ours[i] += noise[i] / 32; // cosine about 0.9995
  };
  spoil(2);
  EXPECT_EQ(Judge(ours, golden).failed(), 1); // the bits only
  spoil(3);
  EXPECT_EQ(Judge(ours, golden).failed(), 2);
  std::vector<bool> keep(100, true);
  keep[0] = keep[1] = keep[2] = false;
  EXPECT_TRUE(Judge(ours, golden, keep).passed()) << "left out rows count";
}

/// A scale applied twice changes no cosine.
TEST(JudgeRows, FactorOfTwoFails) {
  std::vector<float> golden = RandomRows(10, 1), ours = golden;
  for (float &value : ours)
    value *= 2;
  VerifyReport report = Judge(ours, golden);
  EXPECT_EQ(report.failed(), 2);
  EXPECT_THAT(report.ToText(),
              HasSubstr("FAIL  x: rows of the golden's length"));
}

TEST(JudgeRows, SwappedRowsAndNansFail) {
  std::vector<float> golden = RandomRows(10, 1), ours = golden;
  std::rotate(ours.begin(), ours.begin() + kColumns, ours.end());
  EXPECT_FALSE(Judge(ours, golden).passed());
  ours = golden;
  for (float &value : ours)
    value = std::nanf("");
  EXPECT_EQ(Judge(ours, golden).failed(), 3);
}

TEST(SelectionTally, CountsAndJudges) {
  auto score = [](int32_t candidate) -> std::optional<float> {
    return candidate < 2 ? 1.0f : 8.0f * candidate;
  };
  SelectionTally tally;
  for (int i = 0; i < 30; ++i)
    tally.Add({0, 5}, {5, 0}, score);
  tally.Add({0, 5}, {1, 5}, score);
  VerifyReport report;
  tally.Judge("s", report);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(tally.same.size(), 31u);
  EXPECT_FALSE(tally.same.back());

  SelectionTally wrong = tally;
  wrong.Add({0, 5}, {0, 6}, score);
  VerifyReport wrong_report;
  wrong.Judge("s", wrong_report);
  EXPECT_EQ(wrong_report.failed(), 1);

  SelectionTally ties = tally;
  ties.Add({0, 5}, {1, 5}, score);
  VerifyReport ties_report;
  ties.Judge("s", ties_report);
  EXPECT_EQ(ties_report.failed(), 1) << "2 of 32 rows are more than 5%";
}

GoldenCase MakeCase(int64_t rows, bool generated) {
  GoldenCase c;
  c.name = "c";
  c.tokens = {{1}};
  c.prompt = 1;
  c.generated = generated;
  c.vocab = kColumns;
  c.logit_rows = rows;
  c.logits = RandomRows(rows, 3);
  for (int64_t row = 0; row < rows; ++row)
    c.logits[row * kColumns + row % kColumns] = 9; // a clear best token
  c.mtp_logits = RandomRows(1, 4);
  return c;
}

VerifyReport JudgeCase(const GoldenCase &golden, const CaseOutputs &ours,
                       const GoldenCase *noise) {
  VerifyReport report;
  WholeRunJudge judge;
  judge.AddLogits(golden, ours, noise, report);
  judge.Finish(noise != nullptr, report);
  return report;
}

TEST(WholeRunJudge, TheFloorCountsWithoutNoise) {
  GoldenCase golden = MakeCase(40, false);
  CaseOutputs ours{golden.logits, golden.mtp_logits, {}};
  EXPECT_TRUE(JudgeCase(golden, ours, nullptr).passed());
  // One orthogonal row of 40 is 1/40 of distance.
  std::fill_n(ours.logits.begin(), kColumns, 0.0f);
  VerifyReport report = JudgeCase(golden, ours, nullptr);
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.failed(), 1);
}

TEST(WholeRunJudge, NoiseRaisesTheBound) {
  GoldenCase golden = MakeCase(40, false), noise = golden;
  CaseOutputs ours{golden.logits, golden.mtp_logits, {}};
  std::fill_n(ours.logits.begin(), kColumns, 0.0f);
  std::fill_n(noise.logits.begin() + kColumns, kColumns, 0.0f);
  EXPECT_TRUE(JudgeCase(golden, ours, &noise).passed());
  std::fill_n(ours.logits.begin() + kColumns, 4 * kColumns, 0.0f);
  EXPECT_FALSE(JudgeCase(golden, ours, &noise).passed());
}

TEST(WholeRunJudge, DraftRowsAreJudged) {
  GoldenCase golden = MakeCase(4, false);
  CaseOutputs ours{golden.logits, golden.mtp_logits, {}};
  ours.mtp_logits[0] += 1;
  VerifyReport report = JudgeCase(golden, ours, nullptr);
  EXPECT_EQ(report.failed(), 1);
  EXPECT_THAT(report.ToText(), HasSubstr("FAIL  all cases: MTP logits"));
}

TEST(WholeRunJudge, WrongBestTokensAreCaught) {
  GoldenCase golden = MakeCase(40, true), noise = golden;
  std::fill(noise.logits.begin(), noise.logits.end(), 1.0f); // a loose bound
  CaseOutputs ours{golden.logits, golden.mtp_logits, {}};
  auto move_best = [&](int64_t rows) {
    for (int64_t row = 0; row < rows; ++row) {
      ours.logits[row * kColumns + row] = 0;
      ours.logits[row * kColumns + row + 1] = 9;
    }
  };
  move_best(2);
  EXPECT_TRUE(JudgeCase(golden, ours, &noise).passed());
  move_best(3);
  VerifyReport report = JudgeCase(golden, ours, &noise);
  EXPECT_EQ(report.failed(), 1);
  EXPECT_THAT(report.ToText(), HasSubstr("FAIL  c: best token equal"));
}

TEST(WholeRunJudge, HiddenLayersAreJudgedByTheirNoise) {
  std::vector<float> golden = RandomRows(8, 1), ours = golden;
  ours[0] += 0.5f;
  for (double noise : {1.0, 1e-9}) {
    VerifyReport report;
    WholeRunJudge().AddHidden("small", 1, ours, golden, kColumns,
                              {{"small", {0, noise}}}, report);
    EXPECT_EQ(report.judged(), 1);
    EXPECT_EQ(report.passed(), noise == 1.0);
  }
  VerifyReport report;
  WholeRunJudge().AddHidden("small", 2, ours, golden, kColumns,
                            {{"small", {0, 1}}}, report);
  EXPECT_EQ(report.judged(), 0);
}

TEST(VerifyReport, NothingJudgedIsNoSuccess) {
  VerifyReport report;
  report.Note("a", 1);
  EXPECT_FALSE(report.passed());
  report.AtMost("b", std::nan(""), 1);
  EXPECT_EQ(report.failed(), 1) << "a NaN keeps no bound";
  EXPECT_FALSE(report.ToJson()["passed"].get<bool>());
}

TEST(HiddenNoise, ReadsTheShippedFile) {
  ASSERT_OK_AND_ASSIGN(HiddenNoise noise,
                       ReadHiddenNoise(testing::SourcePath(
                           "test/golden/data/flash-slice/noise.json")));
  EXPECT_EQ(noise["small"].size(), 4u);
  EXPECT_DOUBLE_EQ(noise["long"][3], 2.66e-3);
  testing::TempDir directory;
  std::string path = directory.path() + "/noise.json";
  testing::WriteFile(path, R"({"hidden": {"small": [1, "2"]}})");
  EXPECT_THAT(ReadHiddenNoise(path),
              IsInvalid("/hidden/small/1: expected a number"));
}

} // namespace
} // namespace dsv4run
