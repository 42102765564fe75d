//===- Dsv4AttentionOps.td - Rotary embedding, keys, index, attention -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_ATTENTION_OPS
#define DSV4C_DSV4_ATTENTION_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_RopeTableOp : Dsv4_Op<"rope_table", [Pure]> {
  let summary = "Cosines and sines of every position up to the context limit (spec 4.5)";
  let description = [{
    Row t: cos(fl32(t w_i)) for i < P, then sin of the same, f32, with the P
    frequencies w_i in f32. Made on the host when weights are loaded. The frequencies
    are an elements attribute because arrays of f32 lose bits when printed.

    Constraints:
    * [rope_table_c1] frequencies is [P], each positive and finite.
    * [rope_table_c2] result is [positions, 2 P] f32, of static shape.

    ```mlir
    %t = dsv4.rope_table plain dense<[1.0, 0.01]> : tensor<2xf32> : tensor<4096x4xf32>
    ```
  }];
  let arguments = (ins Dsv4_RopeKindAttr:$kind, FloatElementsAttr<32>:$frequencies);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "`` $kind $frequencies attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dsv4_RopeOp : Dsv4_Op<"rope", [Pure]> {
  let summary = "Rotate the last 2 P channels of each head at its token's position (spec 4.5)";
  let description = [{
    input [T, d] or [T, H, d] bf16; interleaved pairs; bf16 result. `inverse` negates
    the sine.

    Constraints:
    * [rope_c1] input is [T, d] or [T, H, d] bf16, result has the same type.
    * [rope_c2] table is [positions, 2 P] f32 with 2 P <= d, 2 P even.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$input,
                       AnyRankedTensor:$table, UnitAttr:$inverse);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `,` $input `,` $table (`inverse` $inverse^)? attr-dict `:` type($input) `,` type($table) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_HadamardOp : Dsv4_Op<"hadamard", [Pure]> {
  let summary = "Hadamard transform bf16(d^-0.5 H x) of the last dimension, Sylvester order (spec 4.8)";
  let description = [{
    Constraints:
    * [hadamard_c1] input is [T, ..., d] bf16, result has the same type.
    * [hadamard_c2] d is a power of two.
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_InsertKeysOp : Dsv4_Op<"insert_keys", [Pure]> {
  let summary = "Quantise and store the window keys of the step's tokens (spec 4.6, steps 8, 9)";
  let description = [{
    keys [T, width + tail] bf16: the first `width` channels are quantised in the cache's
    format and blocks, the tail is stored as bf16.

    Constraints:
    * [insert_keys_c1] cache is a window; result has the same type.
    * [insert_keys_c2] keys is [T, width + tail] bf16.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$keys, Dsv4_CacheType:$cache);
  let results = (outs Dsv4_CacheType:$result);
  let assemblyFormat = "$tokens `,` $keys `,` $cache attr-dict `:` type($keys) `,` type($cache) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_IndexScoresOp : Dsv4_Op<"index_scores", [Pure]> {
  let summary = "Score of every visible entry for every token (spec 4.8, step 6)";
  let description = [{
    query: scaled [T, H c] (e2m1, 1x32), weights [T, H] bf16, keys: an index cache of width c.

        score_b = bf16(sum_h bf16(weights_h max(0, bf16(query_h key_b))))

    for b < (t + 1) div ratio; the others are not defined. Result [T, ?] bf16.

    Constraints:
    * [index_scores_c1] keys is an index of width c.
    * [index_scores_c2] query is scaled [T, H c], in the number format of keys.
    * [index_scores_c3] weights is [T, H] bf16.
    * [index_scores_c4] result is [T, ?] bf16.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyType:$query, AnyRankedTensor:$weights,
                       Dsv4_CacheType:$keys, I64Attr:$heads);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $tokens `,` $query `,` $weights `,` $keys attr-dict
    `:` type($query) `,` type($weights) `,` type($keys) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_SelectOp : Dsv4_Op<"select", [Pure]> {
  let summary = "The k best entries of every token (spec 4.8, step 7)";
  let description = [{
    scores [T, ?] bf16 -> [T, k] i32: indices of the min(k, n_t) largest of the n_t =
    (t + 1) div ratio visible entries, the lower index first among equals, in
    increasing order, then -1.

    Constraints:
    * [select_c1] scores is [T, ?] bf16.
    * [select_c2] result is [T, k] i32, k static.
    * [select_c3] ratio is at least 2.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$scores, I64Attr:$ratio);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `,` $scores attr-dict `:` type($scores) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_AttentionOp : Dsv4_Op<"attention", [Pure, AttrSizedOperandSegments]> {
  let summary = "Sparse attention with sink over window and entries (spec 4.6)";
  let description = [{
    query [T, H, d] bf16; sink [H] f32. Visible to the query at position t: window rows
    max(0, t - window + 1) ... t; of `entries`, those that `selection` [T, k] lists, or, without
    selection, all b < (t + 1) div ratio. Keys are values too.

        l_i = (q k_i) scale        M = max_i l_i        p_i = exp(l_i - m_i)
        result = bf16(sum_i bf16(p_i) exp(m_i - M) k_i / (sum_i exp(l_i - M) + exp(sink - M)))

    in f32, window first, then entries in increasing order. m_i decides how p_i is rounded. In a
    window of a multiple of 64 keys it is the maximum of the tiles of 64 so far, counted from the
    oldest key; otherwise, and for entries, it is M.

    Constraints:
    * [attention_c1] query is [T, H, d] bf16, result has the same type.
    * [attention_c2] window_keys is a window of rows of d channels.
    * [attention_c3] entries is a cache of entries whose rows have the window's format.
    * [attention_c4] selection, [T, k] i32, is given only with entries.
    * [attention_c5] sink is [H] f32.
    * [attention_c6] window is at least 1, scale is positive.

    ```mlir
    %o = dsv4.attention %tokens, %q, %window entries %entries : !dsv4.cache<...>
      selection %best : tensor<?x512xi32> sink %sink
      {scale = 0.0441941731 : f32, window = 128 : i64}
      : tensor<?x64x512xbf16>, !dsv4.cache<...>, tensor<64xf32> -> tensor<?x64x512xbf16>
    ```
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$query,
                       Dsv4_CacheType:$window_keys, Optional<Dsv4_CacheType>:$entries,
                       Optional<AnyRankedTensor>:$selection, AnyRankedTensor:$sink,
                       I64Attr:$window, F32Attr:$scale);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $tokens `,` $query `,` $window_keys (`entries` $entries^ `:` type($entries))?
    (`selection` $selection^ `:` type($selection))? `sink` $sink attr-dict
    `:` type($query) `,` type($window_keys) `,` type($sink) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // DSV4C_DSV4_ATTENTION_OPS
