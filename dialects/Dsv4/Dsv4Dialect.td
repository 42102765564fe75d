//===- Dsv4Dialect.td - Dialect definition ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_DIALECT
#define DSV4C_DSV4_DIALECT

include "mlir/IR/OpBase.td"

def Dsv4_Dialect : Dialect {
  let name = "dsv4";
  let cppNamespace = "::dsv4c::dsv4";
  let summary = "The model as a graph on tensors";
  let description = [{
    A `dsv4.program` says what one step computes over T tokens of any sequences,
    against state that enters as arguments and leaves as results. Ops end where the
    model rounds. Shapes are written with letters: T tokens, R rows of output, D
    hidden channels, n residual streams, H heads of d channels, E experts of which k
    are chosen, V vocabulary. Operands of the kind "ranked tensor" are restricted by
    the constraints, which name the op and a number. See Rationale.md for the
    reasons.
  }];
  let dependentDialects = ["::dsv4c::fp8::Fp8Dialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Dsv4_Op<string mnemonic, list<Trait> traits = []>
    : Op<Dsv4_Dialect, mnemonic, traits>;

#endif // DSV4C_DSV4_DIALECT
