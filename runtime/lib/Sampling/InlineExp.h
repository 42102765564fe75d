//===- InlineExp.h - The same exponential everywhere, in loops ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_INLINEEXP_H
#define DSV4RUN_SAMPLING_INLINEEXP_H

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace dsv4run {

/// PortableExp without branches, so that compilers make vectors of it. Only for
/// files that are compiled without fused multiply-adds.
inline double InlineExp(double x) {
  // 2^k below has to be a normal number.
  const double bounded = std::max(x, -700.0);
  // x = k ln 2 + r with |r| <= ln 2 / 2. The upper part of ln 2 has 32 bits, so
  // that its product with k is exact. Added to 1.5 * 2^52, a number is rounded
  // to an integer, which is then in the lowest bits.
  constexpr double kLog2E = 0x1.71547652b82fep0, kRound = 0x1.8p52;
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const double rounded = bounded * kLog2E + kRound;
  const double k = rounded - kRound;
  const double r = (bounded - k * kLn2High) - k * kLn2Low;
  // Taylor's series; the first term left out is below 2^-57 for such r.
  constexpr double kTerms[] = {1.0 / 6227020800,
                               1.0 / 479001600,
                               1.0 / 39916800,
                               1.0 / 3628800,
                               1.0 / 362880,
                               1.0 / 40320,
                               1.0 / 5040,
                               1.0 / 720,
                               1.0 / 120,
                               1.0 / 24,
                               1.0 / 6,
                               1.0 / 2,
                               1.0,
                               1.0};
  double sum = 0;
  for (double term : kTerms)
    sum = sum * r + term;
  uint64_t bits;
  std::memcpy(&bits, &rounded, sizeof(bits));
  bits = (bits + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof(power));
  return x < -700 ? 0 : sum * power;
}

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_INLINEEXP_H
