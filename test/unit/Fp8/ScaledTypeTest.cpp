//===- ScaledTypeTest.cpp - What follows from a scaled type ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include <gtest/gtest.h>

using namespace dsv4c::fp8;
using dsv4c::test::context;

namespace {

ScaledType parse(const std::string &text) {
  return llvm::dyn_cast_or_null<ScaledType>(
      mlir::parseType("!fp8.scaled<" + text + ">", &context()));
}

const char *kWeight =
    "1024x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major";
const char *kWindow =
    "?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major";
const char *kExperts =
    "256x2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16";

TEST(ScaledType, TextIsTheParameters) {
  mlir::MLIRContext *c = &context();
  ScaledType built =
      ScaledType::get(c, {1024, 4096}, mlir::Float8E4M3FNType::get(c),
                      mlir::Float8E8M0FNUType::get(c), {128, 128}, /*shift=*/0,
                      /*largest=*/448, LayoutAttr::getRowMajor(c));
  EXPECT_EQ(built, parse(kWeight));
  EXPECT_FALSE(built.isFnuz());
  EXPECT_EQ("e4m3 ocp (bias 7)", built.getFormat().describe());
}

TEST(ScaledType, BytesToTheByte) {
  EXPECT_EQ(1024 * 4096, parse(kWeight).getCodesBytes());
  EXPECT_EQ(8 * 32, parse(kWeight).getScaleBytes());
  // Two codes per byte; one scale per 32 columns of each row.
  EXPECT_EQ(256ll * 2048 * 2048, parse(kExperts).getCodesBytes());
  EXPECT_EQ(256ll * 2048 * 128, parse(kExperts).getScaleBytes());
  EXPECT_EQ(std::nullopt, parse(kWindow).getCodesBytes());
  EXPECT_EQ(5 * 448, parse(kWindow).getCodesBytes(5));
  EXPECT_EQ(5 * 7, parse(kWindow).getScaleBytes(5));
  ScaledType f32Scales = parse("3x256, e4m3 ocp bias 7, f32 1x128, shift 0, "
                               "largest 448, row_major");
  EXPECT_EQ(3 * 2 * 4, f32Scales.getScaleBytes());
}

TEST(ScaledType, ScaleShape) {
  using Shape = llvm::SmallVector<int64_t>;
  EXPECT_EQ((Shape{8, 32}), parse(kWeight).getScaleShape());
  EXPECT_EQ((Shape{256, 2048, 128}), parse(kExperts).getScaleShape());
  EXPECT_EQ((Shape{mlir::ShapedType::kDynamic, 7}),
            parse(kWindow).getScaleShape());
  ScaledType partial = parse("200x300, e4m3 ocp bias 7, e8m0 128x128, shift 0, "
                             "largest 448, row_major");
  EXPECT_EQ((Shape{2, 3}), partial.getScaleShape());
  EXPECT_EQ(6, partial.getScaleBytes());
}

TEST(ScaledType, WithDialect) {
  ScaledType weight = parse(kWeight);
  ScaledType fnuz = weight.withDialect(FloatDialect::Fnuz);
  EXPECT_EQ(parse("1024x4096, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest "
                  "224, row_major"),
            fnuz);
  EXPECT_EQ(weight, fnuz.withDialect(FloatDialect::Ocp));
  EXPECT_EQ(fnuz, fnuz.withDialect(FloatDialect::Fnuz));
  EXPECT_EQ(parse(kExperts), parse(kExperts).withDialect(FloatDialect::Fnuz));
}

// A writer and a reader of a cache agree only if every field does: types with
// one changed field are different types, and the text says which.
TEST(ScaledType, EveryFieldCounts) {
  ScaledType window = parse(kWindow);
  const std::pair<const char *, const char *> others[] = {
      {"?x512, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major",
       "shape ?x448 and ?x512"},
      {"?x448, e4m3 fnuz bias 8, f32 1x64, shift 0, largest 224, row_major",
       "scale e8m0 and f32"},
      {"?x448, e4m3 fnuz bias 8, e8m0 1x32, shift 0, largest 224, row_major",
       "block 1x64 and 1x32"},
      {"?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 1, largest 224, row_major",
       "shift 0 and 1"},
      {"?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 120, row_major",
       "largest 224 and 120"},
      {"?x448, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 224, row_major",
       "format e4m3 fnuz (bias 8) and e4m3 ocp (bias 7)"}};
  for (auto [text, difference] : others) {
    ASSERT_TRUE(parse(text)) << text;
    EXPECT_NE(window, parse(text)) << text;
    EXPECT_EQ(difference, window.describeDifference(parse(text)));
  }
  ScaledType panel = parse(kExperts);
  EXPECT_EQ("layout panel 16 and row_major",
            panel.describeDifference(
                panel.withLayout(LayoutAttr::getRowMajor(&context()))));
  auto fragments =
      LayoutAttr::get(&context(), LayoutKind::Panel, 16, /*fragment=*/4);
  EXPECT_EQ("layout panel 16 and panel 16 fragment 4",
            panel.describeDifference(panel.withLayout(fragments)));
  EXPECT_EQ("", window.describeDifference(window));
}

TEST(ScaledType, TextWithAWrongBiasDoesNotParse) {
  mlir::ScopedDiagnosticHandler silence(
      &context(), [](mlir::Diagnostic &) { return mlir::success(); });
  EXPECT_FALSE(parse("?x448, e4m3 fnuz bias 7, e8m0 1x64, shift 0, largest "
                     "224, row_major"));
  EXPECT_TRUE(parse(kWindow));
}

} // namespace
