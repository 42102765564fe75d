//===- Report.cpp - Collect and print findings ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4emu/Report.h"
#include "Launch.h"
#include "Program.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dsv4emu {

const char *checkName(Check check) {
  static const char *const names[kCheckCount] = {
      "wait-count",    "lds-race",      "global-race",
      "out-of-bounds", "uninitialised", "barrier",
      "misaligned",    "fault",         "hazard"};
  return names[static_cast<unsigned>(check)];
}

absl::StatusOr<CheckSet> CheckSet::parse(absl::string_view text) {
  CheckSet set = none();
  for (absl::string_view word : absl::StrSplit(text, ',')) {
    if (word == "all") {
      set = all();
      continue;
    }
    if (word == "none") {
      set = none();
      continue;
    }
    absl::string_view name = word;
    bool remove = absl::ConsumePrefix(&name, "-"), known = false;
    for (unsigned k = 0; k < kCheckCount; ++k) {
      if (name != checkName(static_cast<Check>(k)))
        continue;
      known = true;
      set.bits = remove ? set.bits & ~(1u << k) : set.bits | 1u << k;
    }
    if (!known)
      return absl::InvalidArgumentError(
          absl::StrCat("unknown check '", word, "'"));
  }
  return set;
}

std::string Report::str() const {
  std::string out = absl::StrCat(
      kernel, ": [", checkName(check), "] ", message, "\n  at 0x",
      absl::Hex(pc), ": ", instruction, "\n  workgroup (", workgroup[0], ",",
      workgroup[1], ",", workgroup[2], ") wave ", wave);
  if (lane >= 0)
    absl::StrAppend(&out, " lane ", lane);
  if (!sourceLine.empty())
    absl::StrAppend(&out, "\n  source ", sourceLine);
  if (occurrences > 1)
    absl::StrAppend(&out, "\n  ", occurrences, " times");
  return out;
}

void LaunchState::report(const Wave &w, Check check, int lane,
                         std::string message) {
  uint64_t pc = program.object().textBegin() + 4 * uint64_t{w.pc};
  std::lock_guard<std::mutex> lock(mutex);
  auto [it, fresh] = reports.try_emplace({check, pc});
  Report &r = it->second;
  if (!fresh) {
    ++r.occurrences;
    return;
  }
  r.check = check;
  r.message = std::move(message);
  r.kernel = kernel.name;
  r.pc = pc;
  r.instruction = program.text(w.pc);
  r.workgroup = w.group->id;
  r.wave = w.index;
  r.lane = lane;
  r.sourceLine = program.sourceLine(pc);
}

std::vector<Report> LaunchState::takeReports() {
  std::vector<Report> out;
  for (auto &entry : reports)
    out.push_back(std::move(entry.second));
  reports.clear();
  return out;
}

void Wave::report(Check check, int lane, std::string message) {
  group->launch->report(*this, check, lane, std::move(message));
}

void Wave::fault(std::string message) {
  report(Check::Fault, -1, std::move(message));
  state = Ended;
  stop = true;
}

} // namespace dsv4emu
