//===- OffloadBundle.h - Entries of a clang offload bundle ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_OFFLOADBUNDLE_H
#define DSV4EMU_OFFLOADBUNDLE_H

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dsv4emu {

/// One `<kind>-<triple>--<processor>` entry; `data` points into the bundle.
struct BundleEntry {
  std::string id;
  absl::Span<const uint8_t> data;
};

bool isOffloadBundle(absl::Span<const uint8_t> file);

/// Reads the table of an uncompressed bundle ("Clang Offload Bundler", section
/// "Bundled Binary File Layout"). Every range is checked against the file.
absl::StatusOr<std::vector<BundleEntry>>
readOffloadBundle(absl::Span<const uint8_t> file);

/// True for what clang's --offload-compress writes.
bool isCompressedBundle(absl::Span<const uint8_t> file);

/// The bundle inside a compressed one of version 1 to 3, by zlib or zstd. Its
/// size and hash must be those of the header.
absl::StatusOr<std::vector<uint8_t>>
decompressBundle(absl::Span<const uint8_t> file);

/// The bytes of the gfx942 code object in `file`, which is an ELF itself or a
/// bundle, compressed or not, that has exactly one entry for gfx942. The result
/// points into `file`, or into `storage` if it had to be decompressed.
absl::StatusOr<absl::Span<const uint8_t>>
selectGfx942CodeObject(absl::Span<const uint8_t> file,
                       std::vector<uint8_t> &storage);

} // namespace dsv4emu

#endif // DSV4EMU_OFFLOADBUNDLE_H
