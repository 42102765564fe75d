//===- ModelTensors.h - The tensor list of a configuration ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SYNTHETIC_MODELTENSORS_H
#define DSV4RUN_SYNTHETIC_MODELTENSORS_H

#include <cstdint>
#include <vector>

#include "dsv4run/Checkpoint/SafetensorsWriter.h"
#include "dsv4run/Synthetic/ModelConfig.h"

namespace dsv4run {

/// What a tensor holds; decides its synthetic values.
enum class TensorRole {
  kFp8Weight,
  kFp8Scale,
  kFp4Weight,
  kFp4Scale,
  kTokenToExperts, ///< ffn.gate.tid2eid
  kHcFn,
  kHcScale,
  kHcBase,
  kAttentionSink,
  kPositionBias, ///< ape of a compressor
  kRouterBias,
  kNorm,
  kEmbedding,
  kHead,
  kBf16Matrix, ///< any other
};

struct ModelTensor : TensorSpec {
  TensorRole role = TensorRole::kBf16Matrix;
  /// Logical columns of the matrix, or of the weight that a scale belongs to;
  /// FP4 codes count one each. 0 for vectors.
  uint64_t columns = 0;
  /// Index of the shard it belongs to if there is one for the embedding, each
  /// layer, the head and each MTP block, in this order (spec section 2.1).
  uint64_t shard = 0;
};

/// Every tensor that a checkpoint of this configuration has (spec sections 2.2
/// and 2.5), grouped by shard. The MTP blocks are those of the preview release.
std::vector<ModelTensor> ListModelTensors(const ModelConfig &config);

} // namespace dsv4run

#endif // DSV4RUN_SYNTHETIC_MODELTENSORS_H
