//===- Checkpoint.cpp - Memory-mapped safetensors checkpoints -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Checkpoint/Checkpoint.h"

#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Checkpoint/SafetensorsHeader.h"
#include "dsv4run/Checkpoint/SafetensorsIndex.h"
#include "dsv4run/Support/Json.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

namespace fs = std::filesystem;

struct Checkpoint::Contents {
  std::vector<std::string> files;
  std::map<std::string, std::string> metadata;
  absl::flat_hash_map<std::string, std::shared_ptr<const MappedFile>> mappings;
  std::vector<TensorInfo> tensors; // names as stored
};

namespace {

/// Replaces stored names by canonical ones.
absl::Status Canonicalize(std::vector<TensorInfo> &tensors) {
  absl::flat_hash_map<std::string, std::string> stored_by_canonical;
  for (TensorInfo &tensor : tensors) {
    std::string canonical = CanonicalTensorName(tensor.name);
    auto [it, inserted] = stored_by_canonical.emplace(canonical, tensor.name);
    if (!inserted)
      return absl::InvalidArgumentError(
          absl::StrCat(tensor.file, ": tensors ", QuoteForMessage(it->second),
                       " and ", QuoteForMessage(tensor.name), " are both ",
                       QuoteForMessage(canonical)));
    tensor.name = std::move(canonical);
  }
  return absl::OkStatus();
}

/// The index says that `tensor` is in `file`, or nothing if `file` is empty.
absl::Status IndexMismatch(const std::string &index_path,
                           absl::string_view tensor, absl::string_view file,
                           absl::string_view found) {
  return absl::InvalidArgumentError(absl::StrCat(
      index_path, ": tensor ", QuoteForMessage(tensor), ": ",
      file.empty() ? "not listed" : absl::StrCat("listed in ", file), ", but ",
      found));
}

} // namespace

Checkpoint::Checkpoint(std::string path, Contents contents)
    : TensorSource(std::move(contents.tensors)), path_(std::move(path)),
      files_(std::move(contents.files)),
      metadata_(std::move(contents.metadata)),
      mappings_(std::move(contents.mappings)) {}

absl::StatusOr<std::unique_ptr<Checkpoint>>
Checkpoint::Open(absl::string_view path) {
  std::string name(path);
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) {
    fs::path single = fs::path(name) / "model.safetensors";
    fs::path index = fs::path(name) / std::string(kSafetensorsIndexName);
    if (fs::exists(single, ignored))
      name = single;
    else if (fs::exists(index, ignored))
      name = index;
    else
      return absl::NotFoundError(
          absl::StrCat(path, ": expected model.safetensors or ",
                       kSafetensorsIndexName, " in it, found neither"));
  }
  Contents contents;
  if (absl::EndsWith(name, ".json")) {
    DSV4RUN_RETURN_IF_ERROR(AddShards(name, contents));
    contents.metadata.clear();
  } else {
    DSV4RUN_RETURN_IF_ERROR(AddFile(name, contents));
  }
  DSV4RUN_RETURN_IF_ERROR(Canonicalize(contents.tensors));
  return absl::WrapUnique(
      new Checkpoint(std::string(path), std::move(contents)));
}

absl::Status Checkpoint::AddFile(const std::string &path, Contents &contents) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  DSV4RUN_ASSIGN_OR_RETURN(SafetensorsHeader header,
                           ParseSafetensorsHeader(file.bytes(), path));
  contents.files.push_back(path);
  contents.metadata = std::move(header.metadata);
  contents.mappings.emplace(
      path, std::make_shared<const MappedFile>(std::move(file)));
  contents.tensors.insert(contents.tensors.end(),
                          std::make_move_iterator(header.tensors.begin()),
                          std::make_move_iterator(header.tensors.end()));
  return absl::OkStatus();
}

absl::Status Checkpoint::AddShards(const std::string &index_path,
                                   Contents &contents) {
  DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(index_path));
  DSV4RUN_ASSIGN_OR_RETURN(
      SafetensorsIndex index,
      ParseSafetensorsIndex(
          absl::string_view(reinterpret_cast<const char *>(file.bytes().data()),
                            file.bytes().size()),
          index_path));
  std::set<std::string> shards;
  for (const auto &[tensor, shard] : index.weight_map)
    shards.insert(shard);

  fs::path directory = fs::path(index_path).parent_path();
  absl::flat_hash_set<std::string> found;
  for (const std::string &shard : shards) {
    size_t first = contents.tensors.size();
    absl::Status added = AddFile(directory / shard, contents);
    if (!added.ok())
      return absl::Status(added.code(),
                          absl::StrCat(added.message(), " (a shard listed by ",
                                       index_path, ")"));
    for (size_t i = first; i < contents.tensors.size(); ++i) {
      const std::string &name = contents.tensors[i].name;
      auto listed = index.weight_map.find(name);
      if (listed == index.weight_map.end())
        return IndexMismatch(index_path, name, "",
                             absl::StrCat(shard, " has it"));
      if (listed->second != shard)
        return IndexMismatch(index_path, name, listed->second,
                             absl::StrCat(shard, " has it"));
      found.insert(name);
    }
  }
  for (const auto &[tensor, shard] : index.weight_map)
    if (!found.contains(tensor))
      return IndexMismatch(index_path, tensor, shard,
                           "that file does not have it");
  return absl::OkStatus();
}

absl::StatusOr<TensorView> Checkpoint::Load(const TensorInfo &tensor) const {
  const std::shared_ptr<const MappedFile> &file = mappings_.at(tensor.file);
  TensorView view;
  static_cast<TensorInfo &>(view) = tensor;
  view.data = file->bytes().data() + tensor.offset;
  view.owner = file;
  return view;
}

absl::Status Checkpoint::ReadRange(const TensorInfo &tensor, uint64_t offset,
                                   absl::Span<std::byte> destination) const {
  const MappedFile &file = *mappings_.at(tensor.file);
  std::memcpy(destination.data(), file.bytes().data() + tensor.offset + offset,
              destination.size());
  return absl::OkStatus();
}

} // namespace dsv4run
