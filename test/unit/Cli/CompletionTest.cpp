//===- CompletionTest.cpp -------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the scripts do in a shell: test/Tools/completion.test.

#include <sstream>

#include "Support/StatusMatchers.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Cli/Command.h"

namespace dsv4run {
namespace {

using ::testing::HasSubstr;

std::string Script(const std::string &shell, int expected = 0) {
  std::istringstream in;
  std::ostringstream out, err;
  CliStreams streams{in, out, err};
  EXPECT_EQ(RunCli({"completion", shell}, streams), expected) << err.str();
  return out.str() + err.str();
}

TEST(Completion, KnowsEveryOptionOfEveryCommand) {
  std::string bash = Script("bash"), zsh = Script("zsh"), fish = Script("fish");
  for (const auto &command : MakeCommands()) {
    OptionTable table;
    command->AddOptions(table);
    for (const OptionTable::Description &option : table.Describe()) {
      EXPECT_THAT(bash, HasSubstr(absl::StrCat("--", option.name)));
      EXPECT_THAT(zsh, HasSubstr(absl::StrCat("'*--", option.name, "[")));
      EXPECT_THAT(fish, HasSubstr(absl::StrCat(" -l ", option.name, " ")));
    }
    for (const std::string &script : {bash, zsh, fish})
      EXPECT_THAT(script, HasSubstr(std::string(command->name())));
  }
}

TEST(Completion, RefusesOtherShells) {
  EXPECT_THAT(Script("csh", 2), HasSubstr("bash, zsh or fish, found \"csh\""));
}

} // namespace
} // namespace dsv4run
