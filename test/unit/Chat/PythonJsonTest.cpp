//===- PythonJsonTest.cpp - As Python's json module -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/PythonJson.h"

#include <string>

#include "Support/StatusMatchers.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsInvalid;
using Duplicates = PythonJson::Duplicates;

struct DumpCase {
  const char *text, *dumped;
};

/// json.dumps(json.loads(text), ensure_ascii=False) by CPython 3.11.
const DumpCase kDumpCases[] = {
    {"0", "0"},
    {"-0", "0"},
    {"-0.0", "-0.0"},
    {"1.0", "1.0"},
    {"1e2", "100.0"},
    {"1E5", "100000.0"},
    {"2.5E+3", "2500.0"},
    {"123456.789e3", "123456789.0"},
    {"4.35", "4.35"},
    {"0.1", "0.1"},
    {"3.141592653589793", "3.141592653589793"},
    {"9007199254740993.0", "9007199254740992.0"},
    {"1e15", "1000000000000000.0"},
    {"1e16", "1e+16"},
    {"12345678901234567.0", "1.2345678901234568e+16"},
    {"1e20", "1e+20"},
    {"1e21", "1e+21"},
    {"0.0001", "0.0001"},
    {"0.00001", "1e-05"},
    {"1.5e-7", "1.5e-07"},
    {"5e-324", "5e-324"},
    {"1e400", "Infinity"},
    {"-1e400", "-Infinity"},
    {"1e-400", "0.0"},
    {"NaN", "NaN"},
    {"[-Infinity,Infinity]", "[-Infinity, Infinity]"},
    {"123456789012345678", "123456789012345678"},
    {"100000000000000000000000000", "100000000000000000000000000"},
    {"[1,2 , 3]", "[1, 2, 3]"},
    {" [ true , false , null ]\r\n\t", "[true, false, null]"},
    {R"({"b":1,"a":{"c":[ ]},"":{}})", R"({"b": 1, "a": {"c": []}, "": {}})"},
    {R"({"a":1,"b":2,"a":3})", R"({"a": 3, "b": 2})"},
    {R"("\u00e9\/\"\\\b\f\n\r\t\u0001\u007f\u2028")",
     "\"é/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7F\u2028\""},
    {R"("\ud83d\ude42 中")", "\"🙂 中\""},
};

TEST(PythonJson, DumpsAsPython) {
  for (const DumpCase &entry : kDumpCases) {
    absl::StatusOr<PythonJson> value =
        PythonJson::Parse(entry.text, "t", Duplicates::kLastWins);
    ASSERT_OK(value) << entry.text;
    EXPECT_EQ(value->Dump(), entry.dumped) << entry.text;
  }
}

TEST(PythonJson, LimitsAreThoseOfPython) {
  std::string digits(4300, '7');
  ASSERT_OK_AND_ASSIGN(PythonJson value, PythonJson::Parse(digits, "t"));
  EXPECT_EQ(value.Dump(), digits);
  EXPECT_THAT(PythonJson::Parse(digits + "7", "t"),
              IsInvalid("t: invalid JSON at byte 0: expected an integer of at "
                        "most 4300 digits"));
}

TEST(PythonJson, RejectsWhatPythonRejects) {
  for (const char *text :
       {"",    "01",      "1.",         ".5",    "+1",      "1e",
        "-",   "[1,]",    "{\"a\":1,}", "{a:1}", "{'a':1}", "\"\t\"",
        "\"a", "\"\\x\"", "\"\\",       "tru",   "[1",      "{\"a\"",
        "1 2", "nan",     "\"\\u12\"",  "-NaN",  "0x1",     "\uFEFF1"})
    EXPECT_THAT(PythonJson::Parse(text, "t"),
                IsInvalid("t: invalid JSON at byte"))
        << text;
}

TEST(PythonJson, ErrorsSayWhereAndWhat) {
  EXPECT_THAT(PythonJson::Parse("[1, x]", "t"),
              IsInvalid("t: invalid JSON at byte 4: expected a value"));
  EXPECT_THAT(PythonJson::Parse("{\"a\" 1}", "t"),
              IsInvalid("at byte 5: expected ':'"));
  EXPECT_THAT(PythonJson::Parse("[1 2]", "t"),
              IsInvalid("at byte 3: expected ',' or ']'"));
  EXPECT_THAT(PythonJson::Parse("{\"a\": 1 2}", "t"),
              IsInvalid("at byte 8: expected ',' or '}'"));
  EXPECT_THAT(PythonJson::Parse("{1: 2}", "t"),
              IsInvalid("at byte 1: expected a key in double quotes"));
  EXPECT_THAT(PythonJson::Parse("\"\\ud83d\"", "t"),
              IsInvalid("at byte 1: expected both halves of a surrogate pair"));
  EXPECT_THAT(PythonJson::Parse("\"\\ude42\"", "t"),
              IsInvalid("expected both halves"));
  EXPECT_THAT(PythonJson::Parse("\"a\xFF\"", "t"),
              IsInvalid("at byte 2: expected UTF-8"));
  EXPECT_THAT(PythonJson::Parse("{\"a\": 1, \"a\": 2}", "t"),
              IsInvalid("at byte 9: duplicate key \"a\""));
  EXPECT_THAT(PythonJson::Parse(std::string(100'000, '['), "t"),
              IsInvalid("nested more than 256 levels deep"));
}

TEST(PythonJson, NodesNameTheirPlace) {
  ASSERT_OK_AND_ASSIGN(
      PythonJson document,
      PythonJson::Parse(R"({"a": [{"b": 5, "n": null}]})", "t.json"));
  PythonJsonNode root(document, "t.json");
  ASSERT_OK_AND_ASSIGN(PythonJsonNode list, root.Get("a"));
  EXPECT_EQ(*list.ArraySize(), 1u);
  EXPECT_THAT(list.At(0).Get("b")->String(),
              IsInvalid("t.json: /a/0/b: expected a string, found 5"));
  EXPECT_THAT(list.At(0).Get("c"),
              IsInvalid("t.json: /a/0: missing key \"c\""));
  EXPECT_THAT(list.Get("c"),
              IsInvalid("t.json: /a: expected an object, found an array of 1"));
  EXPECT_THAT(root.ArraySize(), IsInvalid("t.json: top level: expected an "
                                          "array, found an object"));
  EXPECT_FALSE(list.At(0).Find("n").has_value());
  EXPECT_TRUE(list.At(0).Get("n").ok());
  EXPECT_THAT(list.At(0).Get("n")->Bool(),
              IsInvalid("expected true or false, found null"));
}

} // namespace
} // namespace dsv4run
