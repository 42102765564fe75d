//===- ExecOps.td - Operations of the exec dialect ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_OPS
#define DSV4C_EXEC_OPS

include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "Exec/ExecAttrs.td"

def Exec_BufferOp : Exec_Op<"buffer", [Symbol]> {
  let summary = "Memory that kernels are given";
  let description = [{
    `type` is a memref of static shape: the capacity. `holds` is the type of the graph
    value of which the buffer is a `part`; kernels declare the same for their parameters,
    and a launch that would hand a buffer to a kernel that reads it as something else
    does not verify. `offset` is set by memory planning for arena and weight buffers;
    an arena buffer belongs to the one program that uses it.

    ```mlir
    exec.buffer @x arena : memref<8x64xbf16> whole of tensor<?x64xbf16>
    exec.buffer @k state : memref<4096x448xi8> codes of !keys
    exec.buffer @w weights : memref<64x64xf32> whole of tensor<64x64xf32> at 512
    ```

    Constraints:
    * [buffer_c1] `type` is of static shape and identity layout, not empty, and of a
      supported element type (f32, bf16, f16, i8, i16, i32, i64, 8-bit floats, f4E2M1FN).
    * [buffer_c2] `part` exists in `holds`: codes and scales of a scaled type or a
      cache, tail of a cache that has one, u and s of open rows, whole of all others.
    * [buffer_c3] `offset` is given for arena and weight buffers only and is a
      non-negative multiple of 256.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_SpaceAttr:$space,
                       TypeAttr:$type, TypeAttr:$holds, Exec_PartAttr:$part,
                       OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = [{
    $sym_name $space `:` $type $part `of` $holds (`at` $offset^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MemRefType getMemRef() {
      return ::llvm::cast<::mlir::MemRefType>(getType());
    }
    /// Of the whole buffer, rounded up to bytes.
    int64_t getBytes();
    /// Alignment of offsets, in bytes.
    static constexpr int64_t kAlignment = 256;
  }];
}

def Exec_PackOp : Exec_Op<"pack", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "How a weight gets from the checkpoint into its buffers";
  let description = [{
    Runs once, when weights are loaded. `tensors` names what the checkpoint must hold, one
    per expert (for scaled weights `scale_tensors` too); `source` is its type as published,
    with a leading dimension E for E > 1 experts.
    The result type is the buffer's `holds`: where its FP8 dialect differs from the
    source's, codes and scales are recast; where its layout does, they are shuffled.
    Loading fails on a NaN code, on a scale of 255, on one of 254 that a recast would raise,
    and on an id outside the table's range.
    The program returns facts (least and largest scale, their spread, the largest spread
    of four neighbours in a row, the number of negative zeros) on which `exec.launch` may
    select a kernel.

    | kind | source | buffer holds | also |
    |---|---|---|---|
    | tensor | tensor | the same, in any layout | |
    | scaled | OCP e4m3 or e2m1, e8m0 scales, row_major | the same, any layout, e4m3 in either dialect | scales, scale_tensors |
    | id_table | tensor of i64 | tensor of i32 | limit: ids are below it |
    | rope_table | none | tensor [positions, 2P] of f32 | P frequencies |

    ```mlir
    exec.pack tensor @norm from ["norm.weight"] as tensor<4096xbf16>
    exec.pack scaled @wq scales @wq.scales from ["wq.weight"] scales_from ["wq.scale"] as !source
    exec.pack id_table @tid from ["ffn.gate.tid2eid"] as tensor<129280x6xi64> limit 256
    exec.pack rope_table @rope from [] frequencies [1.0, 0.5]
    ```

    Constraints:
    * [pack_c1] `buffer` and `scales` are weight buffers.
    * [pack_c2] the operands are those of the kind and no others, see the table.
    * [pack_c3] source and buffer agree in shape, element type and scale block.
    * [pack_c4] the buffers hold codes and scales of the same value, others the whole one.
    * [pack_c5] as many tensors (and scale tensors) as experts.
    * [pack_c6] the buffers' sizes are those of the packed weight.
  }];
  let arguments = (ins Exec_PackKindAttr:$kind, FlatSymbolRefAttr:$buffer,
                       OptionalAttr<FlatSymbolRefAttr>:$scales,
                       StrArrayAttr:$tensors, OptionalAttr<StrArrayAttr>:$scale_tensors,
                       OptionalAttr<TypeAttr>:$source, OptionalAttr<I64Attr>:$limit,
                       OptionalAttr<DenseF32ArrayAttr>:$frequencies);
  let assemblyFormat = [{
    $kind $buffer (`scales` $scales^)? `from` $tensors (`scales_from` $scale_tensors^)?
    (`as` $source^)? (`limit` $limit^)? (`frequencies` $frequencies^)? attr-dict
  }];
}

def Exec_StateOp : Exec_Op<"state", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "State value of the graph and the buffers that hold it";
  let description = [{
    `type` is a `!dsv4.cache` (buffers: codes, scales and, if it has one, the tail) or
    `!dsv4.open_rows` (u, s).

    ```mlir
    exec.state @layers.0.window : !keys in [@k, @k.scales, @k.tail]
    ```

    Constraints:
    * [state_c1] every buffer exists and is of space state.
    * [state_c2] the buffers are the parts of the type, in this order.
    * [state_c3] each of them holds `type`.
    * [state_c4] their sizes are those of the same whole number of pages (of sequences for
      open rows).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$buffers);
  let assemblyFormat = "$sym_name `:` $type `in` $buffers attr-dict";
}

def Exec_ProgramOp : Exec_Op<"program", [
    Symbol, IsolatedFromAbove, NoTerminator, SingleBlock,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Launches of one step, for at most `tokens` tokens";
  let description = [{
    Several programs of the same `entry` differ in `tokens`; the runtime takes the smallest
    that fits. Launches run in order, each after the one before has finished.

    ```mlir
    exec.program @step_8 "step" tokens 8 rows 8 inputs [] outputs [@logits] {
      exec.launch @head([@x, @logits]) "head"
    }
    ```

    Constraints:
    * [program_c1] at least one token; as many output rows as tokens at most.
    * [program_c2] inputs and outputs are buffers of space input and output.
    * [program_c3] the body is one launch or more, and nothing else.
    * [program_c4] an arena buffer is written by the first launch that uses it, or before.
    * [program_c5] entry and tokens together are those of no other program.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$entry, I64Attr:$tokens,
                       I64Attr:$output_rows,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$inputs,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name $entry `tokens` $tokens `rows` $output_rows `inputs` $inputs `outputs` $outputs
    attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def Exec_LaunchOp : Exec_Op<"launch", [
    HasParent<"ProgramOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Run a kernel";
  let description = [{
    `buffers` are bound to the parameters of the `tile.kernel` in order. With `conditions`,
    `kernel` runs if all of them hold for the loaded weights, `otherwise` if not.

    A kernel says what it takes each parameter for with the argument attributes
    `exec.holds` (a type) and `exec.part`, and with `exec.writes` (a unit) that it writes
    it. Both kernels of a conditional launch must accept the buffers. A cache that is
    written in one format and read in another is found here: the kernels' parameters
    can't both hold what the buffer holds.

    ```mlir
    exec.launch @scores([@q, @k, @k.scales]) "layers.0 scores"
    exec.launch @fast([@x, @w, @y]) if [#exec.condition<scale_spread of @w in 0 to 12>] else @slow
    ```

    Constraints:
    * [launch_c1] `kernel` and `otherwise` are `tile.kernel` ops.
    * [launch_c2] one buffer per parameter.
    * [launch_c3] every buffer exists.
    * [launch_c4] buffer and parameter have the same element type, and the buffer has at
      least the parameter's bytes (any number if its leading dimension is dynamic).
    * [launch_c5] the parameter's `exec.holds` is the buffer's `holds`.
    * [launch_c6] the parameter's `exec.part` is the buffer's `part`.
    * [launch_c7] no weight is written.
    * [launch_c8] `otherwise` is given if and only if there are conditions.
    * [launch_c9] a condition asks for a fact of the codes of a scaled weight, and its
      range is not empty.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$buffers,
                       OptionalAttr<TypedArrayAttrBase<Exec_ConditionAttr, "conditions">>:$conditions,
                       OptionalAttr<FlatSymbolRefAttr>:$otherwise,
                       OptionalAttr<StrAttr>:$label);
  let assemblyFormat = [{
    $kernel `(` $buffers `)` (`if` $conditions^)? (`else` $otherwise^)? ($label^)? attr-dict
  }];
}

#endif // DSV4C_EXEC_OPS
