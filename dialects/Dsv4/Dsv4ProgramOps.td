//===- Dsv4ProgramOps.td - Programs, weights, rows of tokens --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_PROGRAM_OPS
#define DSV4C_DSV4_PROGRAM_OPS

include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"
include "Fp8/Fp8Interfaces.td"

def Dsv4_ProgramOp : Dsv4_Op<"program", [
    IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "What one step computes over T tokens";
  let description = [{
    The first argument is the step's tokens; further ones are inputs (tensors) and
    state (caches, open rows). Results are outputs (tensors), then every state
    argument again, in order and with the same type: a step that would leave the
    state in another format than it found it in does not verify. Each argument and
    result has a `dsv4.name`, by which the runtime knows it.

    Constraints:
    * [program_c1] the first argument is !dsv4.tokens, and no other.
    * [program_c2] further arguments are tensors (inputs), then caches and open
      rows (state).
    * [program_c3] results are tensors (outputs), then the state arguments in order
      and with the same types.
    * [program_c4] every argument and result has a `dsv4.name`; the names of the arguments
      differ, and those of the results.
    * [program_c5] a state result has the name of its argument.

    ```mlir
    dsv4.program @step(%tokens: !dsv4.tokens {dsv4.name = "tokens"},
                       %keys: !dsv4.cache<...> {dsv4.name = "layers.0.window"})
        -> (tensor<?x512xf32> {dsv4.name = "logits"},
            !dsv4.cache<...> {dsv4.name = "layers.0.window"}) {
      ...
      dsv4.return %logits, %new_keys : tensor<?x512xf32>, !dsv4.cache<...>
    }
    ```
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

    /// Whether a value of this type is carried from step to step.
    static bool isState(::mlir::Type type) {
      return ::mlir::isa<CacheType, OpenRowsType>(type);
    }
    /// Arguments that are carried from step to step; they follow the inputs.
    ::mlir::ArrayRef<::mlir::BlockArgument> getStateArguments();
    /// Results that are no state; they come first.
    unsigned getNumOutputs();
    /// The `dsv4.name` of an argument or result; empty if it has none.
    ::llvm::StringRef getArgumentName(unsigned index);
    ::llvm::StringRef getResultName(unsigned index);
  }];
  let hasVerifier = 1;
}

def Dsv4_ReturnOp : Dsv4_Op<"return", [Pure, Terminator, HasParent<"ProgramOp">]> {
  let summary = "Outputs and new state of a program";
  let description = [{
    Constraints:
    * [return_c1] operands have the types of the program's results.
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
  let hasVerifier = 1;
}

def Dsv4_WeightOp : Dsv4_Op<"weight", [
    Pure, DeclareOpInterfaceMethods<Fp8_WeightSourceOpInterface>]> {
  let summary = "Tensor of the checkpoint";
  let description = [{
    `tensor` is the name in the checkpoint. The result type says what the checkpoint
    must hold: a ranked tensor (bf16, f32, i64) or a scaled type, whose scales
    are the tensor of the same stem that ends in `.scale`. With `experts` = E the name
    contains one `*`, which stands for 0 ... E - 1, and the result has a leading
    dimension E. Spec section 2.2, 2.3.

    Constraints:
    * [weight_c1] the result is a tensor of bf16, f32 or i64, or scaled; its shape is
      static.
    * [weight_c2] the name contains one `*` with `experts` and none without.
    * [weight_c3] with `experts` = E the result has three dimensions, the first E.
    * [weight_c4] a scaled result is what checkpoints hold: OCP or e2m1 codes with e8m0
      scales, shift 0, row-major, and the name ends in `.weight`.

    ```mlir
    %w = dsv4.weight "layers.0.ffn.experts.*.w1.weight" experts 256 : !fp8.scaled<...>
    ```
  }];
  let arguments = (ins StrAttr:$tensor, OptionalAttr<I64Attr>:$experts);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$tensor (`experts` $experts^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dsv4_EmbedOp : Dsv4_Op<"embed", [Pure]> {
  let summary = "Rows of the embedding: tokens, table [V, D] -> [T, D] bf16 (spec 4.1)";
  let description = [{
    Row of the token's id or, in a draft block, of the id that follows it.

    Constraints:
    * [embed_c1] table is [V, D] bf16.
    * [embed_c2] result is [T, D] bf16.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$table,
                       Dsv4_TokenFieldAttr:$field);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `` $field `,` $table attr-dict `:` type($table) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_OutputRowsOp : Dsv4_Op<"output_rows", [Pure]> {
  let summary = "Rows of the tokens whose logits are wanted: [T, ...] -> [R, ...]";
  let description = [{
    Constraints:
    * [output_rows_c1] input and result differ in the first dimension only.
  }];
  let arguments = (ins Dsv4_TokensType:$tokens, AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$tokens `,` $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Dsv4_ObserveOp : Dsv4_Op<"observe"> {
  let summary = "Makes a value visible to the runtime under a name";
  let description = [{
    Constraints:
    * [observe_c1] the name is not empty and no other `dsv4.observe` of the program
      has it.
  }];
  let arguments = (ins StrAttr:$name, AnyType:$value);
  let assemblyFormat = "$name $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

#endif // DSV4C_DSV4_PROGRAM_OPS
