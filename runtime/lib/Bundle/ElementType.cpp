//===- ElementType.cpp - Element types by their MLIR names ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/ElementType.h"

namespace dsv4run {

std::optional<uint64_t> ElementBits(absl::string_view element) {
  struct Entry {
    absl::string_view name;
    uint64_t bits;
  };
  static constexpr Entry kEntries[] = {
      {"f32", 32},       {"bf16", 16},  {"f16", 16},       {"i8", 8},
      {"i16", 16},       {"i32", 32},   {"i64", 64},       {"f8E4M3FN", 8},
      {"f8E4M3FNUZ", 8}, {"f8E5M2", 8}, {"f8E5M2FNUZ", 8}, {"f8E8M0FNU", 8},
      {"f4E2M1FN", 4},
  };
  for (const Entry &entry : kEntries)
    if (entry.name == element)
      return entry.bits;
  return std::nullopt;
}

} // namespace dsv4run
