//===- CodeObjectInfo.h - Resources of the kernels in a code object -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TARGET_AMDGPU_CODEOBJECTINFO_H
#define DSV4C_TARGET_AMDGPU_CODEOBJECTINFO_H

#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace dsv4c::amdgcn {

/// Instructions in the machine code of a kernel, each counted once however
/// often it runs.
struct InstructionCounts {
  uint64_t all = 0;
  uint64_t matrix = 0;      ///< v_mfma_*, v_smfmac_*
  uint64_t vector = 0;      ///< other v_*
  uint64_t scalar = 0;      ///< s_*
  uint64_t globalLoads = 0; ///< global_, flat_, buffer_
  uint64_t wideLoads = 0;   ///< those of 16 bytes a lane
  uint64_t globalStores = 0;
  uint64_t ldsReads = 0;
  uint64_t ldsWrites = 0;
  uint64_t scratch = 0; ///< scratch_*

  void add(llvm::StringRef mnemonic);
};

/// What the metadata, the kernel descriptor and the machine code say.
struct KernelInfo {
  std::string name;
  unsigned vgprs = 0;      ///< vector registers that instructions name
  unsigned agprs = 0;      ///< accumulation registers
  unsigned totalVgprs = 0; ///< as allocated to a lane
  unsigned sgprs = 0;
  unsigned vgprSpills = 0;
  unsigned sgprSpills = 0;
  uint64_t ldsBytes = 0;
  uint64_t scratchBytes = 0; ///< of a lane
  uint64_t argumentBytes = 0;
  unsigned workgroupSize = 0; ///< largest
  InstructionCounts instructions;

  /// Waves of workgroups of `workgroupSize` that fit on a SIMD.
  unsigned getOccupancy(const tile::TargetFacts &target) const;
};

/// Reads the kernels of a linked code object for `target`, sorted by name.
/// Errors name the kernel; code that the target cannot decode is one.
llvm::Expected<std::vector<KernelInfo>>
readKernelInfo(llvm::ArrayRef<char> codeObject,
               const tile::TargetFacts &target);

/// Whether a kernel of a relocatable object keeps registers elsewhere, as its
/// metadata say; false without metadata.
bool hasSpills(llvm::ArrayRef<char> object);

} // namespace dsv4c::amdgcn

#endif // DSV4C_TARGET_AMDGPU_CODEOBJECTINFO_H
