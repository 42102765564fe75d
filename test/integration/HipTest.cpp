//===- HipTest.cpp - The hip device on the stand-in of HIP's runtime ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libamdhip64 is the emulator's (LD_LIBRARY_PATH), so that code objects,
// launches, graphs and memory are those that a GPU would get. However they get
// there, the bits are the same.

#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Device/HipDevice.h"

namespace dsv4run {
namespace {

using testing::Difference;
using testing::RunSplit;
using testing::SequenceResult;
using testing::TestIds;

constexpr int kTokens = 40;

class HipTest : public ::testing::Test {
protected:
  /// The ids in steps of these sizes, by a model loaded with these options.
  static SequenceResult Run(ModelOptions options,
                            const std::vector<int64_t> &steps) {
    options.bundle = DSV4_NANO_GFX942_BUNDLE;
    options.weights = DSV4_NANO_WEIGHTS;
    SequenceResult result;
    absl::StatusOr<LoadedModel> loaded = LoadModel(options);
    EXPECT_OK(loaded);
    if (!loaded.ok())
      return result;
    absl::StatusOr<std::unique_ptr<Session>> session =
        Session::Create(*loaded->model);
    EXPECT_OK(session);
    if (!session.ok())
      return result;
    int64_t vocab = loaded->model->manifest().model()->vocab();
    int64_t count = std::accumulate(steps.begin(), steps.end(), int64_t{0});
    absl::StatusOr<SequenceResult> run =
        RunSplit(**session, TestIds(count, vocab, 1), steps);
    EXPECT_OK(run);
    return run.ok() ? *std::move(run) : result;
  }
  static ModelOptions Hip() {
    ModelOptions options;
    options.device = "hip";
    return options;
  }
};

/// One session: graphs that have been replayed with other lengths, and programs
/// of other sizes in between, leave nothing behind.
TEST_F(HipTest, GraphsEagerRunsAndSplitsGiveTheSameBits) {
  // The whole in one step, in graphs: what everything else is held against.
  SequenceResult whole = Run(Hip(), {kTokens});
  ASSERT_FALSE(whole.logits.empty());
  ModelOptions eager = Hip();
  eager.gpu.graphs = false;
  EXPECT_EQ(Difference(whole, Run(eager, {kTokens})), "") << "eager";
  const std::vector<int64_t> steps = {1, 13, 1, 1, 16, 2, 6};
  EXPECT_EQ(Difference(whole, Run(Hip(), steps)), "") << "in steps";
  EXPECT_EQ(Difference(whole, Run(eager, steps)), "") << "eager, in steps";
  EXPECT_EQ(Difference(whole, Run(Hip(), steps)), "") << "again";
  ModelOptions each = Hip();
  each.gpu.wait_for_each_launch = true;
  EXPECT_EQ(Difference(whole, Run(each, {16, 16, 8})), "")
      << "launch by launch";
}

TEST_F(HipTest, TheEmulatorItselfGivesTheSameBits) {
  ModelOptions emulator;
  emulator.device = "emulator";
  const std::vector<int64_t> steps = {16, 7, 1};
  EXPECT_EQ(Difference(Run(Hip(), steps), Run(emulator, steps)), "");
}

/// Kernels that another compiler made of the bundle's HIP source: by two
/// processes at a time, of which either may be the one that keeps them, and
/// then from where they are kept.
TEST_F(HipTest, SourceGivesTheSameBits) {
  testing::TempDir folder;
  setenv("DSV4_CACHE_DIR", (folder / "cache").c_str(), 1);
  const std::string command = absl::StrCat(
      DSV4_RUN, " ", DSV4_NANO_GFX942_BUNDLE, " --weights ", DSV4_NANO_WEIGHTS,
      " --device hip --kernels source --tokens 1,2,3 --greedy -q "
      "--max-new-tokens 2 >");
  std::string one = folder / "one", two = folder / "two";
  ASSERT_EQ(system(absl::StrCat(command, one, " & ", command, two,
                                "; status=$?; wait $! && exit $status")
                       .c_str()),
            0);
  EXPECT_FALSE(testing::ReadFile(one).empty());
  EXPECT_EQ(testing::ReadFile(one), testing::ReadFile(two));
  std::vector<std::string> files;
  for (const auto &entry :
       std::filesystem::directory_iterator(folder / "cache"))
    files.push_back(entry.path().filename());
  EXPECT_THAT(files, ::testing::ElementsAre(::testing::EndsWith(".code")));

  ModelOptions source = Hip();
  source.gpu.compile_source = true;
  const std::vector<int64_t> steps = {17, 1};
  EXPECT_EQ(Difference(Run(Hip(), steps), Run(source, steps)), "");
  unsetenv("DSV4_CACHE_DIR");
}

/// Less state changes where rows are, not what they hold.
TEST_F(HipTest, SmallPoolsGiveTheSameBits) {
  ModelOptions small = Hip();
  small.limits.max_batch = 1;
  small.limits.max_context = kTokens;
  const std::vector<int64_t> steps = {16, 7, 1};
  EXPECT_EQ(Difference(Run(Hip(), steps), Run(small, steps)), "");
}

TEST_F(HipTest, DevicesSayWhatTheyAre) {
  ASSERT_OK_AND_ASSIGN(HipInstallation hip, FindHip());
  ASSERT_GE(hip.devices.size(), 1u);
  const GpuProperties &gpu = hip.devices[0];
  EXPECT_EQ(gpu.target, "gfx942");
  EXPECT_EQ(gpu.features, "sramecc+:xnack-");
  EXPECT_EQ(gpu.fp8_format, "fnuz");
  EXPECT_EQ(gpu.compute_units, 304);
  EXPECT_EQ(gpu.lanes, 64);
  EXPECT_EQ(gpu.clock_khz, 2100000);
  EXPECT_GE(gpu.memory_bytes, uint64_t{190} << 30);
  EXPECT_THAT(gpu.name, ::testing::HasSubstr("MI300X"));
  EXPECT_THAT(OpenHipDevice(64),
              testing::IsError(absl::StatusCode::kFailedPrecondition,
                               "no HIP device 64"));
}

/// Each ROCm has its own layout of device properties.
TEST_F(HipTest, EverySonameSaysTheSame) {
  for (const char *version : {"5", "6", "7"}) {
    setenv("DSV4_HIP_LIBRARY", absl::StrCat("libamdhip64.so.", version).c_str(),
           1);
    auto hip = FindHip();
    EXPECT_OK(hip) << version;
    if (hip.ok()) {
      EXPECT_EQ(hip->devices.at(0).target, "gfx942") << version;
      EXPECT_EQ(hip->devices.at(0).compute_units, 304) << version;
      EXPECT_EQ(hip->runtime_version.substr(0, 2), absl::StrCat(version, "."));
    }
  }
  unsetenv("DSV4_HIP_LIBRARY");
}

} // namespace
} // namespace dsv4run
