//===- Gates.cpp - What a kernel may not do -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Amdgpu/Gates.h"
#include "mlir/IR/Diagnostics.h"

using namespace dsv4c;
using namespace dsv4c::amdgcn;

static llvm::LogicalResult verify(const KernelInfo &kernel,
                                  const tile::TargetFacts &target,
                                  mlir::Location location, bool areErrors) {
  bool ok = true;
  auto complain = [&](llvm::StringRef label) {
    ok = !areErrors;
    return (areErrors ? mlir::emitError(location) : mlir::emitWarning(location))
           << "[" << label << "] kernel '" << kernel.name << "' on "
           << target.name << " ";
  };
  // [amdgpu_spill_c1]
  if (kernel.vgprSpills || kernel.sgprSpills)
    complain("amdgpu_spill_c1")
        << "spills " << kernel.vgprSpills << " vector and " << kernel.sgprSpills
        << " scalar registers; expected none";
  // [amdgpu_scratch_c1]
  if (kernel.scratchBytes || kernel.instructions.scratch)
    complain("amdgpu_scratch_c1")
        << "has " << kernel.scratchBytes << " bytes of scratch a lane and "
        << kernel.instructions.scratch
        << " scratch instructions; expected none";
  // [amdgpu_lds_c1]
  if (kernel.ldsBytes > static_cast<uint64_t>(target.ldsBytes))
    complain("amdgpu_lds_c1")
        << "has " << kernel.ldsBytes << " bytes of LDS; expected at most "
        << target.ldsBytes;
  // [amdgpu_registers_c1]
  else if (kernel.getOccupancy(target) == 0)
    complain("amdgpu_registers_c1")
        << "has " << kernel.totalVgprs
        << " registers a lane, with which no workgroup of "
        << kernel.workgroupSize << " fits on a compute unit";
  return mlir::success(ok);
}

llvm::LogicalResult amdgcn::verifyGates(llvm::ArrayRef<KernelInfo> kernels,
                                        const tile::TargetFacts &target,
                                        mlir::Location location,
                                        bool areErrors) {
  bool ok = true;
  for (const KernelInfo &kernel : kernels)
    ok &= succeeded(verify(kernel, target, location, areErrors));
  return mlir::success(ok);
}
