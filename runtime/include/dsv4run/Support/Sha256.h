//===- Sha256.h - The hash SHA-256 ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_SHA256_H
#define DSV4RUN_SUPPORT_SHA256_H

#include <string>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_SHA256_H
