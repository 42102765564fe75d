//===- Dsv4LinearOps.td - Products with unquantised activations -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_LINEAR_OPS
#define DSV4C_DSV4_LINEAR_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_LinearOp : Dsv4_Op<"linear", [Pure]> {
  let summary = "Product with a weight, activations not quantised (spec 4.10, 4.14)";
  let description = [{
    input [T, G K] or, heads side by side, [T, H, d] with H d = G K, bf16; weight [G N, K]
    (bf16 tensor, or scaled, whose values are exact in bf16); output [T, G N], bf16 or f32. Block-diagonal over `groups` = G: output group
    g sees only input group g. Accumulation f32: K blocks of 128 in increasing order,
    each summed from zero with k increasing.
    For quantised activations see `fp8.scaled_matmul`.
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyType:$weight,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `,` type($weight) `->` type($result)";
}

def Dsv4_ScaleOp : Dsv4_Op<"scale", [Pure]> {
  let summary = "bf16(x factor) for every element";
  let arguments = (ins AnyRankedTensor:$input, F32Attr:$factor);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Dsv4_HeadsOp : Dsv4_Op<"heads", [Pure]> {
  let summary = "View of [T, H d] as H heads [T, H, d], or back";
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

#endif // DSV4C_DSV4_LINEAR_OPS
