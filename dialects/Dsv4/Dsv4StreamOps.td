//===- Dsv4StreamOps.td - Hyper-connections and norms ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_STREAM_OPS
#define DSV4C_DSV4_STREAM_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_ReplicateOp : Dsv4_Op<"replicate", [Pure]> {
  let summary = "Equal residual streams: [T, D] -> [T, n, D] (spec 4.1)";
  let description = [{
    Constraints:
    * [replicate_c1] input is [T, D] bf16.
    * [replicate_c2] result is [T, n, D] bf16.
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_HcMixOp : Dsv4_Op<"hc_mix", [Pure]> {
  let summary = "Input of a sub-layer from the residual streams (spec 4.3, hc_pre)";
  let description = [{
    streams [T, n, D] bf16; fn [(2 + n) n, n D], base [(2 + n) n], scale [3], all f32.

        rho    = rsqrt(mean(streams^2) + eps)                over all n D values
        m      = rho (fn streams)                            the factor after the product
        pre_j  = sigmoid(m_j scale_0 + base_j) + hc_eps
        post_j = 2 sigmoid(m_{n+j} scale_1 + base_{n+j})
        comb   = sinkhorn(m_{2n+nj+k} scale_2 + base_{2n+nj+k})
        input  = bf16(sum_j pre_j streams_j)

    Sinkhorn: softmax over k, + hc_eps; columns / (sum + hc_eps); then `iterations` - 1
    times rows, columns likewise. post [T, n] and comb [T, n, n] stay f32.

    `product` [T, (2 + n) n] is fn streams, the result of a `linear`, where another launch
    has it computed for all tokens (`dsv4-split-mixes`); then fn isn't read.

    Constraints:
    * [hc_mix_c1] streams is [T, n, D] bf16.
    * [hc_mix_c2] fn is [(2 + n) n, n D] f32.
    * [hc_mix_c3] base is [(2 + n) n] f32 and scale [3] f32.
    * [hc_mix_c4] input is [T, D] bf16, post [T, n] f32, comb [T, n, n] f32.
    * [hc_mix_c5] iterations is at least 1, eps and hc_eps are positive.
    * [hc_mix_c6] product is [T, (2 + n) n] f32.
  }];
  let arguments = (ins AnyRankedTensor:$streams, AnyRankedTensor:$fn,
                       AnyRankedTensor:$base, AnyRankedTensor:$scale,
                       Optional<AnyRankedTensor>:$product,
                       I64Attr:$iterations, F32Attr:$hc_eps, F32Attr:$eps);
  let results = (outs AnyRankedTensor:$input, AnyRankedTensor:$post, AnyRankedTensor:$comb);
  let assemblyFormat = [{
    $streams `,` $fn `,` $base `,` $scale (`product` $product^)? attr-dict
    `:` type($streams) `,` type($fn) `,` type($base) `,` type($scale)
    (`,` type($product)^)? `->` type($input) `,` type($post) `,` type($comb)
  }];
  let hasVerifier = 1;
}

def Dsv4_HcMergeOp : Dsv4_Op<"hc_merge", [Pure]> {
  let summary = "Residual streams after a sub-layer (spec 4.3, hc_post)";
  let description = [{
        result[k, d] = bf16(post_k output_d + sum_j comb[j, k] streams[j, d])

    The sum runs over the *first* index of comb (pitfall P1), in f32.

    Constraints:
    * [hc_merge_c1] streams is [T, n, D] bf16, result has the same type.
    * [hc_merge_c2] output is [T, D] bf16.
    * [hc_merge_c3] post is [T, n] f32, comb [T, n, n] f32.
  }];
  let arguments = (ins AnyRankedTensor:$output, AnyRankedTensor:$streams,
                       AnyRankedTensor:$post, AnyRankedTensor:$comb);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $output `,` $streams `,` $post `,` $comb attr-dict
    `:` type($output) `,` type($streams) `,` type($post) `,` type($comb) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_HcCollapseOp : Dsv4_Op<"hc_collapse", [Pure]> {
  let summary = "One vector from the residual streams (spec 4.3, collapse)";
  let description = [{
    fn [n, n D], base [n], scale [1]: pre_j as in `hc_mix`, without post and comb. `product`
    [T, n] as there.

    Constraints:
    * [hc_collapse_c1] streams is [T, n, D] bf16, result [T, D] bf16.
    * [hc_collapse_c2] fn is [n, n D] f32, base [n] f32, scale [1] f32.
    * [hc_collapse_c3] eps and hc_eps are positive.
    * [hc_collapse_c4] product is [T, n] f32.
  }];
  let arguments = (ins AnyRankedTensor:$streams, AnyRankedTensor:$fn,
                       AnyRankedTensor:$base, AnyRankedTensor:$scale,
                       Optional<AnyRankedTensor>:$product,
                       F32Attr:$hc_eps, F32Attr:$eps);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $streams `,` $fn `,` $base `,` $scale (`product` $product^)? attr-dict
    `:` type($streams) `,` type($fn) `,` type($base) `,` type($scale)
    (`,` type($product)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_RmsNormOp : Dsv4_Op<"rmsnorm", [Pure]> {
  let summary = "RMS norm over the last dimension: bf16(weight (x rsqrt(mean(x^2) + eps))) (spec 4.4)";
  let description = [{
    Constraints:
    * [rmsnorm_c1] input is [T, ..., d] bf16, result has the same type.
    * [rmsnorm_c2] weight is [d] bf16.
    * [rmsnorm_c3] eps is positive.
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$weight, F32Attr:$eps);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `,` type($weight) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_HeadNormOp : Dsv4_Op<"head_norm", [Pure]> {
  let summary = "RMS norm of each head without weight, rounded as the reference does (spec 4.4)";
  let description = [{
    [T, H, d] bf16. Every intermediate is bf16: x^2, their mean (f32 inside), mean + eps,
    its rsqrt, the product.

    Constraints:
    * [head_norm_c1] input is [T, H, d] bf16, result has the same type.
    * [head_norm_c2] eps is positive.
  }];
  let arguments = (ins AnyRankedTensor:$input, F32Attr:$eps);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_AddOp : Dsv4_Op<"add", [Pure]> {
  let summary = "Sum bf16(a + b), a [T, D] repeated over the streams of b [T, n, D] (spec 4.13)";
  let description = [{
    Constraints:
    * [add_c1] b is [T, n, D] bf16, result has the same type.
    * [add_c2] a is [T, D] bf16.
  }];
  let arguments = (ins AnyRankedTensor:$a, AnyRankedTensor:$b);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($a) `,` type($b) `->` type($result)";
  let hasVerifier = 1;
}

#endif // DSV4C_DSV4_STREAM_OPS
