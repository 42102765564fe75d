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
    an arena buffer belongs to the programs that use it.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_SpaceAttr:$space,
                       TypeAttr:$type, TypeAttr:$holds, Exec_PartAttr:$part,
                       OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = [{
    $sym_name $space `:` $type $part `of` $holds (`at` $offset^)? attr-dict
  }];
}

def Exec_PackOp : Exec_Op<"pack"> {
  let summary = "How a weight gets from the checkpoint into its buffers";
  let description = [{
    Runs once, when weights are loaded. `tensors` names what the checkpoint must hold, one
    per expert (for scaled weights `scale_tensors` too); `source` is its type as published.
    The result type is the buffer's `holds`: where its FP8 dialect differs from the
    source's, codes and scales are recast; where its layout does, they are shuffled.
    Loading fails on a NaN code, on a scale of 255, on one of 254 that a recast would raise,
    and on an id outside the table's range.
    The program returns facts (least and largest scale, their spread, the number of
    negative zeros) on which `exec.launch` may select a kernel.
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

def Exec_StateOp : Exec_Op<"state", [Symbol]> {
  let summary = "State value of the graph and the buffers that hold it";
  let description = [{
    `type` is a `!dsv4.cache` (buffers: codes, scales and, if it has one, the tail) or
    `!dsv4.open_rows` (u, s).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$buffers);
  let assemblyFormat = "$sym_name `:` $type `in` $buffers attr-dict";
}

def Exec_ProgramOp : Exec_Op<"program", [Symbol, IsolatedFromAbove, NoTerminator,
                                         SingleBlock]> {
  let summary = "Launches of one step, for at most `tokens` tokens";
  let description = [{
    Several programs of the same `entry` differ in `tokens`; the runtime takes the smallest
    that fits. Launches run in order, each after the one before has finished.
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
}

def Exec_LaunchOp : Exec_Op<"launch", [HasParent<"ProgramOp">]> {
  let summary = "Run a kernel";
  let description = [{
    `buffers` are bound to the parameters of the `tile.kernel` in order. With `conditions`,
    `kernel` runs if all of them hold for the loaded weights, `otherwise` if not.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "buffers">:$buffers,
                       OptionalAttr<TypedArrayAttrBase<Exec_ConditionAttr, "conditions">>:$conditions,
                       OptionalAttr<FlatSymbolRefAttr>:$otherwise,
                       OptionalAttr<StrAttr>:$label);
  let assemblyFormat = [{
    $kernel `(` $buffers `)` (`if` $conditions^ `else` $otherwise)? ($label^)? attr-dict
  }];
}

#endif // DSV4C_EXEC_OPS
