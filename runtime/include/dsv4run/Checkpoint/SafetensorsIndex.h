//===- SafetensorsIndex.h - model.safetensors.index.json ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CHECKPOINT_SAFETENSORSINDEX_H
#define DSV4RUN_CHECKPOINT_SAFETENSORSINDEX_H

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

inline constexpr absl::string_view kSafetensorsIndexName =
    "model.safetensors.index.json";

/// Which file of the same directory holds which tensor. Names are as stored.
struct SafetensorsIndex {
  std::map<std::string, std::string> weight_map;
};

/// `text` is the index file's contents, `source` its name for messages. File
/// names with a directory part are refused: an index must not lead out of its
/// own directory.
absl::StatusOr<SafetensorsIndex>
ParseSafetensorsIndex(absl::string_view text, absl::string_view source);

/// The text of an index, with the sum of all tensors' bytes.
std::string FormatSafetensorsIndex(const SafetensorsIndex &index,
                                   uint64_t total_bytes);

} // namespace dsv4run

#endif // DSV4RUN_CHECKPOINT_SAFETENSORSINDEX_H
