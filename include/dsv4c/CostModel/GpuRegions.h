//===- GpuRegions.h - From a tile kernel's blocks to GPU code ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile kernel says how often its blocks run (KernelRun.h), machine code says
// what a block costs. In between, kernels are lowered to the control flow of a
// gpu.func, whose regions are followed here by the locations of operations: of
// tile operations first, of the regions themselves afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_COSTMODEL_GPUREGIONS_H
#define DSV4C_COSTMODEL_GPUREGIONS_H

#include "dsv4c/CostModel/KernelRun.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <vector>

namespace dsv4c::cost {

/// Region of the control flow in a gpu.func. Number 0 is the whole body.
struct GpuRegion {
  int64_t parent = -1;
  /// Loops of the gpu.func around it.
  int64_t loops = 0;
  /// The tile kernel's block that it is (part of).
  mlir::Block *block = nullptr;
  /// The operation whose lowering it is a part of, if it isn't control flow of
  /// the tile kernel.
  mlir::Operation *inside = nullptr;
  /// Copies of it in its loop, which takes as many steps at a time.
  int64_t copies = 1;
  /// How often it runs each time its parent runs, averaged over waves; for
  /// parts of an operation.
  double share = 1;
  /// Lanes of a wave, in groups of so many.
  static constexpr int64_t kLaneGroup = 4;
  /// The groups of lanes with an active one: for each how often, of the runs.
  std::vector<double> activeLanes = std::vector<double>(64 / kLaneGroup, 1.0);
  /// It is a loop inside of a tile.top_k, over what the selection looks at, or
  /// one of the branches that a turn of the loop consists of.
  enum class Selection {
    None,
    Strided,
    Blocked,
    Fill
  } selection = Selection::None;
  /// Of a selection: elements of a branch, branches of a turn, and which it is.
  int64_t pieceWidth = 1, pieces = 1, piece = 0;
  /// The branch that it is a side of, and which; null for loops.
  mlir::Operation *branch = nullptr;
  unsigned side = 0;
  /// Names of its matrix instructions, in order, and of its stores: code that
  /// stays, in the region's blocks or merged into another's.
  std::string matrixInstructions, stores;
};

struct GpuRegions : std::vector<GpuRegion> {
  /// Of a workgroup.
  int64_t threads = 0;

  /// Is region `number` inside of `outer`, or is it that?
  bool isInside(int64_t number, int64_t outer) const {
    while (number > outer)
      number = (*this)[number].parent;
    return number == outer;
  }
};

/// A module with copies of `kernels`, the locations of whose operations are
/// their numbers.
class NumberedKernels {
public:
  explicit NumberedKernels(llvm::ArrayRef<tile::KernelOp> kernels);

  mlir::ModuleOp getModule() { return *module; }

  /// To be called once the copies are gpu.funcs: lists their regions, by the
  /// kernel's name, and makes the locations of operations the numbers of the
  /// regions that they are in.
  llvm::StringMap<GpuRegions> labelRegions();

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<mlir::Operation *> originals;
};

/// Executions of code of region `number` by a wave, summed over workgroups and
/// averaged over their waves. Around the code are `loops`: if fewer than around
/// the region, it was moved in front of a loop, or that loop has become a
/// branch, and runs whenever the loop would have.
double getExecutions(const GpuRegions &regions, int64_t number, int64_t loops,
                     const KernelRun &run, int64_t threads, int64_t waveSize);

/// The number that a location stands for; -1 if it is no such location.
int64_t getLocationNumber(mlir::Location location);

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_GPUREGIONS_H
