//===- Options.h - Options of one subcommand ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of options that belongs to one invocation of one subcommand: nothing
// global, so that commands with options of the same name live side by side.

#ifndef DSV4RUN_CLI_OPTIONS_H
#define DSV4RUN_CLI_OPTIONS_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dsv4run {

/// INVALID_ARGUMENT, marked as bad usage: the tool exits with 2, not 1.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status &status);

class OptionTable {
public:
  /// --name
  void Flag(std::string name, bool *target, std::string help);
  /// --name VALUE or --name=VALUE
  void Text(std::string name, std::string placeholder, std::string *target,
            std::string help);
  void Integer(std::string name, std::string placeholder,
               std::optional<int64_t> *target, int64_t min, int64_t max,
               std::string help);
  /// --name N,N,...: one number or several, in order.
  void Integers(std::string name, std::string placeholder,
                std::vector<int64_t> *target, int64_t min, int64_t max,
                std::string help);
  void Real(std::string name, std::string placeholder,
            std::optional<double> *target, double min, double max,
            std::string help);
  /// --name VALUE, as often as one likes; the values in order.
  void List(std::string name, std::string placeholder,
            std::vector<std::string> *target, std::string help);

  /// -c stands for the option --name, which has been added.
  void ShortName(char letter, std::string name);

  /// One option as shell completion sees it.
  struct Description {
    std::string name;
    char letter;             ///< short name, or 0
    std::string placeholder; ///< what value it takes; empty for flags
    std::string help;
  };
  std::vector<Description> Describe() const;

  /// Whether Parse found the option.
  bool Given(absl::string_view name) const;

  /// Fills the targets; what is no option goes to `positional`, as does "-" and
  /// everything behind "--". Errors are usage errors that name the argument.
  absl::Status Parse(absl::Span<const std::string> arguments,
                     std::vector<std::string> *positional);

  /// A line or more per option, aligned.
  std::string Help() const;

private:
  struct Option {
    std::string name, placeholder, help;
    bool takes_value;
    std::function<absl::Status(const std::string &value)> set;
    char letter = 0;
    bool given = false;
  };
  Option *Find(absl::string_view name);
  absl::StatusOr<Option *> FindShort(absl::string_view argument);

  std::vector<Option> options_;
};

} // namespace dsv4run

#endif // DSV4RUN_CLI_OPTIONS_H
