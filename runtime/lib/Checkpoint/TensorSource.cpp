//===- TensorSource.cpp - Named tensors, wherever they come from ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/TensorSource.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

TensorSource::TensorSource(std::vector<TensorInfo> tensors)
    : tensors_(std::move(tensors)) {
  std::sort(
      tensors_.begin(), tensors_.end(),
      [](const TensorInfo &a, const TensorInfo &b) { return a.name < b.name; });
  index_by_name_.reserve(tensors_.size());
  for (size_t i = 0; i < tensors_.size(); ++i)
    index_by_name_.emplace(tensors_[i].name, i);
}

TensorSource::~TensorSource() = default;

const TensorInfo *TensorSource::FindInfo(absl::string_view name) const {
  auto it = index_by_name_.find(name);
  if (it == index_by_name_.end())
    it = index_by_name_.find(CanonicalTensorName(name));
  return it == index_by_name_.end() ? nullptr : &tensors_[it->second];
}

absl::StatusOr<TensorView> TensorSource::Find(absl::string_view name) const {
  const TensorInfo *info = FindInfo(name);
  if (!info)
    return absl::NotFoundError(absl::StrCat(description(), ": no tensor ",
                                            QuoteForMessage(name), " among ",
                                            tensors_.size()));
  return Load(*info);
}

absl::StatusOr<TensorView>
TensorSource::Find(absl::string_view name, DType dtype,
                   absl::Span<const uint64_t> shape) const {
  if (const TensorInfo *info = FindInfo(name);
      info && (info->dtype != dtype || absl::MakeSpan(info->shape) != shape))
    return absl::InvalidArgumentError(absl::StrCat(
        info->file, ": tensor ", QuoteForMessage(info->name), ": expected ",
        NameOf(dtype), " ", FormatShape(shape), ", found ", NameOf(info->dtype),
        " ", FormatShape(info->shape)));
  return Find(name);
}

absl::Status TensorSource::Read(const TensorInfo &tensor, uint64_t offset,
                                absl::Span<std::byte> destination) const {
  if (offset > tensor.bytes || destination.size() > tensor.bytes - offset)
    return absl::OutOfRangeError(
        absl::StrCat(description(), ": tensor ", QuoteForMessage(tensor.name),
                     " has ", tensor.bytes, " bytes, asked for ",
                     destination.size(), " from offset ", offset));
  if (destination.empty())
    return absl::OkStatus();
  return ReadRange(tensor, offset, destination);
}

std::string CanonicalTensorName(absl::string_view name) {
  absl::ConsumePrefix(&name, "model.");
  std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
  for (absl::string_view &part : parts) {
    if (part == "self_attn")
      part = "attn";
    else if (part == "mlp")
      part = "ffn";
    else if (part == "weight_scale_inv")
      part = "scale";
    else if (part == "e_score_correction_bias")
      part = "bias";
  }
  return absl::StrJoin(parts, ".");
}

std::string FormatShape(absl::Span<const uint64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

} // namespace dsv4run
