//===- Intrinsics.cpp - Which intrinsics a target has ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's code generator ends the process when an intrinsic has no instruction,
// so kernels are checked in front of it. The list is closed: an intrinsic
// enters it when somebody has seen it assemble for the generation
// (llvm-mc -mcpu).
//
//===----------------------------------------------------------------------===//

#include "llvm/IR/Intrinsics.h"
#include "AmdgpuCodegen.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace dsv4c;
using namespace dsv4c::amdgcn;

namespace {

/// Intrinsic without "llvm.amdgcn." and types; a trailing star stands for the
/// rest. CDNA 3 is gfx942, CDNA 4 is gfx950.
struct Known {
  llvm::StringLiteral name;
  int first = 3;
  int last = 4;
};

constexpr Known kKnown[] = {
    // Indices.
    {"workitem.id.*"},
    {"workgroup.id.*"},
    {"mbcnt.*"},
    {"wavefrontsize"},
    {"kernarg.segment.ptr"},
    // Across lanes.
    {"readfirstlane"},
    {"readlane"},
    {"writelane"},
    {"ballot"},
    {"update.dpp"},
    {"mov.dpp"},
    {"ds.swizzle"},
    {"ds.permute"},
    {"ds.bpermute"},
    {"permlane16.swap", 4},
    {"permlane32.swap", 4},
    // Order and scheduling.
    {"s.barrier"},
    {"wave.barrier"},
    {"s.waitcnt"},
    {"s.setprio"},
    {"s.sleep"},
    {"s.nop"},
    {"s.getreg"},
    {"sched.barrier"},
    {"sched.group.barrier"},
    {"iglp.opt"},
    // Bits and numbers.
    {"perm"},
    {"alignbyte"},
    {"sbfe"},
    {"ubfe"},
    {"bitop3", 4},
    {"fmed3"},
    {"class"},
    {"rcp"},
    {"rsq"},
    {"sqrt"},
    {"exp2"},
    {"log"},
    {"fract"},
    {"frexp.*"},
    {"div.scale"},
    {"div.fmas"},
    {"div.fixup"},
    // Conversions.
    {"cvt.pkrtz"},
    {"cvt.f32.fp8"},
    {"cvt.f32.bf8"},
    {"cvt.pk.f32.fp8"},
    {"cvt.pk.f32.bf8"},
    {"cvt.pk.fp8.f32"},
    {"cvt.pk.bf8.f32"},
    {"cvt.sr.fp8.f32"},
    {"cvt.sr.bf8.f32"},
    {"cvt.scalef32.*", 4},
    // Matrices.
    {"mfma.f32.16x16x32.fp8.fp8"},
    {"mfma.f32.16x16x32.fp8.bf8"},
    {"mfma.f32.16x16x32.bf8.fp8"},
    {"mfma.f32.16x16x32.bf8.bf8"},
    {"mfma.f32.32x32x16.fp8.fp8"},
    {"mfma.f32.32x32x16.fp8.bf8"},
    {"mfma.f32.32x32x16.bf8.fp8"},
    {"mfma.f32.32x32x16.bf8.bf8"},
    {"mfma.f32.16x16x16bf16.1k"},
    {"mfma.f32.32x32x8bf16.1k"},
    {"mfma.f32.16x16x16f16"},
    {"mfma.f32.32x32x8f16"},
    {"mfma.f32.16x16x4f32"},
    {"mfma.f32.32x32x2f32"},
    {"mfma.i32.16x16x32.i8"},
    {"mfma.i32.32x32x16.i8"},
    {"mfma.f32.16x16x8.xf32", 3, 3},
    {"mfma.f32.32x32x4.xf32", 3, 3},
    {"mfma.f32.16x16x32.bf16", 4},
    {"mfma.f32.32x32x16.bf16", 4},
    {"mfma.f32.16x16x32.f16", 4},
    {"mfma.f32.32x32x16.f16", 4},
    {"mfma.scale.f32.16x16x128.f8f6f4", 4},
    {"mfma.scale.f32.32x32x64.f8f6f4", 4},
    // Memory.
    {"make.buffer.rsrc"},
    {"raw.buffer.*"},
    {"raw.ptr.buffer.*"},
    {"global.load.lds"},
    {"load.to.lds"},
    {"ds.read.tr4.b64", 4},
    {"ds.read.tr6.b96", 4},
    {"ds.read.tr8.b64", 4},
    {"ds.read.tr16.b64", 4},
};

/// The row of an intrinsic's name; null if it is not in the list.
const Known *findKnown(llvm::StringRef name) {
  for (const Known &known : kKnown) {
    llvm::StringRef pattern = known.name;
    if (pattern.consume_back("*") ? name.starts_with(pattern) : name == pattern)
      return &known;
  }
  return nullptr;
}

/// Which operand of a load straight into LDS is the number of bytes; none for
/// other intrinsics.
std::optional<unsigned> findLdsBytesOperand(llvm::StringRef name) {
  if (name == "global.load.lds" || name == "load.to.lds" ||
      name == "raw.ptr.buffer.load.lds" || name == "raw.buffer.load.lds")
    return 2;
  return std::nullopt;
}

class Verifier {
public:
  Verifier(const tile::TargetFacts &target, mlir::Location location)
      : target(target), location(location) {}

  llvm::LogicalResult verify(const llvm::Function &function) {
    for (const llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction))
        if (failed(verify(*call, function.getName())))
          return mlir::failure();
    return mlir::success();
  }

private:
  llvm::LogicalResult verify(const llvm::CallBase &call,
                             llvm::StringRef kernel) {
    if (call.isInlineAsm())
      return mlir::success();
    const llvm::Function *callee = call.getCalledFunction();
    // [amdgpu_link_c1]
    if (!callee || !callee->isIntrinsic())
      return mlir::emitError(location, "[amdgpu_link_c1] kernel '")
             << kernel << "' calls '" << (callee ? callee->getName() : "")
             << "'; there is no device library";
    llvm::StringRef name =
        llvm::Intrinsic::getBaseName(callee->getIntrinsicID());
    if (!name.consume_front("llvm.amdgcn."))
      return mlir::success();
    const Known *known = findKnown(name);
    // [amdgpu_instruction_c1]
    if (!known || target.cdna < known->first || target.cdna > known->last)
      return mlir::emitError(location, "[amdgpu_instruction_c1] kernel '")
             << kernel << "' uses llvm.amdgcn." << name
             << (known ? ", which " : ", which is not known to exist on ")
             << target.name << (known ? " lacks" : "");
    // [amdgpu_instruction_c2]
    if (std::optional<unsigned> operand = findLdsBytesOperand(name)) {
      auto *bytes =
          llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(*operand));
      if (!bytes ||
          !llvm::is_contained(target.loadToLdsBytes, bytes->getSExtValue()))
        return mlir::emitError(location, "[amdgpu_instruction_c2] kernel '")
               << kernel << "' loads "
               << (bytes ? std::to_string(bytes->getSExtValue()) : "?")
               << " bytes a lane straight into LDS; " << target.name
               << " can load " << target.loadToLdsBytes;
    }
    return mlir::success();
  }

  const tile::TargetFacts &target;
  mlir::Location location;
};

} // namespace

llvm::LogicalResult amdgcn::verifyIntrinsics(const llvm::Module &module,
                                             const tile::TargetFacts &target,
                                             mlir::Location location) {
  Verifier verifier(target, location);
  for (const llvm::Function &function : module)
    if (failed(verifier.verify(function)))
      return mlir::failure();
  return mlir::success();
}
