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

/// A section for every code object, and no more.
absl::Status CheckSections(const BundleImage &image) {
  // FlatBuffers reads in place and expects its own alignment.
  std::vector<uint64_t> aligned(image.manifest.size() / 8 + 1);
  std::copy(image.manifest.begin(), image.manifest.end(),
            reinterpret_cast<std::byte *>(aligned.data()));
  DSV4RUN_ASSIGN_OR_RETURN(
      const schema::Manifest *root,
      VerifyManifest({reinterpret_cast<const std::byte *>(aligned.data()),
                      image.manifest.size()}));
  if (root->code_objects()->size() != image.sections.size())
    return ManifestExpected(
        "code_objects",
        absl::StrCat(image.sections.size(), ", one per section"),
        absl::StrCat(root->code_objects()->size()));
  return absl::OkStatus();
}

/// Lays out the parts one after the other.
class Layout {
public:
  explicit Layout(uint64_t end) : end_(end) {}

  uint64_t Add(absl::Span<const std::byte> part, uint64_t alignment) {
    uint64_t offset = AlignTo(end_, alignment);
    end_ = offset + part.size();
    parts_.emplace_back(offset, part);
    return offset;
  }
  uint64_t end() const { return end_; }

  void CopyTo(std::vector<std::byte> &file) const {
    for (const auto &[offset, part] : parts_)
      std::copy(part.begin(), part.end(), file.begin() + offset);
  }

private:
  uint64_t end_;
  std::vector<std::pair<uint64_t, absl::Span<const std::byte>>> parts_;
};

template <typename T>
absl::Span<const std::byte> BytesOfAll(const std::vector<T> &objects) {
  return {reinterpret_cast<const std::byte *>(objects.data()),
          objects.size() * sizeof(T)};
}

} // namespace

absl::StatusOr<std::vector<std::byte>>
internal::SerializeUnchecked(absl::Span<const BundleImage> images) {
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.images = images.size();
  for (const BundleImage &image : images) {
    DSV4RUN_RETURN_IF_ERROR(CheckSections(image));
    header.sections += image.sections.size();
  }
  if (images.size() > kMaxImages)
    return ManifestExpected("images", absl::StrCat("at most ", kMaxImages),
                            absl::StrCat(images.size()));
  if (header.sections > kMaxSections)
    return ManifestExpected("code_objects",
                            absl::StrCat("at most ", kMaxSections),
                            absl::StrCat(header.sections));

  Layout layout(sizeof(Header) + images.size() * sizeof(ImageEntry) +
                header.sections * sizeof(SectionEntry));
  std::vector<ImageEntry> image_entries;
  for (const BundleImage &image : images)
    image_entries.push_back({layout.Add(image.manifest, kManifestAlignment),
                             image.manifest.size(), Crc32(image.manifest),
                             static_cast<uint32_t>(image.sections.size())});
  std::vector<SectionEntry> section_entries;
  for (const BundleImage &image : images)
    for (absl::Span<const std::byte> section : image.sections)
      section_entries.push_back({layout.Add(section, kSectionAlignment),
                                 section.size(), Crc32(section), 0});
  header.file_bytes = layout.end();
  header.header_crc =
      Crc32(BytesOfAll(section_entries),
            Crc32(BytesOfAll(image_entries),
                  Crc32(BytesOf(header).first(offsetof(Header, header_crc)))));

  std::vector<std::byte> file(layout.end());
  layout.CopyTo(file);
  auto put = [&](uint64_t offset, absl::Span<const std::byte> bytes) {
    std::copy(bytes.begin(), bytes.end(), file.begin() + offset);
    return offset + bytes.size();
  };
  uint64_t end = put(0, BytesOf(header));
  end = put(end, BytesOfAll(image_entries));
  put(end, BytesOfAll(section_entries));
  return file;
}

absl::StatusOr<std::vector<std::byte>>
SerializeBundle(absl::Span<const BundleImage> images) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> file,
                           internal::SerializeUnchecked(images));
  DSV4RUN_RETURN_IF_ERROR(Bundle::FromBytes("bundle", file).status());
  return file;
}

absl::Status WriteBundle(absl::string_view path,
                         absl::Span<const BundleImage> images) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> bytes,
                           SerializeBundle(images));
  DSV4RUN_ASSIGN_OR_RETURN(
      AtomicFile file,
      AtomicFile::Create(path, AtomicFile::Existing::kReplace));
  DSV4RUN_RETURN_IF_ERROR(file.WriteAt(0, bytes));
  return file.Commit();
}

} // namespace dsv4run
