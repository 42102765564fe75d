//===- HipFaultTest.cpp - What goes wrong on a GPU ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Faults of the stand-in (DSV4_EMU_FAULT), each in a process of its own: a run
// ends with one line that names HIP's error, and with nothing left on the
// device, or the stand-in would end the process with 99.

#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code = -1;
  std::string out;
  std::string error; ///< the line of dsv4-run
  std::string all;   ///< what else is on stderr, too
};

class HipFaultTest : public ::testing::Test {
protected:
  /// dsv4-run with a fault, an environment in front and options behind.
  Outcome Run(const std::string &fault, const std::string &options = "",
              const std::string &environment = "") {
    std::string errors = directory_ / "errors";
    std::string command = absl::StrCat(
        "DSV4_EMU_LEAKS_FATAL=1 DSV4_EMU_CHECKS=none ",
        fault.empty() ? "" : absl::StrCat("DSV4_EMU_FAULT=", fault), " ",
        environment, " ", DSV4_RUN, " ", DSV4_NANO_GFX942_BUNDLE, " --weights ",
        DSV4_NANO_WEIGHTS,
        " --device hip --tokens 1,2,3 --greedy --max-new-tokens 3 -q ", options,
        " 2>", errors);
    Outcome outcome;
    FILE *pipe = popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::array<char, 4096> buffer;
    while (size_t n = fread(buffer.data(), 1, buffer.size(), pipe))
      outcome.out.append(buffer.data(), n);
    int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.all = testing::ReadFile(errors);
    for (absl::string_view line : absl::StrSplit(outcome.all, '\n'))
      if (absl::StrContains(line, "dsv4-run: error: ")) {
        EXPECT_EQ(outcome.error, "") << "a second error: " << line;
        outcome.error = std::string(line);
      }
    EXPECT_THAT(outcome.all, Not(HasSubstr("leak")));
    return outcome;
  }

  testing::TempDir directory_;
};

TEST_F(HipFaultTest, NoFaultNoError) {
  Outcome outcome = Run("");
  EXPECT_EQ(outcome.code, 0) << outcome.all;
  EXPECT_EQ(outcome.all, "");
  EXPECT_EQ(Run("slow-copy:200").out, outcome.out);
}

TEST_F(HipFaultTest, EveryAllocationMayFail) {
  std::string all;
  int n = 1;
  for (;; ++n) {
    Outcome outcome = Run(absl::StrCat("alloc:", n));
    if (outcome.code == 0)
      break; // there is no n-th allocation
    ASSERT_EQ(outcome.code, 1) << outcome.all;
    EXPECT_THAT(outcome.error, HasSubstr("hipErrorOutOfMemory (2)"));
    absl::StrAppend(&all, outcome.error, "\n");
    ASSERT_LT(n, 20);
  }
  EXPECT_GT(n, 4);
  EXPECT_THAT(all, HasSubstr("for weights: needed"));
  EXPECT_THAT(all, HasSubstr("for state and buffers of steps"));
  EXPECT_THAT(all, HasSubstr("pinned memory for copies"));
}

TEST_F(HipFaultTest, TooLittleMemory) {
  Outcome outcome = Run("", "", "DSV4_EMU_MEMORY=8MiB");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("for weights: needed 1"));
  EXPECT_THAT(outcome.error, HasSubstr("of 8.00 MiB"));
  // The weights fit, the state does not next to what is kept for the driver.
  outcome = Run("", "", "DSV4_EMU_MEMORY=520MiB");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("A smaller --max-batch needs less"));
}

TEST_F(HipFaultTest, LaunchesFail) {
  for (int n : {1, 40, 100}) {
    Outcome graph = Run(absl::StrCat("launch:", n));
    EXPECT_EQ(graph.code, 1) << graph.all;
    EXPECT_THAT(graph.error, HasSubstr("running graph of "));
    EXPECT_THAT(graph.error, HasSubstr("hipErrorLaunchFailure (719)"));
    EXPECT_THAT(graph.error, HasSubstr("--sync-launches says which"));
    EXPECT_EQ(Run(absl::StrCat("launch:", n), "--no-graph").code, 1);
  }
  Outcome each = Run("launch:2", "--sync-launches");
  EXPECT_EQ(each.code, 1);
  EXPECT_THAT(each.error, HasSubstr("running launch \"layers.0"));
  EXPECT_THAT(each.error, HasSubstr("hipErrorLaunchFailure (719)"));
}

TEST_F(HipFaultTest, TheDeviceIsLost) {
  for (int n : {1, 2, 7, 40, 150, 320}) {
    Outcome outcome = Run(absl::StrCat("lost:", n));
    EXPECT_EQ(outcome.code, 1) << outcome.all;
    EXPECT_THAT(outcome.error, HasSubstr("hipErrorUnknown (999)"));
    EXPECT_THAT(outcome.error, HasSubstr("the device may be lost"));
  }
}

TEST_F(HipFaultTest, LibrariesAndDevicesThatAreMissing) {
  Outcome outcome = Run("", "", "DSV4_HIP_LIBRARY=/nonexistent.so");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error,
              HasSubstr("the HIP runtime cannot be opened, which "
                        "DSV4_HIP_LIBRARY names: not found: /nonexistent.so"));
  outcome = Run("", "", "DSV4_HIP_LIBRARY=libm.so.6");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("lacks hipMalloc, "));
  outcome = Run("", "--device hip:3", "DSV4_EMU_DEVICES=2");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("no HIP device 3"));
  EXPECT_EQ(Run("", "--device hip:1", "DSV4_EMU_DEVICES=2").code, 0);
}

} // namespace
} // namespace dsv4run
