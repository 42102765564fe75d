//===- CheckHeaders.cpp - Does a checkpoint fit a bundle? -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Bundle/Text.h"
#include "dsv4run/Pack/PackWeights.h"

namespace dsv4run {
namespace {

constexpr size_t kMaxListed = 20;

class Problems {
public:
  void Add(std::string problem) {
    if (listed_.size() < kMaxListed)
      listed_.push_back(std::move(problem));
    ++count_;
  }

  absl::Status ToStatus(const TensorSource &source) const {
    if (count_ == 0)
      return absl::OkStatus();
    std::string message =
        absl::StrCat(source.description(), " does not fit the bundle: ", count_,
                     count_ == 1 ? " problem" : " problems", "\n  ",
                     absl::StrJoin(listed_, "\n  "));
    if (count_ > listed_.size())
      absl::StrAppend(&message, "\n  and ", count_ - listed_.size(), " more");
    return absl::InvalidArgumentError(message);
  }

private:
  std::vector<std::string> listed_;
  size_t count_ = 0;
};

void CheckTensors(
    const flatbuffers::Vector<flatbuffers::Offset<schema::CheckpointTensor>>
        *tensors,
    const TensorSource &source, Problems &problems) {
  if (!tensors)
    return;
  for (const schema::CheckpointTensor *tensor : *tensors) {
    const TensorInfo *info = source.FindInfo(Text(tensor->name()));
    if (!info) {
      problems.Add(absl::StrCat(Text(tensor->name()), ": missing"));
      continue;
    }
    if (NameOf(info->dtype) != Text(tensor->dtype()))
      problems.Add(absl::StrCat(Text(tensor->name()), ": expected dtype ",
                                Text(tensor->dtype()), ", found ",
                                NameOf(info->dtype), " in ", info->file));
    absl::Span<const uint64_t> shape(tensor->shape()->data(),
                                     tensor->shape()->size());
    if (absl::MakeConstSpan(info->shape) != shape)
      problems.Add(absl::StrCat(Text(tensor->name()), ": expected shape ",
                                FormatShape(shape), ", found ",
                                FormatShape(info->shape), " in ", info->file));
  }
}

} // namespace

absl::Status CheckHeaders(const schema::Manifest &manifest,
                          const TensorSource &source) {
  Problems problems;
  for (const schema::PackProgram *pack : *manifest.packs()) {
    CheckTensors(pack->tensors(), source, problems);
    CheckTensors(pack->scale_tensors(), source, problems);
  }
  return problems.ToStatus(source);
}

} // namespace dsv4run
