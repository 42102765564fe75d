//===- Dsv4CompressorOps.td - Compressed entries --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_COMPRESSOR_OPS
#define DSV4C_DSV4_COMPRESSOR_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_CompressOp : Dsv4_Op<"compress", [Pure]> {
  let summary = "Append the entries of all blocks that end in this step (spec 4.7, 5.3)";
  let description = [{
    u, s [T, w] f32: the rows of the step's tokens, s without ape; ape [ratio, w] f32; norm [c]
    bf16. w = 2 c for overlapping compressors (open rows: 2 ratio slots), c otherwise.

    The token at position t ends block b if t + 1 = (b + 1) ratio. Then, per channel and in
    f32: softmax over the block's s + ape[position mod ratio], sum with u. Overlapping: the
    candidates are the first halves of block b - 1's rows (absent for b = 0) and the
    second halves of block b's. Rows before the step come from `rows`. Then bf16, rmsnorm,
    rotary embedding at position b ratio, and
    * entries: first `width` channels quantised in the cache's format, tail bf16;
    * index: Hadamard, bf16, all channels quantised.

    `rows` is only read; `dsv4.commit_rows` stores the step's rows afterwards.

    Constraints:
    * [compress_c1] cache holds entries or an index; result has the same type.
    * [compress_c2] u and s are [T, w] f32, and rows of width w.
    * [compress_c3] norm is [c] bf16, c = width + tail of the cache.
    * [compress_c4] overlapping: w = 2 c and rows has 2 ratio slots; else w = c and
      rows has ratio slots.
    * [compress_c5] ape is [ratio, w] f32.
    * [compress_c6] table is [positions, 2 P] f32 with 2 P <= c.
    * [compress_c7] eps is positive.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$u, AnyRankedTensor:$s,
                       AnyRankedTensor:$ape, AnyRankedTensor:$norm, AnyRankedTensor:$table,
                       Dsv4_OpenRowsType:$rows, Dsv4_CacheType:$cache, F32Attr:$eps);
  let results = (outs Dsv4_CacheType:$result);
  let assemblyFormat = [{
    $tokens `,` $u `,` $s `,` $ape `,` $norm `,` $table `,` $rows `,` $cache attr-dict
    `:` type($u) `,` type($s) `,` type($ape) `,` type($norm) `,` type($table) `,` type($rows) `,` type($cache)
    `->` type($result)
  }];
  let hasVerifier = 1;
}

def Dsv4_CommitRowsOp : Dsv4_Op<"commit_rows", [Pure]> {
  let summary = "Keep the step's last rows for the next step (spec 5.3, step 5)";
  let description = [{
    Stores u and s + ape[position mod ratio] of the last min(T, slots) tokens of every
    sequence. `after` is the cache that `dsv4.compress` returned: the carried rows may
    be overwritten only when every block of the step has been read.

    Constraints:
    * [commit_rows_c1] u and s are [T, w] f32, and rows of width w; result has the
      type of rows.
    * [commit_rows_c2] ape is [ratio, w] f32 with the ratio of `after`, and rows has
      ratio or 2 ratio slots.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$u, AnyRankedTensor:$s,
                       AnyRankedTensor:$ape, Dsv4_OpenRowsType:$rows, Dsv4_CacheType:$after);
  let results = (outs Dsv4_OpenRowsType:$result);
  let assemblyFormat = [{
    $tokens `,` $u `,` $s `,` $ape `,` $rows `after` $after attr-dict
    `:` type($u) `,` type($s) `,` type($ape) `,` type($rows) `,` type($after) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // DSV4C_DSV4_COMPRESSOR_OPS
