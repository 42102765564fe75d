//===- ModelIdentity.cpp - Which model a state belongs to -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/ModelIdentity.h"

#include "absl/strings/str_cat.h"
#include "dsv4run/Executor/StateImage.h"
#include "dsv4run/Support/Sha256.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr uint64_t kSmallTensor = uint64_t{64} << 10;

} // namespace

absl::StatusOr<ModelIdentity> IdentifyModel(const Model &model,
                                            const TensorSource &weights) {
  const schema::Model &description = *model.manifest().model();
  ModelIdentity identity;
  identity.name = description.name()->str();
  identity.config = Sha256Hex(description.config()->str());
  identity.layout = Sha256Hex(DescribeStateLayout(model));
  std::string text;
  for (const TensorInfo &tensor : weights.tensors()) {
    absl::StrAppend(&text, tensor.name, " ", static_cast<int>(tensor.dtype),
                    " ", FormatShape(tensor.shape), "\n");
    if (tensor.bytes > kSmallTensor)
      continue;
    DSV4RUN_ASSIGN_OR_RETURN(TensorView view, weights.Find(tensor.name));
    text.append(reinterpret_cast<const char *>(view.data), view.bytes);
  }
  identity.weights = Sha256Hex(text);
  return identity;
}

} // namespace dsv4run
