//===- ElfReader.cpp - Strict reader of an AMDGPU HSA ELF -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "dsv4emu/CodeObject.h"
#include "llvm/BinaryFormat/ELF.h"
#include <algorithm>
#include <cstring>
#include <map>

namespace dsv4emu {

using namespace llvm::ELF;

static constexpr uint64_t kMaxImageBytes = uint64_t{1} << 30;

class ElfReader {
public:
  explicit ElfReader(absl::Span<const uint8_t> file) : file(file) {}

  absl::Status read(CodeObject &object) {
    for (auto step :
         {&ElfReader::readHeader, &ElfReader::readSegments,
          &ElfReader::readSections, &ElfReader::readNotes,
          &ElfReader::readKernelDescriptors, &ElfReader::readRelocations})
      if (absl::Status s = (this->*step)(object); !s.ok())
        return s;
    object.file_.assign(file.begin(), file.end());
    return absl::OkStatus();
  }

private:
  template <class... Args>
  static absl::Status error(const Args &...args) {
    return absl::InvalidArgumentError(absl::StrCat("ELF: ", args...));
  }

  bool inFile(uint64_t offset, uint64_t size) const {
    return offset <= file.size() && size <= file.size() - offset;
  }

  template <class T>
  absl::Status get(uint64_t offset, const char *what, T &out) const {
    if (!inFile(offset, sizeof(T)))
      return error(what, " at offset ", offset, " needs ", sizeof(T),
                   " bytes, the file has ", file.size());
    std::memcpy(&out, file.data() + offset, sizeof(T));
    return absl::OkStatus();
  }

  absl::Status readHeader(CodeObject &) {
    if (absl::Status s = get(0, "file header", header); !s.ok())
      return s;
    if (std::memcmp(header.e_ident, ElfMagic, 4) != 0)
      return error("expected magic 7f 45 4c 46 at offset 0");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB)
      return error("expected a 64-bit little-endian file, found class ",
                   int{header.e_ident[EI_CLASS]}, " and data ",
                   int{header.e_ident[EI_DATA]});
    if (header.e_machine != EM_AMDGPU)
      return error("e_machine: expected ", int{EM_AMDGPU}, " (AMDGPU), found ",
                   header.e_machine);
    if (header.e_ident[EI_OSABI] != ELFOSABI_AMDGPU_HSA)
      return error("OS ABI: expected ", int{ELFOSABI_AMDGPU_HSA},
                   " (AMDGPU HSA), found ", int{header.e_ident[EI_OSABI]});
    if (header.e_ident[EI_ABIVERSION] < ELFABIVERSION_AMDGPU_HSA_V4 ||
        header.e_ident[EI_ABIVERSION] > ELFABIVERSION_AMDGPU_HSA_V6)
      return error("ABI version: expected 2 to 4 (code object 4 to 6), found ",
                   int{header.e_ident[EI_ABIVERSION]});
    if (header.e_type != ET_DYN)
      return error("e_type: expected ", int{ET_DYN},
                   " (a linked code object), found ", header.e_type);
    uint32_t mach = header.e_flags & EF_AMDGPU_MACH;
    if (mach != EF_AMDGPU_MACH_AMDGCN_GFX942 &&
        mach != EF_AMDGPU_MACH_AMDGCN_GFX9_4_GENERIC)
      return error("e_flags: expected processor 0x4c (gfx942) or 0x5f "
                   "(gfx9-4-generic), found 0x",
                   absl::Hex(mach));
    return absl::OkStatus();
  }

  absl::Status readSegments(CodeObject &object) {
    if (header.e_phentsize != sizeof(Elf64_Phdr))
      return error("e_phentsize: expected ", sizeof(Elf64_Phdr), ", found ",
                   header.e_phentsize);
    uint64_t end = 0;
    for (unsigned k = 0; k < header.e_phnum; ++k) {
      Elf64_Phdr segment;
      if (absl::Status s = get(header.e_phoff + k * sizeof(segment),
                               "program header", segment);
          !s.ok())
        return s;
      if (segment.p_type == PT_NOTE)
        notes.push_back({segment.p_offset, segment.p_filesz});
      if (segment.p_type != PT_LOAD)
        continue;
      if (!inFile(segment.p_offset, segment.p_filesz))
        return error("segment ", k, ": bytes ", segment.p_offset, " + ",
                     segment.p_filesz, " end after the file of ", file.size());
      if (segment.p_filesz > segment.p_memsz)
        return error("segment ", k, ": p_filesz ", segment.p_filesz,
                     " exceeds p_memsz ", segment.p_memsz);
      if (segment.p_vaddr > kMaxImageBytes ||
          segment.p_memsz > kMaxImageBytes - segment.p_vaddr)
        return error("segment ", k, ": address ", segment.p_vaddr, " + ",
                     segment.p_memsz, " exceeds the limit of ", kMaxImageBytes);
      end = std::max<uint64_t>(end, segment.p_vaddr + segment.p_memsz);
      loads.push_back(segment);
      if (segment.p_flags & PF_X) {
        if (object.textEnd_ != 0)
          return error("segment ", k, ": a second executable segment");
        object.textBegin_ = segment.p_vaddr;
        object.textEnd_ = segment.p_vaddr + segment.p_filesz;
      }
    }
    // Mostly-empty images of forged files would only waste memory.
    if (end > 64 * file.size() + (uint64_t{1} << 28))
      return error("memory image of ", end, " bytes for a file of ",
                   file.size());
    object.image_.assign(end, 0);
    for (const Elf64_Phdr &segment : loads)
      std::copy_n(file.begin() + segment.p_offset, segment.p_filesz,
                  object.image_.begin() + segment.p_vaddr);
    return absl::OkStatus();
  }

  absl::Status readSections(CodeObject &object) {
    if (header.e_shnum == 0)
      return error("no section headers");
    if (header.e_shentsize != sizeof(Elf64_Shdr))
      return error("e_shentsize: expected ", sizeof(Elf64_Shdr), ", found ",
                   header.e_shentsize);
    for (unsigned k = 0; k < header.e_shnum; ++k) {
      Elf64_Shdr section;
      if (absl::Status s = get(header.e_shoff + k * sizeof(section),
                               "section header", section);
          !s.ok())
        return s;
      if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL &&
          !inFile(section.sh_offset, section.sh_size))
        return error("section ", k, ": bytes ", section.sh_offset, " + ",
                     section.sh_size, " end after the file of ", file.size());
      sections.push_back(section);
    }
    // .symtab, if not stripped, names local functions too.
    for (uint32_t type : {SHT_SYMTAB, SHT_DYNSYM})
      for (const Elf64_Shdr &section : sections)
        if (section.sh_type == type)
          if (absl::Status s = readSymbols(section, object); !s.ok())
            return s;
    return absl::OkStatus();
  }

  absl::Status readSymbols(const Elf64_Shdr &table, CodeObject &object) {
    if (table.sh_entsize != sizeof(Elf64_Sym) ||
        table.sh_size % sizeof(Elf64_Sym) != 0)
      return error("symbol table at offset ", table.sh_offset,
                   ": expected entries of ", sizeof(Elf64_Sym), " bytes");
    if (table.sh_link >= sections.size() ||
        sections[table.sh_link].sh_type != SHT_STRTAB)
      return error("symbol table at offset ", table.sh_offset, ": sh_link ",
                   table.sh_link, " is not a string table");
    const Elf64_Shdr &strings = sections[table.sh_link];
    uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    bool dynamic = table.sh_type == SHT_DYNSYM;
    for (uint64_t k = 0; k < count; ++k) {
      Elf64_Sym symbol;
      if (absl::Status s =
              get(table.sh_offset + k * sizeof(symbol), "symbol", symbol);
          !s.ok())
        return s;
      Symbol out;
      if (symbol.st_name >= strings.sh_size)
        return error("symbol ", k, ": name offset ", symbol.st_name,
                     " exceeds the string table of ", strings.sh_size);
      const char *begin = reinterpret_cast<const char *>(file.data()) +
                          strings.sh_offset + symbol.st_name;
      out.name.assign(begin, strnlen(begin, strings.sh_size - symbol.st_name));
      out.address = symbol.st_value;
      out.size = symbol.st_size;
      out.isFunction = symbol.getType() == STT_FUNC;
      bool defined = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS;
      if (defined && (out.address > object.image_.size() ||
                      out.size > object.image_.size() - out.address))
        return error("symbol ", out.name, ": address ", out.address, " + ",
                     out.size, " is outside the image of ",
                     object.image_.size());
      if (dynamic) {
        dynamicSymbols.push_back(out);
        dynamicDefined.push_back(symbol.st_shndx != SHN_UNDEF);
      }
      if (defined && !out.name.empty() && byName.emplace(out.name, out).second)
        object.symbols_.push_back(out);
    }
    return absl::OkStatus();
  }

  absl::Status readNotes(CodeObject &object) {
    for (auto [begin, size] : notes) {
      if (!inFile(begin, size))
        return error("note segment: bytes ", begin, " + ", size,
                     " end after the file of ", file.size());
      for (uint64_t cursor = begin; cursor + 12 <= begin + size;) {
        uint32_t nameSize, descSize, type;
        std::memcpy(&nameSize, file.data() + cursor, 4);
        std::memcpy(&descSize, file.data() + cursor + 4, 4);
        std::memcpy(&type, file.data() + cursor + 8, 4);
        uint64_t name = cursor + 12;
        uint64_t desc = name + ((uint64_t{nameSize} + 3) & ~uint64_t{3});
        uint64_t next = desc + ((uint64_t{descSize} + 3) & ~uint64_t{3});
        if (desc > begin + size || desc + descSize > begin + size)
          return error("note at offset ", cursor, ": name of ", nameSize,
                       " and descriptor of ", descSize,
                       " bytes exceed the note segment");
        if (type == NT_AMDGPU_METADATA && nameSize == 7 &&
            std::memcmp(file.data() + name, "AMDGPU", 7) == 0)
          return readKernelMetadata(file.subspan(desc, descSize),
                                    object.target_, object.kernels_,
                                    descriptorSymbols);
        cursor = next;
      }
    }
    return error("no AMDGPU metadata note (type 32)");
  }

  absl::Status readKernelDescriptors(CodeObject &object) {
    for (size_t k = 0; k < object.kernels_.size(); ++k) {
      Kernel &kernel = object.kernels_[k];
      auto it = byName.find(descriptorSymbols[k]);
      if (it == byName.end())
        return error("kernel ", kernel.name, ": descriptor symbol ",
                     descriptorSymbols[k], " is not defined");
      uint64_t address = it->second.address;
      if (address % 64 != 0 || address + 64 > object.image_.size())
        return error("kernel ", kernel.name, ": descriptor at ", address,
                     ": expected 64 aligned bytes inside the image of ",
                     object.image_.size());
      const uint8_t *bytes = object.image_.data() + address;
      uint32_t lds, scratch;
      int64_t entryOffset;
      std::memcpy(&lds, bytes, 4);
      std::memcpy(&scratch, bytes + 4, 4);
      std::memcpy(&entryOffset, bytes + 16, 8);
      std::memcpy(&kernel.rsrc3, bytes + 44, 4);
      std::memcpy(&kernel.rsrc1, bytes + 48, 4);
      std::memcpy(&kernel.rsrc2, bytes + 52, 4);
      std::memcpy(&kernel.properties, bytes + 56, 2);
      std::memcpy(&kernel.kernargPreload, bytes + 58, 2);
      kernel.entry = address + static_cast<uint64_t>(entryOffset);
      if (kernel.entry % 4 != 0 || kernel.entry < object.textBegin_ ||
          kernel.entry >= object.textEnd_)
        return error("kernel ", kernel.name, ": entry ", kernel.entry,
                     " is outside the text ", object.textBegin_, "..",
                     object.textEnd_);
      if (lds != kernel.ldsBytes || scratch != kernel.scratchBytes)
        return error("kernel ", kernel.name, ": descriptor says ", lds,
                     " LDS and ", scratch, " scratch bytes, metadata says ",
                     kernel.ldsBytes, " and ", kernel.scratchBytes);
      constexpr uint16_t kWave32 = 1 << 10;
      if (kernel.properties & kWave32)
        return error("kernel ", kernel.name,
                     ": descriptor enables wave32, gfx942 has wave64 only");
      if ((kernel.kernargPreload & 0x7f) > 16)
        return error("kernel ", kernel.name, ": kernarg preload of ",
                     kernel.kernargPreload & 0x7f, " dwords, the most is 16");
      // With preloaded arguments execution starts behind a 256-byte prologue.
      if ((kernel.kernargPreload & 0x7f) &&
          object.textEnd_ - kernel.entry <= 256)
        return error("kernel ", kernel.name,
                     ": preloads arguments but has no 256 bytes of prologue");
    }
    return absl::OkStatus();
  }

  absl::Status readRelocations(CodeObject &object) {
    for (const Elf64_Shdr &section : sections) {
      if (section.sh_type == SHT_REL)
        return error("section type SHT_REL: expected SHT_RELA relocations");
      if (section.sh_type != SHT_RELA || !(section.sh_flags & SHF_ALLOC))
        continue;
      if (section.sh_entsize != sizeof(Elf64_Rela))
        return error("relocations at offset ", section.sh_offset,
                     ": expected entries of ", sizeof(Elf64_Rela), " bytes");
      for (uint64_t k = 0; k < section.sh_size / sizeof(Elf64_Rela); ++k) {
        Elf64_Rela entry;
        if (absl::Status s =
                get(section.sh_offset + k * sizeof(entry), "relocation", entry);
            !s.ok())
          return s;
        BaseRelocation out{entry.r_offset, entry.r_addend};
        if (entry.r_offset > object.image_.size() ||
            object.image_.size() - entry.r_offset < 8)
          return error("relocation ", k, ": offset ", entry.r_offset,
                       " is outside the image of ", object.image_.size());
        uint32_t symbol = entry.getSymbol();
        switch (entry.getType()) {
        case R_AMDGPU_RELATIVE64:
          break;
        case R_AMDGPU_ABS64:
          if (symbol >= dynamicSymbols.size())
            return error("relocation ", k, ": symbol ", symbol,
                         " exceeds the table of ", dynamicSymbols.size());
          if (!dynamicDefined[symbol])
            return error("relocation ", k, " at offset ", entry.r_offset,
                         ": symbol ", dynamicSymbols[symbol].name,
                         " is undefined; the code object must define it");
          out.value += static_cast<int64_t>(dynamicSymbols[symbol].address);
          break;
        default:
          return error("relocation ", k,
                       ": expected RELATIVE64 (13) or "
                       "ABS64 (3), found type ",
                       entry.getType());
        }
        object.relocations_.push_back(out);
      }
    }
    return absl::OkStatus();
  }

  absl::Span<const uint8_t> file;
  Elf64_Ehdr header;
  std::vector<Elf64_Phdr> loads;
  std::vector<std::pair<uint64_t, uint64_t>> notes;
  std::vector<Elf64_Shdr> sections;
  std::vector<Symbol> dynamicSymbols;
  std::vector<bool> dynamicDefined;
  std::map<std::string, Symbol> byName;
  std::vector<std::string> descriptorSymbols;
};

absl::StatusOr<CodeObject> CodeObject::load(absl::Span<const uint8_t> file) {
  CodeObject object;
  if (absl::Status s = ElfReader(file).read(object); !s.ok())
    return s;
  return object;
}

const Kernel *CodeObject::findKernel(const std::string &name) const {
  auto it = std::find_if(kernels_.begin(), kernels_.end(),
                         [&](const Kernel &k) { return k.name == name; });
  return it == kernels_.end() ? nullptr : &*it;
}

} // namespace dsv4emu
