//===- WriteCheckpoint.cpp - Synthetic checkpoints on disk ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Synthetic/WriteCheckpoint.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Checkpoint/SafetensorsIndex.h"
#include "dsv4run/Checkpoint/SafetensorsWriter.h"
#include "dsv4run/Support/AtomicFile.h"
#include "dsv4run/Support/ProgressBar.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Synthetic/SyntheticWeights.h"

namespace dsv4run {
namespace {

namespace fs = std::filesystem;

constexpr auto kKeep = AtomicFile::Existing::kKeep;
constexpr uint64_t kPieceBytes = 1 << 20;

/// File name to the tensors in it.
using Files = std::map<std::string, std::vector<TensorSpec>>;

Files AssignFiles(std::vector<ModelTensor> tensors, bool single_file) {
  Files files;
  uint64_t shards = tensors.back().shard + 1;
  for (ModelTensor &tensor : tensors) {
    std::string file = single_file
                           ? "model.safetensors"
                           : absl::StrFormat("model-%05d-of-%05d.safetensors",
                                             tensor.shard + 1, shards);
    files[file].push_back(std::move(tensor));
  }
  return files;
}

absl::Status RefuseToOverwrite(const fs::path &directory, const Files &files) {
  std::vector<std::string> names = {"config.json", "model.safetensors",
                                    std::string(kSafetensorsIndexName)};
  for (const auto &[file, tensors] : files)
    names.push_back(file);
  std::error_code ignored;
  for (const std::string &name : names)
    if (fs::exists(directory / name, ignored))
      return absl::AlreadyExistsError(absl::StrCat(
          (directory / name).string(), " exists and will not be overwritten"));
  return absl::OkStatus();
}

absl::Status WriteOneFile(const std::string &path,
                          std::vector<TensorSpec> tensors,
                          const TensorSource &source, ThreadPool &pool,
                          ProgressBar &progress) {
  DSV4RUN_ASSIGN_OR_RETURN(
      auto writer, SafetensorsWriter::Create(path, std::move(tensors),
                                             {{"format", "pt"}}, kKeep));
  // Pieces of all tensors in one loop keep every worker busy: the file may hold
  // thousands of small ones.
  struct Piece {
    size_t tensor;
    uint64_t offset, bytes;
  };
  std::vector<Piece> pieces;
  for (size_t i = 0; i < writer->tensors().size(); ++i)
    for (uint64_t offset = 0; offset < writer->tensors()[i].bytes;
         offset += kPieceBytes)
      pieces.push_back(
          {i, offset,
           std::min(kPieceBytes, writer->tensors()[i].bytes - offset)});
  std::vector<std::vector<std::byte>> buffers(
      pool.size(), std::vector<std::byte>(kPieceBytes));
  DSV4RUN_RETURN_IF_ERROR(pool.TryParallelFor(
      pieces.size(), 1, [&](uint64_t index, uint64_t) -> absl::Status {
        const Piece &piece = pieces[index];
        absl::Span<std::byte> buffer = absl::MakeSpan(
            buffers[ThreadPool::CurrentWorker()].data(), piece.bytes);
        const TensorInfo *info =
            source.FindInfo(writer->tensors()[piece.tensor].name);
        DSV4RUN_RETURN_IF_ERROR(source.Read(*info, piece.offset, buffer));
        DSV4RUN_RETURN_IF_ERROR(
            writer->WriteRange(piece.tensor, piece.offset, buffer));
        progress.Add(piece.bytes);
        return absl::OkStatus();
      }));
  return writer->Finish();
}

} // namespace

absl::StatusOr<uint64_t> WriteCheckpoint(absl::string_view config_text,
                                         absl::string_view source,
                                         absl::string_view directory,
                                         ThreadPool &pool,
                                         WriteCheckpointOptions options) {
  DSV4RUN_ASSIGN_OR_RETURN(ModelConfig config,
                           ParseModelConfig(config_text, source));
  SyntheticWeights weights(config);
  uint64_t total = 0;
  for (const TensorInfo &tensor : weights.tensors())
    total += tensor.bytes;
  bool single_file = total <= options.max_single_file_bytes;
  Files files = AssignFiles(ListModelTensors(config), single_file);

  fs::path path = std::string(directory);
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return absl::ErrnoToStatus(
        error.value(), absl::StrCat("cannot create directory ", directory));
  DSV4RUN_RETURN_IF_ERROR(RefuseToOverwrite(path, files));

  SafetensorsIndex index;
  for (const auto &[file, tensors] : files)
    for (const TensorSpec &tensor : tensors)
      index.weight_map.emplace(tensor.name, file);
  {
    ProgressBar progress("writing synthetic weights", total, 2,
                         options.progress ? DetectProgressStyle(2)
                                          : ProgressStyle::kNone);
    for (auto &[file, tensors] : files)
      DSV4RUN_RETURN_IF_ERROR(WriteOneFile(
          (path / file).string(), std::move(tensors), weights, pool, progress));
  }
  if (!single_file)
    DSV4RUN_RETURN_IF_ERROR(WriteFileAtomically(
        (path / std::string(kSafetensorsIndexName)).string(),
        FormatSafetensorsIndex(index, total), kKeep));
  DSV4RUN_RETURN_IF_ERROR(
      WriteFileAtomically((path / "config.json").string(), config_text, kKeep));
  return total;
}

} // namespace dsv4run
