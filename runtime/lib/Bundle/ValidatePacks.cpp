//===- ValidatePacks.cpp - Rules of pack programs -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <vector>

#include "ManifestRules.h"
#include "dsv4run/Bundle/ElementType.h"
#include "dsv4run/Bundle/PackShape.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::manifest_rules {
namespace {

class PackValidator {
public:
  explicit PackValidator(const schema::Manifest &manifest)
      : manifest_(manifest), packed_by_(manifest.buffers()->size(), -1) {}

  absl::Status Run() {
    for (uint32_t i = 0; i < manifest_.packs()->size(); ++i)
      if (absl::Status status = ValidatePack(i); !status.ok())
        return InTable("packs", i, status);
    for (size_t i = 0; i < packed_by_.size(); ++i)
      if (packed_by_[i] < 0 &&
          manifest_.buffers()->Get(i)->space() == schema::Space::Weights)
        return ManifestExpected(
            absl::StrCat("buffers[", i, "]"),
            "a pack that fills every weight buffer",
            absl::StrCat("none for ",
                         Text(manifest_.buffers()->Get(i)->name())));
    return absl::OkStatus();
  }

private:
  absl::Status CheckTarget(absl::string_view field, uint64_t index,
                           uint32_t pack, uint64_t bytes,
                           uint64_t element_bytes, schema::Part part) {
    DSV4RUN_RETURN_IF_ERROR(
        CheckIndex(field, index, packed_by_.size(), "buffers"));
    const schema::Buffer &buffer = *manifest_.buffers()->Get(index);
    if (buffer.space() != schema::Space::Weights)
      return ManifestExpected(field, "a buffer among the weights",
                              schema::EnumNameSpace(buffer.space()));
    if (packed_by_[index] >= 0)
      return ManifestExpected(
          field, "a buffer that no other pack fills",
          absl::StrCat("buffer ", index, " of packs[", packed_by_[index], "]"));
    packed_by_[index] = pack;
    if (buffer.part() != part)
      return ManifestExpected(
          field,
          absl::StrCat("a buffer for the part ", schema::EnumNamePart(part)),
          schema::EnumNamePart(buffer.part()));
    if (buffer.bytes() != bytes)
      return ManifestExpected(
          field, absl::StrCat("a buffer of ", bytes, " bytes"),
          absl::StrCat(buffer.bytes(), " bytes (", Text(buffer.name()), ")"));
    // Codes of less than a byte are packed into bytes.
    uint64_t bits = *ElementBits(Text(buffer.element()));
    if (bits != element_bytes * 8 &&
        !(part == schema::Part::Codes && bits <= 8))
      return ManifestExpected(
          field, absl::StrCat("elements of ", element_bytes, " bytes"),
          Text(buffer.element()));
    return absl::OkStatus();
  }

  absl::Status ValidatePack(uint32_t index) {
    const schema::PackProgram &pack = *manifest_.packs()->Get(index);
    DSV4RUN_RETURN_IF_ERROR(CheckEnum("kind", pack.kind()));
    DSV4RUN_ASSIGN_OR_RETURN(PackShape shape, ShapeOfPack(pack));
    if (pack.kind() != schema::PackKind::Scaled)
      return CheckTarget("buffer", pack.buffer(), index, shape.bytes,
                         shape.element_bytes, schema::Part::Whole);
    DSV4RUN_RETURN_IF_ERROR(CheckTarget("buffer", pack.buffer(), index,
                                        shape.bytes, 1, schema::Part::Codes));
    if (pack.scales() < 0)
      return ManifestExpected("scales", "a buffer",
                              absl::StrCat(pack.scales()));
    DSV4RUN_RETURN_IF_ERROR(CheckTarget("scales", pack.scales(), index,
                                        shape.scale_bytes, 1,
                                        schema::Part::Scales));
    absl::string_view codes =
        Text(manifest_.buffers()->Get(pack.buffer())->holds());
    absl::string_view scales =
        Text(manifest_.buffers()->Get(pack.scales())->holds());
    if (codes != scales)
      return ManifestExpected(
          "scales", absl::StrCat("a buffer that holds ", codes), scales);
    return absl::OkStatus();
  }

  const schema::Manifest &manifest_;
  std::vector<int64_t> packed_by_;
};

} // namespace

absl::Status ValidatePacks(const schema::Manifest &manifest) {
  return PackValidator(manifest).Run();
}

} // namespace dsv4run::manifest_rules
