//===- Dsv4ExpertOps.td - Routing and experts -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_EXPERT_OPS
#define DSV4C_DSV4_EXPERT_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_RouteOp : Dsv4_Op<"route", [Pure, AttrSizedOperandSegments]> {
  let summary = "Experts and weights of every token (spec 4.9)";
  let description = [{
    logits [T, E] f32; p = sqrt(softplus(logits)). With `bias` [E] f32: the k experts of the largest p
    + bias, the lower index first among equals. With `table` [V, k] i64: row of the
    token's id. weights = p / (sum of the selected p) scale. Both results [T, k], in
    increasing order of expert (weights f32, experts i32).

    Constraints:
    * [route_c1] logits is [T, E] f32.
    * [route_c2] either bias or table is given: bias [E] f32, table [V, k] i64.
    * [route_c3] weights is [T, k] f32, experts [T, k] i32, k <= E.
    * [route_c4] scale is positive.

    ```mlir
    %w, %e = dsv4.route %tokens, %logits bias %bias : tensor<256xf32>
      {scale = 1.5 : f32} : tensor<?x256xf32> -> tensor<?x6xf32>, tensor<?x6xi32>
    ```
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$logits,
                       Optional<AnyRankedTensor>:$bias, Optional<AnyRankedTensor>:$table,
                       F32Attr:$scale);
  let results = (outs AnyRankedTensor:$weights, AnyRankedTensor:$experts);
  let assemblyFormat = [{
    $tokens `,` $logits (`bias` $bias^ `:` type($bias))? (`table` $table^ `:` type($table))?
    attr-dict `:` type($logits) `->` type($weights) `,` type($experts)
  }];
  let hasVerifier = 1;
}

def Dsv4_ExpertLinearOp : Dsv4_Op<"expert_linear", [Pure]> {
  let summary = "Product of every token with the weights of its k experts (spec 3.8)";
  let description = [{
    input: scaled [T, K] (the same row for all k) or [T, k, K]; weight: scaled [E, N, K];
    experts [T, k] i32; result [T, k, N] bf16.

    Constraints:
    * [expert_linear_c1] weight is scaled [E, N, K].
    * [expert_linear_c2] experts is [T, k] i32.
    * [expert_linear_c3] input is scaled, [T, K] or [T, k, K].
    * [expert_linear_c4] result is [T, k, N] bf16.
    * [expert_linear_c5] neither operand is FP8 of another dialect than the other.
  }];
  let arguments = (ins AnyType:$input, AnyType:$weight, AnyRankedTensor:$experts);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight `,` $experts attr-dict
    `:` type($input) `,` type($weight) `,` type($experts) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_SwigluOp : Dsv4_Op<"swiglu", [Pure]> {
  let summary = "Clamped SwiGLU, times the routing weight (spec 4.9, steps 2, 3)";
  let description = [{
        g = min(gate, limit), u = clamp(up, -limit, limit)
        result = bf16(weight (g sigmoid(g) u))

    gate, up [T, (k,) I] bf16; weights [T, k] f32, absent for the shared expert.

    Constraints:
    * [swiglu_c1] gate is [T, I] or [T, k, I] bf16; up and result have the same type.
    * [swiglu_c2] weights, [T, k] f32, is given if and only if gate is [T, k, I].
    * [swiglu_c3] limit is positive.
  }];
  let arguments = (ins AnyRankedTensor:$gate, AnyRankedTensor:$up,
                       Optional<AnyRankedTensor>:$weights, F32Attr:$limit);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $gate `,` $up (`weights` $weights^ `:` type($weights))? attr-dict
    `:` type($gate) `,` type($up) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_CombineOp : Dsv4_Op<"combine", [Pure]> {
  let summary = "Sum of the chosen experts, in order, and the shared one, rounded to bf16 (spec 4.9, step 5)";
  let description = [{
    routed [T, k, D] bf16, shared [T, D] bf16, sums in f32 from zero.

    Constraints:
    * [combine_c1] routed is [T, k, D] bf16.
    * [combine_c2] shared is [T, D] bf16, result has the same type.
  }];
  let arguments = (ins AnyRankedTensor:$routed, AnyRankedTensor:$shared);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$routed `,` $shared attr-dict `:` type($routed) `,` type($shared) `->` type($result)";
  let hasVerifier = 1;
}

#endif // DSV4C_DSV4_EXPERT_OPS
