//===- CodeObjectInfo.cpp - Resources of the kernels in a code object -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/CodeObjectInfo.h"
#include "Disassembly.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/MsgPackDocument.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/AMDGPUMetadata.h"
#include "llvm/Support/AMDHSAKernelDescriptor.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace dsv4c;
using namespace dsv4c::amdgcn;

namespace {

using Elf = object::ELFObjectFile<object::ELF64LE>;

Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// Bytes of one symbol of the file.
struct SymbolBytes {
  uint64_t address;
  ArrayRef<uint8_t> bytes;
};

class Reader {
public:
  Reader(const Elf &elf, const tile::TargetFacts &target)
      : elf(elf), target(target) {}

  Expected<std::vector<KernelInfo>> read() {
    if (Error error = readSymbols())
      return std::move(error);
    if (Error error = readMetadata())
      return std::move(error);
    Disassembly disassembly(target.name);
    for (KernelInfo &kernel : kernels) {
      if (Error error = readDescriptor(kernel))
        return std::move(error);
      if (Error error = count(kernel, disassembly))
        return std::move(error);
    }
    llvm::sort(kernels, [](const KernelInfo &a, const KernelInfo &b) {
      return a.name < b.name;
    });
    return std::move(kernels);
  }

  /// Of an object that is not linked and has sections only.
  static bool hasSpills(const Elf &elf) {
    const tile::TargetFacts none;
    Reader reader(elf, none);
    const object::ELFFile<object::ELF64LE> &file = elf.getELFFile();
    for (const auto &section : llvm::cantFail(file.sections())) {
      if (section.sh_type != ELF::SHT_NOTE)
        continue;
      Error error = Error::success();
      for (const auto &note : file.notes(section, error))
        if (note.getName() == "AMDGPU" &&
            note.getType() == ELF::NT_AMDGPU_METADATA)
          consumeError(
              reader.readMap(note.getDescAsStringRef(section.sh_addralign)));
      consumeError(std::move(error));
    }
    return llvm::any_of(reader.kernels, [](const KernelInfo &kernel) {
      return kernel.vgprSpills + kernel.sgprSpills != 0;
    });
  }

private:
  Error readSymbols() {
    for (const object::ELFSymbolRef &symbol : elf.symbols()) {
      Expected<StringRef> name = symbol.getName();
      if (!name)
        return name.takeError();
      Expected<uint64_t> address = symbol.getAddress();
      if (!address)
        return address.takeError();
      Expected<object::section_iterator> section = symbol.getSection();
      if (!section)
        return section.takeError();
      if (*section == elf.section_end() || (*section)->isBSS())
        continue;
      Expected<StringRef> contents = (*section)->getContents();
      if (!contents)
        return contents.takeError();
      uint64_t begin = *address - (*section)->getAddress();
      if (begin > contents->size() ||
          symbol.getSize() > contents->size() - begin)
        return fail("symbol '" + *name + "' reaches beyond its section");
      StringRef bytes = contents->substr(begin, symbol.getSize());
      symbols[*name] = {*address, arrayRefFromStringRef(bytes)};
    }
    return Error::success();
  }

  /// The "AMDGPU" note: a map in MessagePack, AMDGPUUsage "Code Object V5
  /// Metadata".
  Error readMetadata() {
    const object::ELFFile<object::ELF64LE> &file = elf.getELFFile();
    auto headers = file.program_headers();
    if (!headers)
      return headers.takeError();
    for (const auto &header : *headers) {
      if (header.p_type != ELF::PT_NOTE)
        continue;
      Error error = Error::success();
      for (const auto &note : file.notes(header, error))
        if (note.getName() == "AMDGPU" &&
            note.getType() == ELF::NT_AMDGPU_METADATA)
          if (Error metadata = readMap(note.getDescAsStringRef(4))) {
            consumeError(std::move(error));
            return metadata;
          }
      if (error)
        return error;
    }
    return Error::success();
  }

  Error readMap(StringRef text) {
    msgpack::Document document;
    if (!document.readFromBlob(text, /*Multi=*/false) ||
        !document.getRoot().isMap())
      return fail("the metadata is no map");
    msgpack::DocNode &list = document.getRoot().getMap()["amdhsa.kernels"];
    if (!list.isArray())
      return fail("the metadata has no amdhsa.kernels");
    for (msgpack::DocNode &node : list.getArray()) {
      if (!node.isMap())
        return fail("a kernel of the metadata is no map");
      msgpack::MapDocNode map = node.getMap();
      if (!map[".name"].isString())
        return fail("a kernel of the metadata has no name");
      auto number = [&](StringRef key) -> uint64_t {
        msgpack::DocNode &value = map[key];
        return value.getKind() == msgpack::Type::UInt  ? value.getUInt()
               : value.getKind() == msgpack::Type::Int ? value.getInt()
                                                       : 0;
      };
      KernelInfo kernel;
      kernel.name = map[".name"].getString().str();
      kernel.totalVgprs = number(".vgpr_count");
      kernel.agprs = number(".agpr_count");
      kernel.sgprs = number(".sgpr_count");
      kernel.vgprSpills = number(".vgpr_spill_count");
      kernel.sgprSpills = number(".sgpr_spill_count");
      kernel.ldsBytes = number(".group_segment_fixed_size");
      kernel.scratchBytes = number(".private_segment_fixed_size");
      kernel.argumentBytes = number(".kernarg_segment_size");
      kernel.workgroupSize = number(".max_flat_workgroup_size");
      kernels.push_back(std::move(kernel));
    }
    return Error::success();
  }

  /// Where the accumulation registers start, and sizes that the loader goes by.
  Error readDescriptor(KernelInfo &kernel) {
    auto symbol = symbols.find(kernel.name + ".kd");
    amdhsa::kernel_descriptor_t descriptor;
    if (symbol == symbols.end() ||
        symbol->second.bytes.size() != sizeof(descriptor))
      return fail("kernel '" + Twine(kernel.name) + "' has no descriptor");
    std::memcpy(&descriptor, symbol->second.bytes.data(), sizeof(descriptor));
    if (descriptor.group_segment_fixed_size != kernel.ldsBytes ||
        descriptor.private_segment_fixed_size != kernel.scratchBytes)
      return fail("kernel '" + Twine(kernel.name) +
                  "': descriptor and metadata differ");
    unsigned offset = 4 * (1 + (descriptor.compute_pgm_rsrc3 &
                                amdhsa::COMPUTE_PGM_RSRC3_GFX90A_ACCUM_OFFSET));
    kernel.vgprs = kernel.agprs ? offset : kernel.totalVgprs;
    return Error::success();
  }

  Error count(KernelInfo &kernel, Disassembly &disassembly) {
    auto symbol = symbols.find(kernel.name);
    if (symbol == symbols.end())
      return fail("kernel '" + Twine(kernel.name) + "' has no code");
    auto [address, code] = symbol->second;
    for (uint64_t offset = 0; offset < code.size();) {
      std::optional<Disassembly::Instruction> instruction =
          disassembly.decode(code.drop_front(offset), address + offset);
      // [amdgpu_instruction_c4]
      if (!instruction)
        return fail("[amdgpu_instruction_c4] kernel '" + Twine(kernel.name) +
                    "' has no instruction of " + target.name + " at offset " +
                    Twine(offset));
      offset += instruction->bytes;
      if (!instruction->isPadding)
        kernel.instructions.add(instruction->mnemonic);
    }
    return Error::success();
  }

  const Elf &elf;
  const tile::TargetFacts &target;
  StringMap<SymbolBytes> symbols;
  std::vector<KernelInfo> kernels;
};

} // namespace

void InstructionCounts::add(StringRef mnemonic) {
  ++all;
  bool isGlobal = mnemonic.starts_with("global_") ||
                  mnemonic.starts_with("flat_") ||
                  mnemonic.starts_with("buffer_");
  if (mnemonic.starts_with("v_mfma_") || mnemonic.starts_with("v_smfmac_"))
    ++matrix;
  else if (mnemonic.starts_with("v_"))
    ++vector;
  else if (mnemonic.starts_with("s_"))
    ++scalar;
  else if (mnemonic.starts_with("scratch_"))
    ++scratch;
  else if (isGlobal && mnemonic.contains("_load")) {
    ++globalLoads;
    wideLoads += mnemonic.contains("dwordx4");
  } else if (isGlobal && mnemonic.contains("_store"))
    ++globalStores;
  else if (mnemonic.starts_with("ds_read"))
    ++ldsReads;
  else if (mnemonic.starts_with("ds_write"))
    ++ldsWrites;
}

unsigned KernelInfo::getOccupancy(const tile::TargetFacts &target) const {
  uint64_t waves = divideCeil(std::max(1u, workgroupSize), target.waveSize);
  uint64_t registers =
      std::max<uint64_t>(alignTo(totalVgprs, target.vectorRegisterGranule),
                         target.vectorRegisterGranule);
  uint64_t perSimd =
      std::min<uint64_t>(target.maxWaves, target.vectorRegisters / registers);
  uint64_t groups = perSimd * target.simds / waves;
  if (ldsBytes)
    groups = std::min<uint64_t>(groups, target.ldsBytes / ldsBytes);
  if (waves > 1)
    groups = std::min<uint64_t>(groups, target.maxWorkgroups);
  return std::min(perSimd, divideCeil(groups * waves, target.simds));
}

Expected<std::vector<KernelInfo>>
amdgcn::readKernelInfo(ArrayRef<char> codeObject,
                       const tile::TargetFacts &target) {
  MemoryBufferRef buffer(StringRef(codeObject.data(), codeObject.size()),
                         "code object");
  Expected<std::unique_ptr<object::ObjectFile>> file =
      object::ObjectFile::createELFObjectFile(buffer);
  if (!file)
    return file.takeError();
  auto *elf = dyn_cast<Elf>(file->get());
  if (!elf || elf->getELFFile().getHeader().e_machine != ELF::EM_AMDGPU)
    return fail("the code object is no ELF file for AMD GPUs");
  return Reader(*elf, target).read();
}

bool amdgcn::hasSpills(ArrayRef<char> object) {
  MemoryBufferRef buffer(StringRef(object.data(), object.size()), "object");
  Expected<std::unique_ptr<object::ObjectFile>> file =
      object::ObjectFile::createELFObjectFile(buffer);
  if (!file) {
    consumeError(file.takeError());
    return false;
  }
  auto *elf = dyn_cast<Elf>(file->get());
  return elf && Reader::hasSpills(*elf);
}
