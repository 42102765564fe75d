//===- Options.cpp - Options of one subcommand ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/Options.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kUsagePayload = "dsv4run/usage";

absl::StatusOr<int64_t> ParseInteger(absl::string_view name,
                                     absl::string_view text, int64_t min,
                                     int64_t max) {
  int64_t number;
  if (absl::SimpleAtoi(text, &number) && number >= min && number <= max)
    return number;
  return UsageError(absl::StrCat("--", name, ": expected an integer from ", min,
                                 " to ", max, ", found \"", text, "\""));
}

} // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status &status) {
  return status.GetPayload(kUsagePayload).has_value();
}

void OptionTable::Flag(std::string name, bool *target, std::string help) {
  options_.push_back({std::move(name), "", std::move(help), false,
                      [target](const std::string &) {
                        *target = true;
                        return absl::OkStatus();
                      }});
}

void OptionTable::Text(std::string name, std::string placeholder,
                       std::string *target, std::string help) {
  options_.push_back({std::move(name), std::move(placeholder), std::move(help),
                      true, [target](const std::string &value) {
                        *target = value;
                        return absl::OkStatus();
                      }});
}

void OptionTable::Integer(std::string name, std::string placeholder,
                          std::optional<int64_t> *target, int64_t min,
                          int64_t max, std::string help) {
  auto set = [=](const std::string &value) -> absl::Status {
    DSV4RUN_ASSIGN_OR_RETURN(*target, ParseInteger(name, value, min, max));
    return absl::OkStatus();
  };
  options_.push_back(
      {name, std::move(placeholder), std::move(help), true, set});
}

void OptionTable::Integers(std::string name, std::string placeholder,
                           std::vector<int64_t> *target, int64_t min,
                           int64_t max, std::string help) {
  auto set = [=](const std::string &value) -> absl::Status {
    target->clear();
    for (absl::string_view item : absl::StrSplit(value, ',')) {
      DSV4RUN_ASSIGN_OR_RETURN(int64_t number,
                               ParseInteger(name, item, min, max));
      target->push_back(number);
    }
    return absl::OkStatus();
  };
  options_.push_back(
      {name, std::move(placeholder), std::move(help), true, set});
}

void OptionTable::Real(std::string name, std::string placeholder,
                       std::optional<double> *target, double min, double max,
                       std::string help) {
  auto set = [=](const std::string &value) -> absl::Status {
    double number;
    if (!absl::SimpleAtod(value, &number) || !(number >= min && number <= max))
      return UsageError(absl::StrCat("--", name, ": expected a number from ",
                                     min, " to ", max, ", found \"", value,
                                     "\""));
    *target = number;
    return absl::OkStatus();
  };
  options_.push_back(
      {name, std::move(placeholder), std::move(help), true, set});
}

void OptionTable::List(std::string name, std::string placeholder,
                       std::vector<std::string> *target, std::string help) {
  options_.push_back({std::move(name), std::move(placeholder), std::move(help),
                      true, [target](const std::string &value) {
                        target->push_back(value);
                        return absl::OkStatus();
                      }});
}

void OptionTable::ShortName(char letter, std::string name) {
  Find(name)->letter = letter;
}

OptionTable::Option *OptionTable::Find(absl::string_view name) {
  for (Option &option : options_)
    if (option.name == name)
      return &option;
  return nullptr;
}

absl::StatusOr<OptionTable::Option *>
OptionTable::FindShort(absl::string_view argument) {
  for (Option &option : options_)
    if (argument.size() == 2 && option.letter == argument[1])
      return &option;
  return UsageError(absl::StrCat("unknown option ", argument,
                                 "; options start with two dashes"));
}

bool OptionTable::Given(absl::string_view name) const {
  for (const Option &option : options_)
    if (option.name == name)
      return option.given;
  return false;
}

std::vector<OptionTable::Description> OptionTable::Describe() const {
  std::vector<Description> all;
  for (const Option &option : options_)
    all.push_back(
        {option.name, option.letter, option.placeholder, option.help});
  return all;
}

absl::Status OptionTable::Parse(absl::Span<const std::string> arguments,
                                std::vector<std::string> *positional) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    if (argument == "--") {
      positional->insert(positional->end(), arguments.begin() + i + 1,
                         arguments.end());
      break;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      positional->push_back(arguments[i]);
      continue;
    }
    absl::string_view text = argument;
    Option *option = nullptr;
    bool has_value = false;
    std::string value;
    if (absl::ConsumePrefix(&text, "--")) {
      std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(text, absl::MaxSplits('=', 1));
      has_value = absl::StrContains(text, '=');
      value = std::string(parts.second);
      option = Find(parts.first);
      if (!option)
        return UsageError(absl::StrCat("unknown option --", parts.first));
    } else {
      absl::StatusOr<Option *> found = FindShort(argument);
      if (!found.ok())
        return found.status();
      option = *found;
    }
    if (!option->takes_value && has_value)
      return UsageError(absl::StrCat("--", option->name, " takes no value"));
    if (option->takes_value && !has_value) {
      if (i + 1 == arguments.size())
        return UsageError(absl::StrCat("--", option->name, " needs a value, ",
                                       option->placeholder));
      value = arguments[++i];
    }
    if (absl::Status status = option->set(value); !status.ok())
      return status;
    option->given = true;
  }
  return absl::OkStatus();
}

std::string OptionTable::Help() const {
  std::vector<std::string> heads;
  size_t width = 0;
  for (const Option &option : options_) {
    std::string letter =
        option.letter ? absl::StrCat("-", std::string(1, option.letter), ", ")
                      : "";
    heads.push_back(absl::StrCat("  ", letter, "--", option.name,
                                 option.takes_value ? " " : "",
                                 option.placeholder));
    width = std::max(width, heads.back().size());
  }
  std::string text;
  for (size_t i = 0; i < options_.size(); ++i) {
    std::string head = heads[i];
    for (absl::string_view line : absl::StrSplit(options_[i].help, '\n')) {
      head.resize(width + 2, ' ');
      absl::StrAppend(&text, head, line, "\n");
      head.clear();
    }
  }
  return text;
}

} // namespace dsv4run
