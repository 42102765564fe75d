//===- ScaledBuilder.h - Codes and scales as tensors ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_LIB_DIALECT_FP8_TRANSFORMS_SCALEDBUILDER_H
#define DSV4C_LIB_DIALECT_FP8_TRANSFORMS_SCALEDBUILDER_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace dsv4c::fp8 {

/// Tensor of the codes of `type`, as in the description of fp8-lower-to-linalg.
mlir::RankedTensorType codesTensor(ScaledType type);
/// Tensor of the scales of `type`.
mlir::RankedTensorType scalesTensor(ScaledType type);

/// What a scaled value became.
struct ScaledParts {
  ScaledType type;
  mlir::Value codes;
  mlir::Value scales;

  ScaledParts(ScaledType type, mlir::ValueRange parts)
      : type(type), codes(parts[0]), scales(parts[1]) {}
};

/// Where a byte lies in codesTensor of a layout with fragments: byte `column`
/// of row `row` of a panel is byte result / W, result mod W of the panel.
mlir::AffineExpr fragmentOffset(ScaledType type, mlir::AffineExpr row,
                                mlir::AffineExpr column);

/// Builds linalg.generic ops whose iteration space is the logical shape.
class ScaledBuilder {
public:
  ScaledBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : b(loc, builder) {}

  struct Operand {
    mlir::Value value;
    mlir::AffineMap map;
  };
  using Body = llvm::function_ref<mlir::Value(ScaledBuilder &,
                                              mlir::ValueRange elements)>;

  /// result[resultMap(i)] = body(operands[map(i)].., result[resultMap(i)]) for
  /// all i; the dimensions in `reduced` run in increasing order.
  mlir::Value generic(mlir::Value init, mlir::AffineMap resultMap,
                      llvm::ArrayRef<Operand> operands, Body body,
                      llvm::ArrayRef<unsigned> reduced = {});
  /// The same for an operand-shaped result without any reduction.
  mlir::Value elementwise(mlir::RankedTensorType type, mlir::Value operand,
                          Body body);

  /// A tensor whose dynamic sizes are those of `like`.
  mlir::Value empty(mlir::RankedTensorType type, mlir::Value like);
  mlir::Value filled(mlir::RankedTensorType type, mlir::Value like,
                     mlir::TypedAttr value);

  mlir::Value i32(int64_t value);
  mlir::Value i8(int64_t value);
  mlir::Value f32(float value);
  mlir::Value bitcast(mlir::Value value, mlir::Type type);

  /// (d0, .., dn) -> (.., di floordiv block[i], ..).
  mlir::AffineMap blockMap(ScaledType type);
  mlir::AffineMap identity(unsigned rank);
  /// Indices of the byte of each logical element in codesTensor(type).
  mlir::AffineMap codesMap(ScaledType type);

  /// f32 value of the code in `byte` of a logical element in column `column`
  /// (index).
  mlir::Value decodeCode(ScaledType type, mlir::Value byte, mlir::Value column);
  /// f32 value of a stored scale.
  mlir::Value decodeScale(ScaledType type, mlir::Value scale);
  /// The stored form of 2^exponent.
  mlir::Value encodeScale(ScaledType type, mlir::Value exponent);
  /// Index of dimension `dim` inside a generic's body.
  mlir::Value column(unsigned dim);

  mlir::ImplicitLocOpBuilder b;
};

void populateLowerMatmulPatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);
void populateLowerQuantizePatterns(const mlir::TypeConverter &converter,
                                   mlir::RewritePatternSet &patterns);
void populateLowerRecastPatterns(const mlir::TypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

} // namespace dsv4c::fp8

#endif // DSV4C_LIB_DIALECT_FP8_TRANSFORMS_SCALEDBUILDER_H
