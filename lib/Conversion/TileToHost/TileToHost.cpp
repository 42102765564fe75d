//===- TileToHost.cpp - Lower kernels to functions of loops ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLowering.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "llvm/ADT/STLExtras.h"

namespace dsv4c::tile {
#define GEN_PASS_DEF_TILETOHOST
#include "Tile/TilePasses.h.inc"
} // namespace dsv4c::tile

using namespace mlir;
using namespace dsv4c;

namespace {
class TileToHostPass : public tile::impl::TileToHostBase<TileToHostPass> {
public:
  using TileToHostBase::TileToHostBase;

  void runOnOperation() override {
    if (vectorWidth < 4 || !llvm::isPowerOf2_64(vectorWidth)) {
      getOperation().emitError("[tile_to_host_c3] vector-width must be a power "
                               "of two of at least 4, found ")
          << vectorWidth.getValue();
      return signalPassFailure();
    }
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<tile::KernelOp>())) {
      if (failed(verifyLayouts(kernel)))
        return signalPassFailure();
      tile_to_host::KernelLowering lowering(
          kernel, {static_cast<int64_t>(vectorWidth)});
      if (failed(lowering.run()))
        return signalPassFailure();
      kernel.erase();
      ++numKernels;
      numBuffers += lowering.getNumBuffers();
      numBufferBytes += lowering.getBufferBytes();
    }
  }

private:
  static LogicalResult verifyLayouts(tile::KernelOp kernel) {
    for (unsigned i = 0, e = kernel.getArgumentTypes().size(); i < e; ++i)
      // [tile_to_host_c4]
      if (int64_t fragment = kernel.getFragment(i))
        return kernel.emitOpError("[tile_to_host_c4] expects weights in plain "
                                  "panels, found fragments of ")
               << fragment << " bytes in buffer " << i - 1
               << ": they are for matrix instructions, which the host has none "
                  "of";
    return success();
  }
};
} // namespace
