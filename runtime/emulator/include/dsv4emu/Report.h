//===- Report.h - What a check found ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4EMU_REPORT_H
#define DSV4EMU_REPORT_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include <array>
#include <cstdint>
#include <string>

namespace dsv4emu {

/// A class of faults; each can be switched off except Fault.
enum class Check : uint8_t {
  WaitCount,     ///< Register or LDS data used before its s_waitcnt.
  LdsRace,       ///< Two waves on one LDS dword without a barrier between.
  GlobalRace,    ///< Two workgroups on one dword without the scope they need.
  OutOfBounds,   ///< Outside an allocation, or after its release.
  Uninitialised, ///< Register, LDS or memory read before any write.
  Barrier,       ///< Divergent or unreachable barrier.
  Misaligned,    ///< Address not a multiple of what the access needs.
  Fault,         ///< The wave can't go on: unknown instruction, trap, ...
  Hazard,        ///< A result used before the wait states it needs.
};
constexpr unsigned kCheckCount = 9;
const char *checkName(Check check);

/// One finding. The first one at each (check, pc) is kept with its place; later
/// ones only count.
struct Report {
  Check check = Check::Fault;
  std::string message;
  std::string kernel;
  uint64_t pc = 0; ///< Virtual address in the code object.
  std::string instruction;
  std::array<uint32_t, 3> workgroup{};
  unsigned wave = 0;
  int lane = -1;          ///< -1 if the whole wave is concerned.
  std::string sourceLine; ///< "file:line" if debug information has one.
  uint64_t occurrences = 1;

  std::string str() const;
};

/// Which checks run.
struct CheckSet {
  uint32_t bits = 0;
  /// Reads "all", "none" and names of checks, separated by commas and applied
  /// in order; "-name" takes one away. INVALID_ARGUMENT for any other word.
  static absl::StatusOr<CheckSet> parse(absl::string_view text);
  /// All but Hazard: the assembler does not insert wait states, so inline
  /// assembly that is right in every other way may break those.
  static CheckSet all() {
    return CheckSet{(1u << kCheckCount) - 1}.without(Check::Hazard);
  }
  static CheckSet none() { return {0}; }
  bool has(Check c) const { return bits >> static_cast<unsigned>(c) & 1; }
  CheckSet without(Check c) const {
    return {bits & ~(1u << static_cast<unsigned>(c))};
  }
  CheckSet with(Check c) const {
    return {bits | 1u << static_cast<unsigned>(c)};
  }
  bool any() const { return bits != 0; }
};

} // namespace dsv4emu

#endif // DSV4EMU_REPORT_H
