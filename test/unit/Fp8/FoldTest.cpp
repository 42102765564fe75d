//===- FoldTest.cpp - Folders agree with executed code --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "Reference.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace dsv4c::reference;
using dsv4c::test::context;
using dsv4c::test::ElementwiseJit;

namespace {

/// Raw bytes of the folded result of the op in `body`, which uses %x and types
/// with @S@ and @E@ as in ElementwiseJit; empty if it doesn't fold.
std::vector<char> fold(const std::string &inputType, const std::string &body,
                       llvm::ArrayRef<char> bytes, int64_t count) {
  std::string shape = "tensor<" + std::to_string(count) + "x";
  std::string text = dsv4c::test::replaceAll(body, "@S@", shape);
  text = dsv4c::test::replaceAll(text, "@E@", ">");
  text =
      "func.func @f(%x: " + shape + inputType + ">) {\n" + text + "\nreturn }";
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context());
  if (!module)
    return {};
  mlir::Operation *op = nullptr;
  module->walk([&](mlir::Operation *each) {
    if (each->getName().getDialectNamespace() == "fp8")
      op = each;
  });
  auto type = llvm::cast<mlir::ShapedType>(op->getOperand(0).getType());
  auto constant = mlir::DenseElementsAttr::getFromRawBuffer(type, bytes);
  llvm::SmallVector<mlir::OpFoldResult> results;
  if (failed(op->fold({constant}, results)) || results.empty())
    return {};
  auto dense = llvm::cast<mlir::DenseElementsAttr>(
      llvm::cast<mlir::Attribute>(results[0]));
  llvm::ArrayRef<char> raw = dense.getRawData();
  return std::vector<char>(raw.begin(), raw.end());
}

template <typename Out, typename In>
void expectFoldEqualsExecution(const std::string &inputType,
                               const std::string &outputType,
                               const std::string &body,
                               const std::vector<In> &inputs) {
  SCOPED_TRACE(body);
  auto executed =
      ElementwiseJit(inputType, outputType, body, 16).template map<Out>(inputs);
  std::vector<char> folded =
      fold(inputType, body,
           {reinterpret_cast<const char *>(inputs.data()),
            inputs.size() * sizeof(In)},
           inputs.size());
  ASSERT_EQ(executed.size() * sizeof(Out), folded.size());
  for (size_t i = 0; i < executed.size(); ++i) {
    Out value;
    std::memcpy(&value, folded.data() + i * sizeof(Out), sizeof(Out));
    if constexpr (std::is_same_v<Out, float>) {
      if (std::isnan(value) && std::isnan(executed[i]))
        continue;
      ASSERT_EQ(toBits(executed[i]), toBits(value)) << "input " << i;
    } else {
      ASSERT_EQ(executed[i], value) << "input " << i;
    }
  }
}

TEST(Fold, Extend) {
  for (const char *type :
       {"f8E4M3FN", "f8E4M3FNUZ", "f8E5M2", "f8E5M2FNUZ", "f8E8M0FNU"})
    expectFoldEqualsExecution<float>(type, "f32",
                                     std::string("%y = fp8.extend %x : @S@") +
                                         type + "@E@ to @S@f32@E@",
                                     allBytes());
}

TEST(Fold, Truncate) {
  for (const Format &format : kFp8Formats)
    expectFoldEqualsExecution<uint8_t>(
        "f32", format.mlirType,
        "%y = fp8.truncate %x largest " +
            std::to_string(static_cast<int>(format.largestWritten)) +
            " : @S@f32@E@ to @S@" + format.mlirType + "@E@",
        allBf16());
}

TEST(Fold, Fp4) {
  for (const char *nibble : {"low", "high"})
    expectFoldEqualsExecution<float>("i8", "f32",
                                     std::string("%y = fp8.extend_fp4 ") +
                                         nibble + " %x : @S@i8@E@ to @S@f32@E@",
                                     allBytes());
  expectFoldEqualsExecution<uint8_t>(
      "f32", "i8", "%y = fp8.truncate_fp4 %x : @S@f32@E@ to @S@i8@E@",
      allBf16());
}

TEST(Fold, Scales) {
  for (const char *divisor : {"448", "6"})
    expectFoldEqualsExecution<int32_t>("f32", "i32",
                                       std::string("%y = fp8.scale_exponent "
                                                   "%x divisor ") +
                                           divisor +
                                           " : @S@f32@E@ to @S@i32@E@",
                                       allBf16());
  std::vector<int32_t> exponents;
  for (int k = -300; k <= 300; ++k)
    exponents.push_back(k);
  expectFoldEqualsExecution<float>(
      "i32", "f32", "%y = fp8.exponent_to_scale %x : @S@i32@E@ to @S@f32@E@",
      exponents);
  expectFoldEqualsExecution<uint8_t>(
      "i32", "f8E8M0FNU",
      "%y = fp8.encode_scale %x : @S@i32@E@ to @S@f8E8M0FNU@E@", exponents);
}

// `finite` is a promise: a folder must not invent a value where it is broken.
TEST(Fold, BrokenPromiseIsNotFolded) {
  std::vector<uint8_t> nan = {0x80, 0x80};
  EXPECT_TRUE(fold("f8E4M3FNUZ",
                   "%y = fp8.extend finite %x : @S@f8E4M3FNUZ@E@ to "
                   "@S@f32@E@",
                   {reinterpret_cast<const char *>(nan.data()), 2}, 2)
                  .empty());
}

} // namespace
