//===- EquivalentBundlesTest.cpp - Bundles that must agree bit for bit ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiling for FNUZ, with recast weights and shifted scales, with observation,
// or for another level of the CPU changes no bit of logits or state (spec
// claims 3.2, 3.4).

#include "BundleFixture.h"
#include "Support/StatusMatchers.h"

namespace dsv4run {
namespace {

using testing::LoadedBundle;

class EquivalentBundlesTest : public ::testing::Test {
protected:
  void ExpectEqual(const char *other) {
    LoadedBundle *a = LoadedBundle::Get(DSV4_NANO_BUNDLE, DSV4_NANO_WEIGHTS);
    LoadedBundle *b = LoadedBundle::Get(other, DSV4_NANO_WEIGHTS);
    ASSERT_TRUE(a && b);
    std::vector<int32_t> ids =
        testing::TestIds(330, a->model().manifest().model()->vocab(), 1);
    std::vector<int64_t> steps = {200, 1, 1, 128};
    ASSERT_OK_AND_ASSIGN(auto x, testing::RunSplit(*a->session, ids, steps));
    ASSERT_OK_AND_ASSIGN(auto y, testing::RunSplit(*b->session, ids, steps));
    EXPECT_EQ(testing::Difference(x, y), "");
  }
};

TEST_F(EquivalentBundlesTest, OcpAndFnuz) {
  LoadedBundle *fnuz =
      LoadedBundle::Get(DSV4_NANO_FNUZ_BUNDLE, DSV4_NANO_WEIGHTS);
  ASSERT_NE(fnuz, nullptr);
  ASSERT_EQ(fnuz->model().manifest().code_objects()->Get(0)->format()->str(),
            "fnuz");
  ExpectEqual(DSV4_NANO_FNUZ_BUNDLE);
}

TEST_F(EquivalentBundlesTest, ObservedAndShipped) {
  LoadedBundle *observed =
      LoadedBundle::Get(DSV4_NANO_OBSERVED_BUNDLE, DSV4_NANO_WEIGHTS);
  ASSERT_NE(observed, nullptr);
  ASSERT_TRUE(observed->model().manifest().observed());
  ExpectEqual(DSV4_NANO_OBSERVED_BUNDLE);
}

/// Vectors of 32 and of 64 bytes: the order of every sum is the kernel's.
TEST_F(EquivalentBundlesTest, LevelsOfTheCpu) {
  LoadedBundle *v3 = LoadedBundle::Get(DSV4_NANO_V3_BUNDLE, DSV4_NANO_WEIGHTS);
  ASSERT_NE(v3, nullptr);
  ASSERT_EQ(v3->model().manifest().code_objects()->Get(0)->level()->str(),
            "x86-64-v3");
  ExpectEqual(DSV4_NANO_V3_BUNDLE);
}

} // namespace
} // namespace dsv4run
