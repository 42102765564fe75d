//===- Fp8Passes.td - Passes of the fp8 dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_PASSES
#define DSV4C_FP8_PASSES

include "mlir/Pass/PassBase.td"

def Fp8ExpandConversions : Pass<"fp8-expand-conversions"> {
  let summary = "Rewrite the elementwise conversions into integer and f32 arithmetic";
  let description = [{
    Replaces every elementwise `fp8` op by `arith` ops on integers, f16 and f32
    that are exact, free of branches and vectorise on x86 and on GPUs. No
    arithmetic on an f8 type remains: f8 values are only moved and bitcast to i8.

    Before:

    ```mlir
    %y = fp8.extend finite %x : vector<16xf8E4M3FN> to vector<16xf32>
    ```

    After, with splat constants abbreviated (e4m3 is placed in f16, whose
    conversion is a single instruction and handles subnormals at full speed):

    ```mlir
    %0 = arith.bitcast %x : vector<16xf8E4M3FN> to vector<16xi8>
    %1 = arith.extui %0 : vector<16xi8> to vector<16xi16>
    %2 = arith.shli %1, 8
    %3 = arith.shrsi %2, 1
    %4 = arith.andi %3, 0xBF80
    %5 = arith.bitcast %4 : vector<16xi16> to vector<16xf16>
    %6 = arith.extf %5 : vector<16xf16> to vector<16xf32>
    %y = arith.mulf %6, 256.0
    ```

    Ranked tensors must be static; convert-elementwise-to-linalg comes first for
    others.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [
    Statistic<"numExpanded", "conversions-expanded",
              "Elementwise conversions rewritten">
  ];
}

#endif // DSV4C_FP8_PASSES
