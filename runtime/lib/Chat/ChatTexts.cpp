//===- ChatTexts.cpp - Fixed texts of the chat format ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Chat/ChatTexts.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Chat/PythonStrings.h"
#include "dsv4run/Support/MappedFile.h"
#include "dsv4run/Support/Sha256.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

// Bounds the work for foreign directories; the published module has 30 KiB.
constexpr size_t kMaxModules = 64, kMaxModuleBytes = 1 << 20;

/// The table of spec section 6.4.
struct KnownText {
  std::string ChatTexts::*text;
  size_t bytes;
  absl::string_view sha256;
};
constexpr KnownText kKnownTexts[] = {
    {&ChatTexts::tools_prefix, 890,
     "c7c9042638154a237b5d1bd48be772374a35a4d24c5cacfd1ffbd92703da329c"},
    {&ChatTexts::tools_suffix, 99,
     "690702850fe256512cb1ee67c4e436ecb3e735c71ebee77ca45ff357a75fb5a7"},
    {&ChatTexts::response_format_header, 80,
     "5200f58413f49f3957c43beddbc97bead023232cb5934fad0c1997c30c139112"},
    {&ChatTexts::max_effort, 476,
     "f7a24f3b3050d4a83781e9b755b316aae2ec1d9dc87562541d90bcb04d7350f7"},
};

} // namespace

ChatTexts FindChatTexts(absl::string_view module) {
  ChatTexts texts;
  for (std::string &candidate : PythonTexts(module))
    for (const KnownText &known : kKnownTexts)
      if (candidate.size() == known.bytes &&
          Sha256Hex(candidate) == known.sha256)
        texts.*known.text = candidate;
  return texts;
}

absl::StatusOr<ChatTexts> LoadChatTexts(absl::string_view directory) {
  namespace fs = std::filesystem;
  const fs::path encoding = fs::path(std::string(directory)) / "encoding";
  std::error_code error;
  ChatTexts texts;
  if (!fs::is_directory(encoding, error))
    return texts;
  std::vector<std::string> modules;
  for (fs::directory_iterator entry(encoding, error), end;
       !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".py")
      modules.push_back(entry->path().string());
  if (error)
    return absl::UnavailableError(
        absl::StrCat(encoding.string(), ": ", error.message()));
  if (modules.size() > kMaxModules)
    return absl::InvalidArgumentError(
        absl::StrCat(encoding.string(), ": expected at most ", kMaxModules,
                     " Python modules, found ", modules.size()));
  std::sort(modules.begin(), modules.end());
  for (const std::string &path : modules) {
    DSV4RUN_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
    if (file.bytes().size() > kMaxModuleBytes)
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": expected at most ", kMaxModuleBytes,
                       " bytes, found ", file.bytes().size()));
    ChatTexts found = FindChatTexts(
        absl::string_view(reinterpret_cast<const char *>(file.bytes().data()),
                          file.bytes().size()));
    for (const KnownText &known : kKnownTexts)
      if (!(found.*known.text).empty())
        texts.*known.text = found.*known.text;
  }
  return texts;
}

} // namespace dsv4run
