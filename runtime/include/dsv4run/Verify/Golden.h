//===- Golden.h - Cases of a golden file ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A golden file is a safetensors file whose tensors are named <case>.<what>:
//
//   tokens [B, P + D] with logits [B, 1 + D, V]: P prompt ids, then D ids that
//     were fed one by one; row 0 is the prompt's last position, row i follows
//     fed token i
//   or prompt [1, P] and generated [1, G] with logits [1, G, V]: row i chose
//     generated id i, which was fed next
//   mtp_logits [B, V]: the draft block over the prompt, last position
//   hidden.<L> [1, N, streams, D]: streams after layer L at the last N prompt
//     positions

#ifndef DSV4RUN_VERIFY_GOLDEN_H
#define DSV4RUN_VERIFY_GOLDEN_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Checkpoint/Checkpoint.h"

namespace dsv4run {

/// A tensor as numbers.
struct GoldenTensor {
  std::vector<uint64_t> shape;
  std::vector<float> values;

  /// Product of the last `dims` dimensions.
  int64_t Columns(int dims) const;
};

struct GoldenCase {
  std::string name;
  /// Per sequence of the batch: prompt, then fed ids. All of one length.
  std::vector<std::vector<int32_t>> tokens;
  int64_t prompt = 0; ///< P
  /// The id after the prompt, per sequence: what the draft block's last prompt
  /// stream is paired with.
  std::vector<int32_t> next_tokens;
  /// Whether the model chose the fed ids itself.
  bool generated = false;
  int64_t vocab = 0;
  int64_t logit_rows = 0;        ///< per sequence: 1 + D
  std::vector<float> logits;     ///< [B, 1 + D, V]
  std::vector<float> mtp_logits; ///< [B, V]; empty if there are none

  int64_t batch() const { return tokens.size(); }
};

class Golden {
public:
  static absl::StatusOr<Golden> Open(absl::string_view path);

  const std::string &path() const { return path_; }
  /// Names of the cases in the file, sorted.
  const std::vector<std::string> &cases() const { return cases_; }

  absl::StatusOr<GoldenCase> Case(absl::string_view name) const;

  bool Has(absl::string_view tensor) const;
  absl::StatusOr<GoldenTensor> Floats(absl::string_view tensor) const;
  absl::StatusOr<std::vector<int32_t>> Ints(absl::string_view tensor) const;
  /// Of any tensor.
  absl::StatusOr<std::vector<uint64_t>> Shape(absl::string_view tensor) const;

private:
  std::string path_;
  std::unique_ptr<Checkpoint> file_;
  std::vector<std::string> cases_;
};

/// The cases that a comma-separated list names, or all for an empty list;
/// NOT_FOUND names those that the file has.
absl::StatusOr<std::vector<std::string>> ChooseCases(const Golden &golden,
                                                     absl::string_view list);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_GOLDEN_H
