//===- WriteBundle.cpp - Write a .dsv4 file -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/WriteBundle.h"

#include <algorithm>
#include <cstring>

#include "ManifestError.h"
#include "VerifyManifest.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/Format.h"
#include "dsv4run/Support/AtomicFile.h"
#include "dsv4run/Support/Crc32.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using namespace bundle_format;

uint64_t AlignTo(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

template <typename T>
absl::Span<const std::byte> BytesOf(const T &object) {
  return {reinterpret_cast<const std::byte *>(&object), sizeof(object)};
}

void Pack(const schema::ManifestT &manifest,
          flatbuffers::FlatBufferBuilder &builder) {
  // Fields that are zero are stored too, so that sizes don't depend on values.
  builder.ForceDefaults(true);
  builder.Finish(schema::Manifest::Pack(builder, &manifest));
}

} // namespace

absl::StatusOr<std::vector<std::byte>>
internal::SerializeUnchecked(absl::Span<const std::byte> manifest,
                             BundleSections sections) {
  // FlatBuffers reads in place and expects its own alignment.
  std::vector<uint64_t> aligned(manifest.size() / 8 + 1);
  std::copy(manifest.begin(), manifest.end(),
            reinterpret_cast<std::byte *>(aligned.data()));
  DSV4RUN_ASSIGN_OR_RETURN(
      const schema::Manifest *root,
      VerifyManifest({reinterpret_cast<const std::byte *>(aligned.data()),
                      manifest.size()}));
  schema::ManifestT object;
  root->UnPackTo(&object);
  if (object.code_objects.size() != sections.size())
    return ManifestExpected("code_objects",
                            absl::StrCat(sections.size(), ", one per section"),
                            absl::StrCat(object.code_objects.size()));
  if (sections.size() > kMaxSections)
    return ManifestExpected("code_objects",
                            absl::StrCat("at most ", kMaxSections),
                            absl::StrCat(sections.size()));

  flatbuffers::FlatBufferBuilder sizing;
  Pack(object, sizing);
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.sections = sections.size();
  header.manifest_offset =
      AlignTo(sizeof(Header) + sections.size() * sizeof(SectionEntry),
              kManifestAlignment);
  header.manifest_bytes = sizing.GetSize();
  uint64_t end = header.manifest_offset + header.manifest_bytes;
  std::vector<SectionEntry> entries;
  for (size_t i = 0; i < sections.size(); ++i) {
    SectionEntry entry = {AlignTo(end, kSectionAlignment), sections[i].size(),
                          Crc32(sections[i]), 0};
    object.code_objects[i]->offset = entry.offset;
    object.code_objects[i]->bytes = entry.bytes;
    end = entry.offset + entry.bytes;
    entries.push_back(entry);
  }
  header.file_bytes = end;
  flatbuffers::FlatBufferBuilder builder;
  Pack(object, builder);
  absl::Span<const std::byte> packed(
      reinterpret_cast<const std::byte *>(builder.GetBufferPointer()),
      builder.GetSize());
  header.manifest_crc = Crc32(packed);
  absl::Span<const std::byte> entry_bytes(
      reinterpret_cast<const std::byte *>(entries.data()),
      entries.size() * sizeof(SectionEntry));
  header.header_crc = Crc32(
      entry_bytes, Crc32(BytesOf(header).first(offsetof(Header, header_crc))));

  std::vector<std::byte> file(end);
  auto put = [&](uint64_t offset, absl::Span<const std::byte> bytes) {
    std::copy(bytes.begin(), bytes.end(), file.begin() + offset);
  };
  put(0, BytesOf(header));
  put(sizeof(Header), entry_bytes);
  put(header.manifest_offset, packed);
  for (size_t i = 0; i < sections.size(); ++i)
    put(entries[i].offset, sections[i]);
  return file;
}

absl::StatusOr<std::vector<std::byte>>
SerializeBundle(absl::Span<const std::byte> manifest, BundleSections sections) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> file,
                           internal::SerializeUnchecked(manifest, sections));
  DSV4RUN_RETURN_IF_ERROR(Bundle::FromBytes("bundle", file).status());
  return file;
}

absl::Status WriteBundle(absl::string_view path,
                         absl::Span<const std::byte> manifest,
                         BundleSections sections) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> bytes,
                           SerializeBundle(manifest, sections));
  DSV4RUN_ASSIGN_OR_RETURN(
      AtomicFile file,
      AtomicFile::Create(path, AtomicFile::Existing::kReplace));
  DSV4RUN_RETURN_IF_ERROR(file.WriteAt(0, bytes));
  return file.Commit();
}

} // namespace dsv4run
