//===- OffloadBundle.cpp - Code objects as clang bundles them -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/OffloadBundle.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {
namespace {

constexpr absl::string_view kMagic = "__CLANG_OFFLOAD_BUNDLE__";
constexpr absl::string_view kHostId = "host-x86_64-unknown-linux-gnu-";
constexpr absl::string_view kDevicePrefix = "hipv4-amdgcn-amd-amdhsa--";
constexpr absl::string_view kCudaPrefix = "cuda-nvptx64-nvidia-cuda--";
constexpr size_t kAlignment = 4096;

absl::Status Broken(absl::string_view where, absl::string_view expected,
                    absl::string_view found) {
  return absl::InvalidArgumentError(absl::StrCat(
      "offload bundle: ", where, ": expected ", expected, ", found ", found));
}

/// Takes numbers and text off the front of the table.
class TableReader {
public:
  explicit TableReader(absl::Span<const std::byte> bytes) : bytes_(bytes) {}

  absl::StatusOr<uint64_t> Number(absl::string_view where) {
    DSV4RUN_ASSIGN_OR_RETURN(absl::string_view text,
                             Text(where, sizeof(uint64_t)));
    uint64_t value;
    std::memcpy(&value, text.data(), sizeof(value));
    return value;
  }
  absl::StatusOr<absl::string_view> Text(absl::string_view where,
                                         uint64_t size) {
    if (size > bytes_.size() - at_)
      return Broken(where, absl::StrCat(size, " bytes at offset ", at_),
                    absl::StrCat("a file of ", bytes_.size()));
    absl::string_view text(reinterpret_cast<const char *>(bytes_.data()) + at_,
                           size);
    at_ += size;
    return text;
  }

private:
  absl::Span<const std::byte> bytes_;
  size_t at_ = 0;
};

} // namespace

std::string OffloadEntryId(absl::string_view target) {
  if (target == "host")
    return std::string(kHostId);
  return absl::StrCat(absl::StartsWith(target, "sm_") ? kCudaPrefix
                                                      : kDevicePrefix,
                      target);
}

std::vector<std::byte> WriteOffloadBundle(std::vector<OffloadEntry> entries) {
  auto is_host = [](const OffloadEntry &entry) {
    return absl::StartsWith(entry.id, "host-");
  };
  std::stable_partition(entries.begin(), entries.end(), is_host);
  if (entries.empty() || !is_host(entries.front()))
    entries.insert(entries.begin(), {std::string(kHostId), {}});
  std::vector<std::byte> file;
  auto text = [&](absl::string_view value) {
    auto *data = reinterpret_cast<const std::byte *>(value.data());
    file.insert(file.end(), data, data + value.size());
  };
  auto number = [&](uint64_t value) {
    text({reinterpret_cast<const char *>(&value), sizeof(value)});
  };
  uint64_t end = kMagic.size() + sizeof(uint64_t);
  for (const OffloadEntry &entry : entries)
    end += 3 * sizeof(uint64_t) + entry.id.size();
  text(kMagic);
  number(entries.size());
  std::vector<uint64_t> offsets;
  for (const OffloadEntry &entry : entries) {
    offsets.push_back((end + kAlignment - 1) / kAlignment * kAlignment);
    end = offsets.back() + entry.code.size();
    number(offsets.back());
    number(entry.code.size());
    number(entry.id.size());
    text(entry.id);
  }
  file.resize(end);
  for (size_t i = 0; i < entries.size(); ++i)
    std::copy(entries[i].code.begin(), entries[i].code.end(),
              file.begin() + offsets[i]);
  return file;
}

absl::StatusOr<std::vector<OffloadEntry>>
ReadOffloadBundle(absl::Span<const std::byte> bytes) {
  TableReader reader(bytes);
  DSV4RUN_ASSIGN_OR_RETURN(absl::string_view magic,
                           reader.Text("magic", kMagic.size()));
  if (magic != kMagic)
    return Broken("magic", kMagic, "other bytes");
  DSV4RUN_ASSIGN_OR_RETURN(uint64_t count, reader.Number("entries"));
  std::vector<OffloadEntry> entries;
  // Each entry takes bytes of the table, which bounds a forged count.
  for (uint64_t i = 0; i < count; ++i) {
    std::string where = absl::StrCat("entry ", i);
    DSV4RUN_ASSIGN_OR_RETURN(uint64_t offset, reader.Number(where));
    DSV4RUN_ASSIGN_OR_RETURN(uint64_t size, reader.Number(where));
    DSV4RUN_ASSIGN_OR_RETURN(uint64_t id_size, reader.Number(where));
    DSV4RUN_ASSIGN_OR_RETURN(absl::string_view id, reader.Text(where, id_size));
    if (offset > bytes.size() || size > bytes.size() - offset)
      return Broken(where, absl::StrCat("an end within ", bytes.size()),
                    absl::StrCat(size, " bytes at offset ", offset));
    entries.push_back({std::string(id), bytes.subspan(offset, size)});
  }
  return entries;
}

absl::StatusOr<absl::Span<const std::byte>>
FindOffloadEntry(absl::Span<const std::byte> bytes, absl::string_view target) {
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<OffloadEntry> entries,
                           ReadOffloadBundle(bytes));
  const std::string id = OffloadEntryId(target);
  auto is_wanted = [&](const OffloadEntry &entry) { return entry.id == id; };
  if (std::count_if(entries.begin(), entries.end(), is_wanted) == 1)
    return std::find_if(entries.begin(), entries.end(), is_wanted)->code;
  return Broken("entries", absl::StrCat("one of id ", id),
                absl::StrJoin(entries, ", ",
                              [](std::string *out, const OffloadEntry &entry) {
                                absl::StrAppend(out, entry.id);
                              }));
}

} // namespace dsv4run
