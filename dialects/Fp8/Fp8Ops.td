//===- Fp8Ops.td - Operations on scaled values ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_OPS
#define DSV4C_FP8_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Fp8/Fp8Types.td"

def Fp8_QuantizeOp : Fp8_Op<"quantize", [Pure]> {
  let summary = "Quantise by the official rule";
  let description = [{
    For each block B of the result type, with d = 448 for e4m3 in both dialects
    and d = 6 for e2m1:

        k       = scale_exponent(max |x[i]| over B, d)
        code[i] = round(clamp(x[i] * 2^-(k+f), -largest, largest))
        scale   = 2^(k+f)          f = 1 in FNUZ, else 0

    so that FNUZ codes equal OCP codes except for -0 (00 in FNUZ), and values
    are the same. Rounding is to nearest, ties to even.

    | input | result | divisor |
    |---|---|---|
    | bf16 | e4m3 ocp bias 7, largest 448 | 448 |
    | bf16 | e4m3 fnuz bias 8, largest 224 | 448 |
    | bf16 | e2m1 bias 1, largest 6 | 6 |

    ```mlir
    %q = fp8.quantize %x : tensor<?x4096xbf16> to !fp8.scaled<?x4096, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
    ```

    Constraints:
    * [quantize_c1] input and result have the same shape.
    * [quantize_c2] the result is e4m3 or e2m1 with e8m0 or f32 scales.
    * [quantize_c3] its shift is 0: a writer pays at once.
    * [quantize_c4] its `largest` is the format's, i.e. belongs to the divisor.
    * [quantize_c5] it is row_major.
  }];
  let arguments = (ins RankedTensorOf<[BF16]>:$input);
  let results = (outs Fp8_ScaledType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` qualified(type($result))";
  let hasVerifier = 1;
}

def Fp8_DequantizeOp : Fp8_Op<"dequantize", [Pure]> {
  let summary = "Values of codes and scales";
  let description = [{
        y[i] = decode(code[i]) * scale[block of i] * 2^shift

    Exact with e8m0 scales wherever the value is within the range of the result,
    and with e4m3 scales, whose products have at most 8 significant bits.

    | input | scale | result |
    |---|---|---|
    | e4m3, e5m2 (both dialects), e2m1 | e8m0, e4m3 ocp | bf16, f32 |
    | e4m3, e5m2 (both dialects), e2m1 | f32 | f32 |

    ```mlir
    %y = fp8.dequantize %q : !fp8.scaled<?x448, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major> to tensor<?x448xbf16>
    ```

    Constraints:
    * [dequantize_c1] input and result have the same shape.
    * [dequantize_c2] the input is row_major.
    * [dequantize_c3] f32 scales need an f32 result.
  }];
  let arguments = (ins Fp8_ScaledType:$input);
  let results = (outs RankedTensorOf<[BF16, F32]>:$result);
  let assemblyFormat = "$input attr-dict `:` qualified(type($input)) `to` type($result)";
  let hasVerifier = 1;
}

def Fp8_RecastOp : Fp8_Op<"recast", [Pure]> {
  let summary = "The same numbers in another FP8 dialect";
  let description = [{
    The only way between dialects. Codes keep their bytes, except that 80 (-0 in
    OCP, NaN in FNUZ) becomes 00 when the result is FNUZ; every scale is
    multiplied by 2^d with

        d = fnuz(result) - fnuz(input) + shift(input) - shift(result)

    where fnuz is 1 or 0. So a recast from OCP to FNUZ raises the exponent by one
    exactly once, or leaves that to the reader by a result shift of 1. Between
    equal dialects it only pays or defers a shift.

    | input | result | d, shifts being equal |
    |---|---|---|
    | e4m3 ocp bias 7, largest 448 | e4m3 fnuz bias 8, largest 224 | 1 |
    | e4m3 fnuz bias 8, largest 224 | e4m3 ocp bias 7, largest 448 | -1 |
    | e5m2 ocp bias 15 | e5m2 fnuz bias 16 | 1 |

    Executing it on a NaN code, or on a scale that 2^d takes out of the range of
    its type (e8m0 bytes 254 and 255 for d = 1), is an error that a lowering must
    report: no wrong finite number may come out.

    ```mlir
    %z = fp8.recast %w : !fp8.scaled<1024x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to !fp8.scaled<1024x4096, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
    ```

    Folds to its input if the types are equal. recast(recast(x)) is one recast,
    unless the way leads from OCP through FNUZ back to OCP, which loses -0.

    Constraints:
    * [recast_c1] shape, encoding, scale type, block and layout stay.
    * [recast_c2] `largest` is the input's, halved from OCP to FNUZ and doubled
      the other way.
    * [recast_c3] e4m3 scales can't be multiplied: their d is 0.
  }];
  let arguments = (ins Fp8_ScaledType:$input);
  let results = (outs Fp8_ScaledType:$result);
  let assemblyFormat = [{
    $input attr-dict `:` qualified(type($input)) `to`
    qualified(type($result))
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Exponent d by which every scale is raised.
    int64_t getScaleExponentDelta();
  }];
}

def Fp8_ShuffleOp : Fp8_Op<"shuffle", [Pure]> {
  let summary = "The same numbers with their bytes in another order";
  let description = [{
    Moves the code of each element to where the result's layout wants it; see
    `#fp8.layout` for the formulas. Scales lie as the layout says, too.

    ```mlir
    %p = fp8.shuffle %w : !fp8.scaled<2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major> to !fp8.scaled<2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>
    ```

    Folds to its input if the types are equal; shuffle(shuffle(x)) is one shuffle.

    Constraints:
    * [shuffle_c1] the types differ in nothing but the layout.
  }];
  let arguments = (ins Fp8_ScaledType:$input);
  let results = (outs Fp8_ScaledType:$result);
  let assemblyFormat = [{
    $input attr-dict `:` qualified(type($input)) `to`
    qualified(type($result))
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Fp8_ScaledMatmulOp : Fp8_Op<"scaled_matmul", [Pure]> {
  let summary = "Activations times the transpose of a weight";
  let description = [{
    With lhs [M, K] in blocks 1 x A and rhs [N, K] in blocks R x B, where B
    divides A:

        C[m,n] = bf16(sum over j = 0 .. K/B-1, in this order, in f32, of
                 fl32(dot32(lhs[m, block j], rhs[n, block j])
                      * sa[m, j*B/A] * sb[n/R, j]))

    dot32 is the sum of exact products with an f32 accumulator. With power-of-two
    scales the place where they are multiplied does not change the result, nor
    does the dialect: both operands of a product in FNUZ give a quarter of the
    dot and four times the scales.

    | lhs | rhs | result |
    |---|---|---|
    | e4m3 ocp, 1x128 | e4m3 ocp, 128x128 | bf16 |
    | e4m3 fnuz, 1x128 | e4m3 fnuz, 128x128 | bf16 |
    | e4m3 ocp or fnuz, 1x128 | e2m1, 1x32 | bf16 |

    ```mlir
    %c = fp8.scaled_matmul %a, %w : !fp8.scaled<?x4096, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, !fp8.scaled<1024x4096, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16> -> tensor<?x1024xbf16>
    ```

    Constraints:
    * [scaled_matmul_c1] lhs is [.., M, K], rhs [N, K] and the result [.., M, N]; leading
      dimensions are more rows.
    * [scaled_matmul_c2] the operands are of one FP8 dialect; e2m1 fits either.
    * [scaled_matmul_c3] no operand has an unpaid shift.
    * [scaled_matmul_c4] lhs is e4m3, rhs e4m3 or e2m1; scales are e8m0 or f32.
    * [scaled_matmul_c5] a block of lhs lies in one row, and the block columns of
      rhs divide those of lhs.
    * [scaled_matmul_c6] lhs is row_major.
  }];
  let arguments = (ins Fp8_ScaledType:$lhs, Fp8_ScaledType:$rhs);
  let results = (outs RankedTensorOf<[BF16]>:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` qualified(type($lhs)) `,`
    qualified(type($rhs)) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // DSV4C_FP8_OPS
