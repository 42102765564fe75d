//===- Golden.cpp - Cases of a golden file --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/Golden.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dsv4run/Checkpoint/TypedCopy.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

absl::Status WrongShape(const Golden &golden, absl::string_view tensor,
                        absl::string_view expected,
                        absl::Span<const uint64_t> found) {
  return absl::InvalidArgumentError(
      absl::StrCat(golden.path(), ": ", tensor, ": expected shape ", expected,
                   ", found ", FormatShape(found)));
}

} // namespace

int64_t GoldenTensor::Columns(int dims) const {
  int64_t columns = 1;
  for (int i = 0; i < dims; ++i)
    columns *= static_cast<int64_t>(shape[shape.size() - 1 - i]);
  return columns;
}

absl::StatusOr<Golden> Golden::Open(absl::string_view path) {
  Golden golden;
  golden.path_ = std::string(path);
  DSV4RUN_ASSIGN_OR_RETURN(golden.file_, Checkpoint::Open(path));
  for (const TensorInfo &tensor : golden.file_->tensors()) {
    absl::string_view name = tensor.name;
    // hidden.<L> and layers.<L>.* of a case end differently.
    if (absl::ConsumeSuffix(&name, ".logits"))
      golden.cases_.emplace_back(name);
  }
  std::sort(golden.cases_.begin(), golden.cases_.end());
  if (golden.cases_.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected golden tensors <case>.logits, found none among ",
        golden.file_->tensors().size(), " tensors"));
  return golden;
}

bool Golden::Has(absl::string_view tensor) const {
  return file_->FindInfo(tensor) != nullptr;
}

absl::StatusOr<GoldenTensor> Golden::Floats(absl::string_view tensor) const {
  DSV4RUN_ASSIGN_OR_RETURN(TensorView view, file_->Find(tensor));
  GoldenTensor result;
  result.shape = view.shape;
  DSV4RUN_ASSIGN_OR_RETURN(result.values, ToFloats(view));
  return result;
}

absl::StatusOr<std::vector<int32_t>>
Golden::Ints(absl::string_view tensor) const {
  DSV4RUN_ASSIGN_OR_RETURN(TensorView view, file_->Find(tensor));
  return ToInt32s(view);
}

absl::StatusOr<std::vector<uint64_t>>
Golden::Shape(absl::string_view tensor) const {
  DSV4RUN_ASSIGN_OR_RETURN(TensorView view, file_->Find(tensor));
  return view.shape;
}

absl::StatusOr<GoldenCase> Golden::Case(absl::string_view name) const {
  GoldenCase result;
  result.name = std::string(name);
  auto tensor = [&](absl::string_view what) {
    return absl::StrCat(name, ".", what);
  };
  DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor logits, Floats(tensor("logits")));
  if (logits.shape.size() != 3 || logits.values.empty())
    return WrongShape(*this, tensor("logits"), "[batch, rows, vocab]",
                      logits.shape);
  uint64_t batch = logits.shape[0];
  result.logit_rows = static_cast<int64_t>(logits.shape[1]);
  result.vocab = static_cast<int64_t>(logits.shape[2]);
  result.logits = std::move(logits.values);
  int64_t fed = result.logit_rows - 1;

  result.generated = Has(tensor("generated"));
  std::string ids_name = tensor(result.generated ? "prompt" : "tokens");
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<uint64_t> shape, Shape(ids_name));
  if (shape.size() != 2 || shape[0] != batch)
    return WrongShape(*this, ids_name, absl::StrCat("[", batch, ", length]"),
                      shape);
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> ids, Ints(ids_name));
  auto length = static_cast<int64_t>(shape[1]);
  for (uint64_t i = 0; i < batch; ++i)
    result.tokens.emplace_back(ids.begin() + i * length,
                               ids.begin() + (i + 1) * length);
  if (result.generated) {
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<int32_t> generated,
                             Ints(tensor("generated")));
    if (batch != 1 ||
        generated.size() != static_cast<size_t>(result.logit_rows))
      return WrongShape(*this, tensor("generated"),
                        absl::StrCat("[1, ", result.logit_rows, "]"),
                        {batch, generated.size()});
    result.prompt = length;
    result.next_tokens = {generated.front()};
    result.tokens[0].insert(result.tokens[0].end(), generated.begin(),
                            generated.end() - 1);
  } else {
    result.prompt = length - fed;
    if (result.prompt < 1)
      return WrongShape(*this, ids_name,
                        absl::StrCat("more than ", fed, " ids"), shape);
    DSV4RUN_ASSIGN_OR_RETURN(result.next_tokens, Ints(tensor("next_token")));
    if (result.next_tokens.size() != batch)
      return WrongShape(*this, tensor("next_token"),
                        absl::StrCat("[", batch, ", 1]"),
                        {result.next_tokens.size()});
  }
  if (Has(tensor("mtp_logits"))) {
    DSV4RUN_ASSIGN_OR_RETURN(GoldenTensor mtp, Floats(tensor("mtp_logits")));
    if (mtp.values.size() != batch * result.vocab)
      return WrongShape(*this, tensor("mtp_logits"),
                        absl::StrCat("[", batch, ", ", result.vocab, "]"),
                        mtp.shape);
    result.mtp_logits = std::move(mtp.values);
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> ChooseCases(const Golden &golden,
                                                     absl::string_view list) {
  if (list.empty())
    return golden.cases();
  std::vector<std::string> chosen =
      absl::StrSplit(list, ',', absl::SkipWhitespace());
  for (const std::string &name : chosen)
    if (!std::binary_search(golden.cases().begin(), golden.cases().end(), name))
      return absl::NotFoundError(
          absl::StrCat(golden.path(), ": no case \"", name, "\"; found ",
                       absl::StrJoin(golden.cases(), ", ")));
  return chosen;
}

} // namespace dsv4run
