//===- TileOps.td - Operations of the tile dialect ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_OPS
#define DSV4C_TILE_OPS

include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "Tile/TileAttrs.td"

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def Tile_KernelOp : Tile_Op<"kernel", [
    IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "Program that one workgroup runs";
  let description = [{
    The first block argument is the index of the workgroup, 0 <= i < workgroups;
    the others are the buffers, memrefs with identity layout of which only the
    leading dimension may be dynamic. The body is a single block of tile, arith,
    math, tensor, scf, memref.load and fp8 conversion operations on statically
    shaped tensors, names no lane, wave or chip, and has no other side effects
    than its loads, stores and arrivals. Workgroups of a launch run in any order
    and concurrently; none may read what another one of the launch writes, unless
    `tile.arrive` orders the two.

    A buffer with the argument attribute `tile.fragment = P : i64` is a weight
    [panels, K, panel] (e2m1: bytes [panels, K/2, panel]) whose bytes lie inside
    each panel in fragments of P bytes, see `#fp8.layout`. Its type and the
    indices of its loads are those of the same weight without fragments; finding
    the bytes is up to the lowering.

    ```mlir
    tile.kernel @double(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>)
        attributes {workgroups = 8 : i64} {
      %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
      %b = arith.addf %a, %a : tensor<64xf32>
      tile.store %b, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    }
    ```

    Constraints: `[kernel_c1]` the first argument is an index, the others are
    memrefs; `[kernel_c2]` no results; `[kernel_c3]` a positive number of
    workgroups; `[kernel_c4]` identity layout, only the leading dimension
    dynamic; `[kernel_c5]` buffer elements are whole bytes; `[kernel_c6]` no
    other operations than those above; `[kernel_c7]` static tensor shapes;
    `[kernel_c8]` no operation outside of fp8 mixes FP8 dialects (fn and fnuz);
    `[kernel_c9]` `tile.fragment` is 4 or 8 : i64, on a buffer of rank 3 whose last
    dimension is a multiple of 16 and whose rows (the middle dimension) are a
    multiple of 64 bytes.
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    I64Attr:$workgroups,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    ::mlir::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::mlir::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }

    /// Argument attribute of a weight in fragments: their bytes.
    static constexpr ::llvm::StringLiteral kFragmentAttrName{"tile.fragment"};
    /// That of an argument, 0 if it has none.
    int64_t getFragment(unsigned argument);
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "End of a kernel";
  let description = "Ends the only block of a `tile.kernel`.";
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def Tile_LoadOp : Tile_Op<"load", [AttrSizedOperandSegments, MemoryEffects<[MemRead]>]> {
  let summary = "Tile of consecutive elements";
  let description = [{
    One index per dimension of the source; the tile, of rank r, extends along
    the last r dimensions from there. Rows (leading tile dimension) from `valid`
    on are not read and come out as zero. Everything that is read is in bounds.

    With `rest_unspecified`, rows from `valid` on are finite numbers of any value, as
    those of a row that exists: whoever loads them promises that no result depends on
    them. Nothing has to be masked then.

    Constraints: `[load_c1]` one index per dimension; `[load_c2]` equal element
    types; `[load_c3]` the tile's rank is at most the source's; `[load_c4]` it is
    not larger than the source, from constant indices on; `[load_c5]` `valid` needs
    a tile of rank 1 or more; `[load_c6]` `rest_unspecified` needs a `valid`.

    ```mlir
    %a = tile.load %x[%row, %c0] valid %rows : memref<?x256xf32> -> tensor<8x64xf32>
    %b = tile.load %x[%row, %c0] valid %rows rest_unspecified
      : memref<?x256xf32> -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Variadic<Index>:$indices,
                       Optional<Index>:$valid, UnitAttr:$rest_unspecified);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $source `[` $indices `]` (`valid` $valid^)?
    (`rest_unspecified` $rest_unspecified^)? attr-dict
    `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tile_StoreOp : Tile_Op<"store", [AttrSizedOperandSegments, MemoryEffects<[MemWrite]>]> {
  let summary = "Store a tile to consecutive elements";
  let description = [{
    The mirror of `tile.load`: rows from `valid` on are not written.

    ```mlir
    tile.store %a, %y[%row, %c0] valid %rows : tensor<8x64xf32>, memref<?x256xf32>
    ```

    Constraints: `[store_c1]` to `[store_c5]`, as for `tile.load`.
  }];
  let arguments = (ins AnyStaticShapeTensor:$value, AnyMemRef:$destination,
                       Variadic<Index>:$indices, Optional<Index>:$valid);
  let assemblyFormat = [{
    $value `,` $destination `[` $indices `]` (`valid` $valid^)? attr-dict
    `:` type($value) `,` type($destination)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tile_GatherOp : Tile_Op<"gather", [MemoryEffects<[MemRead]>]> {
  let summary = "Rows of a matrix, chosen by index";
  let description = [{
        result[i, ...] = source[rows[i], column..., ...]

    `rows` holds one index into the leading dimension per row of the result, any
    negative one gives zeros. `columns` are the start in the remaining
    dimensions (none for a source of rank 1).

    Constraints: `[gather_c1]` result and source have one rank, at least 1;
    `[gather_c2]` as many rows as indices; `[gather_c3]` one column index per
    remaining dimension; `[gather_c4]` equal element types; `[gather_c5]` rows
    not larger than the source's.

    ```mlir
    %a = tile.gather %keys[%rows, %c0] : memref<?x448xi8>, tensor<16xindex> -> tensor<16x64xi8>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, 1DTensorOf<[Index]>:$rows,
                       Variadic<Index>:$columns);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $source `[` $rows (`,` $columns^)? `]` attr-dict
    `:` type($source) `,` type($rows) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_ScatterOp : Tile_Op<"scatter", [MemoryEffects<[MemWrite]>]> {
  let summary = "Store rows of a matrix, chosen by index";
  let description = [{
    The mirror of `tile.gather`: rows with a negative index are not written; the
    others must differ.

    ```mlir
    tile.scatter %a, %keys[%rows, %c0] : tensor<16x64xi8>, memref<?x448xi8>, tensor<16xindex>
    ```

    Constraints: `[scatter_c1]` to `[scatter_c5]`, as for `tile.gather`.
  }];
  let arguments = (ins AnyStaticShapeTensor:$value, AnyMemRef:$destination,
                       1DTensorOf<[Index]>:$rows, Variadic<Index>:$columns);
  let assemblyFormat = [{
    $value `,` $destination `[` $rows (`,` $columns^)? `]` attr-dict
    `:` type($value) `,` type($destination) `,` type($rows)
  }];
  let hasVerifier = 1;
}

def Tile_DealOp : Tile_Op<"deal", [Pure]> {
  let summary = "The piece of work of a workgroup, such that neighbours share a die";
  let description = [{
    Workgroup `number` of `count` does the piece of work that is the result, also
    below `count`; every piece is done by one workgroup. Pieces i * `together` to
    (i + 1) * `together` - 1 read the same memory. A device with several dies deals
    workgroups to them in turn, each with a cache of its own: the result gives
    such a run of pieces to workgroups of one die. The runs are dealt in turn too;
    the last ones, which are too few for all dies, are left as they are. Where
    there is one die, the result is `number`.

    Constraints: `[deal_c1]` count and together are at least 1.

    ```mlir
    %piece = tile.deal %workgroup of 512 together 8
    ```
  }];
  let arguments = (ins Index:$number, I64Attr:$count, I64Attr:$together);
  let results = (outs Index:$piece);
  let assemblyFormat = "$number `of` $count `together` $together attr-dict";
  let hasVerifier = 1;
}

def Tile_ArriveOp : Tile_Op<"arrive", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Whether this workgroup is the last of its group to arrive";
  let description = [{
    `of` workgroups of the launch arrive at counters[index], each once. The
    result is true for the last of them, which sees everything that the others
    stored before they arrived, and false for the others. Counters are zero
    before a launch, and after it again. All threads of a workgroup get the
    result.

    Constraints: `[arrive_c1]` counters of i32 of rank 1; `[arrive_c2]` at least
    two workgroups, no more than the kernel has.

    ```mlir
    %last = tile.arrive %counters[%tile] of 8 : memref<1024xi32>
    scf.if %last { ... }
    ```
  }];
  let arguments = (ins AnyMemRef:$counters, Index:$index, I64Attr:$of);
  let results = (outs I1:$last);
  let assemblyFormat = [{
    $counters `[` $index `]` `of` $of attr-dict `:` type($counters)
  }];
  let hasVerifier = 1;
}

def Tile_MeetOp : Tile_Op<"meet", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Wait for the other workgroups of a group";
  let description = [{
    Workgroups n of, n of + 1, ... n of + of - 1 wait here until all of them have come,
    then see what each of them stored before. They meet equally often. All meetings of a
    kernel are of groups of one size. Only for targets whose workgroups of a group surely
    run at the same time (`TargetFacts::meeting`); the others have `tile.arrive`.

    Constraints: `[meet_c1]` at least two workgroups; `[meet_c2]` the kernel's workgroups
    are whole groups; `[meet_c3]` groups of one size.

    ```mlir
    tile.store %mine, %maxima[%wg, %c0] : tensor<16xf32>, memref<32x16xf32>
    tile.meet of 8
    %all = tile.load %maxima[%first, %c0] : memref<32x16xf32> -> tensor<8x16xf32>
    ```
  }];
  let arguments = (ins I64Attr:$of);
  let assemblyFormat = "`of` $of attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Arithmetic that arith and math lack on tensors
//===----------------------------------------------------------------------===//

def Tile_DotOp : Tile_Op<"dot", [Pure]> {
  let summary = "Matrix product with a fixed order of summation";
  let description = [{
        result[m, n] = (...((0 + a[m, 0] b[0, n]) + a[m, 1] b[1, n]) + ...)

    a: M x K, b: K x N, result: M x N, all f32. Every step is one fused multiply-add; k increases. The order is part of the
    meaning: a result doesn't depend on M, on the vector width or on the target's
    tiling.

    Constraints: `[dot_c1]` three matrices; `[dot_c2]` of f32; `[dot_c3]` one K;
    `[dot_c4]` M and N of the result.

    ```mlir
    %c = tile.dot %a, %b : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$a, AnyStaticShapeTensor:$b);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $a `,` $b attr-dict `:` type($a) `,` type($b) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "Reduce one dimension in a fixed order";
  let description = [{
    Removes dimension `dim` of length L. For `add` on floats the order is: P
    partial sums, partial i over the elements i, i + P, i + 2 P, ... in
    increasing order from zero, then partial i + partial i + P/2 for i < P/2, then
    + P/4, and so on to + 1. P is the largest power of two up to L / 8, but at
    least 16 and at most 256. For L < 16 the missing partials are zero. `max` and
    `min` (on floats: of numbers, never NaN; on integers signed) don't depend on
    an order.

    Constraints: `[reduce_c1]` `dim` is a dimension of the input; `[reduce_c2]`
    the result lacks just that one; `[reduce_c3]` elements f32, index or integers
    of whole bytes.

    ```mlir
    %s = tile.reduce add %a dim 1 : tensor<8x64xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins Tile_ReduceKindAttr:$kind, AnyStaticShapeTensor:$input, I64Attr:$dim);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $kind $input `dim` $dim attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = [{
    /// Partial sums of an `add` on floats over `length` elements.
    static int64_t getNumPartials(int64_t length);
  }];
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "Repeat a tile along further dimensions";
  let description = [{
    Dimension i of the input is dimension `dims[i]` of the result, in increasing
    order; the result repeats along all others.

    Constraints: `[broadcast_c1]` one entry of `dims` per input dimension;
    `[broadcast_c2]` increasing dimensions of the result; `[broadcast_c3]` equal
    sizes there; `[broadcast_c4]` equal element types.

    ```mlir
    %b = tile.broadcast %s dims [0] : tensor<8xf32> -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = [{
    $input `dims` $dims attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure]> {
  let summary = "Transpose a matrix";
  let description = [{
        result[i, j] = input[j, i]

    Constraints: `[transpose_c1]` two matrices; `[transpose_c2]` of swapped shapes
    and one element type.

    ```mlir
    %t = tile.transpose %a : tensor<8x64xf32> -> tensor<64x8xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$input);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "0, 1, 2, ... along the only dimension";
  let description = [{
        result[i] = i

    Constraints: `[iota_c1]` rank 1; `[iota_c2]` elements index or i32.

    ```mlir
    %i = tile.iota : tensor<64xindex>
    ```
  }];
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_CompactOp : Tile_Op<"compact", [Pure]> {
  let summary = "Positions of the true elements, in increasing order";
  let description = [{
    `positions` holds the positions of the true elements of the 1-D mask, from
    number `first` on (0 if there is none) and as many as it has room for,
    followed by -1; `count` is the number of all of them.

    Constraint: `[compact_c1]` both of a static length, that of the positions is
    not the larger one.

    ```mlir
    %positions, %count = tile.compact %mask : tensor<64xi1> -> tensor<64xindex>
    %some, %all = tile.compact %mask from %first : tensor<64xi1> -> tensor<16xindex>
    ```
  }];
  let arguments = (ins 1DTensorOf<[I1]>:$mask, Optional<Index>:$first);
  let results = (outs 1DTensorOf<[Index]>:$positions, Index:$count);
  let assemblyFormat = [{
    $mask (`from` $first^)? attr-dict `:` type($mask) `->` type($positions)
  }];
  let hasVerifier = 1;
}

def Tile_TopKOp : Tile_Op<"top_k", [MemoryEffects<[MemRead]>]> {
  let summary = "Indices of the k largest elements of a row";
  let description = [{
    Looks at source[row, 0 .. count - 1] (bf16 or f32, no NaN). The result holds the
    indices of the k largest elements, or of all if count < k, in increasing order
    of index, then -1. Among equal elements the lower index wins; -0 equals +0.
    Up to 16 bytes at a time are read, so that a few elements behind `count` may be,
    though none behind the row; they don't matter.

    Constraints: `[top_k_c1]` a matrix with identity layout; `[top_k_c2]` of bf16
    or f32; `[top_k_c3]` static k.

    ```mlir
    %best = tile.top_k %scores[%row] count %visible : memref<?x4096xbf16> -> tensor<512xi32>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Index:$row, Index:$count);
  let results = (outs 1DTensorOf<[I32]>:$result);
  let assemblyFormat = [{
    $source `[` $row `]` `count` $count attr-dict `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // DSV4C_TILE_OPS
