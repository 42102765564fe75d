//===- BufferFormat.h - Data formats of typed buffers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CDNA3 ISA, section 9.1.11: a data format gives the components and their
// widths, a number format says what their bits mean. Names list components
// from the most significant one on, this table from the least.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_BUFFERFORMAT_H
#define DSV4EMU_LIB_EXEC_BUFFERFORMAT_H

#include "dsv4emu/Numeric.h"
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dsv4emu {

struct DataFormat {
  const char *name;
  uint8_t count;   ///< Components; 0 if the format does not exist.
  uint8_t bits[4]; ///< From the least significant component on.
  unsigned bytes() const {
    return (bits[0] + bits[1] + bits[2] + bits[3]) / 8u;
  }
};

inline const DataFormat &dataFormat(unsigned code) {
  static constexpr DataFormat table[16] = {{"INVALID", 0, {}},
                                           {"8", 1, {8}},
                                           {"16", 1, {16}},
                                           {"8_8", 2, {8, 8}},
                                           {"32", 1, {32}},
                                           {"16_16", 2, {16, 16}},
                                           {"10_11_11", 3, {11, 11, 10}},
                                           {"11_11_10", 3, {10, 11, 11}},
                                           {"10_10_10_2", 4, {2, 10, 10, 10}},
                                           {"2_10_10_10", 4, {10, 10, 10, 2}},
                                           {"8_8_8_8", 4, {8, 8, 8, 8}},
                                           {"32_32", 2, {32, 32}},
                                           {"16_16_16_16", 4, {16, 16, 16, 16}},
                                           {"32_32_32", 3, {32, 32, 32}},
                                           {"32_32_32_32", 4, {32, 32, 32, 32}},
                                           {"RESERVED", 0, {}}};
  return table[code & 15];
}

enum class NumberFormat : uint8_t {
  Unorm,
  Snorm,
  Uscaled,
  Sscaled,
  Uint,
  Sint,
  Reserved,
  Float
};

inline bool isInteger(NumberFormat format) {
  return format == NumberFormat::Uint || format == NumberFormat::Sint;
}

/// The register value of a component's bits: an f32, or an integer extended.
inline uint32_t decodeComponent(uint32_t raw, unsigned bits,
                                NumberFormat format) {
  uint32_t sign = 1u << (bits - 1);
  int32_t value = static_cast<int32_t>((raw ^ sign) - sign);
  double top = std::ldexp(1.0, static_cast<int>(bits)) - 1;
  double topSigned = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  double out = 0;
  switch (format) {
  case NumberFormat::Uint:
    return raw;
  case NumberFormat::Sint:
    return static_cast<uint32_t>(value);
  case NumberFormat::Unorm:
    out = raw / top;
    break;
  case NumberFormat::Snorm:
    out = std::max(value / topSigned, -1.0);
    break;
  case NumberFormat::Uscaled:
    out = raw;
    break;
  case NumberFormat::Sscaled:
    out = value;
    break;
  case NumberFormat::Float:
    if (bits == 32)
      return raw;
    // Unsigned with the exponent of a half and fewer mantissa bits below 16.
    return bitCast<uint32_t>(halfToFloat(
        static_cast<uint16_t>(raw << (bits == 16 ? 0 : 15 - bits))));
  case NumberFormat::Reserved:
    break;
  }
  return bitCast<uint32_t>(static_cast<float>(out));
}

/// The bits of a register value: limited to the component's range, rounded to
/// nearest even.
inline uint32_t encodeComponent(uint32_t value, unsigned bits,
                                NumberFormat format) {
  uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
  int64_t low = -(int64_t{1} << (bits - 1)), high = -low - 1;
  double v = bitCast<float>(value);
  v = v == v ? v : 0.0;
  switch (format) {
  case NumberFormat::Uint:
    return std::min(value, mask);
  case NumberFormat::Sint:
    return static_cast<uint32_t>(std::min(
               std::max(int64_t{static_cast<int32_t>(value)}, low), high)) &
           mask;
  case NumberFormat::Unorm:
    return static_cast<uint32_t>(
        std::nearbyint(std::min(std::max(v, 0.0), 1.0) * mask));
  case NumberFormat::Snorm:
    return static_cast<uint32_t>(static_cast<int64_t>(std::nearbyint(
               std::min(std::max(v, -1.0), 1.0) * static_cast<double>(high)))) &
           mask;
  default:
    return bits == 32 ? value : toHalf(bitCast<float>(value));
  }
}

} // namespace dsv4emu

#endif // DSV4EMU_LIB_EXEC_BUFFERFORMAT_H
