//===- WeightTraffic.h - Bytes of weights that a step reads ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_EXECUTOR_WEIGHTTRAFFIC_H
#define DSV4RUN_EXECUTOR_WEIGHTTRAFFIC_H

#include <cstdint>
#include <vector>

#include "dsv4run/Executor/Model.h"

namespace dsv4run {

/// Bytes of weights that each launch of a program (index into model.programs())
/// must read for `tokens` tokens (spec 2.6): every weight buffer once, of
/// stacks of experts those that the tokens can select at most, of tables that
/// are read by token (embedding, token-to-expert and rotary tables) a row per
/// token. `experts_per_token` is the configuration's.
std::vector<uint64_t> WeightBytesOfLaunches(const Model &model, int program,
                                            int64_t tokens,
                                            int64_t experts_per_token);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_WEIGHTTRAFFIC_H
