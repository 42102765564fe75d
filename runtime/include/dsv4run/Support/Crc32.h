//===- Crc32.h - Checksums ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_CRC32_H
#define DSV4RUN_SUPPORT_CRC32_H

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace dsv4run {

/// CRC-32 of zlib (polynomial 0xEDB88320). To continue over several pieces,
/// pass the previous result as `seed`.
uint32_t Crc32(absl::Span<const std::byte> bytes, uint32_t seed = 0);

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_CRC32_H
