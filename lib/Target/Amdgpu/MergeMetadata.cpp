//===- MergeMetadata.cpp - One note for all kernels -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MergeMetadata.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/MsgPackDocument.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace dsv4c;

using ElfType = object::ELF64LE;

static Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// Appends the kernels of one note to those of another; the rest is equal.
static int appendKernels(msgpack::DocNode *to, msgpack::DocNode from,
                         msgpack::DocNode key) {
  bool isKernels = key.isString() && key.getString() == "amdhsa.kernels";
  return isKernels && to->isArray() ? to->getArray().size() : 0;
}

/// All metadata notes as one document.
static Expected<std::string> readAndMerge(const object::ELFFile<ElfType> &file,
                                          const ElfType::Phdr &header) {
  msgpack::Document merged;
  Error error = Error::success();
  std::string problem;
  for (const auto &note : file.notes(header, error)) {
    if (note.getName() != "AMDGPU" || note.getType() != ELF::NT_AMDGPU_METADATA)
      problem = "a note is no metadata of kernels";
    else if (!merged.readFromBlob(note.getDescAsStringRef(4), /*Multi=*/false,
                                  appendKernels))
      problem = "a metadata note cannot be read";
  }
  if (error)
    return std::move(error);
  if (!problem.empty())
    return fail(problem);
  msgpack::DocNode &list = merged.getRoot().getMap()["amdhsa.kernels"];
  if (!list.isArray())
    return fail("the metadata has no amdhsa.kernels");
  llvm::sort(list.getArray(), [](msgpack::DocNode a, msgpack::DocNode b) {
    return a.getMap()[".name"].getString() < b.getMap()[".name"].getString();
  });
  std::string text;
  merged.writeToBlob(text);
  return text;
}

Error amdgcn::mergeMetadata(SmallVector<char> &codeObject) {
  Expected<object::ELFFile<ElfType>> file = object::ELFFile<ElfType>::create(
      StringRef(codeObject.data(), codeObject.size()));
  if (!file)
    return file.takeError();
  Expected<ElfType::PhdrRange> headers = file->program_headers();
  if (!headers)
    return headers.takeError();
  Expected<ElfType::ShdrRange> sections = file->sections();
  if (!sections)
    return sections.takeError();
  auto header = llvm::find_if(*headers, [](const ElfType::Phdr &candidate) {
    return candidate.p_type == ELF::PT_NOTE;
  });
  if (header == headers->end())
    return fail("the linker left no metadata");
  auto section = llvm::find_if(*sections, [&](const ElfType::Shdr &candidate) {
    return candidate.sh_type == ELF::SHT_NOTE &&
           candidate.sh_offset == header->p_offset;
  });
  if (section == sections->end() || section->sh_size != header->p_filesz)
    return fail("expected the metadata in one section");
  Expected<std::string> text = readAndMerge(*file, *header);
  if (!text)
    return text.takeError();

  // Name and description are padded to four bytes each.
  ElfType::Nhdr note;
  note.n_namesz = sizeof("AMDGPU");
  note.n_descsz = text->size();
  note.n_type = ELF::NT_AMDGPU_METADATA;
  std::string bytes(reinterpret_cast<const char *>(&note),
                    3 * sizeof(uint32_t));
  bytes.append("AMDGPU\0", sizeof("AMDGPU"));
  bytes.resize(alignTo(bytes.size(), 4));
  bytes += *text;
  bytes.resize(alignTo(bytes.size(), 4));
  if (bytes.size() > header->p_filesz)
    return fail("merged metadata has " + Twine(bytes.size()) +
                " bytes, its notes had " + Twine(header->p_filesz));
  uint64_t offset = header->p_offset, oldBytes = header->p_filesz;
  std::fill_n(codeObject.begin() + offset, oldBytes, 0);
  llvm::copy(bytes, codeObject.begin() + offset);
  // The ranges are views of `codeObject`.
  auto *newHeader = const_cast<ElfType::Phdr *>(&*header);
  newHeader->p_filesz = bytes.size();
  newHeader->p_memsz = bytes.size();
  const_cast<ElfType::Shdr *>(&*section)->sh_size = bytes.size();
  return Error::success();
}
