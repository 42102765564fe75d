//===- Text.h - Strings of a manifest -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_TEXT_H
#define DSV4RUN_BUNDLE_TEXT_H

#include "absl/strings/string_view.h"
#include "flatbuffers/flatbuffers.h"

namespace dsv4run {

/// A required string as Abseil sees it; empty for an optional one that is
/// absent.
inline absl::string_view Text(const flatbuffers::String *string) {
  return string ? absl::string_view(string->c_str(), string->size())
                : absl::string_view();
}

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_TEXT_H
