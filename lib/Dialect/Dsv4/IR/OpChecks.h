//===- OpChecks.h - Shapes and elements that verifiers expect
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first tensor of an op is matched by rank and gives the sizes that its
// shape letters stand for; the others are compared with sizes computed from
// those. A dynamic size (T, or the number of entries) equals any size.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_LIB_DIALECT_DSV4_IR_OPCHECKS_H
#define DSV4C_LIB_DIALECT_DSV4_IR_OPCHECKS_H

#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"

namespace dsv4c::dsv4 {

/// Element types that tensors of this dialect have.
enum class Element { BF16, F32, I32, I64 };

/// One constraint of an op: every message starts with its label.
class Constraint {
public:
  Constraint(mlir::Operation *op, llvm::StringRef label)
      : op(op), label(label) {}

  mlir::InFlightDiagnostic fail() const;

  /// `type` is a tensor of `letters.size()` dimensions with such elements.
  mlir::LogicalResult rank(llvm::StringRef name, mlir::Type type,
                           llvm::ArrayRef<llvm::StringRef> letters,
                           Element element) const;
  /// `type` is a tensor of this shape with such elements; `letters` says where
  /// the sizes come from.
  mlir::LogicalResult shape(llvm::StringRef name, mlir::Type type,
                            llvm::ArrayRef<llvm::StringRef> letters,
                            llvm::ArrayRef<int64_t> sizes,
                            Element element) const;
  mlir::LogicalResult sameType(llvm::StringRef name, mlir::Type type,
                               llvm::StringRef otherName,
                               mlir::Type other) const;
  mlir::LogicalResult atLeast(llvm::StringRef name, int64_t value,
                              int64_t least) const;
  /// Finite and above zero.
  mlir::LogicalResult positive(llvm::StringRef name,
                               const llvm::APFloat &value) const;

private:
  mlir::Operation *op;
  llvm::StringRef label;
};

/// Whether two sizes can be the same at run time.
bool sizesAgree(int64_t a, int64_t b);
/// The shape of a tensor or scaled type.
llvm::ArrayRef<int64_t> getShapeOf(mlir::Type type);

} // namespace dsv4c::dsv4

#endif // DSV4C_LIB_DIALECT_DSV4_IR_OPCHECKS_H
