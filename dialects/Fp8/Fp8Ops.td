//===- Fp8Ops.td - Operations of the fp8 dialect --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_OPS
#define DSV4C_FP8_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Fp8/Fp8Types.td"

def Fp8_QuantizeOp : Fp8_Op<"quantize", [Pure]> {
  let summary = "Codes and power-of-two scales of a bf16 tensor (spec 3.3, 3.5)";
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Fp8_ScaledMatmulOp : Fp8_Op<"scaled_matmul", [Pure]> {
  let summary = "Product of quantised activations and a quantised weight (spec 3.7)";
  let arguments = (ins AnyType:$lhs, AnyType:$rhs);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

#endif // DSV4C_FP8_OPS
