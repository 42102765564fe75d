//===- SafetensorsHeader.h - The header of a safetensors file -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A safetensors file is: the length N of the header as an unsigned 64-bit
// little-endian integer, N bytes of JSON ({"name": {"dtype", "shape",
// "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "value"}}), and
// the data that the offsets refer to. As in the reference implementation the
// tensors must cover the data completely and without overlap.

#ifndef DSV4RUN_CHECKPOINT_SAFETENSORSHEADER_H
#define DSV4RUN_CHECKPOINT_SAFETENSORSHEADER_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Checkpoint/TensorSource.h"

namespace dsv4run {

/// The reference implementation's limit on N.
inline constexpr uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;

struct SafetensorsHeader {
  /// In file order. Names are as stored; offsets count from the file's start.
  std::vector<TensorInfo> tensors;
  std::map<std::string, std::string> metadata;
  uint64_t data_begin = 0; ///< 8 + N
};

/// Parses and validates the header of a file of which `file` is the whole
/// contents. Nothing behind the header is read. `path` starts every message and
/// becomes TensorInfo::file.
absl::StatusOr<SafetensorsHeader>
ParseSafetensorsHeader(absl::Span<const std::byte> file,
                       absl::string_view path);

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_SAFETENSORSHEADER_H
