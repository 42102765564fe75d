//===- SafetensorsHeader.cpp - The header of a safetensors file -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsHeader.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

// No tensor has more dimensions; the limit bounds memory per header byte.
constexpr size_t kMaxRank = 16;

/// Collects tensors while the JSON is read, so that a hostile header needs no
/// memory beyond its own size and the parser's stack depth is constant.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
public:
  HeaderReader(absl::string_view path, SafetensorsHeader &header)
      : path_(path), header_(header) {}

  absl::Status status() const { return status_; }

  bool null() override { return Unexpected("null"); }
  bool boolean(bool) override { return Unexpected("a boolean"); }
  bool number_float(number_float_t, const string_t &text) override {
    return Unexpected(text);
  }
  bool number_integer(number_integer_t value) override {
    return Unexpected(absl::StrCat(value));
  }
  bool binary(binary_t &) override { return Unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::kShape) {
      if (tensor_.shape.size() == kMaxRank)
        return Fail(
            absl::StrCat("shape has more than ", kMaxRank, " dimensions"));
      tensor_.shape.push_back(value);
      return true;
    }
    if (state_ == State::kOffsets) {
      if (offsets_seen_ == 2)
        return Fail("data_offsets has more than two elements");
      offsets_[offsets_seen_++] = value;
      return true;
    }
    return Unexpected(absl::StrCat(value));
  }

  bool string(string_t &value) override {
    if (state_ == State::kMetadata) {
      header_.metadata[key_] = std::move(value);
      return true;
    }
    if (state_ == State::kTensor && key_ == "dtype") {
      std::optional<DType> dtype = DTypeFromName(value);
      if (!dtype)
        return Fail(absl::StrCat("unknown dtype ", QuoteForMessage(value)));
      tensor_.dtype = *dtype;
      return true;
    }
    return Unexpected(QuoteForMessage(value));
  }

  bool start_object(size_t) override {
    if (state_ == State::kStart) {
      state_ = State::kTop;
      return true;
    }
    if (state_ != State::kTop)
      return Unexpected("an object");
    if (tensor_.name == "__metadata__") {
      state_ = State::kMetadata;
      return true;
    }
    state_ = State::kTensor;
    tensor_.shape.clear();
    offsets_seen_ = 0;
    has_dtype_ = has_shape_ = has_offsets_ = false;
    return true;
  }

  bool end_object() override {
    if (state_ == State::kTop) {
      state_ = State::kEnd;
      return true;
    }
    if (state_ == State::kTensor && !FinishTensor())
      return false;
    state_ = State::kTop;
    return true;
  }

  bool start_array(size_t) override {
    if (state_ == State::kTensor && key_ == "shape")
      state_ = State::kShape;
    else if (state_ == State::kTensor && key_ == "data_offsets")
      state_ = State::kOffsets;
    else
      return Unexpected("an array");
    return true;
  }

  bool end_array() override {
    state_ = State::kTensor;
    return true;
  }

  bool key(string_t &name) override {
    if (state_ == State::kTop) {
      tensor_.name = name;
      if (!names_.insert(std::move(name)).second)
        return Fail("the name appears twice");
      return true;
    }
    key_ = std::move(name);
    if (state_ == State::kMetadata)
      return header_.metadata.count(key_) == 0 ||
             Fail(absl::StrCat("duplicate key ", QuoteForMessage(key_)));
    bool *seen = key_ == "dtype"          ? &has_dtype_
                 : key_ == "shape"        ? &has_shape_
                 : key_ == "data_offsets" ? &has_offsets_
                                          : nullptr;
    if (!seen)
      return Fail(absl::StrCat("unknown key ", QuoteForMessage(key_)));
    if (std::exchange(*seen, true))
      return Fail(absl::StrCat("duplicate key ", QuoteForMessage(key_)));
    return true;
  }

  bool parse_error(size_t position, const std::string &,
                   const nlohmann::detail::exception &error) override {
    status_ = absl::InvalidArgumentError(
        absl::StrCat(path_, ": header is not valid JSON at file offset ",
                     position + 8, ": ", error.what()));
    return false;
  }

private:
  enum class State { kStart, kTop, kTensor, kShape, kOffsets, kMetadata, kEnd };

  bool FinishTensor() {
    if (!has_dtype_ || !has_shape_ || !has_offsets_)
      return Fail(absl::StrCat("missing key \"",
                               !has_dtype_   ? "dtype"
                               : !has_shape_ ? "shape"
                                             : "data_offsets",
                               "\""));
    if (offsets_seen_ != 2)
      return Fail(
          absl::StrCat("expected two data_offsets, found ", offsets_seen_));
    const auto [begin, end] = offsets_;
    if (begin > end)
      return Fail(absl::StrCat("data_offsets [", begin, ", ", end,
                               "] end before they begin"));
    std::optional<uint64_t> bytes = CheckedProduct(tensor_.shape);
    if (bytes)
      bytes = CheckedMultiply(*bytes, SizeOf(tensor_.dtype));
    if (!bytes)
      return Fail(absl::StrCat("the size of shape ", FormatShape(tensor_.shape),
                               " exceeds 64 bits"));
    if (*bytes != end - begin)
      return Fail(absl::StrCat(NameOf(tensor_.dtype), " ",
                               FormatShape(tensor_.shape), " has ", *bytes,
                               " bytes, but data_offsets [", begin, ", ", end,
                               "] span ", end - begin));
    tensor_.bytes = *bytes;
    tensor_.offset = begin;
    header_.tensors.push_back(tensor_);
    return true;
  }

  bool Unexpected(absl::string_view found) {
    switch (state_) {
    case State::kStart:
    case State::kEnd:
      status_ = absl::InvalidArgumentError(absl::StrCat(
          path_, ": header: expected a JSON object, found ", found));
      return false;
    case State::kTop:
      return Fail(absl::StrCat("expected an object, found ", found));
    case State::kTensor: {
      absl::string_view expected =
          key_ == "dtype" ? "a string" : "an array of unsigned integers";
      return Fail(
          absl::StrCat(key_, ": expected ", expected, ", found ", found));
    }
    case State::kShape:
    case State::kOffsets:
      return Fail(absl::StrCat(key_, ": expected unsigned 64-bit integers, ",
                               "found ", found));
    case State::kMetadata:
      return Fail(absl::StrCat(QuoteForMessage(key_),
                               ": expected a string, found ", found));
    }
    return false;
  }

  bool Fail(absl::string_view message) {
    status_ = absl::InvalidArgumentError(absl::StrCat(
        path_, ": tensor ", QuoteForMessage(tensor_.name), ": ", message));
    return false;
  }

  absl::string_view path_;
  SafetensorsHeader &header_;
  absl::flat_hash_set<std::string> names_;
  State state_ = State::kStart;
  TensorInfo tensor_;
  std::string key_;
  uint64_t offsets_[2] = {0, 0};
  int offsets_seen_ = 0;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  absl::Status status_;
};

/// Checks that the tensors, whose offsets still count from the data section's
/// start, lie end to end and fill the data section.
absl::Status CheckCoverage(const SafetensorsHeader &header, uint64_t data_bytes,
                           absl::string_view path) {
  uint64_t expected = 0;
  for (const TensorInfo &tensor : header.tensors) {
    auto fail = [&](absl::string_view problem) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": tensor ", QuoteForMessage(tensor.name), ": ", problem));
    };
    if (tensor.offset < expected)
      return fail(absl::StrCat("data offset ", tensor.offset,
                               " overlaps the tensor before it, which ends at ",
                               expected));
    if (tensor.offset > expected)
      return fail(absl::StrCat("data offset ", tensor.offset, " leaves ",
                               tensor.offset - expected,
                               " unused bytes before it"));
    expected = tensor.offset + tensor.bytes;
    if (expected > data_bytes)
      return fail(absl::StrCat("ends at data offset ", expected,
                               ", but the file has only ", data_bytes,
                               " bytes of data: it is truncated"));
  }
  if (expected != data_bytes)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the tensors end at data offset ", expected,
                     ", but the file has ", data_bytes, " bytes of data"));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<SafetensorsHeader>
ParseSafetensorsHeader(absl::Span<const std::byte> file,
                       absl::string_view path) {
  uint64_t length;
  if (file.size() < sizeof(length))
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a safetensors file, which has at least ",
                     sizeof(length), " bytes, found ", file.size()));
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > kMaxSafetensorsHeaderBytes)
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": header length ", length, " exceeds the format's limit of ",
        kMaxSafetensorsHeaderBytes, ": this is no safetensors file"));
  if (length > file.size() - sizeof(length))
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": header length ", length, " exceeds the ",
        file.size() - sizeof(length), " bytes that follow: it is truncated"));

  SafetensorsHeader header;
  header.data_begin = sizeof(length) + length;
  const char *text = reinterpret_cast<const char *>(file.data()) + 8;
  HeaderReader reader(path, header);
  bool parsed = nlohmann::json::sax_parse(text, text + length, &reader);
  DSV4RUN_RETURN_IF_ERROR(reader.status());
  if (!parsed)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": header is not valid JSON"));

  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorInfo &a, const TensorInfo &b) {
              return std::tie(a.offset, a.bytes, a.name) <
                     std::tie(b.offset, b.bytes, b.name);
            });
  DSV4RUN_RETURN_IF_ERROR(
      CheckCoverage(header, file.size() - header.data_begin, path));
  for (TensorInfo &tensor : header.tensors) {
    tensor.file = std::string(path);
    tensor.offset += header.data_begin;
  }
  return header;
}

} // namespace dsv4run
