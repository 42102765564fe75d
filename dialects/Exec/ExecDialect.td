//===- ExecDialect.td - Dialect definition ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_DIALECT
#define DSV4C_EXEC_DIALECT

include "mlir/IR/OpBase.td"

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::dsv4c::exec";
  let summary = "The step as a schedule of launches";
  let description = [{
    The last form of a step before it leaves the compiler: which kernels run, in
    which order, on which memory, and how weights get there. It maps one to one onto
    the manifest of a bundle. Buffers and the parameters of kernels both say which
    value of the graph they hold, with its type, and a launch verifies only if they
    agree. See Rationale.md for the reasons.
  }];
  let useDefaultAttributePrinterParser = 1;
}

class Exec_Op<string mnemonic, list<Trait> traits = []>
    : Op<Exec_Dialect, mnemonic, traits>;

#endif // DSV4C_EXEC_DIALECT
