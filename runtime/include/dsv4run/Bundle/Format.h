//===- Format.h - Byte layout of a .dsv4 file -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A bundle holds one image per target: a manifest (a FlatBuffer of
// schema/Bundle.fbs), which has that target's formats, layouts and schedule,
// and its code objects, one section each. The file is, in this order and
// little-endian: the header, one entry per image, one entry per section, the
// manifests, the sections. Sections belong to the images in order. Every byte
// between the parts is zero, and the last part ends the file: each byte of a
// file is either checked or checksummed.
//
// The section of a GPU is a clang offload bundle (OffloadBundle.h) with the
// code object as its only device entry; that of the host is an ELF shared
// object.

#ifndef DSV4RUN_BUNDLE_FORMAT_H
#define DSV4RUN_BUNDLE_FORMAT_H

#include <cstddef>
#include <cstdint>

namespace dsv4run::bundle_format {

/// Not text, and altered by transfers that convert line ends.
inline constexpr unsigned char kMagic[8] = {0x89, 'D',  'S',  'V',
                                            '4',  '\r', '\n', 0x1A};
inline constexpr uint32_t kVersion = 2;
inline constexpr uint32_t kMaxImages = 16;
inline constexpr uint32_t kMaxSections = 64;
inline constexpr uint64_t kManifestAlignment = 64;
/// A page, so that sections can be mapped on their own.
inline constexpr uint64_t kSectionAlignment = 4096;

struct Header {
  unsigned char magic[8];
  uint32_t version;
  uint32_t images;
  uint64_t file_bytes;
  uint32_t sections;    ///< of all images
  uint32_t reserved[8]; ///< zero
  uint32_t header_crc;  ///< of the header without this field, then the entries
};
static_assert(sizeof(Header) == 64 && offsetof(Header, header_crc) == 60);

struct ImageEntry {
  uint64_t manifest_offset;
  uint64_t manifest_bytes;
  uint32_t manifest_crc;
  uint32_t sections;
};
static_assert(sizeof(ImageEntry) == 24);

struct SectionEntry {
  uint64_t offset;
  uint64_t bytes;
  uint32_t crc;
  uint32_t reserved; ///< zero
};
static_assert(sizeof(SectionEntry) == 24);

} // namespace dsv4run::bundle_format

#endif // DSV4RUN_BUNDLE_FORMAT_H
