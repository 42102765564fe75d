//===- JsonTest.cpp - Untrusted JSON and located errors -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/Json.h"

#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using nlohmann::json;
using testing::IsError;
using testing::IsInvalid;
using testing::TempDir;
using testing::WriteFile;

TEST(ParseJson, BuildsTheSameDocumentAsTheLibrary) {
  for (
      const char *text :
      {"null", "true", "-5", "18446744073709551615", "1.5e3", "\"\\u00e9\"",
       "[]", "{}", "[[],{},[1,[2]],\"x\"]",
       R"({"a":{"b":[1,{"c":null}],"d":2},"e":[{"f":1},{"f":2}],"g":false})"}) {
    absl::StatusOr<json> document = ParseJson(text, "t");
    ASSERT_OK(document) << text;
    EXPECT_EQ(*document, json::parse(text)) << text;
  }
}

TEST(ParseJson, RejectsMalformedText) {
  for (const char *text : {"", "{", "[1,]", "{\"a\":}", "nul", "1 2", "\"a"})
    EXPECT_THAT(ParseJson(text, "f.json"), IsInvalid("f.json: invalid JSON"))
        << text;
  EXPECT_THAT(ParseJson("[1,\n\n  x]", "f.json"),
              IsInvalid("line 3, column 3"));
}

TEST(ParseJson, RejectsInvalidUtf8) {
  for (const char *text : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
                           "\"\xF4\x90\x80\x80\"", "\"\xE4\xB8\"", "\xFF"})
    EXPECT_THAT(ParseJson(text, "f"), IsInvalid("invalid JSON")) << text;
}

TEST(ParseJson, RejectsDuplicateKeys) {
  EXPECT_THAT(ParseJson(R"({"a":{"k":1,"k":1}})", "f"),
              IsInvalid("f: duplicate key \"k\""));
  EXPECT_OK(ParseJson(R"({"a":{"k":1},"b":{"k":1}})", "f"));
}

TEST(ParseJson, LimitsNesting) {
  auto nested = [](int depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_OK(ParseJson(nested(kMaxJsonDepth), "f"));
  EXPECT_THAT(ParseJson(nested(kMaxJsonDepth + 1), "f"),
              IsInvalid("nested more than 64 levels deep"));
  EXPECT_THAT(ParseJson(nested(10'000'000), "f"), IsInvalid("nested"));
  EXPECT_THAT(ParseJson("[[[1]]]", "f", 2), IsInvalid("more than 2 levels"));
}

TEST(ReadJsonFile, ReadsAndLimits) {
  TempDir dir;
  WriteFile(dir / "f", "[1, 2]");
  absl::StatusOr<json> document = ReadJsonFile(dir / "f");
  ASSERT_OK(document);
  EXPECT_EQ(document->size(), 2u);
  EXPECT_THAT(ReadJsonFile(dir / "f", 5),
              IsInvalid("expected at most 5 bytes of JSON, found 6"));
  EXPECT_THAT(ReadJsonFile(dir / "g"),
              IsError(absl::StatusCode::kNotFound, "cannot open"));
  WriteFile(dir / "e", "");
  EXPECT_THAT(ReadJsonFile(dir / "e"), IsInvalid("invalid JSON"));
}

TEST(JsonNode, PointsAtErrors) {
  json document = json::parse(R"({"a/b":[{"n":1.0,"s":"x","t":true}]})");
  JsonNode root(document, "f.json");
  absl::StatusOr<JsonNode> list = root.Get("a/b");
  ASSERT_OK(list);
  JsonNode item = list->At(0);
  EXPECT_EQ(item.pointer(), "/a~1b/0");
  EXPECT_THAT(item.Get("n")->Int(),
              IsInvalid("f.json: /a~1b/0/n: expected an integer, found 1.0"));
  EXPECT_THAT(item.Get("s")->Int(0, 9),
              IsInvalid("/s: expected an integer in [0, 9], found \"x\""));
  EXPECT_THAT(item.Get("s")->Bool(), IsInvalid("expected true or false"));
  EXPECT_THAT(item.Get("t")->String(), IsInvalid("a string, found true"));
  EXPECT_THAT(item.Get("zz"), IsInvalid("/a~1b/0: missing key \"zz\""));
  EXPECT_THAT(list->Get("zz"),
              IsInvalid("expected an object, found an array of 1"));
  EXPECT_THAT(item.ArraySize(),
              IsInvalid("expected an array, found an object"));
  EXPECT_FALSE(item.Find("zz").has_value());
}

TEST(JsonNode, IntegersStayInRange) {
  json document = json::parse("[5, -5, 9223372036854775807, "
                              "9223372036854775808, -9223372036854775808]");
  JsonNode root(document, "f");
  EXPECT_EQ(*root.At(0).Int(0, 5), 5);
  EXPECT_THAT(root.At(0).Int(0, 4), IsInvalid("found 5"));
  EXPECT_THAT(root.At(1).Int(0, 5), IsInvalid("found -5"));
  EXPECT_EQ(*root.At(2).Int(), INT64_MAX);
  EXPECT_THAT(root.At(3).Int(), IsInvalid("found 9223372036854775808"));
  EXPECT_EQ(*root.At(4).Int(), INT64_MIN);
}

TEST(QuoteForMessage, IsShortAndPrintable) {
  EXPECT_EQ(QuoteForMessage("a\"b\n\x1B"), "\"a\\\"b\\n\\u001b\"");
  EXPECT_EQ(QuoteForMessage("\xFFok"), "\"ok\"");
  EXPECT_EQ(QuoteForMessage("é"), "\"é\"");
  EXPECT_LT(QuoteForMessage(std::string(1000, 'x')).size(), 80u);
}

} // namespace
} // namespace dsv4run
