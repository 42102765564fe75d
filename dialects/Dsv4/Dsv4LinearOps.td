//===- Dsv4LinearOps.td - Products with unquantised activations -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_LINEAR_OPS
#define DSV4C_DSV4_LINEAR_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_LinearOp : Dsv4_Op<"linear", [Pure]> {
  let summary = "Product with a weight, activations not quantised (spec 4.10, 4.14)";
  let description = [{
    input [T, G K] or, with heads side by side, [T, H, d] where H d = G K, bf16; weight
    [G N, K] (bf16 or f32 tensor, or scaled, whose values are exact in bf16); output [T, G N],
    bf16 or f32. Block-diagonal over `groups` = G: output group g sees only input group g (pitfall
    P31). Accumulation f32: K blocks of 128 in increasing order, each summed from
    zero with k increasing. For quantised activations see `fp8.scaled_matmul`.

    Constraints:
    * [linear_c1] input is [T, G K] or [T, H, d] bf16.
    * [linear_c2] weight is [G N, K], a bf16 or f32 tensor or scaled.
    * [linear_c3] the input's width per token is groups times the weight's columns, and
      groups divides the weight's rows.
    * [linear_c4] result is [T, G N], bf16 or f32.

    ```mlir
    %y = dsv4.linear %o, %w {groups = 8 : i64}
      : tensor<?x64x512xbf16>, !fp8.scaled<8192x4096, ...> -> tensor<?x8192xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyType:$weight,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `,` type($weight) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_ShuffleOp : Dsv4_Op<"shuffle", [Pure]> {
  let summary = "A weight that is not quantised, in another layout";
  let description = [{
    What `fp8.shuffle` is to scaled types: the result's encoding is the layout.

    ```mlir
    %p = dsv4.shuffle %w : tensor<24x1024xf32> -> tensor<24x1024xf32, #fp8.layout<panel 24>>
    ```

    Constraints:
    * [shuffle_c1] input and result differ in nothing but the encoding.
    * [shuffle_c2] the result's encoding is a `#fp8.layout`.
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_ScaleOp : Dsv4_Op<"scale", [Pure]> {
  let summary = "Product with a constant: bf16(x factor) (spec 4.8, step 5)";
  let description = [{
    Constraints:
    * [scale_c1] input is [T, ...] bf16, result has the same type.
    * [scale_c2] factor is finite.
  }];
  let arguments = (ins AnyRankedTensor:$input, F32Attr:$factor);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_HeadsOp : Dsv4_Op<"heads", [Pure]> {
  let summary = "View of [T, H d] as H heads [T, H, d], or back";
  let description = [{
    Row-major order is kept, so that no element moves.

    Constraints:
    * [heads_c1] one of input and result is [T, H d], the other [T, H, d], of the same
      element type.

    ```mlir
    %heads = dsv4.heads %flat : tensor<?x32768xbf16> -> tensor<?x64x512xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // DSV4C_DSV4_LINEAR_OPS
