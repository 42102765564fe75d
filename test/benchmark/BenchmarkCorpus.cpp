//===- BenchmarkCorpus.cpp - Text that is found on the machine ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BenchmarkCorpus.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Tokenizer/Utf8.h"

namespace dsv4run {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBytesOfEachKind = 12'000'000, kMaxFileBytes = 1 << 20;
/// Files are looked at in the order of a hash of their names, so that the limit
/// takes some of every directory.
constexpr uint64_t kFnvPrime = 0x100000001B3, kFnvBasis = 0xCBF29CE484222325;

std::vector<std::string> FindFiles(const std::vector<std::string> &roots) {
  std::vector<std::pair<uint64_t, std::string>> files;
  std::error_code error;
  for (const std::string &root : roots)
    for (fs::recursive_directory_iterator
             entry(root, fs::directory_options::skip_permission_denied, error),
         end;
         !error && entry != end; entry.increment(error)) {
      if (!entry->is_regular_file(error) || entry->is_symlink(error) ||
          entry->file_size(error) > kMaxFileBytes)
        continue;
      std::string path = entry->path().string();
      uint64_t hash = kFnvBasis;
      for (unsigned char c : path)
        hash = (hash ^ c) * kFnvPrime;
      files.emplace_back(hash, std::move(path));
    }
  std::sort(files.begin(), files.end());
  std::vector<std::string> paths;
  for (auto &[hash, path] : files)
    paths.push_back(std::move(path));
  return paths;
}

/// The translations in a catalogue of GNU gettext; empty if it is none.
std::string Translations(absl::string_view file) {
  auto word = [&](size_t at) {
    uint32_t value = 0;
    if (at + 4 <= file.size())
      std::memcpy(&value, file.data() + at, 4);
    return value;
  };
  std::string text;
  if (word(0) != 0x950412DE)
    return text;
  const uint32_t count = word(8), table = word(16);
  for (uint32_t i = 1; i < count; ++i) { // the first one is a header
    uint32_t size = word(table + 8 * i), at = word(table + 8 * i + 4);
    if (at < file.size())
      absl::StrAppend(&text, file.substr(at, size), "\n");
  }
  return text;
}

std::string ReadText(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::string file(std::istreambuf_iterator<char>(in), {});
  if (fs::path(path).extension() == ".mo")
    file = Translations(file);
  file.erase(std::remove(file.begin(), file.end(), '\0'), file.end());
  return ValidUtf8Prefix(file) == file.size() ? file : "";
}

bool IsText(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  char head[512];
  in.read(head, sizeof(head));
  return std::find(head, head + in.gcount(), '\0') == head + in.gcount();
}

} // namespace

BenchmarkCorpus ReadBenchmarkCorpus() {
  const std::string source = DSV4RUN_SOURCE_DIR;
  const std::string locale = "/usr/share/locale/";
  std::vector<std::string> catalogues;
  for (const char *language :
       {"zh_CN", "ja", "ru", "de", "fr", "es", "ko", "zh_TW", "pt_BR", "pl",
        "uk",    "tr", "vi", "el", "hi", "ar", "fa", "sv",    "cs",    "hu"})
    catalogues.push_back(locale + language);
  const std::vector<std::string> kinds[] = {
      {source + "/lib", source + "/runtime", source + "/docs",
       source + "/include", source + "/dialects"},
      {"/usr/share/doc"},
      {"/usr/include"},
      {"/usr/lib/python3", "/usr/lib/python3.11"},
      catalogues};
  BenchmarkCorpus corpus;
  std::vector<std::string> held_out;
  for (const auto &roots : kinds) {
    size_t bytes = 0, files = 0;
    std::string kept_out;
    for (const std::string &path : FindFiles(roots)) {
      if (bytes >= kBytesOfEachKind)
        break;
      if (!IsText(path) && fs::path(path).extension() != ".mo")
        continue;
      std::string text = ReadText(path);
      bytes += text.size();
      (files++ % 8 == 0 ? kept_out : corpus.training) += text;
    }
    held_out.push_back(std::move(kept_out));
  }
  // Kinds take turns, about a page each.
  constexpr size_t kStretch = 2000, kMixedBytes = 4'000'000;
  for (size_t at = 0; corpus.mixed.size() < kMixedBytes; at += kStretch) {
    size_t before = corpus.mixed.size();
    for (const std::string &text : held_out)
      if (at < text.size())
        absl::StrAppend(&corpus.mixed,
                        ReplaceInvalidUtf8(text.substr(at, kStretch)));
    if (corpus.mixed.size() == before)
      break;
  }
  return corpus;
}

} // namespace dsv4run
