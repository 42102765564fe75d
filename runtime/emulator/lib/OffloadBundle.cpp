//===- OffloadBundle.cpp - Entries of a clang offload bundle --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/OffloadBundle.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <cstring>

namespace dsv4emu {

static constexpr char kMagic[] = "__CLANG_OFFLOAD_BUNDLE__";
static constexpr size_t kMagicSize = sizeof(kMagic) - 1;

bool isOffloadBundle(absl::Span<const uint8_t> file) {
  return file.size() >= kMagicSize &&
         std::memcmp(file.data(), kMagic, kMagicSize) == 0;
}

absl::StatusOr<std::vector<BundleEntry>>
readOffloadBundle(absl::Span<const uint8_t> file) {
  if (!isOffloadBundle(file))
    return absl::InvalidArgumentError(
        "offload bundle: expected magic __CLANG_OFFLOAD_BUNDLE__ at offset 0");
  size_t cursor = kMagicSize;
  auto read64 = [&](const char *what, uint64_t &value) -> absl::Status {
    if (file.size() - cursor < 8)
      return absl::InvalidArgumentError(
          absl::StrCat("offload bundle: ", what, " at offset ", cursor,
                       " needs 8 bytes, the file has ", file.size()));
    std::memcpy(&value, file.data() + cursor, 8);
    cursor += 8;
    return absl::OkStatus();
  };

  uint64_t count = 0;
  if (absl::Status s = read64("entry count", count); !s.ok())
    return s;
  // Each table row takes at least 24 bytes, which bounds a forged count.
  if (count > (file.size() - cursor) / 24)
    return absl::InvalidArgumentError(
        absl::StrCat("offload bundle: ", count, " entries at offset ",
                     kMagicSize, " do not fit ", file.size(), " bytes"));
  std::vector<BundleEntry> entries;
  for (uint64_t k = 0; k < count; ++k) {
    uint64_t offset = 0, size = 0, idSize = 0;
    for (auto [what, field] : {std::pair("entry offset", &offset),
                               {"entry size", &size},
                               {"entry id size", &idSize}})
      if (absl::Status s = read64(what, *field); !s.ok())
        return s;
    if (idSize > file.size() - cursor)
      return absl::InvalidArgumentError(
          absl::StrCat("offload bundle: entry ", k, ": id of ", idSize,
                       " bytes at offset ", cursor, " ends after the file"));
    std::string id(reinterpret_cast<const char *>(file.data()) + cursor,
                   idSize);
    cursor += idSize;
    if (offset > file.size() || size > file.size() - offset)
      return absl::InvalidArgumentError(absl::StrCat(
          "offload bundle: entry ", k, " (", id, "): bytes ", offset, " + ",
          size, " end after the file of ", file.size(), " bytes"));
    entries.push_back({std::move(id), file.subspan(offset, size)});
  }
  return entries;
}

absl::StatusOr<absl::Span<const uint8_t>>
selectGfx942CodeObject(absl::Span<const uint8_t> file,
                       std::vector<uint8_t> &storage) {
  if (isCompressedBundle(file)) {
    auto bundle = decompressBundle(file);
    if (!bundle.ok())
      return bundle.status();
    storage = *std::move(bundle);
    file = storage;
  }
  if (!isOffloadBundle(file))
    return file;
  auto entries = readOffloadBundle(file);
  if (!entries.ok())
    return entries.status();
  std::vector<std::string> ids;
  const BundleEntry *found = nullptr;
  for (const BundleEntry &entry : *entries) {
    ids.push_back(entry.id);
    if (entry.id.find("gfx942") == std::string::npos)
      continue;
    if (found)
      return absl::InvalidArgumentError(absl::StrCat(
          "offload bundle: more than one gfx942 entry: ", found->id, " and ",
          entry.id));
    found = &entry;
  }
  if (!found)
    return absl::NotFoundError(
        absl::StrCat("offload bundle: no gfx942 entry among [",
                     absl::StrJoin(ids, ", "), "]"));
  return found->data;
}

} // namespace dsv4emu
