//===- SystemFiles.cpp - Small files of /sys and /proc --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SystemFiles.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace dsv4run::doctor {

std::optional<std::string> ReadSmallFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(1 << 16, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() == 0 && !file.eof())
    return std::nullopt;
  text.resize(file.gcount());
  absl::StripAsciiWhitespace(&text);
  return text;
}

std::vector<std::string> EntriesOf(const std::string &folder,
                                   const std::string &prefix) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto &entry : std::filesystem::directory_iterator(folder, error))
    if (absl::StartsWith(entry.path().filename().string(), prefix))
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

} // namespace dsv4run::doctor
