//===- FunctionEmitter.h - One function as C++ ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values become constants by the names of the tile ops that they come from;
// pure ones with one use become part of the expression that uses them. Control
// flow stays structured.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_TARGET_HIP_FUNCTIONEMITTER_H
#define DSV4C_LIB_TARGET_HIP_FUNCTIONEMITTER_H

#include "CppTypes.h"
#include "Prelude.h"
#include "SourceLines.h"
#include "dsv4c/Target/Hip/HipSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace dsv4c::hip {

/// What the functions of a file share.
struct FileState {
  CppTypes types;
  std::set<Helper> helpers;
  SourceLines lines;
};

/// What may be an operand of what, as it is: names, calls and subscripts of
/// everything; casts of operators of two operands.
enum class Binding { Primary, Unary, Other };

/// The C++ text of a value.
struct Expression {
  std::string text;
  Binding binding = Binding::Primary;
};

class FunctionEmitter {
public:
  explicit FunctionEmitter(FileState &file) : file(file) {
    // Functions of the prelude, which a variable must not hide.
    for (const char *name : {"load", "store", "select", "shuffle", "lane_id"})
      names[name] = 1;
  }

  /// Both append to the text; they fail with a diagnostic at an op that has no
  /// translation.
  llvm::LogicalResult emitKernel(mlir::gpu::GPUFuncOp kernel,
                                 llvm::ArrayRef<Parameter> parameters);
  llvm::LogicalResult emitHelper(mlir::func::FuncOp helper);

  const std::string &getText() const { return text; }

private:
  // FunctionEmitter.cpp
  llvm::LogicalResult emitParameters(mlir::gpu::GPUFuncOp kernel,
                                     llvm::ArrayRef<Parameter> parameters,
                                     std::string &list, std::string &types);
  llvm::LogicalResult emitSharedMemory(mlir::gpu::GPUFuncOp kernel);
  llvm::LogicalResult emitOp(mlir::Operation *op);
  llvm::LogicalResult noTranslation(mlir::Operation *op,
                                    const llvm::Twine &what = "");

  // EmitControlFlow.cpp
  llvm::LogicalResult emitBlock(mlir::Block &block);
  llvm::LogicalResult emitFor(mlir::scf::ForOp loop);
  llvm::LogicalResult emitIf(mlir::scf::IfOp branch);
  llvm::LogicalResult emitYield(mlir::scf::YieldOp yield);

  // EmitArith.cpp
  llvm::LogicalResult emitArith(mlir::Operation *op);
  llvm::LogicalResult emitConstant(mlir::arith::ConstantOp op);
  llvm::LogicalResult emitCompareInt(mlir::arith::CmpIOp op);
  llvm::LogicalResult emitCompareFloat(mlir::arith::CmpFOp op);
  llvm::LogicalResult emitSelect(mlir::arith::SelectOp op);
  llvm::LogicalResult emitConvert(mlir::Operation *op);
  llvm::LogicalResult emitBitcast(mlir::Operation *op);
  llvm::LogicalResult emitMath(mlir::Operation *op);
  llvm::LogicalResult verifyFastMath(mlir::Operation *op);

  // EmitVector.cpp
  llvm::LogicalResult emitVector(mlir::Operation *op);
  /// Element `i` of a vector; the value itself if it is a scalar in C++.
  std::string element(mlir::Value vector, int64_t i);
  llvm::LogicalResult emitElements(mlir::Value result,
                                   llvm::ArrayRef<std::string> elements);
  llvm::LogicalResult emitShuffle(mlir::vector::ShuffleOp op);

  // EmitMemory.cpp
  llvm::LogicalResult emitMemory(mlir::Operation *op);
  llvm::LogicalResult emitGetElement(mlir::LLVM::GEPOp op);
  llvm::LogicalResult emitPointerLoad(mlir::LLVM::LoadOp op);
  llvm::LogicalResult emitPointerStore(mlir::LLVM::StoreOp op);
  llvm::LogicalResult emitView(mlir::memref::ViewOp op);
  /// At `address`, which points into `pointer`.
  llvm::LogicalResult emitLoad(mlir::Operation *op, mlir::Value pointer,
                               const std::string &address, int64_t alignment,
                               bool nontemporal);
  llvm::LogicalResult emitStore(mlir::Operation *op, mlir::Value pointer,
                                const std::string &address, mlir::Value value,
                                int64_t alignment, bool nontemporal);
  /// Pointer to an element of a buffer.
  std::string address(mlir::Value memref, mlir::ValueRange indices);
  std::optional<std::string> pointerType(mlir::Value pointer);

  // EmitAtomics.cpp
  llvm::LogicalResult emitFence(mlir::LLVM::FenceOp op);
  llvm::LogicalResult emitAtomic(mlir::LLVM::AtomicRMWOp op);
  llvm::LogicalResult emitAtomic(mlir::memref::AtomicRMWOp op);

  // EmitGpu.cpp
  llvm::LogicalResult emitGpu(mlir::Operation *op);
  llvm::LogicalResult emitShuffle(mlir::gpu::ShuffleOp op);
  llvm::LogicalResult emitIntrinsic(mlir::Operation *op, llvm::StringRef name);

  // Values
  /// Of a bound value, as it is, for arguments of calls.
  const std::string &use(mlir::Value value);
  /// In parentheses unless an atom, for operands of operators.
  std::string operand(mlir::Value value);
  /// A name or the like, which may stand in several places.
  const std::string &atom(mlir::Value value);
  /// The value as a signed integer.
  std::string asSigned(mlir::Value value);
  /// Binds without a variable: the text costs nothing.
  llvm::LogicalResult alias(mlir::Value value, std::string expression,
                            Binding binding = Binding::Primary);
  /// Binds a value without effects, to a variable if that is easier to read.
  llvm::LogicalResult bind(mlir::Value value, std::string expression,
                           Binding binding = Binding::Other);
  /// Binds to what `other` is.
  llvm::LogicalResult bindSame(mlir::Value value, mlir::Value other);
  /// Binds to a variable.
  llvm::LogicalResult define(mlir::Value value, std::string expression);
  llvm::LogicalResult requireType(mlir::Operation *op, mlir::Type type,
                                  std::string &name);
  /// A new name for a value of `op`.
  std::string newName(mlir::Operation *op, mlir::Type type);
  std::string unique(const std::string &base);

  // Lines
  llvm::StringRef findLine(mlir::Operation *op) const;
  void comment(mlir::Operation *op);
  void statement(const llvm::Twine &line);

  FileState &file;
  std::string text;
  unsigned indent = 0;
  unsigned loopDepth = 0;
  llvm::StringRef lastLine;
  llvm::DenseMap<mlir::Value, Expression> expressions;
  llvm::StringMap<unsigned> names;
  /// Pointers to what is not written.
  llvm::DenseSet<mlir::Value> constPointers;
};

} // namespace dsv4c::hip

#endif // DSV4C_LIB_TARGET_HIP_FUNCTIONEMITTER_H
