//===- ImportModelTest.cpp - Programs of the published models
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Import/ImportModel.h"
#include "ConfigFiles.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringMap.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace dsv4c;
using mlir::ModuleOp;
using mlir::OwningOpRef;

namespace {

struct Imported {
  mlir::MLIRContext context;
  ModelConfig config;
  OwningOpRef<ModuleOp> module;

  explicit Imported(llvm::StringRef folder, ImportOptions options = {})
      : config(test::readConfig(folder)) {
    module = importModel(context, config, options);
  }
  dsv4::ProgramOp program(llvm::StringRef name) {
    return module->lookupSymbol<dsv4::ProgramOp>(name);
  }
};

std::vector<std::string> getArgumentNames(dsv4::ProgramOp program) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < program.getNumArguments(); ++i)
    names.push_back(program.getArgumentName(i).str());
  return names;
}

std::vector<std::string> getOutputNames(dsv4::ProgramOp program) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < program.getNumOutputs(); ++i)
    names.push_back(program.getResultName(i).str());
  return names;
}

class EveryModel : public testing::TestWithParam<const char *> {};

TEST_P(EveryModel, ImportsAndVerifies) {
  ImportOptions options;
  options.observe = true;
  Imported imported(GetParam(), options);
  ASSERT_TRUE(imported.module);
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*imported.module)));
  EXPECT_TRUE(imported.program("step"));
  EXPECT_TRUE(imported.program("draft"));
}

INSTANTIATE_TEST_SUITE_P(Models, EveryModel,
                         testing::Values("models/dsv4-nano",
                                         "models/dsv4-shakespeare",
                                         "models/deepseek-v4-flash",
                                         "models/deepseek-v4-pro",
                                         "test/golden/data/flash-slice"));

/// Names in a checkpoint that the weights of the module stand for, scales
/// included, and their bytes.
llvm::StringMap<int64_t> getCheckpoint(ModuleOp module) {
  llvm::StringMap<int64_t> tensors;
  module.walk([&](dsv4::WeightOp weight) {
    int64_t experts = weight.getExperts().value_or(1);
    auto add = [&](std::string name, int64_t bytes) {
      for (int64_t i = 0; i < experts; ++i) {
        auto [before, after] = llvm::StringRef(name).split('*');
        bool isPattern = name.find('*') != std::string::npos;
        tensors[isPattern ? (before + llvm::Twine(i) + after).str() : name] =
            bytes / experts;
      }
    };
    std::string name = weight.getTensor().str();
    mlir::Type type = weight.getResult().getType();
    if (auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type))
      return add(name,
                 tensor.getNumElements() * tensor.getElementTypeBitWidth() / 8);
    auto scaled = llvm::cast<fp8::ScaledType>(type);
    add(name, *scaled.getCodesBytes());
    llvm::StringRef stem = llvm::StringRef(name).drop_back(strlen(".weight"));
    add((stem + ".scale").str(), *scaled.getScaleBytes());
  });
  return tensors;
}

TEST(ImportModel, FlashReadsEveryTensorOfTheCheckpoint) {
  Imported imported("models/deepseek-v4-flash");
  llvm::StringMap<int64_t> tensors = getCheckpoint(*imported.module);
  int64_t bytes = 0, draft = 0, draftBytes = 0;
  for (const auto &tensor : tensors) {
    bytes += tensor.second;
    if (tensor.first().starts_with("mtp.0.")) {
      ++draft;
      draftBytes += tensor.second;
    }
  }
  // Spec 2.2 and 2.4.
  EXPECT_EQ(tensors.size(), 69187u);
  EXPECT_EQ(draft, 1575);
  EXPECT_EQ(bytes, 159609485896);
  EXPECT_EQ(draftBytes, 3593787756);
}

TEST(ImportModel, ProReadsTheDerivedNumberOfBytes) {
  Imported imported("models/deepseek-v4-pro");
  int64_t bytes = 0;
  for (const auto &tensor : getCheckpoint(*imported.module))
    bytes += tensor.second;
  // Spec 2.4.
  EXPECT_EQ(bytes, 864704792696);
}

TEST(ImportModel, StateComesInOrder) {
  Imported imported("models/dsv4-nano");
  EXPECT_THAT(getArgumentNames(imported.program("step")),
              testing::ElementsAre(
                  "tokens", "layers.0.window", "layers.1.window",
                  "layers.2.window", "layers.2.entries", "layers.2.index",
                  "layers.2.rows", "layers.2.index_rows", "layers.3.window",
                  "layers.3.entries", "layers.3.rows", "layers.4.window",
                  "layers.4.entries", "layers.4.index", "layers.4.rows",
                  "layers.4.index_rows", "layers.5.window", "layers.5.entries",
                  "layers.5.rows"));
  EXPECT_THAT(getOutputNames(imported.program("step")),
              testing::ElementsAre("logits", "streams"));
  EXPECT_THAT(getArgumentNames(imported.program("draft")),
              testing::ElementsAre("tokens", "streams", "mtp.0.window"));
  EXPECT_THAT(getOutputNames(imported.program("draft")),
              testing::ElementsAre("draft.logits", "draft.streams"));
}

TEST(ImportModel, ObservedProgramsHaveTheGoldensOperands) {
  ImportOptions options;
  options.observe = true;
  Imported imported("models/dsv4-nano", options);
  EXPECT_THAT(getOutputNames(imported.program("layers.2")),
              testing::ElementsAre("layers.2.out"));
  EXPECT_THAT(
      getOutputNames(imported.program("layers.2.attn")),
      testing::ElementsAre("attn.out", "q", "o", "selection", "scores"));
  EXPECT_THAT(getOutputNames(imported.program("layers.3.attn")),
              testing::ElementsAre("attn.out", "q", "o"));
  EXPECT_THAT(getArgumentNames(imported.program("layers.2.core")),
              testing::ElementsAre("tokens", "q", "selection",
                                   "layers.2.window", "layers.2.entries"));
  EXPECT_THAT(getArgumentNames(imported.program("layers.0.core")),
              testing::ElementsAre("tokens", "q", "layers.0.window"));
  EXPECT_THAT(getArgumentNames(imported.program("layers.5.ffn")),
              testing::ElementsAre("tokens", "ffn.in"));
  EXPECT_THAT(getOutputNames(imported.program("layers.5.ffn")),
              testing::ElementsAre("ffn.out", "weights", "experts"));
  int64_t observed = 0;
  imported.program("step").walk([&](dsv4::ObserveOp) { ++observed; });
  EXPECT_EQ(observed, 6);
}

TEST(ImportModel, ContextLimitIsChecked) {
  ImportOptions options;
  options.maxContext = 4097;
  mlir::MLIRContext context;
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return mlir::success();
                                        });
  ModelConfig config = test::readConfig("models/dsv4-nano");
  EXPECT_FALSE(importModel(context, config, options));
  EXPECT_THAT(message, testing::HasSubstr("4096"));
  EXPECT_THAT(message, testing::HasSubstr("found 4097"));
}

TEST(ImportModel, ContextLimitSizesTheRopeTables) {
  ImportOptions options;
  options.maxContext = 100;
  Imported imported("models/dsv4-nano", options);
  imported.module->walk([](dsv4::RopeTableOp table) {
    auto type = llvm::cast<mlir::RankedTensorType>(table.getResult().getType());
    EXPECT_EQ(type.getDimSize(0), 100);
  });
}

TEST(ImportModel, Fp8ExpertsAreBlocksOf128) {
  llvm::json::Object object =
      test::parseObject(test::readConfigText("models/dsv4-nano"));
  object["expert_dtype"] = "fp8";
  ModelConfig config =
      llvm::cantFail(parseModelConfig(test::toText(std::move(object)), "c"));
  mlir::MLIRContext context;
  auto module = importModel(context, config, {});
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  module->walk([](dsv4::ExpertLinearOp op) {
    auto type = llvm::cast<fp8::ScaledType>(op.getWeight().getType());
    EXPECT_TRUE(llvm::isa<mlir::Float8E4M3FNType>(type.getElementType()));
    EXPECT_THAT(type.getBlock(), testing::ElementsAre(128, 128));
  });
}

TEST(ImportModel, ModelWithoutDraftBlockHasNoDraftProgram) {
  llvm::json::Object object =
      test::parseObject(test::readConfigText("models/dsv4-nano"));
  object["num_nextn_predict_layers"] = 0;
  object["compress_ratios"] = llvm::json::Array{0, 0, 4, 128, 4, 128};
  ModelConfig config =
      llvm::cantFail(parseModelConfig(test::toText(std::move(object)), "c"));
  mlir::MLIRContext context;
  auto module = importModel(context, config, {});
  EXPECT_FALSE(module->lookupSymbol("draft"));
}

} // namespace
