//===- TestFiles.h - Files that tests read and write ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_SUPPORT_TESTFILES_H
#define DSV4RUN_UNITTEST_SUPPORT_TESTFILES_H

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace dsv4run::testing {

/// A file of the source tree.
inline std::string SourcePath(const std::string &relative) {
  return std::string(DSV4RUN_SOURCE_DIR) + "/" + relative;
}

inline std::string ReadFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline void WriteFile(const std::string &path, const std::string &text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), text.size());
  ASSERT_TRUE(out.flush()) << path;
}

inline absl::Span<const std::byte> AsBytes(const std::string &text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

/// The bytes of a safetensors file.
inline std::string Safetensors(const std::string &header,
                               const std::string &data = "") {
  uint64_t length = header.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  return file + header + data;
}

/// A directory that is deleted with its contents.
class TempDir {
public:
  TempDir() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "dsv4run-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;

  std::string operator/(const std::string &name) const {
    return path_ + "/" + name;
  }
  const std::string &path() const { return path_; }

  size_t CountEntries() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

private:
  std::string path_;
};

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_SUPPORT_TESTFILES_H
