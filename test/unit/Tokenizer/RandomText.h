//===- RandomText.h - Random Unicode text and bytes -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_TOKENIZER_RANDOMTEXT_H
#define DSV4RUN_UNITTEST_TOKENIZER_RANDOMTEXT_H

#include <cstdint>
#include <random>
#include <string>

namespace dsv4run::testing {

/// UTF-8 by the definition, without a library.
inline void AppendUtf8(std::string &text, uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  int trail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  text += static_cast<char>((0xFF00 >> (trail + 1) & 0xFF) | c >> (6 * trail));
  while (trail-- > 0)
    text += static_cast<char>(0x80 | (c >> (6 * trail) & 0x3F));
}

/// Characters that the split patterns treat differently, far more often than
/// chance would have them, mixed with any others.
inline std::string RandomText(std::mt19937_64 &random, size_t characters) {
  static constexpr uint32_t kInteresting[] = {
      ' ',    ' ',     ' ',      '\n',   '\r',    '\t',   '\v',    0x85,
      0xA0,   0x2028,  0x2029,   0x3000, 0x1680,  0x1C,   0x00,    0x7F,
      0x200B, 0x200D,  0xFEFF,   'a',    'b',     'Z',    0xE9,    0x3B1,
      0x410,  0x5D0,   0x301,    0x20DD, 0xFE0F,  '0',    '9',     0x661,
      0xB2,   0xBD,    0x2167,   0x3007, '!',     '\'',   '-',     '_',
      '$',    '+',     '<',      '~',    '`',     0xAB,   0x2014,  0x20AC,
      0xFF5C, 0x1F642, 0x4E00,   0x4E2D, 0x9FA5,  0x9FA6, 0x3040,  0x3042,
      0x3099, 0x309B,  0x30A0,   0x30FB, 0x30FF,  0x3100, 0x20000, 0x1D7CE,
      0xE000, 0xFFFF,  0x10FFFF, 0x0378, 0x1E900,
  };
  std::string text;
  for (size_t i = 0; i < characters; ++i) {
    uint32_t c = kInteresting[random() % std::size(kInteresting)];
    if (random() % 4 == 0)
      c = random() % (random() % 2 ? 0x110000 : 0x3100);
    if (c >= 0xD800 && c < 0xE000)
      c = 'x';
    AppendUtf8(text, c);
  }
  return text;
}

inline std::string RandomBytes(std::mt19937_64 &random, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i)
    bytes += static_cast<char>(random());
  return bytes;
}

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_TOKENIZER_RANDOMTEXT_H
