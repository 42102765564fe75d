//===- CompletionCommand.cpp - dsv4-run completion ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dsv4run/Cli/Command.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kHelp =
    R"(usage: dsv4-run completion bash|zsh|fish

Prints a script that completes commands, options and file names of dsv4-run:

  bash: source <(dsv4-run completion bash)
  zsh:  source <(dsv4-run completion zsh)          after compinit
  fish: dsv4-run completion fish | source
)";

/// A command as completion sees it.
struct Entry {
  std::string name, summary;
  std::vector<OptionTable::Description> options;
};

std::vector<Entry> Entries() {
  std::vector<Entry> entries;
  for (const std::unique_ptr<Command> &command : MakeCommands()) {
    OptionTable table;
    command->AddOptions(table);
    std::vector<OptionTable::Description> options = table.Describe();
    options.push_back({"help", 'h', "", "this text"});
    entries.push_back({std::string(command->name()),
                       std::string(command->summary()), std::move(options)});
  }
  return entries;
}

std::string FirstLine(const std::string &text) {
  return text.substr(0, text.find('\n'));
}

/// Inside single quotes of a POSIX shell.
std::string Quote(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

bool IsDirectory(const OptionTable::Description &option) {
  return option.placeholder == "DIR";
}
bool IsFile(const OptionTable::Description &option) {
  return option.placeholder == "FILE";
}
/// "auto|host" lists the values.
std::vector<std::string> Choices(const OptionTable::Description &option) {
  if (!absl::StrContains(option.placeholder, '|'))
    return {};
  return absl::StrSplit(option.placeholder, '|');
}

std::string OptionWords(const Entry &entry) {
  return absl::StrJoin(entry.options, " ",
                       [](std::string *out, const auto &option) {
                         absl::StrAppend(out, "--", option.name);
                       });
}

std::string BashScript() {
  std::vector<Entry> entries = Entries();
  std::string names, options, values;
  for (const Entry &entry : entries) {
    absl::StrAppend(&names, " ", entry.name);
    absl::StrAppend(&options, "    ", entry.name, ") words='",
                    OptionWords(entry), "' ;;\n");
    for (const OptionTable::Description &option : entry.options) {
      std::string reply;
      if (IsDirectory(option))
        reply = "compgen -d -- \"$cur\"";
      else if (IsFile(option))
        reply = "compgen -f -- \"$cur\"";
      else if (!Choices(option).empty())
        reply =
            absl::StrCat("compgen -W '", absl::StrJoin(Choices(option), " "),
                         "' -- \"$cur\"");
      else if (!option.placeholder.empty())
        reply = ":";
      if (!reply.empty())
        absl::StrAppend(&values, "    ", entry.name, ":--", option.name,
                        ") mapfile -t COMPREPLY < <(", reply, "); return ;;\n");
    }
  }
  return absl::StrCat(R"(# bash completion of dsv4-run
_dsv4_run() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local command=generate words='' commands=')",
                      names.substr(1), R"('
  case " $commands " in
    *" ${COMP_WORDS[1]} "*) ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]} ;;
  esac
  compopt -o filenames 2>/dev/null
  case "$command:$prev" in
)",
                      values, R"(  esac
  case "$command" in
)",
                      options, R"(  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  ((COMP_CWORD == 1)) && mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$commands" -- "$cur")
}
complete -F _dsv4_run dsv4-run
)");
}

std::string ZshScript() {
  std::string names, cases;
  for (const Entry &entry : Entries()) {
    absl::StrAppend(&names, "    ",
                    Quote(absl::StrCat(entry.name, ":", entry.summary)), "\n");
    absl::StrAppend(&cases, "    ", entry.name, ")\n      _arguments");
    for (const OptionTable::Description &option : entry.options) {
      // Brackets and colons delimit parts of the specification.
      std::string help = absl::StrReplaceAll(
          FirstLine(option.help), {{"[", "("}, {"]", ")"}, {":", ";"}});
      std::string spec = absl::StrCat("*--", option.name, "[", help, "]");
      if (IsDirectory(option))
        absl::StrAppend(&spec, ":directory:_files -/");
      else if (IsFile(option))
        absl::StrAppend(&spec, ":file:_files");
      else if (!Choices(option).empty())
        absl::StrAppend(&spec, ":value:(", absl::StrJoin(Choices(option), " "),
                        ")");
      else if (!option.placeholder.empty())
        absl::StrAppend(&spec, ":", option.placeholder, ":");
      absl::StrAppend(&cases, " \\\n        ", Quote(spec));
    }
    absl::StrAppend(&cases, " \\\n        '*:file:_files' ;;\n");
  }
  return absl::StrCat(R"(#compdef dsv4-run
# zsh completion of dsv4-run
_dsv4_run() {
  local -a commands
  commands=(
)",
                      names, R"(  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command commands
    _files
    return
  fi
  local command=generate
  [[ -n ${(M)commands:#$words[2]:*} ]] && command=$words[2] && shift words && ((CURRENT--))
  case $command in
)",
                      cases, R"(  esac
}
compdef _dsv4_run dsv4-run
)");
}

std::string FishScript() {
  std::string text = "# fish completion of dsv4-run\n";
  std::vector<Entry> entries = Entries();
  std::string others;
  for (const Entry &entry : entries) {
    if (entry.name != "generate")
      absl::StrAppend(&others, " ", entry.name);
    absl::StrAppend(&text, "complete -c dsv4-run -n __fish_use_subcommand -a ",
                    entry.name, " -d ", Quote(entry.summary), "\n");
  }
  for (const Entry &entry : entries) {
    // Without a command, generate is meant.
    std::string condition =
        entry.name == "generate"
            ? absl::StrCat("not __fish_seen_subcommand_from", others)
            : absl::StrCat("__fish_seen_subcommand_from ", entry.name);
    for (const OptionTable::Description &option : entry.options) {
      absl::StrAppend(&text, "complete -c dsv4-run -n ", Quote(condition),
                      " -l ", option.name);
      if (option.letter)
        absl::StrAppend(&text, " -s ", std::string(1, option.letter));
      if (!Choices(option).empty())
        absl::StrAppend(&text, " -x -a ",
                        Quote(absl::StrJoin(Choices(option), " ")));
      else if (IsDirectory(option))
        absl::StrAppend(&text, " -x -a '(__fish_complete_directories)'");
      else if (IsFile(option))
        absl::StrAppend(&text, " -r");
      else if (!option.placeholder.empty())
        absl::StrAppend(&text, " -x");
      absl::StrAppend(&text, " -d ", Quote(FirstLine(option.help)), "\n");
    }
  }
  return text;
}

class CompletionCommand : public Command {
public:
  absl::string_view name() const override { return "completion"; }
  absl::string_view summary() const override {
    return "print a completion script for bash, zsh or fish";
  }
  absl::string_view help() const override { return kHelp; }
  void AddOptions(OptionTable &) override {}

  absl::StatusOr<int> Run(std::vector<std::string> &positional,
                          CliStreams &streams) override {
    if (positional.size() != 1)
      return UsageError(absl::StrCat("completion takes one shell, found ",
                                     positional.size(), " arguments"));
    const std::string &shell = positional[0];
    if (shell == "bash")
      streams.out << BashScript();
    else if (shell == "zsh")
      streams.out << ZshScript();
    else if (shell == "fish")
      streams.out << FishScript();
    else
      return UsageError(absl::StrCat(
          "completion: expected bash, zsh or fish, found \"", shell, "\""));
    return 0;
  }
};

} // namespace

std::unique_ptr<Command> MakeCompletionCommand() {
  return std::make_unique<CompletionCommand>();
}

} // namespace dsv4run
