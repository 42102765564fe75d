//===- Bundle.cpp - Open and check a .dsv4 file ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Bundle.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "ManifestRules.h"
#include "VerifyManifest.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Bundle/Format.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "dsv4run/Bundle/Validate.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/Crc32.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/Sha256.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

using namespace bundle_format;

absl::Status Corrupt(absl::string_view where, absl::string_view expected,
                     absl::string_view found) {
  return absl::DataLossError(
      absl::StrCat(where, ": expected ", expected, ", found ", found));
}

std::string Hex(uint32_t value) {
  return absl::StrCat("0x", absl::Hex(value, absl::kZeroPad8));
}

/// Checks the envelope: header, entries, padding, checksums.
class ContainerReader {
public:
  explicit ContainerReader(absl::Span<const std::byte> file) : file_(file) {}

  absl::Status Read() {
    if (file_.size() < sizeof(Header))
      return Corrupt("file",
                     absl::StrCat("at least ", sizeof(Header), " bytes"),
                     absl::StrCat(file_.size()));
    std::memcpy(&header_, file_.data(), sizeof(Header));
    if (std::memcmp(header_.magic, kMagic, sizeof(kMagic)) != 0)
      return absl::InvalidArgumentError(
          "magic number: this is no .dsv4 bundle");
    if (header_.version != kVersion)
      return ManifestExpected("format version", absl::StrCat(kVersion),
                              absl::StrCat(header_.version));
    if (header_.file_bytes != file_.size())
      return Corrupt("file size", absl::StrCat(header_.file_bytes, " bytes"),
                     absl::StrCat(file_.size()));
    if (header_.images == 0 || header_.images > kMaxImages)
      return Corrupt("images", absl::StrCat("1 to ", kMaxImages),
                     absl::StrCat(header_.images));
    if (header_.sections > kMaxSections)
      return Corrupt("sections", absl::StrCat("at most ", kMaxSections),
                     absl::StrCat(header_.sections));
    const uint64_t image_bytes = header_.images * sizeof(ImageEntry);
    const uint64_t entry_bytes =
        image_bytes + header_.sections * sizeof(SectionEntry);
    if (file_.size() - sizeof(Header) < entry_bytes)
      return Corrupt("entries",
                     absl::StrCat("a file with room for ", header_.images,
                                  " images and ", header_.sections,
                                  " sections"),
                     absl::StrCat(file_.size(), " bytes"));
    uint32_t crc = Crc32(file_.subspan(sizeof(Header), entry_bytes),
                         Crc32(file_.first(offsetof(Header, header_crc))));
    if (crc != header_.header_crc)
      return Corrupt("checksum of the header", Hex(header_.header_crc),
                     Hex(crc));
    for (uint32_t word : header_.reserved)
      if (word)
        return Corrupt("reserved bytes of the header", "0", Hex(word));
    images_.resize(header_.images);
    std::memcpy(images_.data(), file_.data() + sizeof(Header), image_bytes);
    sections_.resize(header_.sections);
    // memcpy must not be given the null pointer of an empty vector.
    if (header_.sections)
      std::memcpy(sections_.data(), file_.data() + sizeof(Header) + image_bytes,
                  entry_bytes - image_bytes);
    return ReadParts(sizeof(Header) + entry_bytes);
  }

  size_t images() const { return images_.size(); }
  absl::Span<const std::byte> manifest(size_t image) const {
    return file_.subspan(images_[image].manifest_offset,
                         images_[image].manifest_bytes);
  }
  /// Sections of an image.
  std::vector<absl::Span<const std::byte>> sections(size_t image) const {
    size_t first = 0;
    for (size_t i = 0; i < image; ++i)
      first += images_[i].sections;
    std::vector<absl::Span<const std::byte>> spans;
    for (size_t i = 0; i < images_[image].sections; ++i)
      spans.push_back(file_.subspan(sections_[first + i].offset,
                                    sections_[first + i].bytes));
    return spans;
  }

private:
  absl::Status ReadParts(uint64_t end) {
    uint64_t total = 0;
    for (size_t i = 0; i < images_.size(); ++i) {
      std::string where = absl::StrCat("manifest ", i);
      const ImageEntry &entry = images_[i];
      total += entry.sections;
      DSV4RUN_RETURN_IF_ERROR(CheckPart(where, entry.manifest_offset,
                                        entry.manifest_bytes,
                                        kManifestAlignment, end));
      if (uint32_t crc = Crc32(manifest(i)); crc != entry.manifest_crc)
        return Corrupt(absl::StrCat("checksum of ", where),
                       Hex(entry.manifest_crc), Hex(crc));
    }
    if (total != sections_.size())
      return Corrupt("sections of all images", absl::StrCat(sections_.size()),
                     absl::StrCat(total));
    for (size_t i = 0; i < sections_.size(); ++i) {
      std::string where = absl::StrCat("section ", i);
      const SectionEntry &entry = sections_[i];
      if (entry.reserved)
        return Corrupt(absl::StrCat(where, ", reserved bytes"), "0",
                       Hex(entry.reserved));
      DSV4RUN_RETURN_IF_ERROR(
          CheckPart(where, entry.offset, entry.bytes, kSectionAlignment, end));
      if (uint32_t crc = Crc32(file_.subspan(entry.offset, entry.bytes));
          crc != entry.crc)
        return Corrupt(absl::StrCat("checksum of ", where), Hex(entry.crc),
                       Hex(crc));
    }
    if (end != file_.size())
      return Corrupt("file size",
                     absl::StrCat(end, ", the end of the last part"),
                     absl::StrCat(file_.size()));
    return absl::OkStatus();
  }

  /// A part starts at the first aligned offset after the one before, `end`,
  /// which becomes its own.
  absl::Status CheckPart(absl::string_view where, uint64_t offset,
                         uint64_t bytes, uint64_t alignment, uint64_t &end) {
    const uint64_t start = (end + alignment - 1) / alignment * alignment;
    if (offset != start)
      return Corrupt(absl::StrCat(where, ", offset"), absl::StrCat(start),
                     absl::StrCat(offset));
    std::optional<uint64_t> part_end = CheckedAdd(offset, bytes);
    if (!part_end || *part_end > file_.size())
      return Corrupt(absl::StrCat(where, ", bytes"),
                     absl::StrCat("an end within the file's ", file_.size()),
                     absl::StrCat(bytes, " at offset ", offset));
    for (uint64_t i = end; i < start; ++i)
      if (file_[i] != std::byte{0})
        return Corrupt(absl::StrCat("byte ", i),
                       absl::StrCat("0 in front of the ", where),
                       absl::StrCat(static_cast<int>(file_[i])));
    end = *part_end;
    return absl::OkStatus();
  }

  absl::Span<const std::byte> file_;
  Header header_ = {};
  std::vector<ImageEntry> images_;
  std::vector<SectionEntry> sections_;
};

/// A source belongs to its code object. `where` names fields of it.
absl::Status
CheckHipSource(const schema::CodeObject &object,
               absl::FunctionRef<std::string(absl::string_view)> where) {
  const schema::HipSource *source = object.hip();
  if (!source)
    return absl::OkStatus();
  if (Text(object.target()) == "host")
    return ManifestExpected(where("hip"), "none for host", "a source");
  if (Text(source->target()) != Text(object.target()))
    return ManifestExpected(where("hip.target"), Text(object.target()),
                            Text(source->target()));
  if (Text(source->format()) != Text(object.format()))
    return ManifestExpected(where("hip.format"), Text(object.format()),
                            Text(source->format()));
  if (source->text()->size() == 0)
    return ManifestExpected(where("hip.text"), "HIP C++", "nothing");
  if (std::string hash = Sha256Hex(Text(source->text()));
      hash != Text(source->sha256()))
    return ManifestExpected(where("hip.sha256"),
                            absl::StrCat(hash, " of the text"),
                            Text(source->sha256()));
  return absl::OkStatus();
}

absl::Status
CheckCodeObjects(const schema::Manifest &manifest,
                 absl::Span<const absl::Span<const std::byte>> sections) {
  using namespace manifest_rules;
  const auto &objects = *manifest.code_objects();
  if (objects.size() != sections.size())
    return ManifestExpected("code_objects",
                            absl::StrCat(sections.size(), ", one per section"),
                            absl::StrCat(objects.size()));
  for (uint32_t i = 0; i < objects.size(); ++i) {
    const schema::CodeObject &object = *objects.Get(i);
    auto where = [&](absl::string_view field) {
      return absl::StrCat("code_objects[", i, "].", field);
    };
    DSV4RUN_RETURN_IF_ERROR(CheckName(where("target"), Text(object.target())));
    DSV4RUN_RETURN_IF_ERROR(CheckName(where("level"), Text(object.level())));
    absl::string_view format = Text(object.format());
    if (format != "ocp" && format != "fnuz")
      return ManifestExpected(where("format"), "ocp or fnuz", format);
    DSV4RUN_RETURN_IF_ERROR(CheckHipSource(object, where));
    if (sections[i].empty())
      return ManifestExpected(where("bytes"), "a code object", "0");
    if (Text(object.target()) == "host")
      continue;
    if (absl::Status status =
            FindOffloadEntry(sections[i], Text(object.target())).status();
        !status.ok())
      return InTable("code_objects", i, status);
  }
  return absl::OkStatus();
}

/// What images must have in common, and what they may not.
class ImageChecker {
public:
  absl::Status Check(const schema::Manifest &manifest) {
    if (!first_)
      first_ = &manifest;
    if (Text(manifest.model()->config()) != Text(first_->model()->config()))
      return ManifestExpected("model.config", "that of image 0",
                              "another config.json");
    for (uint32_t i = 0; i < manifest.code_objects()->size(); ++i) {
      const schema::CodeObject &object = *manifest.code_objects()->Get(i);
      std::string name =
          absl::StrCat(Text(object.target()), " ", Text(object.level()));
      if (!targets_.insert(name).second)
        return ManifestExpected(absl::StrCat("code_objects[", i, "]"),
                                "a target that no other has", name);
    }
    return absl::OkStatus();
  }

private:
  const schema::Manifest *first_ = nullptr;
  std::set<std::string> targets_;
};

} // namespace

absl::StatusOr<Bundle> Bundle::Open(absl::string_view path) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  auto file = std::make_shared<MappedFile>(std::move(mapped));
  return Parse(std::string(path), file, file->bytes());
}

absl::StatusOr<Bundle> Bundle::FromBytes(absl::string_view name,
                                         absl::Span<const std::byte> bytes) {
  struct alignas(kSectionAlignment) Block {
    std::byte bytes[kSectionAlignment];
  };
  auto copy = std::make_shared<std::vector<Block>>(
      bytes.size() / kSectionAlignment + 1);
  std::byte *data = copy->data()->bytes;
  std::copy(bytes.begin(), bytes.end(), data);
  return Parse(std::string(name), copy, {data, bytes.size()});
}

absl::StatusOr<Bundle> Bundle::Parse(std::string path,
                                     std::shared_ptr<const void> owner,
                                     absl::Span<const std::byte> bytes) {
  auto fail = [&](const absl::Status &status) {
    return absl::Status(status.code(),
                        absl::StrCat(path, ": ", status.message()));
  };
  ContainerReader reader(bytes);
  if (absl::Status status = reader.Read(); !status.ok())
    return fail(status);
  auto contents = std::make_shared<Contents>();
  ImageChecker checker;
  for (size_t i = 0; i < reader.images(); ++i) {
    auto fail_image = [&](const absl::Status &status) {
      return fail(reader.images() == 1 ? status : InTable("images", i, status));
    };
    absl::StatusOr<const schema::Manifest *> manifest =
        VerifyManifest(reader.manifest(i));
    if (!manifest.ok())
      return fail_image(manifest.status());
    Image image = {*manifest, reader.sections(i)};
    if (absl::Status status = CheckCodeObjects(**manifest, image.sections);
        !status.ok())
      return fail_image(status);
    if (absl::Status status = ValidateManifest(**manifest); !status.ok())
      return fail_image(status);
    if (absl::Status status = checker.Check(**manifest); !status.ok())
      return fail_image(status);
    contents->images.push_back(std::move(image));
  }
  contents->path = std::move(path);
  contents->owner = std::move(owner);
  contents->bytes = bytes;
  return Bundle(std::move(contents), 0);
}

std::string DescribeTargets(const Bundle &bundle) {
  std::vector<std::string> targets;
  for (size_t i = 0; i < bundle.images(); ++i)
    for (const schema::CodeObject *object :
         *bundle.Select(i).manifest().code_objects()) {
      std::string target(Text(object->target()));
      if (Text(object->level()) != Text(object->target()))
        absl::StrAppend(&target, " ", Text(object->level()));
      absl::StrAppend(&target, " (", Text(object->format()), ")");
      targets.push_back(std::move(target));
    }
  return targets.empty() ? "none" : absl::StrJoin(targets, ", ");
}

} // namespace dsv4run
