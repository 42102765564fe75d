//===- WholeRunTest.cpp - Cases fed to the tiny model ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/WholeRun.h"

#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Checkpoint/SafetensorsWriter.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using testing::IsError;
using testing::IsInvalid;
using testing::TinyModel;

constexpr uint64_t kVocab = 16;

/// Two sequences with a prompt of seven tokens and three fed ones.
struct TinyGolden {
  std::vector<int32_t> tokens, next = {7, 3};
  std::vector<float> logits, mtp;

  TinyGolden() {
    for (int sequence = 0; sequence < 2; ++sequence)
      for (int at = 0; at < 10; ++at)
        tokens.push_back((at * 5 + sequence * 3) % 13);
    next = {tokens[7], tokens[17]};
    for (int sequence = 0; sequence < 2; ++sequence) {
      const int32_t *ids = tokens.data() + 10 * sequence;
      for (int row = 0; row < 4; ++row) {
        int at = 6 + row;
        std::vector<float> expected(kVocab, 0);
        expected[0] = ids[at];
        for (int i = at - 4; i <= at; ++i) {
          expected[1] += i;
          expected[2] += ids[i];
        }
        // The prompts run as 6 tokens of the first, 1 and 5, and the 2 that are
        // left of the second; later steps have a row of each.
        expected[3] = row == 0 ? 0 : sequence;
        expected[4] = row > 0 ? at : sequence == 0 ? 6 : 5;
        logits.insert(logits.end(), expected.begin(), expected.end());
      }
      std::vector<float> draft(kVocab, 0);
      draft[0] = 1000.0f * next[sequence] + ids[6] + 100;
      mtp.insert(mtp.end(), draft.begin(), draft.end());
    }
  }

  template <typename T>
  static absl::Span<const std::byte> Bytes(const std::vector<T> &values) {
    return {reinterpret_cast<const std::byte *>(values.data()),
            values.size() * sizeof(T)};
  }

  absl::Status Write(const std::string &path) const {
    auto writer =
        SafetensorsWriter::Create(path,
                                  {{"c.tokens", DType::kI32, {2, 10}},
                                   {"c.next_token", DType::kI32, {2, 1}},
                                   {"c.logits", DType::kF32, {2, 4, kVocab}},
                                   {"c.mtp_logits", DType::kF32, {2, kVocab}}},
                                  {}, AtomicFile::Existing::kReplace);
    if (!writer.ok())
      return writer.status();
    absl::Status status = (*writer)->Write("c.tokens", Bytes(tokens));
    status.Update((*writer)->Write("c.next_token", Bytes(next)));
    status.Update((*writer)->Write("c.logits", Bytes(logits)));
    status.Update((*writer)->Write("c.mtp_logits", Bytes(mtp)));
    status.Update((*writer)->Finish());
    return status;
  }
};

class WholeRunTest : public ::testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    testing::TinyPool pool;
    pool.target = GetParam();
    pool.entry_pages = 24;
    ASSERT_OK_AND_ASSIGN(tiny_, TinyModel::Create(pool));
  }

  absl::StatusOr<VerifyReport> Verify(const TinyGolden &golden,
                                      const TinyGolden *noise = nullptr) {
    std::string path = directory_ / "golden.safetensors";
    std::string twin_path = directory_ / "noise.safetensors";
    if (absl::Status status = golden.Write(path); !status.ok())
      return status;
    auto file = Golden::Open(path);
    if (!file.ok())
      return file.status();
    absl::StatusOr<Golden> twin;
    if (noise) {
      if (absl::Status status = noise->Write(twin_path); !status.ok())
        return status;
      twin = Golden::Open(twin_path);
      if (!twin.ok())
        return twin.status();
    }
    VerifyReport report;
    absl::Status status = VerifyWholeRuns(
        *tiny_.session, *file, noise ? &*twin : nullptr, {}, {"c"},
        [](absl::string_view) {}, report);
    if (!status.ok())
      return status;
    return report;
  }

  testing::TempDir directory_;
  TinyModel tiny_;
};

INSTANTIATE_TEST_SUITE_P(Targets, WholeRunTest,
                         ::testing::Values("host", "gfx942"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST_P(WholeRunTest, TheTinyModelAgreesWithItsFormula) {
  TinyGolden golden;
  ASSERT_OK_AND_ASSIGN(VerifyReport report, Verify(golden));
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.judged(), 2);
  for (const Figure &figure : report.figures())
    EXPECT_LT(figure.value, 1e-6) << figure.name;
  // Slots are free again.
  ASSERT_OK_AND_ASSIGN(report, Verify(golden));
}

TEST_P(WholeRunTest, WrongGoldenRowsFail) {
  TinyGolden golden;
  std::fill_n(golden.logits.begin() + 5 * kVocab, 3, -40.0f);
  ASSERT_OK_AND_ASSIGN(VerifyReport report, Verify(golden));
  EXPECT_EQ(report.failed(), 1) << report.ToText();
  golden = TinyGolden();
  golden.mtp[kVocab + 9] = 1e5f;
  ASSERT_OK_AND_ASSIGN(report, Verify(golden));
  EXPECT_EQ(report.failed(), 1);
  EXPECT_THAT(report.ToText(), HasSubstr("FAIL  all cases: MTP logits"));
}

TEST_P(WholeRunTest, NoiseOfOtherTokensIsRefused) {
  TinyGolden golden, noise;
  noise.tokens[3] += 1;
  EXPECT_THAT(Verify(golden, &noise),
              IsInvalid("case c is not of the same tokens and sizes"));
}

TEST_P(WholeRunTest, IdsOutOfRangeAreRefused) {
  TinyGolden golden;
  golden.tokens[8] = 16;
  EXPECT_THAT(Verify(golden), IsInvalid("has id 16"));
}

} // namespace
} // namespace dsv4run
