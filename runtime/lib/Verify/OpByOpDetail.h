//===- OpByOpDetail.h - Shared by the parts of OpByOpVerifier -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_LIB_VERIFY_OPBYOPDETAIL_H
#define DSV4RUN_LIB_VERIFY_OPBYOPDETAIL_H

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Executor/RowBlock.h"
#include "dsv4run/Verify/Golden.h"

namespace dsv4run::op_by_op {

inline std::string LayerName(int layer) {
  return absl::StrCat("layers.", layer);
}

/// A bf16 input with a row per token.
inline RowBlock InputRows(const GoldenTensor &tensor, int64_t rows) {
  return RowBlock::Bf16(rows, tensor.values.size() / rows, tensor.values);
}

inline absl::Status CheckSize(absl::string_view what, size_t ours,
                              size_t golden) {
  if (ours == golden)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": the bundle gives ", ours,
                   " elements; the golden file has ", golden));
}

} // namespace dsv4run::op_by_op

#endif // DSV4RUN_LIB_VERIFY_OPBYOPDETAIL_H
