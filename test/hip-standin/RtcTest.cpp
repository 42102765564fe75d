//===- RtcTest.cpp - hipRTC -----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include "hip/hiprtc.h"

namespace {

#define EXPECT_RTC(expected, call)                                             \
  EXPECT_STREQ(#expected, hiprtcGetErrorString(call))
#define ASSERT_RTC(expected, call)                                             \
  ASSERT_STREQ(#expected, hiprtcGetErrorString(call))

class Rtc : public HipTest {
protected:
  void create(const char *source, std::vector<const char *> headers = {},
              std::vector<const char *> names = {}) {
    ASSERT_RTC(HIPRTC_SUCCESS,
               hiprtcCreateProgram(&program, source, "test.hip",
                                   static_cast<int>(headers.size()),
                                   headers.data(), names.data()));
  }
  void TearDown() override {
    if (program)
      EXPECT_RTC(HIPRTC_SUCCESS, hiprtcDestroyProgram(&program));
    HipTest::TearDown();
  }
  hiprtcResult compile(std::vector<const char *> options = {}) {
    return hiprtcCompileProgram(program, static_cast<int>(options.size()),
                                options.data());
  }
  std::string log() {
    size_t bytes = 0;
    EXPECT_RTC(HIPRTC_SUCCESS, hiprtcGetProgramLogSize(program, &bytes));
    std::string text(bytes, '?');
    EXPECT_RTC(HIPRTC_SUCCESS, hiprtcGetProgramLog(program, text.data()));
    EXPECT_EQ(text.back(), '\0');
    text.pop_back();
    return text;
  }
  std::vector<char> code() {
    size_t bytes = 0;
    EXPECT_RTC(HIPRTC_SUCCESS, hiprtcGetCodeSize(program, &bytes));
    std::vector<char> image(bytes);
    EXPECT_RTC(HIPRTC_SUCCESS, hiprtcGetCode(program, image.data()));
    return image;
  }
  hiprtcProgram program = nullptr;
};

TEST_F(Rtc, CompilesTemplatesByName) {
  create(R"(
    #include "factor.h"
    template <class T> __global__ void scale(T *x) {
      x[threadIdx.x] *= T(FACTOR + EXTRA);
    }
  )",
         {"#define FACTOR 3\n"}, {"factor.h"});
  ASSERT_RTC(HIPRTC_SUCCESS, hiprtcAddNameExpression(program, "scale<float>"));
  ASSERT_RTC(HIPRTC_SUCCESS, hiprtcAddNameExpression(program, "&scale<int>"));
  const char *name = nullptr;
  EXPECT_RTC(HIPRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION,
             hiprtcGetLoweredName(program, "scale<float>", &name));
  ASSERT_RTC(HIPRTC_SUCCESS, compile({"--offload-arch=gfx942:sramecc+:xnack-",
                                      "-DEXTRA=4", "-O2"}))
      << log();
  EXPECT_EQ(log(), "");
  ASSERT_RTC(HIPRTC_SUCCESS,
             hiprtcGetLoweredName(program, "&scale<int>", &name));
  EXPECT_STREQ(name, "_Z5scaleIiEvPT_");
  ASSERT_RTC(HIPRTC_SUCCESS,
             hiprtcGetLoweredName(program, "scale<float>", &name));
  EXPECT_STREQ(name, "_Z5scaleIfEvPT_");
  EXPECT_RTC(HIPRTC_ERROR_NAME_EXPRESSION_NOT_VALID,
             hiprtcGetLoweredName(program, "scale<double>", &name));
  EXPECT_RTC(HIPRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION,
             hiprtcAddNameExpression(program, "scale<double>"));

  hipModule_t made = nullptr;
  hipFunction_t function = nullptr;
  std::vector<char> image = code();
  ASSERT_OK(hipModuleLoadData(&made, image.data()));
  ASSERT_OK(hipModuleGetFunction(&function, made, "_Z5scaleIfEvPT_"));
  float *x = upload(std::vector<float>{1, 2, 3});
  void *parameters[] = {&x};
  ASSERT_OK(hipModuleLaunchKernel(function, 1, 1, 1, 3, 1, 1, 0, stream,
                                  parameters, nullptr));
  ASSERT_OK(hipStreamSynchronize(stream));
  EXPECT_THAT(download(x, 3), testing::ElementsAre(7, 14, 21));
  ASSERT_OK(hipModuleUnload(made));
}

TEST_F(Rtc, ErrorsAreInTheLog) {
  create("extern \"C\" __global__ void broken(float *x) { *x = undeclared; }");
  EXPECT_RTC(HIPRTC_ERROR_COMPILATION, compile());
  EXPECT_THAT(log(),
              testing::HasSubstr("use of undeclared identifier 'undeclared'"));
  size_t bytes = 0;
  EXPECT_RTC(HIPRTC_ERROR_INVALID_PROGRAM, hiprtcGetCodeSize(program, &bytes));
}

TEST_F(Rtc, OptionsItDoesNotTake) {
  create("extern \"C\" __global__ void fine() {}");
  EXPECT_RTC(HIPRTC_ERROR_INVALID_OPTION, compile({"--offload-arch=gfx90a"}));
  EXPECT_THAT(log(), testing::HasSubstr("gfx90a: expected gfx942"));
  EXPECT_RTC(HIPRTC_ERROR_INVALID_OPTION, compile({"-o", "file"}));
  EXPECT_RTC(HIPRTC_ERROR_INVALID_OPTION, compile({nullptr}));
  EXPECT_RTC(HIPRTC_ERROR_COMPILATION, compile({"--no-such-option"}));
  EXPECT_THAT(log(), testing::HasSubstr("--no-such-option"));
}

TEST_F(Rtc, BadArguments) {
  EXPECT_RTC(HIPRTC_ERROR_INVALID_INPUT,
             hiprtcCreateProgram(nullptr, "", "", 0, nullptr, nullptr));
  EXPECT_RTC(HIPRTC_ERROR_INVALID_PROGRAM,
             hiprtcCompileProgram(nullptr, 0, nullptr));
  hiprtcProgram none = nullptr;
  EXPECT_RTC(HIPRTC_ERROR_INVALID_PROGRAM, hiprtcDestroyProgram(&none));
  create("", {"int x;"}, {"../outside.h"});
  EXPECT_RTC(HIPRTC_ERROR_INVALID_INPUT, compile());
}

TEST(RtcDeathTest, CompilerOfTheEnvironment) {
  EXPECT_PROCESS(({{"DSV4_EMU_CLANG", "/no/such/compiler"}}), 0,
                 "DSV4_EMU_CLANG: expected an executable file, found "
                 "'/no/such/compiler'",
                 [] {
                   hiprtcProgram program;
                   NEED(hiprtcCreateProgram(&program, "int x;", nullptr, 0,
                                            nullptr,
                                            nullptr) == HIPRTC_SUCCESS);
                   NEED(hiprtcCompileProgram(program, 0, nullptr) ==
                        HIPRTC_ERROR_INTERNAL_ERROR);
                   NEED(hiprtcDestroyProgram(&program) == HIPRTC_SUCCESS);
                   return 0;
                 });
}

} // namespace
