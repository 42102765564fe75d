//===- ByteAlphabet.cpp - Bytes as printable characters -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Tokenizer/ByteAlphabet.h"

#include <unicode/utf8.h>

namespace dsv4run {
namespace {

constexpr int kRemappedBytes = 68;

/// From code point to byte, -1 where there is none.
std::array<int, 0x100 + kRemappedBytes> InverseAlphabet() {
  std::array<int, 0x100 + kRemappedBytes> inverse;
  inverse.fill(-1);
  for (int byte = 0; byte < 256; ++byte)
    inverse[ByteAlphabet()[byte]] = byte;
  return inverse;
}

} // namespace

const std::array<char16_t, 256> &ByteAlphabet() {
  static const std::array<char16_t, 256> alphabet = [] {
    std::array<char16_t, 256> alphabet;
    char16_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      bool printable = (byte >= 33 && byte <= 126) ||
                       (byte >= 161 && byte <= 172) || byte >= 174;
      alphabet[byte] = printable ? byte : next++;
    }
    return alphabet;
  }();
  return alphabet;
}

std::optional<std::string> BytesFromAlphabet(absl::string_view text) {
  static const auto inverse = InverseAlphabet();
  std::string bytes;
  const char *data = text.data();
  const size_t size = text.size();
  for (size_t i = 0; i < size;) {
    UChar32 character;
    U8_NEXT(data, i, size, character);
    if (character < 0 || character >= static_cast<int>(inverse.size()) ||
        inverse[character] < 0)
      return std::nullopt;
    bytes += static_cast<char>(inverse[character]);
  }
  return bytes;
}

} // namespace dsv4run
