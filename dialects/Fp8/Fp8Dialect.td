//===- Fp8Dialect.td - Dialect definition ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_FP8_DIALECT
#define DSV4C_FP8_DIALECT

include "mlir/IR/OpBase.td"

def Fp8_Dialect : Dialect {
  let name = "fp8";
  let cppNamespace = "::dsv4c::fp8";
  let summary = "Narrow floats whose dialect, bias and scale are part of the type";
  let description = [{
    Codes of narrow floats are only bytes until somebody says which dialect they
    belong to, which scale applies to them, and in which order they lie. This
    dialect says it in types, offers the few operations that may change any of
    it, and refuses the rest. See Rationale.md for the reasons.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Fp8_Op<string mnemonic, list<Trait> traits = []>
    : Op<Fp8_Dialect, mnemonic, traits>;

#endif // DSV4C_FP8_DIALECT
