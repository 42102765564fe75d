//===- SyntheticWeights.cpp - Synthetic tensors in memory -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/SyntheticWeights.h"

#include <utility>

#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

// About 1 ms of work.
constexpr uint64_t kParallelBytes = 1 << 20;

std::vector<TensorInfo> Describe(const std::vector<ModelTensor> &tensors) {
  std::vector<TensorInfo> infos;
  infos.reserve(tensors.size());
  for (const ModelTensor &tensor : tensors) {
    TensorInfo &info = infos.emplace_back();
    info.name = tensor.name;
    info.dtype = tensor.dtype;
    info.shape = tensor.shape;
    info.bytes = SizeOf(tensor.dtype);
    for (uint64_t dim : tensor.shape)
      info.bytes *= dim;
    info.file = "synthetic weights";
    info.offset = infos.size() - 1;
  }
  return infos;
}

} // namespace

SyntheticWeights::SyntheticWeights(const ModelConfig &config, ThreadPool *pool)
    : SyntheticWeights(ListModelTensors(config), config.n_routed_experts,
                       pool) {}

SyntheticWeights::SyntheticWeights(const std::vector<ModelTensor> &tensors,
                                   uint64_t experts, ThreadPool *pool)
    : TensorSource(Describe(tensors)), pool_(pool) {
  recipes_.reserve(tensors.size());
  for (const ModelTensor &tensor : tensors)
    recipes_.emplace_back(tensor, experts);
}

void SyntheticWeights::Generate(const TensorInfo &tensor, uint64_t offset,
                                absl::Span<std::byte> destination) const {
  const TensorRecipe &recipe = recipes_[tensor.offset];
  if (!pool_ || destination.size() <= kParallelBytes)
    return recipe.Generate(offset, destination);
  pool_->ParallelFor(destination.size(), kParallelBytes,
                     [&](uint64_t begin, uint64_t end) {
                       recipe.Generate(offset + begin,
                                       destination.subspan(begin, end - begin));
                     });
}

absl::StatusOr<TensorView>
SyntheticWeights::Load(const TensorInfo &tensor) const {
  DSV4RUN_ASSIGN_OR_RETURN(ReservedMemory memory,
                           ReservedMemory::Reserve(tensor.bytes));
  Generate(tensor, 0, {memory.data(), tensor.bytes});
  TensorView view;
  static_cast<TensorInfo &>(view) = tensor;
  view.data = memory.data();
  view.owner = std::make_shared<ReservedMemory>(std::move(memory));
  return view;
}

absl::Status
SyntheticWeights::ReadRange(const TensorInfo &tensor, uint64_t offset,
                            absl::Span<std::byte> destination) const {
  Generate(tensor, offset, destination);
  return absl::OkStatus();
}

} // namespace dsv4run
