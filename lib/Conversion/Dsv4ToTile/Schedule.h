//===- Schedule.h - Buffers, weights and state of the schedule --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_DSV4TOTILE_SCHEDULE_H
#define DSV4C_CONVERSION_DSV4TOTILE_SCHEDULE_H

#include "KernelWriter.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace dsv4c {

/// The exec ops of a module while programs are converted: gives every part of a
/// value that a kernel asks for a buffer, once.
class Schedule {
public:
  explicit Schedule(mlir::ModuleOp module);

  /// Starts the buffers of `program`: values of the step belong to it alone.
  mlir::LogicalResult beginProgram(dsv4::ProgramOp program,
                                   const StepSizes &sizes);

  /// The buffer of a kernel parameter. `type` is how the kernel sees it.
  mlir::FailureOr<mlir::FlatSymbolRefAttr>
  buffer(const KernelWriter::Parameter &parameter, mlir::MemRefType type,
         mlir::Type holds);

  /// Conditions under which kernels may fold the scales of e2m1 weights, given
  /// the buffers of a launch and what they stand for.
  mlir::ArrayAttr
  foldConditions(tile::ScaleFolding folding,
                 llvm::ArrayRef<KernelWriter::Parameter> parameters,
                 llvm::ArrayRef<mlir::Attribute> buffers);

  /// Buffers of the program's inputs and outputs, in order.
  mlir::ArrayAttr inputs();
  mlir::ArrayAttr outputs();

private:
  mlir::FlatSymbolRefAttr define(llvm::StringRef name, exec::Space space,
                                 mlir::MemRefType type, mlir::Type holds,
                                 exec::Part part);
  mlir::FailureOr<mlir::FlatSymbolRefAttr>
  weight(mlir::Value value, exec::Part part, mlir::MemRefType type);
  mlir::FlatSymbolRefAttr ropeTable(dsv4::RopeTableOp table,
                                    mlir::MemRefType type);
  mlir::FlatSymbolRefAttr state(mlir::BlockArgument argument, exec::Part part,
                                mlir::MemRefType type);
  mlir::FlatSymbolRefAttr stepValue(mlir::Value value, exec::Part part,
                                    mlir::MemRefType type);

  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  llvm::StringMap<exec::BufferOp> buffers;
  llvm::StringMap<exec::StateOp> states;
  llvm::StringMap<exec::PackOp> packs;

  /// `type` as a matrix with a row per token, or per output row.
  mlir::MemRefType perToken(mlir::Value value, mlir::MemRefType type) const;

  dsv4::ProgramOp program;
  StepSizes sizes = {};
  /// Values of the program by name of the output they are.
  llvm::MapVector<mlir::Value, mlir::StringAttr> outputNames;
  llvm::MapVector<std::pair<mlir::Value, exec::Part>, mlir::FlatSymbolRefAttr>
      stepValues;
  llvm::MapVector<mlir::Value, mlir::FlatSymbolRefAttr> inputBuffers,
      outputBuffers;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_SCHEDULE_H
