//===- Dsv4Dialect.td - Dialect definition ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_DIALECT
#define DSV4C_DSV4_DIALECT

include "mlir/IR/OpBase.td"

def Dsv4_Dialect : Dialect {
  let name = "dsv4";
  let cppNamespace = "::dsv4c::dsv4";
  let summary = "The model as a graph on tensors";
  let dependentDialects = ["::dsv4c::fp8::Fp8Dialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Dsv4_Op<string mnemonic, list<Trait> traits = []>
    : Op<Dsv4_Dialect, mnemonic, traits>;

#endif // DSV4C_DSV4_DIALECT
