//===- Validate.h - Is a manifest consistent? -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_BUNDLE_VALIDATE_H
#define DSV4RUN_BUNDLE_VALIDATE_H

#include <cstdint>

#include "absl/status/status.h"
#include "dsv4run/Bundle/BundleSchema.h"

namespace dsv4run {

/// Alignment of weight and arena buffers within their allocation, and of every
/// allocation.
inline constexpr uint64_t kBufferAlignment = 256;

/// Checks everything that a manifest says but where its code objects lie. The
/// FlatBuffer itself (offsets, required fields) has been verified. The message
/// starts with the place, for example "packs[3].scales".
absl::Status ValidateManifest(const schema::Manifest &manifest);

} // namespace dsv4run

#endif // DSV4RUN_BUNDLE_VALIDATE_H
