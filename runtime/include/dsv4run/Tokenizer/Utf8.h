//===- Utf8.h - UTF-8 in byte strings of unknown origin -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_TOKENIZER_UTF8_H
#define DSV4RUN_TOKENIZER_UTF8_H

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace dsv4run {

/// Length of the longest prefix that is valid UTF-8.
size_t ValidUtf8Prefix(absl::string_view text);

/// Length of the longest prefix that is not valid UTF-8 at any of its bytes:
/// the number of bytes to skip until ValidUtf8Prefix is positive again.
size_t InvalidUtf8Prefix(absl::string_view text);

/// Length of the text without an unfinished character at its end, which more
/// bytes could complete. Bytes that are invalid whatever follows count as
/// finished.
size_t FinishedUtf8Prefix(absl::string_view text);

/// The text with U+FFFD in place of invalid bytes, one for each maximal subpart
/// of an ill-formed sequence, as the Unicode Standard recommends.
std::string ReplaceInvalidUtf8(absl::string_view text);

} // namespace dsv4run

#endif // DSV4RUN_TOKENIZER_UTF8_H
