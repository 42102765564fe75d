//===- LineTable.cpp - Source lines of a code object ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LineTable.h"
#include "absl/strings/str_cat.h"
#include "llvm/DebugInfo/DWARF/DWARFContext.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include <mutex>

namespace dsv4emu {

struct LineTable::Impl {
  const std::vector<uint8_t> &file;
  std::mutex mutex;
  bool opened = false;
  std::unique_ptr<llvm::object::ObjectFile> object;
  std::unique_ptr<llvm::DWARFContext> dwarf;

  void open() {
    opened = true;
    llvm::StringRef bytes(reinterpret_cast<const char *>(file.data()),
                          file.size());
    auto parsed = llvm::object::ObjectFile::createObjectFile(
        llvm::MemoryBufferRef(bytes, "code object"));
    if (!parsed) {
      consumeError(parsed.takeError());
      return;
    }
    object = std::move(*parsed);
    // Broken debug information only costs the line, never the run.
    auto ignore = [](llvm::Error e) { consumeError(std::move(e)); };
    dwarf = llvm::DWARFContext::create(
        *object, llvm::DWARFContext::ProcessDebugRelocations::Process, nullptr,
        "", ignore, ignore);
  }
};

LineTable::LineTable(const std::vector<uint8_t> &file)
    : impl(new Impl{file, {}, false, {}, {}}) {}
LineTable::~LineTable() = default;

std::string LineTable::lookup(uint64_t virtualAddress) {
  std::lock_guard<std::mutex> lock(impl->mutex);
  if (!impl->opened)
    impl->open();
  if (!impl->dwarf)
    return {};
  llvm::DILineInfoSpecifier specifier(
      llvm::DILineInfoSpecifier::FileLineInfoKind::BaseNameOnly);
  auto info = impl->dwarf->getLineInfoForAddress(
      {virtualAddress, llvm::object::SectionedAddress::UndefSection},
      specifier);
  if (!info || info->Line == 0)
    return {};
  return absl::StrCat(info->FileName, ":", info->Line);
}

} // namespace dsv4emu
