//===- KernelSelectionTest.cpp - Kernels chosen by facts of the weights ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scales of FP4 weights are folded into the codes where their range allows it.
// A checkpoint with a scale far outside takes the exact kernels, which must
// agree with the folding ones on equal values.

#include <algorithm>
#include <cmath>
#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Checkpoint/SafetensorsWriter.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Executor/Session.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr int kTokens = 100;

/// Copies dsv4-nano with the first 32 weights of every routed matrix of expert 0
/// set to zero, under a scale of 2^-97 if `wide`.
absl::Status WriteCheckpoint(const std::string &directory, bool wide) {
  DSV4RUN_ASSIGN_OR_RETURN(auto nano, Checkpoint::Open(DSV4_NANO_WEIGHTS));
  std::vector<TensorSpec> specs;
  for (const TensorInfo &tensor : nano->tensors())
    specs.push_back({tensor.name, tensor.dtype, tensor.shape});
  DSV4RUN_ASSIGN_OR_RETURN(
      auto writer,
      SafetensorsWriter::Create(absl::StrCat(directory, "/model.safetensors"),
                                specs, {}, AtomicFile::Existing::kKeep));
  for (const TensorSpec &spec : specs) {
    DSV4RUN_ASSIGN_OR_RETURN(TensorView view, nano->Find(spec.name));
    std::vector<std::byte> bytes(view.contents().begin(),
                                 view.contents().end());
    // The draft block has experts as well.
    if (absl::StrContains(spec.name, ".ffn.experts.0.")) {
      if (!absl::EndsWith(spec.name, ".scale"))
        std::fill_n(bytes.begin(), 16, std::byte{0});
      else if (wide)
        bytes[0] = std::byte{30};
    }
    DSV4RUN_RETURN_IF_ERROR(writer->Write(spec.name, bytes));
  }
  return writer->Finish();
}

absl::StatusOr<LoadedModel> Load(const std::string &weights) {
  ModelOptions options;
  options.bundle = DSV4_NANO_OBSERVED_BUNDLE;
  options.weights = weights;
  return LoadModel(options);
}

/// Kernels that run experts: how many, and how many of them are the exact ones.
std::pair<int, int> CountExpertKernels(const Model &model) {
  int all = 0, exact = 0;
  for (const Model::Program &program : model.programs())
    for (uint32_t kernel : program.kernels) {
      std::string name = model.manifest().kernels()->Get(kernel)->name()->str();
      all += absl::StartsWith(name, "expert_linear");
      exact += absl::EndsWith(name, ".exact");
    }
  return {all, exact};
}

/// Results of a layer's experts on made-up inputs, a row per token.
absl::StatusOr<std::vector<float>> RunExperts(const Model &model, int layer) {
  DSV4RUN_ASSIGN_OR_RETURN(auto session, Session::Create(model));
  DSV4RUN_ASSIGN_OR_RETURN(int slot, session->AcquireSlot());
  std::vector<Token> tokens(kTokens);
  for (int i = 0; i < kTokens; ++i) {
    tokens[i].slot = slot;
    tokens[i].id = 3 * i + 1;
    tokens[i].position = i;
  }
  int64_t hidden = model.manifest().model()->hidden();
  std::vector<float> input(kTokens * hidden);
  for (size_t i = 0; i < input.size(); ++i)
    input[i] = static_cast<float>((i * 2654435761u >> 16) % 255) / 128 - 1;
  RunRequest request;
  request.entry = absl::StrCat("layers.", layer, ".ffn");
  request.tokens = tokens;
  request.inputs["ffn.in"] = RowBlock::Bf16(kTokens, hidden, input);
  request.outputs = {"ffn.out"};
  DSV4RUN_ASSIGN_OR_RETURN(RunResult result, session->Run(request));
  return result.outputs["ffn.out"].ToFloats();
}

double Cosine(const float *a, const float *b, size_t count) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < count; ++i) {
    ab += double(a[i]) * b[i];
    aa += double(a[i]) * a[i];
    bb += double(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

TEST(KernelSelectionTest, OrdinaryScalesAreFolded) {
  ASSERT_OK_AND_ASSIGN(LoadedModel loaded, Load(DSV4_NANO_WEIGHTS));
  auto [all, exact] = CountExpertKernels(*loaded.model);
  EXPECT_GT(all, 0);
  EXPECT_EQ(exact, 0);
}

TEST(KernelSelectionTest, WideScalesTakeExactKernelsWithTheSameResults) {
  testing::TempDir ordinary, wide;
  ASSERT_OK(WriteCheckpoint(ordinary.path(), /*wide=*/false));
  ASSERT_OK(WriteCheckpoint(wide.path(), /*wide=*/true));
  ASSERT_OK_AND_ASSIGN(LoadedModel folded, Load(ordinary.path()));
  ASSERT_OK_AND_ASSIGN(LoadedModel unfolded, Load(wide.path()));
  auto [all, exact] = CountExpertKernels(*unfolded.model);
  EXPECT_EQ(all, exact);
  EXPECT_EQ(CountExpertKernels(*folded.model).second, 0);

  int64_t hidden = folded.model->manifest().model()->hidden();
  for (int layer = 0; layer < 6; ++layer) {
    ASSERT_OK_AND_ASSIGN(auto a, RunExperts(*folded.model, layer));
    ASSERT_OK_AND_ASSIGN(auto b, RunExperts(*unfolded.model, layer));
    ASSERT_EQ(a.size(), b.size());
    int close = 0;
    for (int row = 0; row < kTokens; ++row)
      close += Cosine(&a[row * hidden], &b[row * hidden], hidden) >= 0.9999;
    EXPECT_GE(close, 0.98 * kTokens) << "layer " << layer;
  }
}

} // namespace
} // namespace dsv4run
