//===- PortableExp.cpp - The same exponential everywhere ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Sampling/PortableExp.h"

#include <cstdint>
#include <cstring>

namespace dsv4run {

double PortableExp(double x) {
  // Above the exponent of the smallest normal double: 2^k below needs one.
  if (x < -700)
    return 0;
  // x = k ln 2 + r with |r| <= ln 2 / 2. The upper part of ln 2 has 32 bits, so
  // that its product with k is exact.
  constexpr double kLog2E = 0x1.71547652b82fep0;
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  int64_t k = static_cast<int64_t>(x * kLog2E - 0.5); // rounds towards zero
  double r = (x - k * kLn2High) - k * kLn2Low;
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
  uint64_t bits = static_cast<uint64_t>(1023 + k) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof(power));
  return sum * power;
}

} // namespace dsv4run
