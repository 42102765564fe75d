//===- WriteBundle.h - Write a .dsv4 file ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_WRITEBUNDLE_H
#define DSV4RUN_BUNDLE_WRITEBUNDLE_H

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// What a bundle holds for one target.
struct BundleImage {
  /// A FlatBuffer of schema/Bundle.fbs.
  absl::Span<const std::byte> manifest;
  /// One code object each, in the order of the manifest's `code_objects`.
  std::vector<absl::Span<const std::byte>> sections;
};

/// The bytes of a bundle file. The result is validated: an error means that
/// Bundle::Open would refuse it.
absl::StatusOr<std::vector<std::byte>>
SerializeBundle(absl::Span<const BundleImage> images);

/// Writes such a file; it appears complete or not at all, and replaces what was
/// there.
absl::Status WriteBundle(absl::string_view path,
                         absl::Span<const BundleImage> images);

namespace internal {
/// SerializeBundle without the validation, for tests of Bundle::Open.
absl::StatusOr<std::vector<std::byte>>
SerializeUnchecked(absl::Span<const BundleImage> images);
} // namespace internal

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_WRITEBUNDLE_H
