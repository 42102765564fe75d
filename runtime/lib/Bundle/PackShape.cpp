//===- PackShape.cpp - Sizes of packed weights ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/PackShape.h"

#include <initializer_list>

#include "ManifestError.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Positions up to here times a float are exact in double (spec section 4.5).
constexpr uint64_t kMaxPositions = uint64_t{1} << 29;
constexpr uint64_t kMaxDimension = uint64_t{1} << 40;

uint64_t CeilDivide(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

absl::StatusOr<uint64_t> Product(absl::string_view field,
                                 std::initializer_list<uint64_t> factors) {
  std::optional<uint64_t> product =
      CheckedProduct(absl::MakeConstSpan(factors.begin(), factors.size()));
  if (!product)
    return ManifestError(field, "size exceeds 64 bits");
  return *product;
}

absl::StatusOr<uint64_t> BytesOfDType(absl::string_view dtype) {
  struct Entry {
    absl::string_view name;
    uint64_t bytes;
  };
  static constexpr Entry kEntries[] = {
      {"I8", 1},  {"U8", 1},  {"F8_E4M3", 1}, {"F8_E8M0", 1}, {"BF16", 2},
      {"F16", 2}, {"F32", 4}, {"I32", 4},     {"I64", 8},
  };
  for (const Entry &entry : kEntries)
    if (entry.name == dtype)
      return entry.bytes;
  return ManifestExpected("tensors[0].dtype", "a dtype of a weight", dtype);
}

/// Requires `count` tensors of one dtype and of `shape`, or if that is empty of
/// `elements` elements.
absl::Status CheckTensors(
    absl::string_view field,
    const flatbuffers::Vector<flatbuffers::Offset<schema::CheckpointTensor>>
        *tensors,
    uint64_t count, absl::string_view dtype, absl::Span<const uint64_t> shape,
    uint64_t elements) {
  if ((tensors ? tensors->size() : 0) != count)
    return ManifestExpected(field, absl::StrCat(count, " tensors"),
                            absl::StrCat(tensors ? tensors->size() : 0));
  for (uint32_t i = 0; i < count; ++i) {
    const schema::CheckpointTensor *tensor = tensors->Get(i);
    auto where = [&](absl::string_view name) {
      return absl::StrCat(field, "[", i, "].", name);
    };
    if (tensor->name()->size() == 0)
      return ManifestExpected(where("name"), "a name", "none");
    if (Text(tensor->dtype()) != dtype)
      return ManifestExpected(where("dtype"), dtype, Text(tensor->dtype()));
    if (!IsAligned(*tensor->shape()))
      return ManifestError(where("shape"), "is not aligned to 8 bytes");
    absl::Span<const uint64_t> dims(tensor->shape()->data(),
                                    tensor->shape()->size());
    if (!shape.empty() && dims != shape)
      return ManifestExpected(where("shape"), DescribeShape(shape),
                              DescribeShape(dims));
    if (CheckedProduct(dims) != elements)
      return ManifestExpected(
          where("shape"),
          absl::StrCat("rows x columns = ", elements, " elements"),
          DescribeShape(dims));
  }
  return absl::OkStatus();
}

absl::Status CheckUnused(const schema::PackProgram &pack, bool scaled,
                         bool panels) {
  if (!scaled) {
    if (pack.scales() != -1)
      return ManifestExpected("scales", "-1", absl::StrCat(pack.scales()));
    if (pack.scale_tensors() && pack.scale_tensors()->size())
      return ManifestExpected("scale_tensors", "none",
                              absl::StrCat(pack.scale_tensors()->size()));
    if (pack.block_rows() || pack.block_columns())
      return ManifestExpected(
          "block_rows, block_columns", "0, 0",
          absl::StrCat(pack.block_rows(), ", ", pack.block_columns()));
    if (pack.recast())
      return ManifestExpected("recast", "false", "true");
  }
  if (!panels && pack.panel())
    return ManifestExpected("panel", "0", absl::StrCat(pack.panel()));
  if (!panels && pack.fragment())
    return ManifestExpected("fragment", "0", absl::StrCat(pack.fragment()));
  if (pack.kind() != schema::PackKind::IdTable && pack.limit())
    return ManifestExpected("limit", "0", absl::StrCat(pack.limit()));
  if (pack.kind() != schema::PackKind::RopeTable && pack.frequencies() &&
      pack.frequencies()->size())
    return ManifestExpected("frequencies", "none",
                            absl::StrCat(pack.frequencies()->size()));
  return absl::OkStatus();
}

/// Requires that panels consist of whole fragments.
absl::Status CheckFragments(const PackShape &shape) {
  if (!shape.fragment)
    return absl::OkStatus();
  if (shape.fragment != 4 && shape.fragment != 8)
    return ManifestExpected("fragment", "0, 4 or 8",
                            absl::StrCat(shape.fragment));
  if (!shape.panel || shape.panel % 16)
    return ManifestExpected("panel", "a multiple of 16 for fragments",
                            absl::StrCat(shape.panel));
  if (shape.row_bytes % 64)
    return ManifestExpected("columns",
                            "rows of a multiple of 64 bytes for fragments",
                            absl::StrCat(shape.row_bytes, " bytes a row"));
  return absl::OkStatus();
}

absl::Status ShapeScaled(const schema::PackProgram &pack, PackShape &shape) {
  absl::string_view dtype = Text(pack.tensors()->Get(0)->dtype());
  if (dtype != "F8_E4M3" && dtype != "I8")
    return ManifestExpected("tensors[0].dtype",
                            "F8_E4M3 or I8 (two FP4 a byte)", dtype);
  shape.nibbles = dtype == "I8";
  shape.element_bytes = 1;
  shape.block_rows = pack.block_rows();
  shape.block_columns = pack.block_columns();
  if (!shape.block_rows || !shape.block_columns)
    return ManifestExpected(
        "block_rows, block_columns", "both positive",
        absl::StrCat(shape.block_rows, ", ", shape.block_columns));
  // A byte of a panel pairs the columns k and k + 16 of a group of 32.
  if (shape.nibbles && shape.columns % 32)
    return ManifestExpected("columns", "a multiple of 32 for FP4",
                            absl::StrCat(shape.columns));
  if (shape.nibbles && pack.recast())
    return ManifestExpected("recast", "false for FP4", "true");
  shape.row_bytes = shape.nibbles ? shape.columns / 2 : shape.columns;
  shape.panel_scales = shape.panel && shape.block_rows == 1;
  shape.scale_rows = CeilDivide(shape.rows, shape.block_rows);
  shape.scale_columns = CeilDivide(shape.columns, shape.block_columns);
  uint64_t stored[] = {shape.rows, shape.row_bytes};
  uint64_t scales[] = {shape.scale_rows, shape.scale_columns};
  DSV4RUN_ASSIGN_OR_RETURN(uint64_t elements,
                           Product("rows", {stored[0], stored[1]}));
  DSV4RUN_RETURN_IF_ERROR(CheckTensors("tensors", pack.tensors(), shape.experts,
                                       dtype, stored, elements));
  DSV4RUN_RETURN_IF_ERROR(CheckTensors("scale_tensors", pack.scale_tensors(),
                                       shape.experts, "F8_E8M0", scales,
                                       scales[0] * scales[1]));
  DSV4RUN_ASSIGN_OR_RETURN(
      shape.scale_bytes, Product("rows", {shape.experts,
                                          shape.panel_scales ? shape.padded_rows
                                                             : shape.scale_rows,
                                          shape.scale_columns}));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<PackShape> ShapeOfPack(const schema::PackProgram &pack) {
  using schema::PackKind;
  PackShape shape;
  const bool scaled = pack.kind() == PackKind::Scaled;
  const bool panels = scaled || pack.kind() == PackKind::Tensor;
  DSV4RUN_RETURN_IF_ERROR(CheckUnused(pack, scaled, panels));
  shape.rows = pack.rows();
  shape.columns = pack.columns();
  shape.panel = pack.panel();
  shape.fragment = pack.fragment();
  if (shape.rows < 1 || shape.rows > kMaxDimension)
    return ManifestExpected("rows", absl::StrCat("1 to ", kMaxDimension),
                            absl::StrCat(shape.rows));
  if (shape.columns < 1 || shape.columns > kMaxDimension)
    return ManifestExpected("columns", absl::StrCat("1 to ", kMaxDimension),
                            absl::StrCat(shape.columns));
  shape.padded_rows = shape.panel
                          ? CeilDivide(shape.rows, shape.panel) * shape.panel
                          : shape.rows;
  if (pack.kind() != PackKind::RopeTable) {
    shape.experts = pack.tensors()->size();
    if (shape.experts == 0)
      return ManifestExpected("tensors", "at least one", "none");
  }

  switch (pack.kind()) {
  case PackKind::Scaled:
    DSV4RUN_RETURN_IF_ERROR(ShapeScaled(pack, shape));
    break;
  case PackKind::Tensor: {
    absl::string_view dtype = Text(pack.tensors()->Get(0)->dtype());
    DSV4RUN_ASSIGN_OR_RETURN(shape.element_bytes, BytesOfDType(dtype));
    DSV4RUN_ASSIGN_OR_RETURN(uint64_t elements,
                             Product("rows", {shape.rows, shape.columns}));
    DSV4RUN_RETURN_IF_ERROR(CheckTensors("tensors", pack.tensors(),
                                         shape.experts, dtype, {}, elements));
    shape.row_bytes = shape.columns * shape.element_bytes;
    break;
  }
  case PackKind::IdTable: {
    if (pack.limit() < 1 || pack.limit() > (uint64_t{1} << 31))
      return ManifestExpected("limit", "1 to 2^31", absl::StrCat(pack.limit()));
    DSV4RUN_ASSIGN_OR_RETURN(uint64_t elements,
                             Product("rows", {shape.rows, shape.columns}));
    DSV4RUN_RETURN_IF_ERROR(
        CheckTensors("tensors", pack.tensors(), 1, "I64", {}, elements));
    shape.element_bytes = 4;
    shape.row_bytes = shape.columns * 4;
    break;
  }
  case PackKind::RopeTable: {
    if (pack.tensors()->size())
      return ManifestExpected("tensors", "none",
                              absl::StrCat(pack.tensors()->size()));
    uint64_t pairs = pack.frequencies() ? pack.frequencies()->size() : 0;
    if (pairs == 0 || shape.columns != 2 * pairs)
      return ManifestExpected("columns",
                              absl::StrCat("2 x ", pairs, " frequencies"),
                              absl::StrCat(shape.columns));
    for (uint32_t i = 0; i < pairs; ++i)
      if (float frequency = pack.frequencies()->Get(i);
          !(frequency >= 0 && frequency <= 1e6f))
        return ManifestExpected(absl::StrCat("frequencies[", i, "]"),
                                "0 to 1e6", absl::StrCat(frequency));
    if (shape.rows > kMaxPositions)
      return ManifestExpected("rows", "at most 2^29 positions",
                              absl::StrCat(shape.rows));
    shape.element_bytes = 4;
    shape.row_bytes = shape.columns * 4;
    break;
  }
  }
  DSV4RUN_RETURN_IF_ERROR(CheckFragments(shape));
  DSV4RUN_ASSIGN_OR_RETURN(
      shape.bytes,
      Product("rows", {shape.experts, shape.padded_rows, shape.row_bytes}));
  return shape;
}

} // namespace dsv4run
