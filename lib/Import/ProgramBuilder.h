//===- ProgramBuilder.h - One dsv4.program under construction
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_IMPORT_PROGRAMBUILDER_H
#define DSV4C_LIB_IMPORT_PROGRAMBUILDER_H

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Import/ModelConfig.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace dsv4c {

/// Builds a program: its arguments, the values that every part of the model
/// shares (weights, rope tables), the state as it is updated, its outputs.
class ProgramBuilder {
public:
  ProgramBuilder(mlir::ModuleOp module, const ModelConfig &config,
                 int64_t maxContext, llvm::StringRef name);

  const ModelConfig &config() const { return model; }
  mlir::OpBuilder &ops() { return builder; }
  mlir::Location loc() const { return location; }
  mlir::Value tokens() const { return tokensArgument; }

  /// Names the part of the model that the next ops belong to.
  void enter(const llvm::Twine &part);

  mlir::Value addInput(llvm::StringRef name, mlir::Type type);
  /// All inputs come before the first state.
  void addState(const llvm::Twine &name, mlir::Type type);
  mlir::Value getState(const llvm::Twine &name) const;
  void setState(const llvm::Twine &name, mlir::Value value);
  void addOutput(const llvm::Twine &name, mlir::Value value);
  /// Terminates the body; nothing can be added afterwards.
  void finish();

  /// [T, shape...]; T is the number of tokens of the step.
  mlir::RankedTensorType perToken(llvm::ArrayRef<int64_t> shape,
                                  mlir::Type element) const;
  mlir::RankedTensorType perTokenBF16(llvm::ArrayRef<int64_t> shape) const;
  mlir::RankedTensorType perTokenF32(llvm::ArrayRef<int64_t> shape) const;

  /// A tensor of the checkpoint; the same value for the same name.
  mlir::Value weight(const llvm::Twine &name, mlir::Type type,
                     int64_t experts = 0);
  mlir::Value weightBF16(const llvm::Twine &name,
                         llvm::ArrayRef<int64_t> shape);
  mlir::Value weightF32(const llvm::Twine &name, llvm::ArrayRef<int64_t> shape);
  /// `<stem>.weight` [rows, columns], FP8 with block scales (spec 2.3).
  mlir::Value weightFp8(const llvm::Twine &stem, int64_t rows, int64_t columns);

  /// Table of the layers with compression, or of the others (spec 4.5).
  mlir::Value ropeTable(bool compressed);

  /// rmsnorm with the weight `<stem>.weight` (spec 4.4).
  mlir::Value rmsNorm(mlir::Value input, const llvm::Twine &stem);
  /// e4m3 codes, one scale per token and 128 channels (spec 3.3, 4.10).
  mlir::Value quantize(mlir::Value input);
  /// Product of `quantized` [T, ..., K] with `<stem>.weight` [rows, K]; bf16.
  mlir::Value fp8Linear(mlir::Value quantized, const llvm::Twine &stem,
                        int64_t rows);
  /// Product of bf16 `input` [T, K] with `<stem>.weight` [rows, K]; the result
  /// has the element type `element`.
  mlir::Value linear(mlir::Value input, const llvm::Twine &stem, int64_t rows,
                     mlir::Type element);

private:
  const ModelConfig &model;
  int64_t maxContext;
  mlir::OpBuilder builder;
  mlir::Location location;
  dsv4::ProgramOp program;
  mlir::Value tokensArgument;
  llvm::MapVector<mlir::StringAttr, mlir::Value> states;
  llvm::SmallVector<std::pair<mlir::StringAttr, mlir::Value>> outputs;
  llvm::StringMap<mlir::Value> weights;
  mlir::Value ropeTables[2];

  mlir::Value addArgument(mlir::StringAttr name, mlir::Type type);
};

} // namespace dsv4c

#endif // DSV4C_LIB_IMPORT_PROGRAMBUILDER_H
