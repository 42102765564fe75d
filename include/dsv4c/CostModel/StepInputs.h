//===- StepInputs.h - The integers that a modelled step reads ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A step of which only the shape matters: how many tokens of how many
// sequences, and how long these are. What the step's inputs hold (StepAbi.h)
// follows. What depends on data is modelled:
//
// experts    each token's are drawn uniformly, without repetition; or they are
//            dealt in turn
// selection  of n entries the indexer chooses k that are evenly spread
// ids        tokens differ
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_COSTMODEL_STEPINPUTS_H
#define DSV4C_COSTMODEL_STEPINPUTS_H

#include "dsv4c/CostModel/KernelRun.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace dsv4c::cost {

enum class Routing { Uniform, InTurn };

struct StepShape {
  /// Of the step, a multiple of `sequences`: each has as many.
  int64_t tokens = 1;
  int64_t sequences = 1;
  /// Length of each sequence with this step's tokens.
  int64_t context = 1;
  Routing routing = Routing::Uniform;
};

class StepInputs {
public:
  /// `module` has an exec schedule, "exec.pool" and "dsv4.config". The message
  /// says what the shape or the module lacks.
  static llvm::Expected<StepInputs>
  create(mlir::ModuleOp module, exec::ProgramOp program, StepShape shape);

  /// What the buffer holds when a launch of the program reads it; null if that
  /// is not known.
  Contents contentsOf(exec::BufferOp buffer) const;

private:
  StepShape shape;
  int64_t window = 0, page = 0;
  int64_t windowColumns = 0, entryColumns = 0;
  int64_t vocabulary = 0, experts = 0, expertsPerToken = 0;
  int64_t indexTopK = 0, indexRatio = 0;
  int64_t outputRows = 0;
  /// Buffers that route or select writes.
  llvm::StringMap<bool> routed, selected;
  std::vector<int64_t> expertIds;
};

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_STEPINPUTS_H
