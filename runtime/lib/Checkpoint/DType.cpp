//===- DType.cpp - Element types of safetensors files ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/DType.h"

namespace dsv4run {
namespace {

struct DTypeInfo {
  absl::string_view name;
  size_t size;
};

// Indexed by DType.
constexpr DTypeInfo kDTypes[] = {
    {"BOOL", 1},    {"U8", 1},      {"I8", 1},  {"F8_E5M2", 1},
    {"F8_E4M3", 1}, {"F8_E8M0", 1}, {"I16", 2}, {"U16", 2},
    {"F16", 2},     {"BF16", 2},    {"I32", 4}, {"U32", 4},
    {"F32", 4},     {"F64", 8},     {"I64", 8}, {"U64", 8},
};
static_assert(std::size(kDTypes) == static_cast<size_t>(DType::kU64) + 1);

} // namespace

size_t SizeOf(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].size; }

absl::string_view NameOf(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].name;
}

std::optional<DType> DTypeFromName(absl::string_view name) {
  for (size_t i = 0; i < std::size(kDTypes); ++i)
    if (kDTypes[i].name == name)
      return static_cast<DType>(i);
  return std::nullopt;
}

} // namespace dsv4run
