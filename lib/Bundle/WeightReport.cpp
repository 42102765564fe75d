//===- WeightReport.cpp - Bytes of the checkpoint by group ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WeightReport.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::bundle;

namespace {

/// The groups of spec 2.4.
StringRef groupOf(StringRef tensor, bool scales) {
  if (tensor.starts_with("mtp."))
    return "draft_block";
  if (tensor.contains(".ffn.experts."))
    return scales ? "routed_experts_scales" : "routed_experts_weights";
  if (tensor.contains(".ffn.shared_experts."))
    return "shared_experts";
  if (tensor.contains(".attn.compressor."))
    return "compressors";
  if (tensor.contains(".attn.indexer."))
    return "indexers";
  if (tensor.contains(".attn."))
    return "attention";
  if (tensor.starts_with("hc_head"))
    return "hc_head";
  if (tensor.contains(".hc_attn_") || tensor.contains(".hc_ffn_"))
    return "hyper_connections";
  if (tensor.ends_with(".tid2eid"))
    return "tid2eid";
  if (tensor.contains(".ffn.gate."))
    return "router";
  if (tensor == "embed.weight")
    return "embed";
  if (tensor == "head.weight")
    return "head";
  return "norms";
}

/// Bytes of all of `type`, and of what one token needs of it.
struct Need {
  int64_t all;
  int64_t oneToken;
};

Need tensorBytes(exec::PackOp pack, RankedTensorType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  // A token looks up its row of a table of ids or embeddings.
  bool isTable = pack.getKind() == exec::PackKind::IdTable ||
                 pack.getBuffer() == "embed.weight";
  return {bytes, isTable ? bytes / type.getDimSize(0) : bytes};
}

} // namespace

WeightBytes dsv4c::bundle::countWeights(ModuleOp module,
                                        const llvm::StringSet<> &readBuffers,
                                        int64_t expertsPerToken) {
  WeightBytes result;
  for (auto pack : module.getOps<exec::PackOp>()) {
    if (!pack.getSource())
      continue;
    int64_t experts = pack.getTensors().size();
    auto add = [&](StringRef buffer, bool scales, Need need) {
      StringRef group = groupOf(buffer, scales);
      result.checkpoint[group] += need.all;
      if (readBuffers.contains(buffer))
        result.oneToken[group] +=
            experts > 1 ? need.oneToken / experts * expertsPerToken
                        : need.oneToken;
    };
    if (auto scaled = dyn_cast<fp8::ScaledType>(*pack.getSource())) {
      add(pack.getBuffer(), false,
          {*scaled.getCodesBytes(), *scaled.getCodesBytes()});
      add(*pack.getScales(), true,
          {*scaled.getScaleBytes(), *scaled.getScaleBytes()});
    } else {
      add(pack.getBuffer(), false,
          tensorBytes(pack, cast<RankedTensorType>(*pack.getSource())));
    }
  }
  return result;
}
