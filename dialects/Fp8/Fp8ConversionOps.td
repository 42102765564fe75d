//===- Fp8ConversionOps.td - Elementwise conversions inside kernels -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_CONVERSION_OPS
#define DSV4C_FP8_CONVERSION_OPS

include "mlir/IR/CommonTypeConstraints.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "Fp8/Fp8Attrs.td"

// All of them work on scalars, vectors and ranked tensors of any shape, have
// exact folders and are rewritten by fp8-expand-conversions.
class Fp8_ConversionOp<string mnemonic>
    : Fp8_Op<mnemonic, [Pure, SameOperandsAndResultShape]
                       # ElementwiseMappable.traits> {
  let hasFolder = 1;
}

def Fp8_Fp8Scalar : AnyTypeOf<[F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ]>;
def Fp8_Fp8Like : TypeOrValueSemanticsContainer<Fp8_Fp8Scalar, "fp8-like">;
def Fp8_Fp8OrScaleLike : TypeOrValueSemanticsContainer<
    AnyTypeOf<[Fp8_Fp8Scalar, F8E8M0FNU]>, "fp8-like or e8m0-like">;
def Fp8_E8M0Like : TypeOrValueSemanticsContainer<F8E8M0FNU, "e8m0-like">;
def Fp8_F32Like : TypeOrValueSemanticsContainer<F32, "f32-like">;
def Fp8_I8Like : TypeOrValueSemanticsContainer<I8, "i8-like">;
def Fp8_I32Like : TypeOrValueSemanticsContainer<I32, "i32-like">;

def Fp8_ExtendOp : Fp8_ConversionOp<"extend"> {
  let summary = "Exact value of an FP8 or E8M0 code as f32";
  let description = [{
    y = decode(x) by the formula of `#fp8.format`. NaN codes give a NaN and
    infinities an infinity; the E8M0 code 0 gives 2^-127.

    `finite` promises that no NaN code occurs, which saves a compare and a
    select. A reader may promise it for values of an `!fp8.scaled` type, whose
    writers never produce NaN codes; if a NaN code does occur, the result is
    unspecified (but not undefined behaviour).

    | operand | bias | factor of the FNUZ relation |
    |---|---|---|
    | f8E4M3FN | 7 | value of the same byte in f8E4M3FNUZ times 2 |
    | f8E4M3FNUZ | 8 | |
    | f8E5M2 | 15 | value of the same byte in f8E5M2FNUZ times 2 |
    | f8E5M2FNUZ | 16 | |
    | f8E8M0FNU | 127 | |

    ```mlir
    %y = fp8.extend finite %x : vector<16xf8E4M3FNUZ> to vector<16xf32>
    ```
  }];
  let arguments = (ins Fp8_Fp8OrScaleLike:$input, UnitAttr:$finite);
  let results = (outs Fp8_F32Like:$result);
  let assemblyFormat = [{
    (`finite` $finite^)? $input attr-dict `:` type($input) `to` type($result)
  }];
  let hasCanonicalizer = 1;
}

def Fp8_TruncateOp : Fp8_ConversionOp<"truncate"> {
  let summary = "Saturate at `largest`, then round to the nearest FP8 code";
  let description = [{
    y = round(clamp(x, -largest, largest)), to nearest, ties to the even code.
    Infinities saturate; NaN gives the format's NaN code (7F, 80 in FNUZ, 7E in
    e5m2 ocp). FNUZ has no -0: whatever rounds to it gives the byte 00.

    Saturating *before* rounding at 224 is what makes FNUZ bytes equal the
    reference's: 232.5 would round to 240 (7F), where OCP stays at 448 (7E).

    Constraints:
    * [truncate_c1] `largest` is a value of the result format
      that a writer may produce (column "written at most" of `#fp8.format`).

    ```mlir
    %y = fp8.truncate %x largest 224 : vector<16xf32> to vector<16xf8E4M3FNUZ>
    ```
  }];
  let arguments = (ins Fp8_F32Like:$input, I64Attr:$largest);
  let results = (outs Fp8_Fp8Like:$result);
  let assemblyFormat = [{
    $input `largest` $largest attr-dict `:` type($input) `to` type($result)
  }];
  let hasVerifier = 1;
}

def Fp8_ExtendFp4Op : Fp8_ConversionOp<"extend_fp4"> {
  let summary = "Exact value of the e2m1 code in one half of a byte as f32";
  let description = [{
    Codes 0..7 are 0, 0.5, 1, 1.5, 2, 3, 4, 6; codes 8..15 their negatives
    (8 is -0). The other half of the byte is ignored.

    ```mlir
    %even = fp8.extend_fp4 low %bytes : vector<16xi8> to vector<16xf32>
    ```
  }];
  let arguments = (ins Fp8_I8Like:$bytes, EnumProp<Fp8_Nibble>:$nibble);
  let results = (outs Fp8_F32Like:$result);
  let assemblyFormat = [{
    $nibble $bytes attr-dict `:` type($bytes) `to` type($result)
  }];
}

def Fp8_E4M3Like : TypeOrValueSemanticsContainer<
    AnyTypeOf<[F8E4M3FN, F8E4M3FNUZ]>, "e4m3-like">;

def Fp8_WidenFp4Op : Fp8_ConversionOp<"widen_fp4"> {
  let summary = "The e2m1 code in one half of a byte as e4m3, times a power of 2";
  let description = [{
    y = code * 2^(exponent - 8), exactly; without `exponents`, y = code. The other
    half of the byte is ignored.

    The reader promises two things, which save instructions; the result is
    unspecified (but not undefined behaviour) where they do not hold:

    * no code is -0 (8), which f8E4M3FNUZ has not; packed panels hold none
      (`#fp8.layout`);
    * exponents are 3 to 13: then every code but 0 is a normal number in both
      dialects, and an exponent adds a multiple of 8 to its byte. The bias lets
      four bytes be added at once.

    | code | 0 | 0.5 | 1 | 1.5 | 2 | 3 | 4 | 6 |
    |---|---|---|---|---|---|---|---|---|
    | f8E4M3FN | 00 | 30 | 38 | 3C | 40 | 44 | 48 | 4C |
    | f8E4M3FNUZ | 00 | 38 | 40 | 44 | 48 | 4C | 50 | 54 |

    ```mlir
    %y = fp8.widen_fp4 low %bytes : vector<4xi8> to vector<4xf8E4M3FNUZ>
    %z = fp8.widen_fp4 high %bytes shifted by %e
        : vector<4xi8>, vector<4xi32> to vector<4xf8E4M3FNUZ>
    ```
  }];
  let arguments = (ins Fp8_I8Like:$bytes, Optional<Fp8_I32Like>:$exponents,
                       EnumProp<Fp8_Nibble>:$nibble);
  let results = (outs Fp8_E4M3Like:$result);
  let assemblyFormat = [{
    $nibble $bytes (`shifted` `by` $exponents^)? attr-dict `:` type($bytes)
    (`,` type($exponents)^)? `to` type($result)
  }];
  let extraClassDeclaration = [{
    /// The exponent that leaves a code as it is.
    static constexpr int64_t kBias = 8;
    static constexpr int64_t kLeastExponent = 3, kMostExponent = 13;
  }];
}

def Fp8_TruncateFp4Op : Fp8_ConversionOp<"truncate_fp4"> {
  let summary = "Saturate at 6, then round to the nearest e2m1 code";
  let description = [{
    The code 0..15 of clamp(x, -6, 6), to nearest, ties to the even code:
    0.25 -> 0, 0.75 -> 1, 1.25 -> 1, 1.75 -> 2, 2.5 -> 2, 3.5 -> 4, 5 -> 4. The
    sign is kept, also of zero. e2m1 has no NaN: NaN gives 6 with its sign, and
    the block's scale must carry the NaN.

    ```mlir
    %code = fp8.truncate_fp4 %x : vector<16xf32> to vector<16xi8>
    ```
  }];
  let arguments = (ins Fp8_F32Like:$input);
  let results = (outs Fp8_I8Like:$result);
  let assemblyFormat = [{
    $input attr-dict `:` type($input) `to` type($result)
  }];
}

def Fp8_ScaleExponentOp : Fp8_ConversionOp<"scale_exponent"> {
  let summary = "Exponent of the power-of-two scale of a block";
  let description = [{
    k = ceil(log2(fl32(max(|amax|, floor) * fl32(1 / divisor)))), by inspection
    of the product's bits, for

    | divisor | floor | used for |
    |---|---|---|
    | 448 | 1e-4 | e4m3, in both dialects |
    | 6 | 6 * 2^-126 | e2m1 |

    The divisor is 448 on FNUZ hardware too: the FNUZ scale is 2^(k+1), and a
    scale derived from 240 would change the codes of a block whose maximum lies
    in (448, 480] * 2^k. Infinite and NaN maxima give 128, which
    `fp8.encode_scale` turns into the NaN scale.

    Constraints:
    * [scale_exponent_c1] the divisor is 448 or 6.

    ```mlir
    %k = fp8.scale_exponent %amax divisor 448 : f32 to i32
    ```
  }];
  let arguments = (ins Fp8_F32Like:$amax, I64Attr:$divisor);
  let results = (outs Fp8_I32Like:$result);
  let assemblyFormat = [{
    $amax `divisor` $divisor attr-dict `:` type($amax) `to` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Smallest maximum that counts: 1e-4 or 6 * 2^-126.
    float getFloor();
    /// fl32(1 / divisor).
    float getReciprocal();
  }];
}

def Fp8_ExponentToScaleOp : Fp8_ConversionOp<"exponent_to_scale"> {
  let summary = "2^k as f32";
  let description = [{
    Exact for -149 <= k <= 127, subnormals included; infinity above, 0 below.

    ```mlir
    %s = fp8.exponent_to_scale %k : i32 to f32
    ```
  }];
  let arguments = (ins Fp8_I32Like:$exponent);
  let results = (outs Fp8_F32Like:$result);
  let assemblyFormat = [{
    $exponent attr-dict `:` type($exponent) `to` type($result)
  }];
}

def Fp8_EncodeScaleOp : Fp8_ConversionOp<"encode_scale"> {
  let summary = "2^k as an E8M0 byte";
  let description = [{
    The byte is k + 127 for -127 <= k <= 127. Above, it is 255 (NaN): a scale
    that does not fit must never become a finite wrong one. Below, it is 0
    (2^-127), which no activation scale reaches.

    ```mlir
    %s = fp8.encode_scale %k : i32 to f8E8M0FNU
    ```
  }];
  let arguments = (ins Fp8_I32Like:$exponent);
  let results = (outs Fp8_E8M0Like:$result);
  let assemblyFormat = [{
    $exponent attr-dict `:` type($exponent) `to` type($result)
  }];
}

#endif // DSV4C_FP8_CONVERSION_OPS
