//===- Fp8Passes.td - Passes of the fp8 dialect ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_PASSES
#define DSV4C_FP8_PASSES

include "mlir/Pass/PassBase.td"

class Fp8_TargetFormatOption<string defaultValue>
    : Option<"targetFormat", "target-format", "::dsv4c::fp8::FloatDialect",
             defaultValue, "FP8 dialect that the target computes in",
             [{::llvm::cl::values(
                 clEnumValN(::dsv4c::fp8::FloatDialect::Ocp, "ocp",
                            "as in checkpoints: gfx950, NVIDIA"),
                 clEnumValN(::dsv4c::fp8::FloatDialect::Fnuz, "fnuz",
                            "gfx940, gfx941, gfx942"))}]>;

def Fp8Legalize : Pass<"fp8-legalize"> {
  let summary = "Move a module to the FP8 dialect of the target";
  let description = [{
    Rewrites every `!fp8.scaled` type in the op and everything below it, wherever
    it occurs (results, block arguments, function types, nested in other types
    and attributes), to the target's dialect. Results of ops that implement
    `WeightSourceOpInterface` hold the checkpoint's bytes and keep their type; a
    `fp8.recast` is inserted behind them. A recast that the rewrite turns into an
    identity is removed. Values stay the same throughout: codes and scales of
    quantisation follow the type (see `fp8.quantize`).

    Before, with `target-format=fnuz`:

    ```mlir
    func.func @f(%x: tensor<?x128xbf16>) -> tensor<?x256xbf16> {
      %w = dsv4.weight "w" : !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
      %a = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
      %c = fp8.scaled_matmul %a, %w : ...
    ```

    After:

    ```mlir
      %w = dsv4.weight "w" : !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
      %z = fp8.recast %w : !fp8.scaled<... ocp ...> to !fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
      %a = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
      %c = fp8.scaled_matmul %a, %z : ...
    ```
  }];
  let dependentDialects = ["::dsv4c::fp8::Fp8Dialect"];
  let options = [Fp8_TargetFormatOption<"::dsv4c::fp8::FloatDialect::Ocp">];
  let statistics = [
    Statistic<"numRecasts", "recasts-inserted",
              "Recasts inserted behind weight sources">,
    Statistic<"numTypes", "types-changed",
              "Values whose type moved to the target's dialect">
  ];
}

def Fp8VerifyTarget : Pass<"fp8-verify-target"> {
  let summary = "Refuse programs that read a byte in the wrong FP8 dialect";
  let description = [{
    Upstream verifiers let programs through that are silently wrong or crash in
    lowering. This pass, which changes nothing, refuses them before any other
    conversion runs (its own dialect's expansions contain bitcasts to i8, so it
    also runs before fp8-expand-conversions):

    * [target_c1] a reinterpretation (arith.bitcast, vector.bitcast,
      tensor.bitcast, memref.view, unrealized casts) that turns a narrow
      float or a scaled value into anything else, or anything else into one.
    * [target_c2] arithmetic on a narrow float; arith.extf, truncf and the
      scaling conversions are the exceptions.
    * [target_c3] an op with operands of both FP8 dialects, such as an
      amdgpu.mfma of fnuz x ocp. Ops that only pass values on (calls, branches,
      terminators) are exempt.
    * [target_c4] an upstream conversion or matrix op on the dialect that the
      target does not compute in. `fp8.extend` and `fp8.truncate` are exact in
      software for both.
    * [target_c5] a scaled value in the other dialect, unless a weight source
      defines it and a recast or shuffle reads it: fp8-legalize has not run.

    ```mlir
    // refused on fnuz, [target_c4]: v_cvt_pk_f32_fp8 would give half the value
    %y = arith.extf %x : vector<4xf8E4M3FN> to vector<4xf32>
    // accepted everywhere
    %y = fp8.extend %x : vector<4xf8E4M3FN> to vector<4xf32>
    ```

    With `instructions-only`, for kernels whose lowering reinterprets bytes itself
    (views of LDS, FP4 widened by a table), [target_c1] and [target_c5] are not
    asked for.
  }];
  let dependentDialects = ["::dsv4c::fp8::Fp8Dialect"];
  let options = [
    Fp8_TargetFormatOption<"::dsv4c::fp8::FloatDialect::Ocp">,
    Option<"instructionsOnly", "instructions-only", "bool", "false",
           "Check what becomes an instruction, not reinterpretations">
  ];
}

def Fp8LowerToLinalg : Pass<"fp8-lower-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Executable meaning of the ops on scaled values";
  let description = [{
    Replaces every scaled value by two tensors, its codes and its scales, and the
    ops on them by `linalg.generic` around the elementwise conversions. The result
    runs through the upstream pipeline; it is what faster lowerings are tested
    against, and sums in the order that `fp8.scaled_matmul` prescribes.

    | part | tensor |
    |---|---|
    | codes, row_major | shape x i8; e2m1 with the last dimension halved |
    | codes, panel W | [.., N/W, K, W] x i8; e2m1 [.., N/W, K/2, W]; its bytes in their order with fragments |
    | scales | one per block, i8 for e8m0 and e4m3, or f32 |

    A `fp8.recast` checks what it reads with `cf.assert`: NaN codes, codes that
    mean something else in the other dialect, and scales that the factor takes
    out of range.

    Before:

    ```mlir
    %y = fp8.dequantize %q : !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to tensor<?x256xbf16>
    ```

    After:

    ```mlir
    %y = linalg.generic {indexing_maps = [(m, k) -> (m, k), (m, k) -> (m, k floordiv 128), (m, k) -> (m, k)], ..}
        ins(%codes, %scales : tensor<?x256xi8>, tensor<?x2xi8>) ..
    ```

    `builtin.unrealized_conversion_cast` between a scaled value and its two
    tensors connects the result to code that deals in bytes. Shuffles are lowered
    from row_major to a panel, and scaled_matmul if blocks divide K.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

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
