//===- LoadCodeTest.cpp ---------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of a bundle's code object and source a GPU runs.

#include "Device/FakeGpuDriver.h"
#include "Executor/TinyBundle.h"
#include "Gpu/CreateGpuDevice.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsError;

constexpr char kSource[] = "the kernels";

class LoadCodeTest : public ::testing::Test {
protected:
  void SetUp() override { setenv("DSV4_CACHE_DIR", "", 1); }
  void TearDown() override { unsetenv("DSV4_CACHE_DIR"); }

  /// A bundle for gfx942, with or without source, on a GPU that loads its code
  /// object or doesn't.
  absl::StatusOr<LoadedCode> Load(bool object_loads, bool has_source,
                                  bool compiles, const GpuOptions &options = {},
                                  const std::string &gpu = "gfx942") {
    testing::TinyPool tiny;
    tiny.target = "gfx942";
    tiny.level = "gfx942";
    tiny.format = "fnuz";
    if (has_source)
      tiny.hip_source = kSource;
    DSV4RUN_ASSIGN_OR_RETURN(Bundle bundle, testing::MakeTinyBundle(tiny));
    auto record = std::make_shared<testing::FakeGpuRecord>();
    record->target = gpu;
    if (object_loads)
      record->images.insert(testing::TinyGpuCode());
    if (compiles)
      record->compiled[kSource] = "compiled";
    code_.code.reset();
    device_.reset();
    bundle_.emplace(std::move(bundle));
    DSV4RUN_ASSIGN_OR_RETURN(
        device_,
        CreateGpuDevice(testing::CreateFakeGpuDriver(record), options));
    DSV4RUN_ASSIGN_OR_RETURN(Bundle selected, SelectImage(*bundle_, *device_));
    absl::StatusOr<LoadedCode> code = LoadCode(selected, *device_);
    if (!code.ok())
      return code.status();
    bool from_source = code->from_source;
    code_ = *std::move(code);
    return LoadedCode{nullptr, code_.index, from_source};
  }

  std::optional<Bundle> bundle_;
  std::unique_ptr<GpuDevice> device_;
  LoadedCode code_;
};

TEST_F(LoadCodeTest, TheCodeObjectComesFirst) {
  ASSERT_OK_AND_ASSIGN(LoadedCode code, Load(true, true, true));
  EXPECT_FALSE(code.from_source);
  ASSERT_OK_AND_ASSIGN(code, Load(true, false, false));
  EXPECT_FALSE(code.from_source);
}

TEST_F(LoadCodeTest, SourceServesWhereTheObjectDoesNotLoadOrByRequest) {
  ASSERT_OK_AND_ASSIGN(LoadedCode code, Load(false, true, true));
  EXPECT_TRUE(code.from_source);
  GpuOptions options;
  options.compile_source = true;
  ASSERT_OK_AND_ASSIGN(code, Load(true, true, true, options));
  EXPECT_TRUE(code.from_source);
}

TEST_F(LoadCodeTest, ErrorsHaveEveryReason) {
  absl::Status status = Load(false, true, false).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition,
                              "tiny.dsv4: no code object runs on Fake"));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("no binary for this GPU"),
                    HasSubstr("error: unknown type")));
  EXPECT_THAT(
      Load(false, false, true),
      IsError(absl::StatusCode::kFailedPrecondition, "no binary for this GPU"));
  // A request that can't be met is no wish.
  GpuOptions options;
  options.compile_source = true;
  EXPECT_THAT(Load(true, false, true, options),
              IsError(absl::StatusCode::kFailedPrecondition,
                      "the bundle keeps no source"));
}

TEST_F(LoadCodeTest, AnotherDialectIsRefused) {
  absl::Status status = Load(false, true, true, {}, "gfx950").status();
  EXPECT_THAT(status,
              IsError(absl::StatusCode::kFailedPrecondition,
                      "has code for gfx942 (fnuz), none of which runs"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the source is for target \"gfx942\" with FP8 dialect "
                        "fnuz; Fake, gfx950, has ocp"));
}

} // namespace
} // namespace dsv4run
