//===- SyntheticWeights.h - Synthetic tensors in memory -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SYNTHETIC_SYNTHETICWEIGHTS_H
#define DSV4RUN_SYNTHETIC_SYNTHETICWEIGHTS_H

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Support/ThreadPool.h"
#include "dsv4run/Synthetic/ModelConfig.h"
#include "dsv4run/Synthetic/Recipe.h"

namespace dsv4run {

/// Tensors of a configuration by the recipe of Recipe.h, generated whenever
/// they are asked for: Find allocates one tensor that lives as long as the
/// view, Read allocates nothing.
class SyntheticWeights : public TensorSource {
public:
  /// With a pool, which must outlive the object, large requests are generated
  /// by its workers; without, by the caller.
  explicit SyntheticWeights(const ModelConfig &config,
                            ThreadPool *pool = nullptr);

  absl::string_view description() const override { return "synthetic weights"; }

private:
  SyntheticWeights(const std::vector<ModelTensor> &tensors, uint64_t experts,
                   ThreadPool *pool);

  void Generate(const TensorInfo &tensor, uint64_t offset,
                absl::Span<std::byte> destination) const;
  absl::StatusOr<TensorView> Load(const TensorInfo &tensor) const override;
  absl::Status ReadRange(const TensorInfo &tensor, uint64_t offset,
                         absl::Span<std::byte> destination) const override;

  std::vector<TensorRecipe> recipes_; // TensorInfo::offset is the index
  ThreadPool *pool_;
};

} // namespace dsv4run

#endif // DSV4RUN_SYNTHETIC_SYNTHETICWEIGHTS_H
