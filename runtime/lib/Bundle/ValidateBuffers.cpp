//===- ValidateBuffers.cpp - Rules of buffers -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>
#include <vector>

#include "ManifestRules.h"
#include "absl/container/flat_hash_set.h"
#include "dsv4run/Bundle/ElementType.h"
#include "dsv4run/Bundle/Validate.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::manifest_rules {
namespace {

absl::Status ValidateBuffer(const schema::Buffer &buffer) {
  DSV4RUN_RETURN_IF_ERROR(CheckName("name", Text(buffer.name())));
  DSV4RUN_RETURN_IF_ERROR(CheckEnum("space", buffer.space()));
  DSV4RUN_RETURN_IF_ERROR(CheckEnum("part", buffer.part()));
  DSV4RUN_RETURN_IF_ERROR(CheckName("holds", Text(buffer.holds())));
  std::optional<uint64_t> bits = ElementBits(Text(buffer.element()));
  if (!bits)
    return ManifestExpected("element", "an element type",
                            Text(buffer.element()));
  if (!IsAligned(*buffer.shape()))
    return ManifestError("shape", "is not aligned to 8 bytes");
  absl::Span<const uint64_t> shape(buffer.shape()->data(),
                                   buffer.shape()->size());
  std::optional<uint64_t> elements = CheckedProduct(shape);
  std::optional<uint64_t> product =
      elements ? CheckedMultiply(*elements, *bits) : std::nullopt;
  if (!product || *product == 0 || *product % 8)
    return ManifestExpected("shape", "a positive number of bytes below 2^61",
                            DescribeShape(shape));
  if (buffer.bytes() != *product / 8)
    return ManifestExpected("bytes",
                            absl::StrCat(*product / 8, " for shape ",
                                         DescribeShape(shape), " of ",
                                         Text(buffer.element())),
                            absl::StrCat(buffer.bytes()));
  bool placed = buffer.space() == schema::Space::Arena ||
                buffer.space() == schema::Space::Weights;
  if (!placed && buffer.offset())
    return ManifestExpected("offset",
                            "0 in a space without a common allocation",
                            absl::StrCat(buffer.offset()));
  if (buffer.offset() % kBufferAlignment)
    return ManifestExpected("offset",
                            absl::StrCat("a multiple of ", kBufferAlignment),
                            absl::StrCat(buffer.offset()));
  if (!CheckedAdd(buffer.offset(), buffer.bytes()))
    return ManifestExpected("offset", "an end below 2^64",
                            absl::StrCat(buffer.offset()));
  return absl::OkStatus();
}

absl::Status ValidateWeightPlacement(const schema::Manifest &manifest) {
  struct Range {
    uint64_t offset, end;
    uint32_t index;
  };
  std::vector<Range> ranges;
  for (uint32_t i = 0; i < manifest.buffers()->size(); ++i) {
    const schema::Buffer *buffer = manifest.buffers()->Get(i);
    if (buffer->space() != schema::Space::Weights)
      continue;
    ranges.push_back({buffer->offset(), buffer->offset() + buffer->bytes(), i});
    if (ranges.back().end > manifest.weights_bytes())
      return ManifestExpected(absl::StrCat("buffers[", i, "].offset"),
                              absl::StrCat("an end within the weights' ",
                                           manifest.weights_bytes(), " bytes"),
                              absl::StrCat("end ", ranges.back().end));
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range &a, const Range &b) { return a.offset < b.offset; });
  for (size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].offset < ranges[i - 1].end)
      return ManifestExpected(
          absl::StrCat("buffers[", ranges[i].index, "].offset"),
          absl::StrCat("at least ", ranges[i - 1].end, ", the end of buffers[",
                       ranges[i - 1].index, "]"),
          absl::StrCat(ranges[i].offset));
  return absl::OkStatus();
}

} // namespace

absl::Status ValidateBuffers(const schema::Manifest &manifest) {
  absl::flat_hash_set<absl::string_view> names;
  for (uint32_t i = 0; i < manifest.buffers()->size(); ++i) {
    const schema::Buffer *buffer = manifest.buffers()->Get(i);
    if (absl::Status status = ValidateBuffer(*buffer); !status.ok())
      return InTable("buffers", i, status);
    if (!names.insert(Text(buffer->name())).second)
      return ManifestExpected(absl::StrCat("buffers[", i, "].name"),
                              "a name of its own", Text(buffer->name()));
  }
  return ValidateWeightPlacement(manifest);
}

} // namespace dsv4run::manifest_rules
