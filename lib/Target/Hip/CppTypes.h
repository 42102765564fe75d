//===- CppTypes.h - C++ types and literals of MLIR's ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integers are unsigned, since signless ones wrap; ops that read a sign cast.
// FP8, FP4 and bf16 values are their bits. A vector of one element is a scalar.

#ifndef DSV4C_LIB_TARGET_HIP_CPPTYPES_H
#define DSV4C_LIB_TARGET_HIP_CPPTYPES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <optional>
#include <set>
#include <string>

namespace dsv4c::hip {

/// Whether `type` is a vector in C++, too.
bool isCppVector(mlir::Type type);

/// Elements of a scalar or 1-D vector.
int64_t numElements(mlir::Type type);

/// The element type of vectors, other types as they are.
mlir::Type elementType(mlir::Type type);

/// Bits of an element in a register: 64 for index.
unsigned elementBits(mlir::Type type);

/// C++ types by name, and those that a file has to define.
class CppTypes {
public:
  /// "f32", "u8x16"; nothing for a type that has no equivalent.
  std::optional<std::string> find(mlir::Type type);
  /// The same with signed integers: "i32x4".
  std::optional<std::string> findSigned(mlir::Type type);
  /// A vector type by its parts, for casts: "bfloat", 8.
  std::string vector(const std::string &element, int64_t size);

  /// A literal of `type`; nothing if there is none.
  std::optional<std::string> literal(mlir::TypedAttr value);
  /// A literal of the signed type; nothing if `value` is no integer that all
  /// elements have.
  std::optional<std::string> signedLiteral(mlir::TypedAttr value);

  /// Typedefs of all vectors that were asked for.
  std::string definitions() const;

private:
  std::optional<std::string> find(mlir::Type type, char integer);

  std::set<std::pair<std::string, int64_t>> vectors;
};

} // namespace dsv4c::hip

#endif // DSV4C_LIB_TARGET_HIP_CPPTYPES_H
