//===- ElementType.h - Element types by their MLIR names ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_ELEMENTTYPE_H
#define DSV4RUN_BUNDLE_ELEMENTTYPE_H

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// Bits of one element ("f32": 32, "f4E2M1FN": 4), or nothing for a name that
/// is not the type of a buffer.
std::optional<uint64_t> ElementBits(absl::string_view element);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_ELEMENTTYPE_H
