//===- CodeObject.h - A validated gfx942 code object ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads an HSA code object (ELF, "User Guide for AMDGPU Backend", sections
// "ELF Code Object" and "Code Object Metadata") without trusting a byte of it.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_CODEOBJECT_H
#define DSV4EMU_CODEOBJECT_H

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dsv4emu {

/// One entry of a kernel's argument list; offsets and sizes are in bytes of the
/// kernarg segment. Names are empty when the compiler dropped them.
struct KernelArgument {
  std::string name;
  std::string valueKind;
  uint32_t offset = 0;
  uint32_t size = 0;
  bool isHidden() const { return valueKind.rfind("hidden_", 0) == 0; }
};

/// Metadata note and kernel descriptor of one kernel.
struct Kernel {
  std::string name;
  std::vector<KernelArgument> arguments;
  uint64_t entry = 0; ///< Virtual address of the first instruction.
  uint32_t ldsBytes = 0;
  uint32_t scratchBytes = 0; ///< Per work-item.
  uint32_t kernargBytes = 0;
  uint32_t kernargAlign = 8;
  uint32_t maxWorkgroupSize = 1024;
  /// Work-items per dimension that every launch must have; 0 if not stated.
  std::array<uint32_t, 3> requiredWorkgroup{};
  uint32_t vgprs = 0; ///< Architectural and accumulation registers together.
  uint32_t agprs = 0;
  uint32_t sgprs = 0;
  uint32_t vgprSpills = 0;
  uint32_t sgprSpills = 0;
  bool dynamicStack = false;
  /// Fields of the descriptor, as the hardware reads them.
  uint32_t rsrc1 = 0;
  uint32_t rsrc2 = 0;
  uint32_t rsrc3 = 0;
  uint16_t properties = 0;
  uint16_t kernargPreload = 0;

  uint32_t allocatedVgprs() const { return ((rsrc1 & 0x3f) + 1) * 8; }
  uint32_t accumOffset() const { return ((rsrc3 & 0x3f) + 1) * 4; }
};

/// A defined symbol; size may be zero.
struct Symbol {
  std::string name;
  uint64_t address = 0;
  uint64_t size = 0;
  bool isFunction = false;
};

/// A dynamic relocation `*(uint64_t *)offset = base + value`.
struct BaseRelocation {
  uint64_t offset = 0;
  int64_t value = 0;
};

/// An HSACO for gfx942, checked once, in memory-image form.
class CodeObject {
public:
  /// Errors name the structure, what was expected, what was found, and the
  /// file offset. Nothing of `file` is referenced afterwards.
  static absl::StatusOr<CodeObject> load(absl::Span<const uint8_t> file);

  const std::vector<Kernel> &kernels() const { return kernels_; }
  const Kernel *findKernel(const std::string &name) const;
  const std::vector<Symbol> &symbols() const { return symbols_; }
  const std::string &target() const { return target_; }

  /// Memory image from virtual address 0; gaps are zero.
  const std::vector<uint8_t> &image() const { return image_; }
  const std::vector<BaseRelocation> &relocations() const {
    return relocations_;
  }
  uint64_t textBegin() const { return textBegin_; }
  uint64_t textEnd() const { return textEnd_; }
  /// The whole file, for the debug-line reader.
  const std::vector<uint8_t> &file() const { return file_; }

private:
  friend class ElfReader;
  std::vector<uint8_t> file_, image_;
  std::vector<Kernel> kernels_;
  std::vector<Symbol> symbols_;
  std::vector<BaseRelocation> relocations_;
  std::string target_;
  uint64_t textBegin_ = 0, textEnd_ = 0;
};

/// Parses the msgpack metadata note into kernels (entry and descriptor fields
/// left empty). `symbols` receives each kernel's descriptor symbol.
absl::Status readKernelMetadata(absl::Span<const uint8_t> note,
                                std::string &target,
                                std::vector<Kernel> &kernels,
                                std::vector<std::string> &symbols);

} // namespace dsv4emu

#endif // DSV4EMU_CODEOBJECT_H
