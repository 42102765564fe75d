//===- Recipe.h - Values of synthetic tensors, version 1 ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every element is a function of the tensor's name and the element's index, so
// that anyone generates the same bytes in any order. f(name) is FNV-1a 64 of
// the name's bytes; z(i) is the SplitMix64 finaliser of f(name) + (i+1) *
// 0x9E3779B97F4A7C15; top8 = z >> 56; sym = (z >> 40) * 2^-23 - 1, in [-1, 1);
// half(C) = (bit length of (C-1) + 1) div 2 for C logical columns; gain = +1
// for
// *.wo_b, -4 for *.w2, else 0.
//
//   FP8 weight      top8; codes 0x7F, 0xFF and 0x80 become 0x00
//   its scale       127 - (7 + half(C)) + gain + (top8 mod 3) - 1
//   FP4 weight      top8; a nibble of 8 becomes 0
//   its scale       127 - (1 + half(C)) + gain + (top8 mod 5) - 2
//   tid2eid[t, s]   (top8 of element t mod E + s) mod E
//   hc_*_fn         sym * 2^(1-half(C))
//   hc_*_scale      0.75 + 0.25 * sym
//   hc_*_base       sym
//   attn_sink       2 * sym
//   ape             sym
//   gate.bias       sym / 8
//   norm weights    bf16(1 + sym/8)
//   embed           bf16(2 * sym)
//   head            bf16(sym * 2^(3-half(C)))
//   other matrices  bf16(sym * 2^(1-half(C)))

#ifndef DSV4RUN_SYNTHETIC_RECIPE_H
#define DSV4RUN_SYNTHETIC_RECIPE_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dsv4run/Synthetic/ModelTensors.h"

namespace dsv4run {

/// Generates one tensor's bytes.
class TensorRecipe {
public:
  /// `experts` is n_routed_experts of the configuration.
  TensorRecipe(const ModelTensor &tensor, uint64_t experts);

  /// Bytes [offset, offset + destination.size()) of the tensor.
  void Generate(uint64_t offset, absl::Span<std::byte> destination) const;

private:
  void GenerateElements(uint64_t first, uint64_t count, std::byte *out) const;

  TensorRole role_;
  size_t element_bytes_;
  uint64_t seed_;         // f(name)
  uint64_t row_elements_; // length of the last dimension
  uint64_t experts_;
  int scale_base_ = 0; // of scales: the code for a top8 remainder of 0
  float factor_ = 1;   // of floats
};

/// Tokens of a golden case: token i = (top8 of element i of "tokens.<name>" * 7
/// + i) mod (vocab_size - 2) + 2.
std::vector<int32_t> SyntheticTokens(absl::string_view case_name,
                                     uint64_t count, uint64_t vocab_size);

} // namespace dsv4run

#endif // DSV4RUN_SYNTHETIC_RECIPE_H
