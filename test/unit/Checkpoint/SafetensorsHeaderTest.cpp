//===- SafetensorsHeaderTest.cpp - Valid and hostile headers --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsHeader.h"

#include <string>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::AsBytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsInvalid;
using testing::Safetensors;

absl::StatusOr<SafetensorsHeader> Parse(const std::string &header,
                                        const std::string &data = "") {
  return ParseSafetensorsHeader(AsBytes(Safetensors(header, data)), "f.st");
}

/// A header with one tensor "w" made of these members.
absl::StatusOr<SafetensorsHeader> ParseTensor(const std::string &members,
                                              const std::string &data = "") {
  return Parse("{\"w\":{" + members + "}}", data);
}

TEST(SafetensorsHeader, ReadsTensorsInFileOrder) {
  std::string header =
      R"({"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},)"
      R"("__metadata__":{"format":"pt"},)"
      R"("a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}  )";
  ASSERT_OK_AND_ASSIGN(SafetensorsHeader parsed, Parse(header, "01234567"));
  EXPECT_EQ(parsed.data_begin, 8 + header.size());
  EXPECT_THAT(parsed.metadata, ElementsAre(std::pair("format", "pt")));
  ASSERT_EQ(parsed.tensors.size(), 2u);
  EXPECT_EQ(parsed.tensors[0].name, "a");
  EXPECT_EQ(parsed.tensors[0].dtype, DType::kF32);
  EXPECT_THAT(parsed.tensors[0].shape, ElementsAre(1));
  EXPECT_EQ(parsed.tensors[0].offset, parsed.data_begin);
  EXPECT_EQ(parsed.tensors[1].name, "b");
  EXPECT_EQ(parsed.tensors[1].bytes, 4u);
  EXPECT_EQ(parsed.tensors[1].elements(), 2u);
  EXPECT_EQ(parsed.tensors[1].offset, parsed.data_begin + 4);
  EXPECT_EQ(parsed.tensors[1].file, "f.st");
}

TEST(SafetensorsHeader, AcceptsScalarsAndEmptyTensors) {
  ASSERT_OK_AND_ASSIGN(
      SafetensorsHeader parsed,
      Parse(R"({"none":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]},)"
            R"("huge":{"dtype":"F32","shape":[9223372036854775808,4,0],)"
            R"("data_offsets":[4,4]},)"
            R"("scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
            "0123"));
  ASSERT_EQ(parsed.tensors.size(), 3u);
  EXPECT_EQ(parsed.tensors[0].name, "none");
  EXPECT_EQ(parsed.tensors[1].name, "scalar");
  EXPECT_THAT(parsed.tensors[1].shape, IsEmpty());
  EXPECT_EQ(parsed.tensors[1].elements(), 1u);
  EXPECT_EQ(parsed.tensors[2].bytes, 0u);
}

TEST(SafetensorsHeader, AcceptsNoTensors) {
  ASSERT_OK_AND_ASSIGN(SafetensorsHeader parsed, Parse("{}"));
  EXPECT_THAT(parsed.tensors, IsEmpty());
}

TEST(SafetensorsHeader, AcceptsUnalignedTensors) {
  EXPECT_OK(Parse(R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},)"
                  R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                  "01234"));
}

TEST(SafetensorsHeader, RejectsShortFiles) {
  EXPECT_THAT(ParseSafetensorsHeader({}, "f.st"),
              IsInvalid("f.st: expected a safetensors file, which has at least "
                        "8 bytes, found 0"));
  EXPECT_THAT(ParseSafetensorsHeader(AsBytes("1234567"), "f.st"),
              IsInvalid("found 7"));
}

TEST(SafetensorsHeader, RejectsHeaderLengths) {
  std::string file = Safetensors("{}");
  file[0] = 3;
  EXPECT_THAT(ParseSafetensorsHeader(AsBytes(file), "f.st"),
              IsInvalid("header length 3 exceeds the 2 bytes that follow"));
  for (int i = 0; i < 8; ++i)
    file[i] = '\xFF';
  EXPECT_THAT(ParseSafetensorsHeader(AsBytes(file), "f.st"),
              IsInvalid("header length 18446744073709551615 exceeds the "
                        "format's limit of 100000000"));
  uint64_t length = kMaxSafetensorsHeaderBytes + 1;
  std::memcpy(file.data(), &length, sizeof(length));
  EXPECT_THAT(ParseSafetensorsHeader(AsBytes(file), "f.st"),
              IsInvalid("header length 100000001 exceeds the format's limit"));
}

TEST(SafetensorsHeader, RejectsWhatIsNotAnObject) {
  for (const char *header : {"[]", "1", "-1", "1.5", "null", "true", "\"x\""})
    EXPECT_THAT(Parse(header), IsInvalid("expected a JSON object")) << header;
}

TEST(SafetensorsHeader, RejectsInvalidJson) {
  for (const char *header : {"", "{", "{}}", "{\"a\"", "{}x", "{,}", "\0"})
    EXPECT_THAT(Parse(header), IsInvalid("header is not valid JSON")) << header;
  EXPECT_THAT(Parse("{\"\xC3(\":1}"), IsInvalid("ill-formed UTF-8"));
  EXPECT_THAT(Parse("{\"\xED\xA0\x80\":1}"), IsInvalid("ill-formed UTF-8"));
}

TEST(SafetensorsHeader, SurvivesDeepNesting) {
  std::string open(1'000'000, '[');
  EXPECT_THAT(Parse(open), IsInvalid("found an array"));
  EXPECT_THAT(Parse("{\"w\":" + open), IsInvalid("expected an object"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"w\":";
  EXPECT_THAT(Parse(objects), IsInvalid("unknown key"));
}

TEST(SafetensorsHeader, RejectsUnknownDTypes) {
  for (const char *dtype : {"F8_E4M3FNUZ", "F4", "bf16", "", "C64"})
    EXPECT_THAT(ParseTensor(std::string("\"dtype\":\"") + dtype +
                            "\",\"shape\":[0],\"data_offsets\":[0,0]"),
                IsInvalid(std::string("f.st: tensor \"w\": unknown dtype \"") +
                          dtype + "\""));
}

TEST(SafetensorsHeader, RejectsWrongMemberTypes) {
  EXPECT_THAT(ParseTensor("\"dtype\":1"),
              IsInvalid("tensor \"w\": dtype: expected a string, found 1"));
  EXPECT_THAT(
      ParseTensor("\"shape\":\"x\""),
      IsInvalid("shape: expected an array of unsigned integers, found"));
  EXPECT_THAT(ParseTensor("\"shape\":{}"), IsInvalid("found an object"));
  EXPECT_THAT(ParseTensor("\"shape\":[-1]"),
              IsInvalid("shape: expected unsigned 64-bit integers, found -1"));
  EXPECT_THAT(ParseTensor("\"shape\":[1.0]"), IsInvalid("found 1.0"));
  EXPECT_THAT(ParseTensor("\"shape\":[18446744073709551616]"),
              IsInvalid("found 18446744073709551616"));
  EXPECT_THAT(ParseTensor("\"shape\":[[1]]"), IsInvalid("found an array"));
  EXPECT_THAT(ParseTensor("\"shape\":[null]"), IsInvalid("found null"));
  EXPECT_THAT(ParseTensor("\"data_offsets\":[0,true]"),
              IsInvalid("data_offsets: expected unsigned 64-bit integers, "
                        "found a boolean"));
  EXPECT_THAT(Parse("{\"w\":[]}"), IsInvalid("expected an object"));
  EXPECT_THAT(Parse("{\"__metadata__\":{\"k\":1}}"),
              IsInvalid("\"k\": expected a string, found 1"));
  EXPECT_THAT(Parse("{\"__metadata__\":{\"k\":{}}}"),
              IsInvalid("expected a string"));
}

TEST(SafetensorsHeader, RejectsMissingAndExtraMembers) {
  EXPECT_THAT(ParseTensor(""), IsInvalid("missing key \"dtype\""));
  EXPECT_THAT(ParseTensor("\"dtype\":\"I8\",\"data_offsets\":[0,0]"),
              IsInvalid("missing key \"shape\""));
  EXPECT_THAT(ParseTensor("\"dtype\":\"I8\",\"shape\":[0]"),
              IsInvalid("missing key \"data_offsets\""));
  EXPECT_THAT(ParseTensor("\"strides\":[1]"),
              IsInvalid("unknown key \"strides\""));
  EXPECT_THAT(
      ParseTensor("\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0]", "x"),
      IsInvalid("expected two data_offsets, found 1"));
  EXPECT_THAT(ParseTensor("\"data_offsets\":[0,0,0]"),
              IsInvalid("more than two elements"));
  EXPECT_THAT(ParseTensor("\"shape\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"),
              IsInvalid("more than 16 dimensions"));
}

TEST(SafetensorsHeader, RejectsDuplicates) {
  std::string w = R"("w":{"dtype":"I8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(Parse("{" + w + "," + w + "}"),
              IsInvalid("tensor \"w\": the name appears twice"));
  EXPECT_THAT(ParseTensor("\"dtype\":\"I8\",\"dtype\":\"I8\""),
              IsInvalid("duplicate key \"dtype\""));
  EXPECT_THAT(Parse(R"({"__metadata__":{"k":"1","k":"2"}})"),
              IsInvalid("duplicate key \"k\""));
}

TEST(SafetensorsHeader, RejectsWrongSizes) {
  EXPECT_THAT(
      ParseTensor(R"("dtype":"F32","shape":[2,3],"data_offsets":[0,20])",
                  std::string(20, 'x')),
      IsInvalid("F32 [2, 3] has 24 bytes, but data_offsets [0, 20] span 20"));
  EXPECT_THAT(ParseTensor(R"("dtype":"I8","shape":[1],"data_offsets":[2,1])"),
              IsInvalid("data_offsets [2, 1] end before they begin"));
}

TEST(SafetensorsHeader, RejectsProductsBeyond64Bits) {
  // 2^63 * 2 and 2^32 * 2^32 wrap to zero, 2^62 F32 elements likewise.
  for (const char *shape : {"[9223372036854775808,2]",
                            "[4294967296,4294967296]", "[4611686018427387904]"})
    EXPECT_THAT(ParseTensor(std::string("\"dtype\":\"F32\",\"shape\":") +
                            shape + ",\"data_offsets\":[0,0]"),
                IsInvalid("exceeds 64 bits"))
        << shape;
}

TEST(SafetensorsHeader, RejectsOverlap) {
  EXPECT_THAT(
      Parse(R"({"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},)"
            R"("b":{"dtype":"I8","shape":[4],"data_offsets":[3,7]}})",
            "0123456"),
      IsInvalid("tensor \"b\": data offset 3 overlaps the tensor before "
                "it, which ends at 4"));
  EXPECT_THAT(Parse(R"({"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},)"
                    R"("b":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}})",
                    "0123"),
              IsInvalid("overlaps"));
}

TEST(SafetensorsHeader, RejectsHoles) {
  EXPECT_THAT(
      ParseTensor(R"("dtype":"I8","shape":[1],"data_offsets":[1,2])", "xx"),
      IsInvalid("data offset 1 leaves 1 unused bytes before it"));
  EXPECT_THAT(
      ParseTensor(R"("dtype":"I8","shape":[1],"data_offsets":[0,1])", "xx"),
      IsInvalid("the tensors end at data offset 1, but the file has 2 "
                "bytes of data"));
}

TEST(SafetensorsHeader, RejectsTruncatedData) {
  EXPECT_THAT(
      ParseTensor(R"("dtype":"I8","shape":[4],"data_offsets":[0,4])", "xyz"),
      IsInvalid("ends at data offset 4, but the file has only 3 bytes "
                "of data: it is truncated"));
  EXPECT_THAT(ParseTensor(R"("dtype":"I8","shape":[18446744073709551615],)"
                          R"("data_offsets":[0,18446744073709551615])",
                          "xyz"),
              IsInvalid("it is truncated"));
}

TEST(SafetensorsHeader, MessagesStayShortAndPrintable) {
  absl::Status status =
      Parse("{\"" + std::string(5000, 'n') + "\\u0007\":1}").status();
  EXPECT_LT(status.message().size(), 200u);
  EXPECT_EQ(status.message().find('\x07'), absl::string_view::npos);
}

} // namespace
} // namespace dsv4run
