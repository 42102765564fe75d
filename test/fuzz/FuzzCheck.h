//===- FuzzCheck.h - Properties that fuzzers check ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_FUZZ_FUZZCHECK_H
#define DSV4RUN_FUZZ_FUZZCHECK_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsv4run::fuzz {

inline absl::string_view AsText(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

/// Unlike assert, present in every build.
inline void Check(bool property, const char *what) {
  if (property)
    return;
  std::fprintf(stderr, "property violated: %s\n", what);
  std::abort();
}

/// Every error says something, of bounded length.
inline void CheckError(const absl::Status &status) {
  Check(!status.message().empty(), "an error has a message");
  Check(status.message().size() < 4096, "a message is short");
}

} // namespace dsv4run::fuzz

#endif // DSV4RUN_FUZZ_FUZZCHECK_H
