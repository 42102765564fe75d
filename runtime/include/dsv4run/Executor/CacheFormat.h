//===- CacheFormat.h - Rows of a cache as numbers -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How `width` channels of a cache row become codes and scales, and back (spec
// 3.3 to 3.5). The stored values are on the quantisation grid already, so that
// reading and writing a row are exact, and caches in both FP8 dialects hold the
// same numbers.

#ifndef DSV4RUN_EXECUTOR_CACHEFORMAT_H
#define DSV4RUN_EXECUTOR_CACHEFORMAT_H

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

enum class CodeFormat {
  kE4m3Fn,   ///< OCP: bias 7
  kE4m3Fnuz, ///< FNUZ: bias 8, and scale exponents one higher
  kE2m1,     ///< two a byte, the even channel in the low nibble
};

/// The format that a buffer of codes has, from its element type or, where that
/// is plain bytes, from the type that it holds.
absl::StatusOr<CodeFormat> CodeFormatOf(absl::string_view element,
                                        absl::string_view holds);

/// Bytes of `width` codes.
int64_t CodeBytes(CodeFormat format, int64_t width);

/// values = codes * 2^(scale - 127), one scale per `block` channels.
void DequantizeRow(CodeFormat format, int64_t block,
                   absl::Span<const uint8_t> codes,
                   absl::Span<const uint8_t> scales, absl::Span<float> values);

/// The official rule: block maximum (E4M3: at least 1e-4; E2M1: at least 6 *
/// 2^-126), scale exponent ceil(log2(maximum / largest code)), codes rounded to
/// nearest even. FNUZ codes equal the OCP ones but for -0, which becomes 0.
void QuantizeRow(CodeFormat format, int64_t block,
                 absl::Span<const float> values, absl::Span<uint8_t> codes,
                 absl::Span<uint8_t> scales);

} // namespace dsv4run

#endif // DSV4RUN_EXECUTOR_CACHEFORMAT_H
