//===- SafetensorsIndexTest.cpp - Valid and hostile index files -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsIndex.h"

#include <string>

#include "Support/StatusMatchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsInvalid;
using ::testing::Pair;

TEST(SafetensorsIndex, RoundTrips) {
  SafetensorsIndex index;
  index.weight_map = {{"a.b", "model-00001-of-00002.safetensors"},
                      {"c", "model-00002-of-00002.safetensors"}};
  std::string text = FormatSafetensorsIndex(index, 123);
  EXPECT_NE(text.find("\"total_size\": 123"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(SafetensorsIndex parsed,
                       ParseSafetensorsIndex(text, "i.json"));
  EXPECT_EQ(parsed.weight_map, index.weight_map);
}

TEST(SafetensorsIndex, NeedsNoMetadata) {
  ASSERT_OK_AND_ASSIGN(
      SafetensorsIndex parsed,
      ParseSafetensorsIndex(R"({"weight_map":{"w":"f"}})", "i.json"));
  EXPECT_THAT(parsed.weight_map, ElementsAre(Pair("w", "f")));
}

TEST(SafetensorsIndex, RejectsFilesElsewhere) {
  for (const char *file :
       {"../f", "/etc/passwd", "sub/f", "..", ".", "", "a\\u0000b"})
    EXPECT_THAT(ParseSafetensorsIndex(std::string(R"({"weight_map":{"w":")") +
                                          file + "\"}}",
                                      "i.json"),
                IsInvalid("i.json: /weight_map/w: expected a file name without "
                          "a directory"))
        << file;
}

TEST(SafetensorsIndex, RejectsWrongStructure) {
  EXPECT_THAT(
      ParseSafetensorsIndex("[]", "i.json"),
      IsInvalid("i.json: top level: expected an object, found an array"));
  EXPECT_THAT(ParseSafetensorsIndex("{}", "i.json"),
              IsInvalid("missing key \"weight_map\""));
  EXPECT_THAT(ParseSafetensorsIndex(R"({"weight_map":[]})", "i.json"),
              IsInvalid("/weight_map: expected an object"));
  EXPECT_THAT(ParseSafetensorsIndex(R"({"weight_map":{}})", "i.json"),
              IsInvalid("expected at least one tensor, found none"));
  EXPECT_THAT(ParseSafetensorsIndex(R"({"weight_map":{"w":7}})", "i.json"),
              IsInvalid("/weight_map/w: expected a string, found 7"));
  EXPECT_THAT(
      ParseSafetensorsIndex(R"({"weight_map":{"w":"a","w":"b"}})", "i.json"),
      IsInvalid("duplicate key \"w\""));
}

} // namespace
} // namespace dsv4run
