//===- SafetensorsWriter.cpp - Streaming safetensors output ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/SafetensorsWriter.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/SafetensorsHeader.h"
#include "dsv4run/Support/CheckedMath.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

/// Sorts the tensors into file order and sets their offsets, counted from the
/// data section's start.
absl::StatusOr<std::vector<TensorInfo>> LayOut(absl::string_view path,
                                               std::vector<TensorSpec> specs) {
  std::sort(specs.begin(), specs.end(),
            [](const TensorSpec &a, const TensorSpec &b) {
              return std::tie(b.dtype, a.name) < std::tie(a.dtype, b.name);
            });
  std::vector<TensorInfo> tensors;
  tensors.reserve(specs.size());
  uint64_t offset = 0;
  for (TensorSpec &spec : specs) {
    TensorInfo &tensor = tensors.emplace_back();
    tensor.name = std::move(spec.name);
    tensor.dtype = spec.dtype;
    tensor.shape = std::move(spec.shape);
    tensor.file = std::string(path);
    tensor.offset = offset;
    std::optional<uint64_t> bytes = CheckedProduct(tensor.shape);
    if (bytes)
      bytes = CheckedMultiply(*bytes, SizeOf(tensor.dtype));
    std::optional<uint64_t> end =
        bytes ? CheckedAdd(offset, *bytes) : std::nullopt;
    // Files cannot be larger than off_t.
    if (!end || *end > INT64_MAX - kMaxSafetensorsHeaderBytes - 8)
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": tensor ", QuoteForMessage(tensor.name), " ",
          FormatShape(tensor.shape), ": the file's size exceeds 63 bits"));
    tensor.bytes = *bytes;
    offset = *end;
  }
  return tensors;
}

std::string FormatHeader(const std::vector<TensorInfo> &tensors,
                         const std::map<std::string, std::string> &metadata) {
  // Ordered, so that the text lists the tensors as they lie in the file.
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  using Members = nlohmann::ordered_json::object_t;
  auto &members = header.get_ref<Members &>();
  members.reserve(tensors.size() + 1);
  if (!metadata.empty())
    members.Container::emplace_back("__metadata__", metadata);
  for (const TensorInfo &tensor : tensors) {
    nlohmann::ordered_json entry;
    entry["dtype"] = std::string(NameOf(tensor.dtype));
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {tensor.offset, tensor.offset + tensor.bytes};
    // Not operator[]: its linear search would make this quadratic.
    members.Container::emplace_back(tensor.name, std::move(entry));
  }
  std::string text =
      header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

} // namespace

SafetensorsWriter::SafetensorsWriter(AtomicFile file,
                                     std::vector<TensorInfo> tensors)
    : file_(std::move(file)), tensors_(std::move(tensors)),
      written_(tensors_.size()) {
  for (size_t i = 0; i < tensors_.size(); ++i)
    index_by_name_.emplace(tensors_[i].name, i);
}

absl::StatusOr<std::unique_ptr<SafetensorsWriter>>
SafetensorsWriter::Create(absl::string_view path,
                          std::vector<TensorSpec> tensors,
                          const std::map<std::string, std::string> &metadata,
                          AtomicFile::Existing existing) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<TensorInfo> layout,
                           LayOut(path, std::move(tensors)));
  std::string header = FormatHeader(layout, metadata);
  if (header.size() > kMaxSafetensorsHeaderBytes)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", layout.size(), " tensors need a header of ",
                     header.size(), " bytes, more than the format's ",
                     kMaxSafetensorsHeaderBytes, ": use shards"));
  for (TensorInfo &tensor : layout)
    tensor.offset += 8 + header.size();

  DSV4RUN_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, existing));
  auto writer = absl::WrapUnique(
      new SafetensorsWriter(std::move(file), std::move(layout)));
  if (writer->index_by_name_.size() != writer->tensors_.size())
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": two tensors have the same name"));
  if (writer->index_by_name_.contains("__metadata__"))
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": \"__metadata__\" is no tensor name"));

  uint64_t length = header.size();
  char prefix[sizeof(length)];
  std::memcpy(prefix, &length, sizeof(length));
  DSV4RUN_RETURN_IF_ERROR(
      writer->file_.WriteAt(0, absl::string_view(prefix, sizeof(prefix))));
  DSV4RUN_RETURN_IF_ERROR(writer->file_.WriteAt(sizeof(prefix), header));
  return writer;
}

absl::Status SafetensorsWriter::Write(absl::string_view name,
                                      absl::Span<const std::byte> bytes) {
  auto it = index_by_name_.find(name);
  if (it == index_by_name_.end())
    return absl::NotFoundError(absl::StrCat(
        file_.path(), ": no tensor ", QuoteForMessage(name), " was announced"));
  if (bytes.size() != tensors_[it->second].bytes)
    return absl::InvalidArgumentError(absl::StrCat(
        file_.path(), ": tensor ", QuoteForMessage(name), ": expected ",
        tensors_[it->second].bytes, " bytes, found ", bytes.size()));
  return WriteRange(it->second, 0, bytes);
}

absl::Status SafetensorsWriter::WriteRange(size_t index, uint64_t offset,
                                           absl::Span<const std::byte> bytes) {
  const TensorInfo &tensor = tensors_[index];
  if (offset > tensor.bytes || bytes.size() > tensor.bytes - offset)
    return absl::OutOfRangeError(absl::StrCat(
        file_.path(), ": tensor ", QuoteForMessage(tensor.name), " has ",
        tensor.bytes, " bytes, given ", bytes.size(), " for offset ", offset));
  DSV4RUN_RETURN_IF_ERROR(file_.WriteAt(tensor.offset + offset, bytes));
  written_[index] += bytes.size();
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::Finish() {
  for (size_t i = 0; i < tensors_.size(); ++i)
    if (written_[i] != tensors_[i].bytes)
      return absl::FailedPreconditionError(absl::StrCat(
          file_.path(), ": tensor ", QuoteForMessage(tensors_[i].name), ": ",
          written_[i].load(), " of ", tensors_[i].bytes, " bytes written"));
  return file_.Commit();
}

} // namespace dsv4run
