//===- CodeCacheTest.cpp --------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Gpu/CodeCache.h"

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using testing::IsError;

std::vector<std::filesystem::path> FilesOf(const std::string &folder) {
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  return files;
}

TEST(CodeCache, ReturnsWhatWasStored) {
  testing::TempDir temporary;
  CodeCache cache(temporary.path() + "/a/b");
  EXPECT_EQ(cache.Find("key"), std::nullopt);
  std::string code("co\0de", 5);
  ASSERT_OK(cache.Store("key", code));
  ASSERT_OK(cache.Store("empty", ""));
  EXPECT_EQ(cache.Find("key"), code);
  EXPECT_EQ(cache.Find("empty"), "");
  EXPECT_EQ(cache.Find("another key"), std::nullopt);
  // One folder for all processes.
  EXPECT_EQ(CodeCache(cache.folder()).Find("key"), code);
  struct stat info;
  ASSERT_EQ(stat(cache.folder().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(CodeCache, DamagedFilesAreNotUsed) {
  testing::TempDir temporary;
  CodeCache cache(temporary.path() + "/cache");
  ASSERT_OK(cache.Store("key", "some code"));
  std::filesystem::path file = FilesOf(cache.folder()).at(0);
  std::string whole = testing::ReadFile(file);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] ^= 1;
    std::ofstream(file, std::ios::binary) << bad;
    EXPECT_EQ(cache.Find("key"), std::nullopt) << i;
    std::ofstream(file, std::ios::binary) << whole.substr(0, i);
    EXPECT_EQ(cache.Find("key"), std::nullopt) << i;
  }
  ASSERT_OK(cache.Store("key", "some code"));
  EXPECT_EQ(cache.Find("key"), "some code");
}

TEST(CodeCache, FoldersOfOthersAreNotUsed) {
  testing::TempDir temporary;
  std::string folder = temporary.path() + "/open";
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  CodeCache cache(folder);
  ASSERT_OK(cache.Store("key", "code"));
  std::filesystem::permissions(folder, std::filesystem::perms::all);
  EXPECT_THAT(
      cache.Store("key", "code"),
      IsError(absl::StatusCode::kFailedPrecondition, "only its owner, user"));
  EXPECT_EQ(cache.Find("key"), std::nullopt);
  EXPECT_THAT(CodeCache("/proc/nowhere").Store("key", "code"),
              IsError(absl::StatusCode::kFailedPrecondition, "/proc/nowhere"));
}

TEST(CodeCache, VariablesSayWhere) {
  setenv("DSV4_CACHE_DIR", "/x", 1);
  EXPECT_EQ(CodeCache::Default().folder(), "/x");
  setenv("DSV4_CACHE_DIR", "", 1);
  EXPECT_EQ(CodeCache::Default().folder(), "");
  EXPECT_OK(CodeCache::Default().Store("key", "code"));
  EXPECT_EQ(CodeCache::Default().Find("key"), std::nullopt);
  unsetenv("DSV4_CACHE_DIR");
  setenv("XDG_CACHE_HOME", "/y", 1);
  EXPECT_EQ(CodeCache::Default().folder(), "/y/dsv4");
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "/z", 1);
  EXPECT_EQ(CodeCache::Default().folder(), "/z/.cache/dsv4");
}

/// Readers see nothing or all of one writer's bytes.
TEST(CodeCache, ManyMayUseItAtATime) {
  testing::TempDir temporary;
  std::string folder = temporary.path() + "/cache";
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      CodeCache cache(folder);
      std::string mine(100000, static_cast<char>('a' + t));
      for (int i = 0; i < 20; ++i) {
        ASSERT_OK(cache.Store("key", mine));
        std::optional<std::string> code = cache.Find("key");
        ASSERT_TRUE(code.has_value());
        ASSERT_EQ(*code, std::string(100000, code->front()));
        ++found;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(found, 80);
  EXPECT_EQ(FilesOf(folder).size(), 1u);
}

} // namespace
} // namespace dsv4run
