//===- ModelConfigFuzzer.cpp - Configurations and their tensor lists ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <cstdint>

#include "FuzzCheck.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Synthetic/ModelTensors.h"

using namespace dsv4run;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  absl::StatusOr<ModelConfig> config =
      ParseModelConfig(fuzz::AsText(data, size), "fuzz");
  if (!config.ok()) {
    fuzz::CheckError(config.status());
    return 0;
  }
  // Longer lists take too long to try many.
  if (config->compress_ratios.size() * config->n_routed_experts > 1000)
    return 0;
  uint64_t total = 0;
  for (const ModelTensor &tensor : ListModelTensors(*config)) {
    std::optional<uint64_t> bytes = CheckedProduct(tensor.shape);
    fuzz::Check(bytes.has_value(), "a tensor's elements fit 64 bits");
    bytes = CheckedMultiply(*bytes, SizeOf(tensor.dtype));
    fuzz::Check(bytes.has_value(), "a tensor's bytes fit 64 bits");
    fuzz::Check(*bytes > 0, "no tensor is empty");
    bytes = CheckedAdd(total, *bytes);
    fuzz::Check(bytes && *bytes <= INT64_MAX, "all bytes fit 63 bits");
    total = *bytes;
  }
  return 0;
}
