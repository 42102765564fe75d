//===- KernelSelectionTest.cpp - Kernels chosen by facts of the weights ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scales of FP4 weights are folded into the codes where their range allows it.
// A checkpoint with a scale far outside takes the exact kernels, which must
// agree with the goldens just as well.

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Checkpoint/SafetensorsWriter.h"
#include "dsv4run/Cli/Cli.h"
#include "dsv4run/Cli/LoadModel.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Copies dsv4-nano with the first 32 weights of every routed matrix of expert
/// 0 set to zero under a scale of 2^-97: no golden notices, the facts do.
absl::Status WriteWideScales(const std::string &directory) {
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
      if (absl::EndsWith(spec.name, ".scale"))
        bytes[0] = std::byte{30};
      else
        std::fill_n(bytes.begin(), 16, std::byte{0});
    }
    DSV4RUN_RETURN_IF_ERROR(writer->Write(spec.name, bytes));
  }
  return writer->Finish();
}

/// Kernels that run experts: how many, and how many of them are the exact ones.
std::pair<int, int> CountExpertKernels(const std::string &weights) {
  ModelOptions options;
  options.bundle = DSV4_NANO_OBSERVED_BUNDLE;
  options.weights = weights;
  absl::StatusOr<LoadedModel> loaded = LoadModel(options);
  EXPECT_OK(loaded.status());
  int all = 0, exact = 0;
  if (!loaded.ok())
    return {0, 0};
  for (const Model::Program &program : loaded->model->programs())
    for (uint32_t kernel : program.kernels) {
      std::string name =
          loaded->model->manifest().kernels()->Get(kernel)->name()->str();
      all += absl::StartsWith(name, "expert_linear");
      exact += absl::EndsWith(name, ".exact");
    }
  return {all, exact};
}

TEST(KernelSelectionTest, OrdinaryScalesAreFolded) {
  auto [all, exact] = CountExpertKernels(DSV4_NANO_WEIGHTS);
  EXPECT_GT(all, 0);
  EXPECT_EQ(exact, 0);
}

TEST(KernelSelectionTest, WideScalesTakeExactKernelsThatAgreeWithTheGoldens) {
  testing::TempDir directory;
  ASSERT_OK(WriteWideScales(directory.path()));
  auto [all, exact] = CountExpertKernels(directory.path());
  EXPECT_EQ(all, exact);
  EXPECT_GT(exact, 0);
  std::vector<std::string> arguments = {
      "verify",         "--ops",    DSV4_NANO_OBSERVED_BUNDLE, "--weights",
      directory.path(), "--golden", DSV4_NANO_GOLDEN};
  std::ostringstream out, error;
  CliStreams streams{std::cin, out, error, /*progress=*/false};
  EXPECT_EQ(RunCli(arguments, streams), 0) << out.str() << error.str();
}

} // namespace
} // namespace dsv4run
