//===- KernelRun.h - What the workgroups of a launch do ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the integers of a tile kernel, workgroup by workgroup: indices, bounds
// of loops, conditions. It knows which integers the buffers hold (numbers of
// tokens, positions, page tables, ids of experts) and ignores everything else,
// so that no data is needed. How often each block runs and which bytes are
// touched is then exact.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_COSTMODEL_KERNELRUN_H
#define DSV4C_COSTMODEL_KERNELRUN_H

#include "dsv4c/CostModel/LineSet.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace dsv4c::cost {

/// Element of a buffer of integers, by its place in row-major order; nothing
/// where that is not known.
using Contents = std::function<std::optional<int64_t>(int64_t)>;

/// Of one buffer, over all workgroups.
struct BufferTraffic {
  LineSet read, written;
  /// Bytes that workgroups ask for, repetitions included.
  int64_t requested = 0;
};

struct KernelRun {
  int64_t workgroups = 0;
  /// How often each block of the kernel runs.
  std::map<mlir::Block *, int64_t> executions;
  /// How often a loop, by its body, is entered and runs at least once.
  std::map<mlir::Block *, int64_t> entries;
  /// By the kernel's buffers: argument i + 1.
  std::vector<BufferTraffic> buffers;
  /// How often each tile.top_k has looked at how many elements.
  std::map<mlir::Operation *, std::map<int64_t, int64_t>> selections;
};

/// Fails with a diagnostic `[kernel_run_c1]` if a loop's bounds, or
/// `[kernel_run_c2]` if an address depends on what isn't known.
mlir::FailureOr<KernelRun> runKernel(tile::KernelOp kernel,
                                     llvm::ArrayRef<Contents> contents,
                                     int64_t lineBytes);

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_KERNELRUN_H
