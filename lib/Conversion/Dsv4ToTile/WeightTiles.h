//===- WeightTiles.h - Products with packed weights -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inner loop of every product: walks K in blocks of 128, decodes the
// activations and the panels of the weight, and adds each block's dot, scaled,
// to the accumulators. The order of summation depends on nothing but K and the
// weight's format (spec 3.7, 3.8).

#ifndef DSV4C_CONVERSION_DSV4TOTILE_WEIGHTTILES_H
#define DSV4C_CONVERSION_DSV4TOTILE_WEIGHTTILES_H

#include "KernelWriter.h"

namespace dsv4c {

class WeightTiles {
public:
  using Value = mlir::Value;
  /// Columns of K per step.
  static constexpr int64_t kBlock = 128;

  /// `weight`: [N, K] or [E, N, K], shuffled into panels.
  WeightTiles(KernelWriter &w, Value weight);

  /// Panels `first` ... `first` + `count` - 1 of activations times weight^T:
  /// tiles [M, panel] f32, or [M, 2 panel] where two are one factor.
  /// `activations(k)` gives f32 [M, 128] from column k on, `scales(k / 128)`
  /// their scales [M] or is null; `expert` is an index or null. K is summed in
  /// `chunks` chunks (SplitSum.h): all of them in order, or number `chunk`
  /// alone if that is not null.
  llvm::SmallVector<Value> dots(int64_t m, Value first, int64_t count,
                                llvm::function_ref<Value(Value k)> activations,
                                llvm::function_ref<Value(Value block)> scales,
                                Value expert, int64_t chunks = 1,
                                Value chunk = {});

  /// The same for several weights of one shape, one after the other, which share
  /// the activations of each step.
  static llvm::SmallVector<Value>
  dots(llvm::ArrayRef<WeightTiles *> weights, int64_t m, Value first,
       int64_t count, llvm::function_ref<Value(Value k)> activations,
       llvm::function_ref<Value(Value block)> scales, Value expert,
       int64_t chunks, Value chunk);

  /// Shape of one matrix, and width of its panels.
  int64_t rows;
  int64_t columns;
  int64_t panel;

private:
  Value blockE4M3(Value accumulator, Value a, Value aScale, Value panelIndex,
                  Value k, Value expert);
  Value blockE2M1(Value accumulator, Value a, Value aScale, Value panelRow,
                  Value k);
  Value blockE2M1Folded(Value accumulator, Value a, Value aScale,
                        Value panelRow, Value k);
  Value blockUnscaled(Value accumulator, Value a, Value panelRow, Value k);
  /// accumulator + the product of the 128 columns from k on.
  Value block(Value accumulator, Value a, Value aScale, Value panelIndex,
              Value k, Value expert);
  /// The bytes of 128 columns of an e2m1 panel.
  Value loadPairs(Value panelRow, Value k);
  /// Blocks of 32 columns in the bytes of panels [16 blocks, panel] as e4m3
  /// codes of `type` [32 blocks, panels], times 2 to the power of `exponents`
  /// [blocks, panel], biased (fp8.widen_fp4), if these are not null.
  Value widen(llvm::ArrayRef<Value> panels, mlir::Type type, Value exponents);
  Value loadScales(Value panelRow, Value k, int64_t blocks);
  Value powersOfSums(Value scales);
  int64_t joinedPanels(int64_t count) const;

  KernelWriter &w;
  kernels::TileBuilder &b;
  fp8::ScaledType scaled;
  Value codes, scaleBuffer;
};

} // namespace dsv4c

#endif // DSV4C_CONVERSION_DSV4TOTILE_WEIGHTTILES_H
