//===- Dsv4ProgramOps.td - Programs, weights, rows of tokens --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_PROGRAM_OPS
#define DSV4C_DSV4_PROGRAM_OPS

include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_ProgramOp : Dsv4_Op<"program", [
    IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "What one step computes over T tokens";
  let description = [{
    The first argument is the step's tokens; further ones are inputs (tensors) and
    state (caches, open rows). Results are outputs (tensors), then every state
    argument again, in order and with the same type: a step that would leave the
    state in another format than it found it in does not verify. Each argument and
    result has a `dsv4.name`, by which the runtime knows it.
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
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
  }];
}

def Dsv4_ReturnOp : Dsv4_Op<"return", [Pure, Terminator, HasParent<"ProgramOp">]> {
  let summary = "Outputs and new state of a program";
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
}

def Dsv4_WeightOp : Dsv4_Op<"weight", [Pure]> {
  let summary = "Tensor of the checkpoint";
  let description = [{
    `tensor` is the name in the checkpoint. The result type says what the checkpoint
    must hold: a ranked tensor (bf16, f32, i64) or a scaled type, whose scales
    are the tensor of the same stem that ends in `.scale`. With `experts` = E the name
    contains one `*`, which stands for 0 ... E - 1, and the result has a leading
    dimension E. Spec section 2.2, 2.3.
  }];
  let arguments = (ins StrAttr:$tensor, OptionalAttr<I64Attr>:$experts);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$tensor (`experts` $experts^)? attr-dict `:` type($result)";
}

def Dsv4_EmbedOp : Dsv4_Op<"embed", [Pure]> {
  let summary = "Rows of the embedding: tokens, table [V, D] -> [T, D] bf16 (spec 4.1)";
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$table,
                       Dsv4_TokenFieldAttr:$field);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `` $field `,` $table attr-dict `:` type($table) `->` type($result)";
}

def Dsv4_OutputRowsOp : Dsv4_Op<"output_rows", [Pure]> {
  let summary = "Rows of the tokens whose logits are wanted: [T, ...] -> [R, ...]";
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `,` $input attr-dict `:` type($input) `->` type($result)";
}

def Dsv4_ObserveOp : Dsv4_Op<"observe"> {
  let summary = "Makes a value visible to the runtime under a name";
  let arguments = (ins StrAttr:$name, AnyType:$value);
  let assemblyFormat = "$name $value attr-dict `:` type($value)";
}

#endif // DSV4C_DSV4_PROGRAM_OPS
