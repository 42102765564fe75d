//===- ByteAlphabet.h - Bytes as printable characters ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_BYTEALPHABET_H
#define DSV4RUN_TOKENIZER_BYTEALPHABET_H

#include <array>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// The GPT-2 alphabet (spec section 6.1), in which byte-level tokenizers spell
/// their vocabulary: bytes 33-126, 161-172 and 174-255 are the code points of
/// the same number; the other 68 are U+0100, U+0101, ... in increasing order.
const std::array<char16_t, 256> &ByteAlphabet();

/// The bytes that a UTF-8 text in that alphabet stands for, or nothing if it
/// contains any other character or invalid UTF-8.
std::optional<std::string> BytesFromAlphabet(absl::string_view text);

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_BYTEALPHABET_H
