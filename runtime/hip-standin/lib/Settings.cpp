//===- Settings.cpp - What the environment asks of the stand-in -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Settings.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace hipstandin {
namespace {

absl::Status expected(absl::string_view variable, absl::string_view what,
                      absl::string_view found) {
  return absl::InvalidArgumentError(
      absl::StrCat(variable, ": expected ", what, ", found '", found, "'"));
}

absl::StatusOr<uint64_t> number(absl::string_view variable,
                                absl::string_view text, uint64_t low,
                                uint64_t high) {
  uint64_t value = 0;
  bool digits = !text.empty() && absl::ascii_isdigit(text.front());
  if (digits && absl::SimpleAtoi(text, &value) && value >= low && value <= high)
    return value;
  return expected(
      variable, absl::StrCat("a whole number from ", low, " to ", high), text);
}

absl::StatusOr<bool> flag(absl::string_view variable, absl::string_view text) {
  if (text == "0" || text == "1")
    return text == "1";
  return expected(variable, "0 or 1", text);
}

absl::StatusOr<uint64_t> bytes(absl::string_view variable,
                               absl::string_view text) {
  absl::string_view digits = text;
  unsigned shift = absl::ConsumeSuffix(&digits, "GiB")   ? 30
                   : absl::ConsumeSuffix(&digits, "MiB") ? 20
                                                         : 0;
  auto value = shift ? number(variable, digits, 1, uint64_t{1} << (40 - shift))
                     : absl::InvalidArgumentError("");
  if (!value.ok())
    return expected(variable, "1MiB to 1024GiB, such as 16GiB or 512MiB", text);
  return *value << shift;
}

absl::StatusOr<Faults> faults(absl::string_view variable,
                              absl::string_view text) {
  constexpr char kForm[] = "a list of alloc:N, launch:N, lost:N (N from 1) and "
                           "slow-copy:MB/s, separated by commas";
  Faults out;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits(':', 1));
    uint64_t *field = parts.first == "alloc"       ? &out.allocation
                      : parts.first == "launch"    ? &out.launch
                      : parts.first == "lost"      ? &out.lost
                      : parts.first == "slow-copy" ? &out.copyBytesPerSecond
                                                   : nullptr;
    auto value = number(variable, parts.second, 1, 1000000000);
    if (!field || *field != 0 || !value.ok())
      return expected(variable, kForm, text);
    *field = field == &out.copyBytesPerSecond ? *value * 1000000 : *value;
  }
  return out;
}

} // namespace

absl::StatusOr<Settings>
readSettings(const std::function<const char *(const char *)> &variable) {
  Settings settings;
  absl::Status status;
  auto read = [&](const char *name, auto parse, auto store) {
    const char *text = variable(name);
    if (!text || !status.ok())
      return;
    auto value = parse(name, text);
    if (value.ok())
      store(*value);
    else
      status = value.status();
  };
  read(
      "DSV4_EMU_DEVICES",
      [](auto name, auto text) { return number(name, text, 1, 64); },
      [&](uint64_t v) { settings.devices = static_cast<int>(v); });
  read("DSV4_EMU_MEMORY", bytes, [&](uint64_t v) { settings.memoryBytes = v; });
  read(
      "DSV4_EMU_CHECKS",
      [](auto name, auto text) -> absl::StatusOr<dsv4emu::CheckSet> {
        auto checks = dsv4emu::CheckSet::parse(text);
        if (!checks.ok())
          return absl::InvalidArgumentError(
              absl::StrCat(name, ": ", checks.status().message()));
        return checks;
      },
      [&](dsv4emu::CheckSet v) { settings.checks = v; });
  read(
      "DSV4_EMU_THREADS",
      [](auto name, auto text) { return number(name, text, 1, 1024); },
      [&](uint64_t v) { settings.threads = static_cast<unsigned>(v); });
  read("DSV4_EMU_FAULT", faults, [&](Faults v) { settings.faults = v; });
  read("DSV4_EMU_LEAKS_FATAL", flag,
       [&](bool v) { settings.leaksAreFatal = v; });
  read("DSV4_EMU_TRACE", flag, [&](bool v) { settings.trace = v; });
  if (!status.ok())
    return status;
  return settings;
}

} // namespace hipstandin
