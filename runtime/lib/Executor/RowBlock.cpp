//===- RowBlock.cpp - Rows of a program's input or output on the host -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/RowBlock.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "dsv4run/Support/NumberFormats.h"

namespace dsv4run {
namespace {

template <typename T>
RowBlock Make(std::string element, int64_t rows, int64_t columns,
              absl::Span<const T> values) {
  RowBlock block;
  block.element = std::move(element);
  block.rows = rows;
  block.columns = columns;
  block.data.resize(values.size() * sizeof(T));
  if (!values.empty())
    std::memcpy(block.data.data(), values.data(), block.data.size());
  return block;
}

template <typename T>
std::vector<T> Elements(const RowBlock &block) {
  std::vector<T> values(block.data.size() / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), block.data.data(), values.size() * sizeof(T));
  return values;
}

} // namespace

RowBlock RowBlock::FromFloats(int64_t rows, int64_t columns,
                              absl::Span<const float> values) {
  return Make("f32", rows, columns, values);
}

RowBlock RowBlock::Bf16(int64_t rows, int64_t columns,
                        absl::Span<const float> values) {
  std::vector<uint16_t> codes(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    codes[i] = Bf16FromFloat(values[i]);
  return Make<uint16_t>("bf16", rows, columns, codes);
}

RowBlock RowBlock::Int32(int64_t rows, int64_t columns,
                         absl::Span<const int32_t> values) {
  return Make("i32", rows, columns, values);
}

RowBlock RowBlock::Rows(int64_t first, int64_t count) const {
  RowBlock part;
  part.element = element;
  part.rows = count;
  part.columns = columns;
  auto begin = data.begin() + first * row_bytes();
  part.data.assign(begin, begin + count * row_bytes());
  return part;
}

size_t RowBlock::element_bytes() const {
  if (element == "bf16")
    return 2;
  return element == "f32" || element == "i32" ? 4 : 0;
}

absl::StatusOr<std::vector<float>> RowBlock::ToFloats() const {
  if (element == "f32")
    return Elements<float>(*this);
  if (element != "bf16")
    return absl::InvalidArgumentError(
        absl::StrCat("expected elements f32 or bf16, found ", element));
  std::vector<uint16_t> codes = Elements<uint16_t>(*this);
  std::vector<float> values(codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    values[i] = FloatFromBf16(codes[i]);
  return values;
}

absl::StatusOr<std::vector<int32_t>> RowBlock::ToInts() const {
  if (element != "i32")
    return absl::InvalidArgumentError(
        absl::StrCat("expected elements i32, found ", element));
  return Elements<int32_t>(*this);
}

} // namespace dsv4run
