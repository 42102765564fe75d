//===- HumanReadable.h - Sizes and durations for people -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SUPPORT_HUMANREADABLE_H
#define DSV4RUN_SUPPORT_HUMANREADABLE_H

#include <cstdint>
#include <string>

namespace dsv4run {

/// "512 B", "1.50 KiB", "148.65 GiB": powers of 1024, two decimals.
std::string FormatBytes(uint64_t bytes);

/// "12 ms", "3.2 s", "4 min 05 s", "2 h 03 min".
std::string FormatSeconds(double seconds);

} // namespace dsv4run

#endif // DSV4RUN_SUPPORT_HUMANREADABLE_H
