//===- Crc32.cpp - Checksums ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/Crc32.h"

#include <zlib.h>

namespace dsv4run {

uint32_t Crc32(absl::Span<const std::byte> bytes, uint32_t seed) {
  return crc32_z(seed, reinterpret_cast<const Bytef *>(bytes.data()),
                 bytes.size());
}

} // namespace dsv4run
