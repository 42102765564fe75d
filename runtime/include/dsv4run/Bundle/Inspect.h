//===- Inspect.h - What is in a bundle ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_INSPECT_H
#define DSV4RUN_BUNDLE_INSPECT_H

#include <string>

#include "dsv4run/Bundle/Bundle.h"

namespace dsv4run {

/// Model, and for each image: code objects, pool, sizes by space, weights by
/// dtype, programs with their launches per layer, kernels with their
/// parameters, states with bytes per token and per sequence; as JSON, indented
/// by two. Sizes are in bytes.
std::string InspectAsJson(const Bundle &bundle);

/// The same for people; lists kernels without their parameters.
std::string InspectAsText(const Bundle &bundle);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_INSPECT_H
