//===- Inspect.h - What is in a bundle ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_INSPECT_H
#define DSV4RUN_BUNDLE_INSPECT_H

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dsv4run/Bundle/Bundle.h"

namespace dsv4run {

/// Figures of kernels that only whoever understands machine code can tell
/// ("vgprs", 48), by image and kernel.
using KernelFigures = std::map<std::pair<size_t, std::string>,
                               std::vector<std::pair<std::string, uint64_t>>>;

/// Model, and for each image: code objects, pool, sizes by space, weights by
/// dtype, programs with their launches per layer, kernels with their parameters
/// and figures, states with bytes per token and per sequence; as JSON, indented
/// by two. Sizes are in bytes.
std::string InspectAsJson(const Bundle &bundle,
                          const KernelFigures &figures = {});

/// The same for people; lists kernels without their parameters.
std::string InspectAsText(const Bundle &bundle,
                          const KernelFigures &figures = {});

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_INSPECT_H
