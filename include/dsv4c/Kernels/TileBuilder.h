//===- TileBuilder.h - Short spellings for tile programs --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vocabulary in which kernel fragments are written: each method creates one
// or two operations of the tile, arith, math, tensor or fp8 dialect. Tiles are
// statically shaped ranked tensors; arithmetic is f32, and bf16 only appears
// where the specification rounds (spec section 4, "-> bf16").

#ifndef DSV4C_KERNELS_TILEBUILDER_H
#define DSV4C_KERNELS_TILEBUILDER_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace dsv4c::kernels {

using Shape = llvm::ArrayRef<int64_t>;

class TileBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Value = mlir::Value;

  /// Shape of a tile.
  static Shape shapeOf(Value tile) {
    return mlir::cast<mlir::RankedTensorType>(tile.getType()).getShape();
  }

  //===--- Scalars --------------------------------------------------------===//
  Value index(int64_t value);
  Value f32(double value);
  /// Integer of any width, read as unsigned, as an index.
  Value toIndex(Value integer);
  Value addIndex(Value a, Value b);
  Value addIndex(Value a, int64_t b) { return addIndex(a, index(b)); }
  Value subIndex(Value a, Value b);
  Value mulIndex(Value a, int64_t b);
  Value mulIndex(Value a, Value b);
  Value divIndex(Value a, int64_t b);
  Value divIndex(Value a, Value b);
  Value remIndex(Value a, int64_t b);
  Value minIndex(Value a, Value b);
  Value maxIndex(Value a, Value b);
  /// The piece of work of workgroup `number` of `count`, of which `together` in
  /// a row read the same memory (tile.deal).
  Value deal(Value number, int64_t count, int64_t together);
  /// Works on indices and on tiles of integers.
  Value cmp(mlir::arith::CmpIPredicate predicate, Value a, Value b);
  /// Element of a one-dimensional buffer of i32, as an index.
  Value loadIndex(Value memref, Value position);

  //===--- Tiles from scalars ---------------------------------------------===//
  Value fill(Shape shape, double value);
  Value fillIndex(Shape shape, int64_t value);
  Value splat(Value scalar, Shape shape);
  Value iota(int64_t size, mlir::Type elementType);

  //===--- Elementwise ----------------------------------------------------===//
  Value toF32(Value bf16);
  Value toBf16(Value f32);
  /// f32 rounded to bf16 precision.
  Value roundToBf16(Value f32) { return toF32(toBf16(f32)); }
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value fma(Value a, Value b, Value c);
  Value max(Value a, Value b);
  Value min(Value a, Value b);
  Value exp(Value a);
  Value sqrt(Value a);
  /// 1 / sqrt(a), both correctly rounded.
  Value rsqrt(Value a);
  Value sigmoid(Value a);
  Value abs(Value a);
  Value select(Value condition, Value a, Value b);
  /// The same with a constant on the right.
  Value add(Value a, double b);
  Value mul(Value a, double b);

  //===--- Shape ----------------------------------------------------------===//
  Value broadcast(Value tile, llvm::ArrayRef<int64_t> dims, Shape shape);
  /// [M] repeated along the columns of [M, N].
  Value alongRows(Value tile, Shape shape) {
    return broadcast(tile, {0}, shape);
  }
  /// [N] repeated along the rows of [M, N].
  Value alongColumns(Value tile, Shape shape) {
    return broadcast(tile, {1}, shape);
  }
  Value reshape(Value tile, Shape shape);
  Value transpose(Value tile);
  Value slice(Value tile, llvm::ArrayRef<mlir::OpFoldResult> offsets,
              Shape sizes, llvm::ArrayRef<int64_t> strides = {});
  /// The slice without its leading dimensions of size 1, down to rank `rank`.
  Value sliceDropping(Value tile, llvm::ArrayRef<mlir::OpFoldResult> offsets,
                      Shape sizes, int64_t rank);
  Value insert(Value part, Value into,
               llvm::ArrayRef<mlir::OpFoldResult> offsets,
               llvm::ArrayRef<int64_t> strides = {});
  Value extract(Value tile, llvm::ArrayRef<Value> indices);
  /// Tile whose elements are about to be inserted.
  Value empty(Shape shape, mlir::Type elementType);

  //===--- Reductions and products ----------------------------------------===//
  Value reduce(tile::ReduceKind kind, Value tile, int64_t dim);
  Value sum(Value tile, int64_t dim) {
    return reduce(tile::ReduceKind::Add, tile, dim);
  }
  Value dot(Value a, Value b);

  //===--- Memory ---------------------------------------------------------===//
  Value load(Value memref, llvm::ArrayRef<Value> indices, Shape shape,
             Value valid = {});
  /// The same for rows of which each decides about its own results only: those
  /// from `valid` on are unspecified.
  Value loadRows(Value memref, llvm::ArrayRef<Value> indices, Shape shape,
                 Value valid);
  void store(Value tile, Value memref, llvm::ArrayRef<Value> indices,
             Value valid = {});
  Value gather(Value memref, Value rows, llvm::ArrayRef<Value> columns,
               Shape shape);
  void scatter(Value tile, Value memref, Value rows,
               llvm::ArrayRef<Value> columns);

  //===--- Narrow floats --------------------------------------------------===//
  /// Codes or scales to f32. Codes in a scaled type that passed the loader, or
  /// that a kernel wrote, are never NaN.
  Value decode(Value codes);
  /// f32 to codes of `type`, clamped to `largest`.
  Value encode(Value f32, mlir::Type type, int64_t largest);
  /// e2m1 codes in one nibble of each byte to f32.
  Value decodeNibble(Value bytes, bool high);
  /// e2m1 codes in one nibble of each byte to codes of `type`, e4m3, times 2 to
  /// the power of `exponents`, i32, less 8, if these are not null
  /// (fp8.widen_fp4).
  Value widenNibble(Value bytes, bool high, mlir::Type type,
                    Value exponents = {});
  /// e8m0 scales to their bytes as i32.
  Value biasedExponents(Value scales);
  /// 2^(i - 127), for i of 1 to 254.
  Value powers(Value biasedExponents);

  //===--- Control flow ---------------------------------------------------===//
  using LoopBody =
      llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)>;
  /// for i = lower; i < upper; i += step, carrying values.
  llvm::SmallVector<Value> loop(Value lower, Value upper, int64_t step,
                                mlir::ValueRange init, LoopBody body);
  void when(Value condition, llvm::function_ref<void()> body);
  void whenElse(Value condition, llvm::function_ref<void()> then,
                llvm::function_ref<void()> otherwise);
  /// Values of `then` or of `otherwise`.
  llvm::SmallVector<Value>
  choose(Value condition, llvm::function_ref<llvm::SmallVector<Value>()> then,
         llvm::function_ref<llvm::SmallVector<Value>()> otherwise);

private:
  Value constantLike(Value like, double value);
};

} // namespace dsv4c::kernels

#endif // DSV4C_KERNELS_TILEBUILDER_H
