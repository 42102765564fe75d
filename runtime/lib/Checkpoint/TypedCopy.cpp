//===- TypedCopy.cpp - Tensors as vectors of numbers ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/TypedCopy.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/NumberFormats.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

template <typename Stored, typename Result, typename Convert>
std::vector<Result> ConvertElements(const TensorView &tensor, Convert convert) {
  std::vector<Result> result(tensor.elements());
  for (uint64_t i = 0; i < result.size(); ++i)
    result[i] = convert(LoadElement<Stored>(tensor, i));
  return result;
}

absl::Status WrongDType(const TensorView &tensor, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(tensor.file, ": tensor ", QuoteForMessage(tensor.name),
                   ": expected ", expected, ", found ", NameOf(tensor.dtype)));
}

absl::Status TooLarge(const TensorView &tensor, uint64_t index, int bits) {
  return absl::OutOfRangeError(absl::StrCat(
      tensor.file, ": tensor ", QuoteForMessage(tensor.name), ": element ",
      index, " does not fit a signed ", bits, "-bit integer"));
}

} // namespace

absl::StatusOr<std::vector<float>> ToFloats(const TensorView &tensor) {
  switch (tensor.dtype) {
  case DType::kF32:
    return ConvertElements<float, float>(tensor, [](float x) { return x; });
  case DType::kBF16:
    return ConvertElements<uint16_t, float>(tensor, FloatFromBf16);
  case DType::kF16:
    return ConvertElements<uint16_t, float>(tensor, FloatFromFp16);
  case DType::kF8E4M3:
    return ConvertElements<uint8_t, float>(tensor, FloatFromE4m3Fn);
  case DType::kF8E5M2:
    return ConvertElements<uint8_t, float>(tensor, FloatFromE5m2);
  case DType::kF8E8M0:
    return ConvertElements<uint8_t, float>(tensor, FloatFromE8m0);
  default:
    return WrongDType(tensor, "a float type of at most 32 bits");
  }
}

absl::StatusOr<std::vector<int64_t>> ToInt64s(const TensorView &tensor) {
  auto widen = [](auto x) { return static_cast<int64_t>(x); };
  switch (tensor.dtype) {
  case DType::kI8:
    return ConvertElements<int8_t, int64_t>(tensor, widen);
  case DType::kU8:
    return ConvertElements<uint8_t, int64_t>(tensor, widen);
  case DType::kI16:
    return ConvertElements<int16_t, int64_t>(tensor, widen);
  case DType::kU16:
    return ConvertElements<uint16_t, int64_t>(tensor, widen);
  case DType::kI32:
    return ConvertElements<int32_t, int64_t>(tensor, widen);
  case DType::kU32:
    return ConvertElements<uint32_t, int64_t>(tensor, widen);
  case DType::kI64:
    return ConvertElements<int64_t, int64_t>(tensor, widen);
  case DType::kU64:
    for (uint64_t i = 0; i < tensor.elements(); ++i)
      if (LoadElement<uint64_t>(tensor, i) > INT64_MAX)
        return TooLarge(tensor, i, 64);
    return ConvertElements<uint64_t, int64_t>(tensor, widen);
  default:
    return WrongDType(tensor, "an integer type");
  }
}

absl::StatusOr<std::vector<int32_t>> ToInt32s(const TensorView &tensor) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<int64_t> wide, ToInt64s(tensor));
  for (uint64_t i = 0; i < wide.size(); ++i)
    if (wide[i] < INT32_MIN || wide[i] > INT32_MAX)
      return TooLarge(tensor, i, 32);
  return std::vector<int32_t>(wide.begin(), wide.end());
}

absl::StatusOr<std::vector<float>> Fp4ToFloats(const TensorView &tensor) {
  if (tensor.dtype != DType::kI8)
    return WrongDType(tensor, "I8 with two FP4 codes a byte");
  std::vector<float> result(2 * tensor.bytes);
  for (uint64_t i = 0; i < tensor.bytes; ++i) {
    uint8_t pair = LoadElement<uint8_t>(tensor, i);
    result[2 * i] = FloatFromE2m1(pair & 15);
    result[2 * i + 1] = FloatFromE2m1(pair >> 4);
  }
  return result;
}

} // namespace dsv4run
