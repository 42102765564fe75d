//===- ImageSize.cpp - How long a code image in memory is -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Module.h"
#include "absl/strings/str_cat.h"
#include <algorithm>
#include <cstring>
#include <elf.h>

namespace hipstandin {
namespace {

constexpr char kBundleMagic[] = "__CLANG_OFFLOAD_BUNDLE__";
constexpr char kCompressedMagic[] = "CCOB";

template <class T>
T at(const void *image, size_t offset) {
  T value;
  std::memcpy(&value, static_cast<const char *>(image) + offset, sizeof(value));
  return value;
}

size_t elfBytes(const void *image) {
  auto header = at<Elf64_Ehdr>(image, 0);
  uint64_t end = std::max<uint64_t>(sizeof(header),
                                    header.e_shoff + uint64_t{header.e_shnum} *
                                                         header.e_shentsize);
  if (header.e_phentsize == sizeof(Elf64_Phdr))
    for (unsigned k = 0; k < header.e_phnum; ++k) {
      auto segment =
          at<Elf64_Phdr>(image, header.e_phoff + k * sizeof(Elf64_Phdr));
      end = std::max<uint64_t>(end, segment.p_offset + segment.p_filesz);
    }
  return end;
}

size_t bundleBytes(const void *image) {
  size_t cursor = sizeof(kBundleMagic) - 1, end = cursor + 8;
  auto count = at<uint64_t>(image, cursor);
  cursor += 8;
  for (uint64_t k = 0; k < count; ++k) {
    auto offset = at<uint64_t>(image, cursor);
    auto size = at<uint64_t>(image, cursor + 8);
    cursor += 24 + at<uint64_t>(image, cursor + 16);
    end = std::max<size_t>({end, cursor, offset + size});
  }
  return end;
}

absl::StatusOr<size_t> compressedBytes(const void *image) {
  auto version = at<uint16_t>(image, 4);
  if (version == 2)
    return at<uint32_t>(image, 8);
  if (version == 3)
    return at<uint64_t>(image, 8);
  return absl::InvalidArgumentError(
      absl::StrCat("compressed offload bundle in memory: expected version 2 or "
                   "3, whose header has the size, found ",
                   version));
}

} // namespace

absl::StatusOr<size_t> imageBytes(const void *image) {
  if (std::memcmp(image, ELFMAG, SELFMAG) == 0)
    return elfBytes(image);
  if (std::memcmp(image, kCompressedMagic, 4) == 0)
    return compressedBytes(image);
  if (std::strncmp(static_cast<const char *>(image), kBundleMagic,
                   sizeof(kBundleMagic) - 1) == 0)
    return bundleBytes(image);
  return absl::InvalidArgumentError(
      absl::StrCat("code image: expected an ELF file or an offload bundle, "
                   "found bytes 0x",
                   absl::Hex(at<uint32_t>(image, 0), absl::kZeroPad8)));
}

} // namespace hipstandin
