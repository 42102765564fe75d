//===- StopStrings.h - Texts that end the generation ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_SAMPLING_STOPSTRINGS_H
#define DSV4RUN_SAMPLING_STOPSTRINGS_H

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsv4run {

/// Looks for stop strings in text that comes in pieces, wherever the pieces are
/// cut, and holds back text that may be the start of one. One object serves one
/// stream.
class StopStrings {
public:
  /// At most 64 strings of 1 to 4096 bytes each.
  static absl::StatusOr<StopStrings> Create(std::vector<std::string> strings);

  struct Output {
    std::string text;            ///< free to be shown
    std::optional<size_t> match; ///< index of the stop string that was found
  };

  /// Of several stop strings the one that is complete first is found, of those
  /// complete at the same byte the longest. The text ends in front of it, and
  /// what follows it is dropped; nothing may be pushed afterwards.
  Output Push(absl::string_view text);

  /// What is still held back, at the end of the stream.
  std::string Flush();

private:
  explicit StopStrings(std::vector<std::string> strings);

  std::vector<std::string> strings_;
  size_t longest_ = 0;
  std::string pending_;
};

} // namespace dsv4run

#endif // DSV4RUN_SAMPLING_STOPSTRINGS_H
