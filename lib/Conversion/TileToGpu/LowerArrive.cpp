//===- LowerArrive.cpp - tile.arrive and tile.meet ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every thread releases what it has stored, then one of them counts the
// workgroup. The last one to be counted acquires what the others released.
// Fences are the device's, since workgroups run on different dies.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::tile_to_gpu;

LogicalResult KernelLowering::lowerArrive(tile::ArriveOp op) {
  Location loc = op.getLoc();
  StringRef scope = target.deviceScope;
  Type i32Type = builder.getI32Type();
  Value shared = allocateShared(1, i32Type);
  Value slot = arith::ConstantIndexOp::create(builder, loc, 0);

  LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::release, scope);
  // Also the barrier behind which all threads have released.
  sharedRead = true;
  beginSharedWrite();
  {
    OpBuilder::InsertionGuard guard(builder);
    Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        thread, i32(0));
    auto branch = scf::IfOp::create(builder, loc, first, /*withElse=*/false);
    builder.setInsertionPointToStart(&branch.getThenRegion().front());
    Value counter = LLVM::GEPOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), 1),
        i32Type, getScalar(op.getCounters()),
        ValueRange{getScalar(op.getIndex())});
    // Zero again after the last one.
    Value before = LLVM::AtomicRMWOp::create(
        builder, loc, LLVM::AtomicBinOp::uinc_wrap, counter,
        i32(op.getOf() - 1), LLVM::AtomicOrdering::monotonic, scope);
    Value isLast = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, before, i32(op.getOf() - 1));
    Value flag = arith::ExtUIOp::create(builder, loc, i32Type, isLast);
    memref::StoreOp::create(builder, loc, flag, shared, ValueRange{slot});
  }
  endSharedWrite();
  Value flag = memref::LoadOp::create(builder, loc, shared, ValueRange{slot});
  sharedRead = true;
  if (target.kind == tile::TargetKind::AmdGpu)
    flag = ROCDL::ReadfirstlaneOp::create(builder, loc, i32Type, flag);
  LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::acquire, scope);
  scalars.map(op.getLast(),
              arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                    flag, i32(0)));
  return success();
}

/// Workgroups that meet are a cluster. Its barrier releases and acquires what
/// threads store, and no thread passes before all have come: shared memory is
/// in order too.
LogicalResult KernelLowering::lowerMeet(tile::MeetOp op) {
  Location loc = op.getLoc();
  int64_t of = op.getOf();
  // [tile_to_gpu_c7]
  if (of > target.meeting)
    return op.emitOpError("[tile_to_gpu_c7] lets ")
           << of << " workgroups meet, expected at most the " << target.meeting
           << " that surely run at the same time on " << target.name;
  auto name = NVVM::NVVMDialect::getClusterDimAttrName();
  function->setAttr(name, builder.getDenseI32ArrayAttr(
                              {static_cast<int32_t>(of), 1, 1}));
  NVVM::ClusterArriveOp::create(builder, loc, builder.getUnitAttr());
  NVVM::ClusterWaitOp::create(builder, loc, builder.getUnitAttr());
  sharedRead = false;
  return success();
}
