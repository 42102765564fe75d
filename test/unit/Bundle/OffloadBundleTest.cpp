//===- OffloadBundleTest.cpp - Container of GPU code objects --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/OffloadBundle.h"

#include <cstring>

#include "Support/StatusMatchers.h"
#include "Support/TestFiles.h"

namespace dsv4run {
namespace {

using namespace testing;

const std::string kCode = "code of gfx942";

std::vector<std::byte> Sample() {
  return WriteOffloadBundle({{OffloadEntryId("gfx942"), AsBytes(kCode)}});
}

TEST(OffloadBundleTest, RoundTrip) {
  std::vector<std::byte> file = Sample();
  ASSERT_OK_AND_ASSIGN(auto entries, ReadOffloadBundle(file));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].id, "host-x86_64-unknown-linux-gnu-");
  EXPECT_EQ(entries[0].code.size(), 0u);
  EXPECT_EQ(entries[1].id, "hipv4-amdgcn-amd-amdhsa--gfx942");
  EXPECT_EQ(entries[1].code, AsBytes(kCode));
  EXPECT_EQ((entries[1].code.data() - file.data()) % 4096, 0);
  ASSERT_OK_AND_ASSIGN(auto code, FindOffloadEntry(file, "gfx942"));
  EXPECT_EQ(code, AsBytes(kCode));
}

TEST(OffloadBundleTest, TheHostIsFirst) {
  std::vector<std::byte> file =
      WriteOffloadBundle({{OffloadEntryId("gfx950"), AsBytes(kCode)},
                          {OffloadEntryId("host"), AsBytes(kCode)}});
  ASSERT_OK_AND_ASSIGN(auto entries, ReadOffloadBundle(file));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].id, "host-x86_64-unknown-linux-gnu-");
  EXPECT_EQ(entries[0].code, AsBytes(kCode));
}

TEST(OffloadBundleTest, OtherTargetsAreNamed) {
  EXPECT_THAT(FindOffloadEntry(Sample(), "gfx950"),
              IsInvalid("expected one of id hipv4-amdgcn-amd-amdhsa--gfx950, "
                        "found host-x86_64-unknown-linux-gnu-, "
                        "hipv4-amdgcn-amd-amdhsa--gfx942"));
}

TEST(OffloadBundleTest, EveryTruncationIsRefused) {
  std::vector<std::byte> file = Sample();
  for (size_t size = 0; size < file.size(); ++size)
    ASSERT_FALSE(
        FindOffloadEntry(absl::MakeSpan(file.data(), size), "gfx942").ok())
        << size;
}

TEST(OffloadBundleTest, ForgedNumbersAreRefused) {
  auto with = [](size_t offset, uint64_t value) {
    std::vector<std::byte> file = Sample();
    std::memcpy(file.data() + offset, &value, sizeof(value));
    return FindOffloadEntry(file, "gfx942").status();
  };
  EXPECT_THAT(with(0, 0), IsInvalid("magic"));
  EXPECT_THAT(with(24, UINT64_MAX), IsInvalid("entry "));
  constexpr size_t kEntry = 32;
  EXPECT_THAT(
      with(kEntry, UINT64_MAX),
      IsInvalid("entry 0: expected an end within 4110, found 0 bytes at "
                "offset 18446744073709551615"));
  EXPECT_THAT(with(kEntry + 8, UINT64_MAX), IsInvalid("entry 0: expected an"));
  EXPECT_THAT(with(kEntry + 16, UINT64_MAX),
              IsInvalid("entry 0: expected 18446744073709551615 bytes"));
}

} // namespace
} // namespace dsv4run
