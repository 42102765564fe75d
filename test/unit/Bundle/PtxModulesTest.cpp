//===- PtxModulesTest.cpp - How kernels for NVIDIA GPUs are stored --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/PtxModules.h"

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "dsv4run/Bundle/OffloadBundle.h"

namespace dsv4run {
namespace {

using namespace testing;

TEST(PtxModulesTest, RoundTrip) {
  std::string code = JoinPtxModules({".version 8.4\n", "", "second"});
  ASSERT_OK_AND_ASSIGN(auto modules, SplitPtxModules(AsBytes(code)));
  EXPECT_THAT(modules, ::testing::ElementsAre(".version 8.4\n", "", "second"));
  // Drivers read up to the NUL.
  for (absl::string_view module : modules)
    EXPECT_EQ(module.data()[module.size()], '\0');
}

TEST(PtxModulesTest, RefusesWhatDoesNotEnd) {
  for (std::string code :
       {std::string(), std::string("entry"), std::string("first\0second", 12)})
    EXPECT_THAT(SplitPtxModules(AsBytes(code)).status(),
                IsError(absl::StatusCode::kInvalidArgument,
                        "modules that each end with a NUL"))
        << code;
}

TEST(PtxModulesTest, NamesOfKernels) {
  EXPECT_EQ(PtxKernelName("scaled_matmul.t1.exact"), "scaled_matmul$t1$exact");
}

TEST(PtxModulesTest, IdInOffloadBundles) {
  EXPECT_EQ(OffloadEntryId("sm_90"), "cuda-nvptx64-nvidia-cuda--sm_90");
}

} // namespace
} // namespace dsv4run
