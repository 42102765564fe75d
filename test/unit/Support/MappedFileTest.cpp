//===- MappedFileTest.cpp - Mapping files and reserving memory ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Support/MappedFile.h"

#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"
#include "gtest/gtest.h"

namespace dsv4run {
namespace {

using testing::IsError;
using testing::IsInvalid;
using testing::TempDir;
using testing::WriteFile;

TEST(MappedFile, MapsContents) {
  TempDir dir;
  WriteFile(dir / "f", "hello");
  ASSERT_OK_AND_ASSIGN(MappedFile file, MappedFile::Open(dir / "f"));
  EXPECT_EQ(file.bytes(), testing::AsBytes("hello"));
  EXPECT_EQ(file.path(), dir / "f");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.bytes().size(), 5u);
  EXPECT_TRUE(file.bytes().empty());
}

TEST(MappedFile, MapsEmptyFiles) {
  TempDir dir;
  WriteFile(dir / "f", "");
  ASSERT_OK_AND_ASSIGN(MappedFile file, MappedFile::Open(dir / "f"));
  EXPECT_TRUE(file.bytes().empty());
}

TEST(MappedFile, RejectsOtherThings) {
  TempDir dir;
  EXPECT_THAT(MappedFile::Open(dir / "none"),
              IsError(absl::StatusCode::kNotFound, "/none"));
  EXPECT_THAT(MappedFile::Open(dir.path()), IsInvalid("found a directory"));
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(MappedFile::Open(dir / "fifo"),
              IsInvalid("found a special file"));
}

TEST(ReservedMemory, ReservesMoreThanItUses) {
  ASSERT_OK_AND_ASSIGN(ReservedMemory memory,
                       ReservedMemory::Reserve(size_t{1} << 40));
  size_t page = sysconf(_SC_PAGESIZE);
  std::byte *last = memory.data() + memory.size() - 1;
  EXPECT_EQ(*last, std::byte{0});
  *last = std::byte{7};
  EXPECT_EQ(*last, std::byte{7});
  ASSERT_OK(memory.Release(memory.size() - page, page));
  EXPECT_EQ(*last, std::byte{0});
}

TEST(ReservedMemory, ReleaseChecksItsRange) {
  size_t page = sysconf(_SC_PAGESIZE);
  ASSERT_OK_AND_ASSIGN(ReservedMemory memory,
                       ReservedMemory::Reserve(4 * page));
  EXPECT_THAT(memory.Release(1, page), IsInvalid("cannot release"));
  EXPECT_THAT(memory.Release(page, 1), IsInvalid("in multiples of"));
  EXPECT_THAT(memory.Release(2 * page, 3 * page), IsInvalid("inside it"));
  EXPECT_THAT(memory.Release(page, SIZE_MAX - page + 1),
              IsInvalid("inside it"));
}

} // namespace
} // namespace dsv4run
