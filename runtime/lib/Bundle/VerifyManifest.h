//===- VerifyManifest.h - Is it a FlatBuffer of our schema? ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_BUNDLE_VERIFYMANIFEST_H
#define DSV4RUN_LIB_BUNDLE_VERIFYMANIFEST_H

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"

namespace dsv4run {

/// The root of a manifest whose offsets, vectors, strings and required fields
/// are sound. `bytes` is aligned to 8.
inline absl::StatusOr<const schema::Manifest *>
VerifyManifest(absl::Span<const std::byte> bytes) {
  // A checkpoint of the largest models names some 10^5 tensors.
  constexpr flatbuffers::uoffset_t kMaxDepth = 16, kMaxTables = 1 << 22;
  flatbuffers::Verifier verifier(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(), kMaxDepth,
      kMaxTables);
  if (bytes.size() < 8 || !schema::VerifyManifestBuffer(verifier))
    return absl::InvalidArgumentError(
        "manifest: not a FlatBuffer of the bundle's schema");
  return schema::GetManifest(bytes.data());
}

} // namespace dsv4run

#endif // DSV4RUN_LIB_BUNDLE_VERIFYMANIFEST_H
