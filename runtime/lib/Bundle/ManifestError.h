//===- ManifestError.h - Messages about a manifest ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_BUNDLE_MANIFESTERROR_H
#define DSV4RUN_LIB_BUNDLE_MANIFESTERROR_H

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "flatbuffers/flatbuffers.h"

namespace dsv4run {

inline absl::Status ManifestError(absl::string_view where,
                                  absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", message));
}

inline absl::Status ManifestExpected(absl::string_view where,
                                     absl::string_view expected,
                                     absl::string_view found) {
  return ManifestError(where,
                       absl::StrCat("expected ", expected, ", found ", found));
}

/// Puts the table that is being looked at in front of a message.
inline absl::Status InTable(absl::string_view table, size_t index,
                            const absl::Status &status) {
  return absl::InvalidArgumentError(
      absl::StrCat(table, "[", index, "].", status.message()));
}

/// FlatBuffers' verifier aligns a vector's length, not its 64-bit elements.
inline bool IsAligned(const flatbuffers::Vector<uint64_t> &shape) {
  return reinterpret_cast<uintptr_t>(shape.data()) % sizeof(uint64_t) == 0;
}

inline std::string DescribeShape(absl::Span<const uint64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

} // namespace dsv4run

#endif // DSV4RUN_LIB_BUNDLE_MANIFESTERROR_H
