//===- ModelIdentity.h - Which model a state belongs to -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_MODELIDENTITY_H
#define DSV4RUN_CLI_MODELIDENTITY_H

#include <string>

#include "absl/status/statusor.h"
#include "dsv4run/Checkpoint/TensorSource.h"
#include "dsv4run/Executor/Model.h"

namespace dsv4run {

/// Digests (SHA-256) of what decides the meaning of a state: a state may be
/// used by a bundle and weights with the same three.
struct ModelIdentity {
  std::string name;
  std::string config;  ///< of config.json as compiled
  std::string layout;  ///< of the states, with the FP8 dialect of their codes
  std::string weights; ///< of all names and shapes and of the small tensors
};

/// Reads norms, biases and other tensors of at most 64 KiB, which no training
/// leaves as they are, rather than the whole checkpoint.
absl::StatusOr<ModelIdentity> IdentifyModel(const Model &model,
                                            const TensorSource &weights);

} // namespace dsv4run

#endif // DSV4RUN_CLI_MODELIDENTITY_H
