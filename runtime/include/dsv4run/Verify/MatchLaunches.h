//===- MatchLaunches.h - The launches of two images side by side ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_VERIFY_MATCHLAUNCHES_H
#define DSV4RUN_VERIFY_MATCHLAUNCHES_H

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "dsv4run/Executor/Model.h"

namespace dsv4run {

/// A value that both images write, as buffers of their manifests.
struct MatchedValue {
  uint32_t reference = 0, tested = 0;
};

/// The values that launch i of both programs writes.
struct MatchedLaunch {
  std::vector<MatchedValue> writes;
};

/// Pairs the launches of two programs of the same plan: as many, with the same
/// labels, in the same order. Caches and outputs correspond by name, values of
/// the arena by their order in the launch, element and type. Further buffers of
/// the tested launch are its own scratch space; scratch space of another size,
/// that of workgroups which are grouped otherwise, has no counterpart. Weights are not compared: each
/// image has its own layouts.
///
/// FAILED_PRECONDITION names the first launch and value in which the plans or
/// the layouts differ.
absl::StatusOr<std::vector<MatchedLaunch>> MatchLaunches(const Model &reference,
                                                         int reference_program,
                                                         const Model &tested,
                                                         int tested_program);

/// FAILED_PRECONDITION unless both images keep their sequences in the same
/// pages and their codes in the same FP8 dialect.
absl::Status CheckComparable(const Model &reference, const Model &tested);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_MATCHLAUNCHES_H
