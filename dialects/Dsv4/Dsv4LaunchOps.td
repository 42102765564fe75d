//===- Dsv4LaunchOps.td - Ops that run in one launch ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_LAUNCH_OPS
#define DSV4C_DSV4_LAUNCH_OPS

include "mlir/Interfaces/SideEffectInterfaces.td"
include "Dsv4/Dsv4Types.td"

def Dsv4_LaunchOp : Dsv4_Op<"launch", [SingleBlock]> {
  let summary = "Ops that one kernel computes";
  let description = [{
    Made by `dsv4-fuse-launches`. Ops that are connected through values of the region
    form one part of the kernel, with workgroups of its own; parts don't see each
    other's results. Values from outside the region are read from memory, results are
    written to it, and everything else stays in the workgroup.

    ```mlir
    %y, %z = dsv4.launch -> tensor<?x128xbf16>, tensor<?x128xbf16> {
      %a = fp8.scaled_matmul %x, %w1 : ... -> tensor<?x128xbf16>
      %b = fp8.scaled_matmul %x, %w2 : ... -> tensor<?x128xbf16>
      dsv4.yield %a, %b : tensor<?x128xbf16>, tensor<?x128xbf16>
    }
    ```

    Constraints:
    * [launch_c1] the body ends in a `dsv4.yield` whose operands have the types of the
      results.
  }];
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`->` type($results)^)? $body attr-dict";
  let hasVerifier = 1;
}

def Dsv4_YieldOp : Dsv4_Op<"yield", [Pure, Terminator, HasParent<"LaunchOp">]> {
  let summary = "Values of a launch that are used after it";
  let description = [{
    Ends the body of a `dsv4.launch`; the operands become its results. See
    `[launch_c1]`.
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
}

#endif // DSV4C_DSV4_LAUNCH_OPS
