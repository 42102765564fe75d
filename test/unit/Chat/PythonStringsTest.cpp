//===- PythonStringsTest.cpp - Literals of a module -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/PythonStrings.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PythonTexts, ReadsEveryKindOfLiteral) {
  EXPECT_THAT(PythonTexts("a = 'x'\nb = \"y'\"  # 'no'\n"),
              ElementsAre("x", "y'"));
  EXPECT_THAT(PythonTexts("'''a\n'b' \"\"\"c'''"),
              ElementsAre("a\n'b' \"\"\"c"));
  EXPECT_THAT(PythonTexts(R"(f'a' r'\n' Rb'\\' u"\n")"),
              ElementsAre("a\\n\\\\\n"));
  EXPECT_THAT(PythonTexts("x = function('a', \"b\")"), ElementsAre("a", "b"));
}

TEST(PythonTexts, UnderstandsEscapes) {
  EXPECT_THAT(
      PythonTexts(R"('\a\b\f\n\r\t\v\\\'\"\x41\u00e9\U0001F642\101\q')"),
      ElementsAre("\a\b\f\n\r\t\v\\'\"A\u00e9🙂A\\q"));
  EXPECT_THAT(PythonTexts("'a\\\nb'"), ElementsAre("ab"));
}

TEST(PythonTexts, JoinsAdjacentLiterals) {
  EXPECT_THAT(PythonTexts("a = ('x'\n  'y'  # comment\n  \"z\")\n'doc'\n"),
              ElementsAre("xyz", "doc"));
  EXPECT_THAT(PythonTexts("a = 'x' \\\n 'y'\n"), ElementsAre("xy"));
  EXPECT_THAT(PythonTexts("a = ['x', 'y']\n"), ElementsAre("x", "y"));
  EXPECT_THAT(PythonTexts("'x'\n'y'\n"), ElementsAre("x", "y"));
}

TEST(PythonTexts, FillsInFieldsThatNameLiterals) {
  EXPECT_THAT(
      PythonTexts("name: str = 'N'\nt = 'a{name}b{other!r:3}c{{}}{name}'"),
      ElementsAre("N", "a{name}b{other!r:3}c{{}}{name}", "aNb", "c{}N"));
  // Only a literal on its own is the value of a name.
  EXPECT_THAT(PythonTexts("n = f('N')\nt = '{n}'"),
              ElementsAre("N", "{n}", "", ""));
  EXPECT_THAT(PythonTexts("n = {'k': 'N'}\nt = '{n}'"),
              ElementsAre("k", "N", "{n}", "", ""));
}

TEST(PythonTexts, SurvivesWhatIsNoPython) {
  EXPECT_THAT(PythonTexts(""), IsEmpty());
  EXPECT_THAT(PythonTexts("'open"), ElementsAre("open"));
  EXPECT_THAT(PythonTexts("'open\n'x'"), Contains("x"));
  EXPECT_THAT(PythonTexts("'\\"), ElementsAre("\\"));
  EXPECT_THAT(PythonTexts("'{'"), ElementsAre("{", "", ""));
  EXPECT_THAT(PythonTexts("'\\ud83d'"), ElementsAre("")); // half a character
  EXPECT_THAT(PythonTexts(")]}'x'"), ElementsAre("x"));
}

} // namespace
} // namespace dsv4run
