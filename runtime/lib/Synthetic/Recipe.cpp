//===- Recipe.cpp - Values of synthetic tensors, version 1 ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/Recipe.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/NumberFormats.h"

// Wide integer multiplies make this several times faster where they exist.
#if defined(__x86_64__) && defined(__linux__)
#define DSV4RUN_VECTOR_CLONES                                                  \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DSV4RUN_VECTOR_CLONES
#endif

namespace dsv4run {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;
constexpr size_t kBlockBytes = 8192;

uint64_t Fnv1a64(absl::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

inline uint64_t Mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

inline uint64_t Draw(uint64_t seed, uint64_t index) {
  return Mix(seed + (index + 1) * kGolden);
}

inline uint8_t Top8(uint64_t seed, uint64_t index) {
  return static_cast<uint8_t>(Draw(seed, index) >> 56);
}

inline float Sym(uint64_t seed, uint64_t index) {
  // Through int32_t, which converts to float in one vector instruction.
  auto bits = static_cast<int32_t>(Draw(seed, index) >> 40);
  return static_cast<float>(bits) * 0x1p-23f - 1.0f;
}

int HalfBits(uint64_t columns) {
  int length = columns > 1 ? 64 - __builtin_clzll(columns - 1) : 0;
  return (length + 1) / 2;
}

DSV4RUN_VECTOR_CLONES
void FillFp8(uint64_t seed, uint64_t first, uint64_t count, uint8_t *out) {
  for (uint64_t i = 0; i < count; ++i) {
    uint8_t code = Top8(seed, first + i);
    bool special = (code & 0x7F) == 0x7F || code == 0x80;
    out[i] = special ? 0 : code;
  }
}

DSV4RUN_VECTOR_CLONES
void FillFp4(uint64_t seed, uint64_t first, uint64_t count, uint8_t *out) {
  for (uint64_t i = 0; i < count; ++i) {
    uint8_t code = Top8(seed, first + i);
    uint8_t low = code & 0x0F, high = code & 0xF0;
    out[i] = (low == 0x08 ? 0 : low) | (high == 0x80 ? 0 : high);
  }
}

DSV4RUN_VECTOR_CLONES
void FillSym(uint64_t seed, uint64_t first, uint64_t count, float factor,
             float addend, float *out) {
  for (uint64_t i = 0; i < count; ++i)
    out[i] = addend + factor * Sym(seed, first + i);
}

DSV4RUN_VECTOR_CLONES
void FillSymBf16(uint64_t seed, uint64_t first, uint64_t count, float factor,
                 float addend, uint16_t *out) {
  for (uint64_t i = 0; i < count; ++i)
    out[i] = Bf16FromFloat(addend + factor * Sym(seed, first + i));
}

void FillScales(uint64_t seed, uint64_t first, uint64_t count, int base,
                int modulus, uint8_t *out) {
  for (uint64_t i = 0; i < count; ++i)
    out[i] = static_cast<uint8_t>(base + Top8(seed, first + i) % modulus);
}

} // namespace

TensorRecipe::TensorRecipe(const ModelTensor &tensor, uint64_t experts)
    : role_(tensor.role), element_bytes_(SizeOf(tensor.dtype)),
      seed_(Fnv1a64(tensor.name)),
      row_elements_(tensor.shape.empty() ? 1 : tensor.shape.back()),
      experts_(experts) {
  int half = HalfBits(tensor.columns);
  int gain = absl::EndsWith(tensor.name, ".wo_b.scale") ? 1
             : absl::EndsWith(tensor.name, ".w2.scale") ? -4
                                                        : 0;
  switch (role_) {
  case TensorRole::kFp8Scale:
    scale_base_ = 127 - (7 + half) + gain - 1;
    break;
  case TensorRole::kFp4Scale:
    scale_base_ = 127 - (1 + half) + gain - 2;
    break;
  case TensorRole::kHcScale:
    factor_ = 0.25f;
    break;
  case TensorRole::kAttentionSink:
  case TensorRole::kEmbedding:
    factor_ = 2;
    break;
  case TensorRole::kRouterBias:
  case TensorRole::kNorm:
    factor_ = 0.125f;
    break;
  case TensorRole::kHead:
    factor_ = std::ldexp(1.0f, 3 - half);
    break;
  case TensorRole::kHcFn:
  case TensorRole::kBf16Matrix:
    factor_ = std::ldexp(1.0f, 1 - half);
    break;
  case TensorRole::kFp8Weight:
  case TensorRole::kFp4Weight:
  case TensorRole::kTokenToExperts:
  case TensorRole::kHcBase:
  case TensorRole::kPositionBias:
    break;
  }
}

void TensorRecipe::Generate(uint64_t offset,
                            absl::Span<std::byte> destination) const {
  alignas(64) std::byte block[kBlockBytes];
  const uint64_t block_elements = kBlockBytes / element_bytes_;
  while (!destination.empty()) {
    uint64_t first = offset / element_bytes_;
    uint64_t skip = offset % element_bytes_;
    uint64_t wanted =
        (skip + destination.size() + element_bytes_ - 1) / element_bytes_;
    uint64_t count = std::min(wanted, block_elements);
    GenerateElements(first, count, block);
    uint64_t bytes =
        std::min<uint64_t>(count * element_bytes_ - skip, destination.size());
    std::memcpy(destination.data(), block + skip, bytes);
    destination.remove_prefix(bytes);
    offset += bytes;
  }
}

void TensorRecipe::GenerateElements(uint64_t first, uint64_t count,
                                    std::byte *out) const {
  auto *codes = reinterpret_cast<uint8_t *>(out);
  switch (role_) {
  case TensorRole::kFp8Weight:
    return FillFp8(seed_, first, count, codes);
  case TensorRole::kFp4Weight:
    return FillFp4(seed_, first, count, codes);
  case TensorRole::kFp8Scale:
    return FillScales(seed_, first, count, scale_base_, 3, codes);
  case TensorRole::kFp4Scale:
    return FillScales(seed_, first, count, scale_base_, 5, codes);
  case TensorRole::kTokenToExperts: {
    auto *ids = reinterpret_cast<int64_t *>(out);
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t token = (first + i) / row_elements_;
      uint64_t slot = (first + i) % row_elements_;
      ids[i] = (Top8(seed_, token) % experts_ + slot) % experts_;
    }
    return;
  }
  case TensorRole::kHcFn:
  case TensorRole::kHcBase:
  case TensorRole::kAttentionSink:
  case TensorRole::kPositionBias:
  case TensorRole::kRouterBias:
    return FillSym(seed_, first, count, factor_, 0.0f,
                   reinterpret_cast<float *>(out));
  case TensorRole::kHcScale:
    return FillSym(seed_, first, count, factor_, 0.75f,
                   reinterpret_cast<float *>(out));
  case TensorRole::kNorm:
    return FillSymBf16(seed_, first, count, factor_, 1.0f,
                       reinterpret_cast<uint16_t *>(out));
  case TensorRole::kEmbedding:
  case TensorRole::kHead:
  case TensorRole::kBf16Matrix:
    return FillSymBf16(seed_, first, count, factor_, 0.0f,
                       reinterpret_cast<uint16_t *>(out));
  }
}

std::vector<int32_t> SyntheticTokens(absl::string_view case_name,
                                     uint64_t count, uint64_t vocab_size) {
  uint64_t seed = Fnv1a64(absl::StrCat("tokens.", case_name));
  std::vector<int32_t> tokens(count);
  for (uint64_t i = 0; i < count; ++i)
    tokens[i] = static_cast<int32_t>(
        (uint64_t{Top8(seed, i)} * 7 + i) % (vocab_size - 2) + 2);
  return tokens;
}

} // namespace dsv4run
