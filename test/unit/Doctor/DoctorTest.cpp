//===- DoctorTest.cpp -----------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Doctor/Doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "absl/strings/match.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A machine's /dev, /proc and /sys in a folder, and no HIP.
class DoctorTest : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("DSV4_HIP_LIBRARY", "/nonexistent/libamdhip64.so.6", 1);
    options_.root = root_.path() + "/";
  }
  void TearDown() override { unsetenv("DSV4_HIP_LIBRARY"); }

  void Write(const std::string &path, const std::string &text) {
    std::filesystem::path file = options_.root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void MakeNode() {
    Write("sys/module/amdgpu/version", "6.12.12\n");
    Write("dev/kfd", "");
    Write("dev/dri/renderD128", "");
    Write("dev/dri/renderD129", "");
    Write("dev/dri/card0", "");
    std::string nodes = "sys/class/kfd/kfd/topology/nodes/";
    Write(nodes + "0/properties", "cpu_cores_count 96\ngfx_target_version 0\n");
    Write(nodes + "1/properties",
          "simd_count 1216\ngfx_target_version 90402\n");
    Write(nodes + "2/properties",
          "simd_count 1024\ngfx_target_version 90500\n");
    Write(nodes + "3/properties", "gfx_target_version 90010\n");
    Write("sys/class/drm/card0/device/current_compute_partition", "SPX\n");
    Write("sys/class/drm/card0/device/current_memory_partition", "NPS1\n");
    Write("sys/class/drm/card0/device/pp_dpm_sclk",
          "0: 132Mhz *\n1: 2100Mhz\n");
    Write("proc/sys/kernel/numa_balancing", "0\n");
  }

  const Finding *Find(const std::string &check) {
    findings_ = Examine(options_);
    for (const Finding &finding : findings_)
      if (finding.check == check)
        return &finding;
    return nullptr;
  }

  testing::TempDir root_;
  DoctorOptions options_;
  std::vector<Finding> findings_;
};

TEST_F(DoctorTest, NothingIsThere) {
  for (const char *check : {"kernel driver", "/dev/kfd", "/dev/dri",
                            "GPUs of the kernel", "HIP runtime"}) {
    const Finding *finding = Find(check);
    ASSERT_TRUE(finding) << check;
    EXPECT_EQ(finding->verdict, Verdict::kMissing) << check;
    EXPECT_FALSE(finding->advice.empty()) << check;
  }
  EXPECT_TRUE(AnythingMissing(findings_));
  std::string text = FindingsToText(findings_);
  EXPECT_THAT(text, HasSubstr("missing  HIP runtime: "));
  EXPECT_THAT(text, HasSubstr("/nonexistent/libamdhip64.so.6"));
  EXPECT_THAT(text, HasSubstr("\n           -> install ROCm"));
  nlohmann::json json = nlohmann::json::parse(FindingsToJson(findings_));
  EXPECT_FALSE(json["ready"].get<bool>());
  EXPECT_EQ(json["findings"].size(), findings_.size());
}

TEST_F(DoctorTest, ANodeWithoutHip) {
  MakeNode();
  EXPECT_EQ(Find("kernel driver")->found, "amdgpu 6.12.12");
  EXPECT_EQ(Find("/dev/kfd")->verdict, Verdict::kOk);
  EXPECT_THAT(Find("/dev/dri")->found, HasSubstr("2 render nodes"));
  EXPECT_EQ(Find("GPUs of the kernel")->found, "3: gfx942, gfx950, gfx90a");
  EXPECT_EQ(Find("partition of card0")->found, "SPX, NPS1");
  EXPECT_THAT(Find("clocks of card0")->found, HasSubstr("now 0: 132Mhz"));
  EXPECT_EQ(Find("NUMA balancing"), nullptr);
  // HIP alone is missing.
  for (const Finding &finding : findings_)
    EXPECT_EQ(finding.verdict == Verdict::kMissing,
              finding.check == "HIP runtime")
        << finding.check;
}

TEST_F(DoctorTest, SettingsThatHurt) {
  MakeNode();
  Write("sys/class/drm/card0/device/current_compute_partition", "CPX\n");
  Write("proc/sys/kernel/numa_balancing", "1\n");
  setenv("HSA_OVERRIDE_GFX_VERSION", "9.0.10", 1);
  setenv("HIP_VISIBLE_DEVICES", "3", 1);
  EXPECT_EQ(Find("partition of card0")->verdict, Verdict::kWarning);
  EXPECT_EQ(Find("NUMA balancing")->verdict, Verdict::kNote);
  EXPECT_EQ(Find("HSA_OVERRIDE_GFX_VERSION")->verdict, Verdict::kWarning);
  EXPECT_EQ(Find("HIP_VISIBLE_DEVICES")->found, "3");
  unsetenv("HSA_OVERRIDE_GFX_VERSION");
  unsetenv("HIP_VISIBLE_DEVICES");
}

TEST_F(DoctorTest, ClosedDevicesNameTheirGroup) {
  MakeNode();
  std::filesystem::permissions(options_.root + "dev/kfd",
                               std::filesystem::perms::none);
  std::filesystem::permissions(root_.path(),
                               static_cast<std::filesystem::perms>(0755));
  // Root may open every file: look as nobody, in a process of its own.
  EXPECT_EXIT(
      {
        if (geteuid() == 0 && setuid(65534) != 0)
          exit(2);
        const Finding *finding = Find("/dev/kfd");
        bool right = finding && finding->verdict == Verdict::kMissing &&
                     absl::StrContains(finding->advice, "usermod -aG");
        exit(right ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(DoctorTest, BundlesAreLookedAtWithoutADevice) {
  options_.bundle = "/nonexistent.dsv4";
  EXPECT_EQ(Find("bundle")->verdict, Verdict::kMissing);
  EXPECT_THAT(Find("bundle")->found, HasSubstr("/nonexistent.dsv4"));
}

} // namespace
} // namespace dsv4run
