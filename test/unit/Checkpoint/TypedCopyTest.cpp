//===- TypedCopyTest.cpp - Conversion to host numbers ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/TypedCopy.h"

#include <cmath>
#include <string>

#include "Support/StatusMatchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsInvalid;

/// A one-dimensional tensor over `bytes`, placed at an odd address.
class Tensor {
public:
  Tensor(DType dtype, const std::string &bytes) : storage_("?" + bytes) {
    view_.name = "w";
    view_.file = "f";
    view_.dtype = dtype;
    view_.bytes = bytes.size();
    view_.shape = {view_.elements()};
    view_.data = reinterpret_cast<const std::byte *>(storage_.data()) + 1;
  }
  operator const TensorView &() const { return view_; }

private:
  std::string storage_;
  TensorView view_;
};

using namespace std::string_literals;

TEST(TypedCopy, Floats) {
  EXPECT_THAT(*ToFloats(Tensor(DType::kF32, "\0\0\x80\x3F\0\0\0\xC0"s)),
              ElementsAre(1.0f, -2.0f));
  EXPECT_THAT(*ToFloats(Tensor(DType::kBF16, "\x80\x3F\x00\xC0"s)),
              ElementsAre(1.0f, -2.0f));
  EXPECT_THAT(*ToFloats(Tensor(DType::kF16, "\x00\x3C\x00\xC0"s)),
              ElementsAre(1.0f, -2.0f));
  EXPECT_THAT(*ToFloats(Tensor(DType::kF8E4M3, "\x38\x7E\xB8"s)),
              ElementsAre(1.0f, 448.0f, -1.0f));
  EXPECT_THAT(*ToFloats(Tensor(DType::kF8E5M2, "\x3C\x7B"s)),
              ElementsAre(1.0f, 57344.0f));
  EXPECT_THAT(*ToFloats(Tensor(DType::kF8E8M0, "\x7F\x80\x00"s)),
              ElementsAre(1.0f, 2.0f, std::ldexp(1.0f, -127)));
}

TEST(TypedCopy, Fp4LowNibbleIsTheEvenColumn) {
  EXPECT_THAT(*Fp4ToFloats(Tensor(DType::kI8, "\x21\xF7"s)),
              ElementsAre(0.5f, 1.0f, 6.0f, -6.0f));
}

TEST(TypedCopy, Integers) {
  EXPECT_THAT(*ToInt64s(Tensor(DType::kI8, "\x80\x7F"s)),
              ElementsAre(-128, 127));
  EXPECT_THAT(*ToInt64s(Tensor(DType::kU8, "\x80"s)), ElementsAre(128));
  EXPECT_THAT(*ToInt64s(Tensor(DType::kI16, "\xFE\xFF"s)), ElementsAre(-2));
  EXPECT_THAT(*ToInt64s(Tensor(DType::kU16, "\xFE\xFF"s)), ElementsAre(65534));
  EXPECT_THAT(*ToInt32s(Tensor(DType::kI32, "\xFF\xFF\xFF\xFF"s)),
              ElementsAre(-1));
  EXPECT_THAT(*ToInt64s(Tensor(DType::kU32, "\xFF\xFF\xFF\xFF"s)),
              ElementsAre(4294967295));
  EXPECT_THAT(*ToInt64s(Tensor(DType::kI64, std::string(8, '\xFF'))),
              ElementsAre(-1));
}

TEST(TypedCopy, RejectsValuesThatDoNotFit) {
  EXPECT_THAT(ToInt64s(Tensor(DType::kU64, std::string(8, '\xFF'))),
              IsError(absl::StatusCode::kOutOfRange,
                      "f: tensor \"w\": element 0 does not fit a signed 64-bit "
                      "integer"));
  EXPECT_THAT(ToInt32s(Tensor(DType::kU32, "\0\0\0\0\0\0\0\x80"s)),
              IsError(absl::StatusCode::kOutOfRange,
                      "element 1 does not fit a signed 32-bit"));
}

TEST(TypedCopy, RejectsOtherTypes) {
  EXPECT_THAT(ToFloats(Tensor(DType::kI32, "1234")),
              IsInvalid("f: tensor \"w\": expected a float type of at most 32 "
                        "bits, found I32"));
  EXPECT_THAT(ToFloats(Tensor(DType::kF64, "12345678")), IsInvalid("F64"));
  EXPECT_THAT(ToInt64s(Tensor(DType::kF32, "1234")),
              IsInvalid("expected an integer type, found F32"));
  EXPECT_THAT(Fp4ToFloats(Tensor(DType::kU8, "1")),
              IsInvalid("expected I8 with two FP4 codes a byte, found U8"));
}

} // namespace
} // namespace dsv4run
