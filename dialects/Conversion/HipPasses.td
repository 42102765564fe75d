//===- HipPasses.td - Prepare kernels for HIP C++ -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_HIP_PASSES
#define DSV4C_HIP_PASSES

include "mlir/Pass/PassBase.td"

def HipOutlineHelpers : Pass<"hip-outline-helpers", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Move ops that will be expanded into functions of their own";
  let description = [{
    Conversions between number formats, math functions, minima and maxima become
    calls of functions that hold just that op, one for each op with its attributes
    and types. The expansions of `amdgpu-pipeline` then run in the functions, so
    that HIP C++ has the same arithmetic as the code object, once and by a name.
    Vectors of one element are passed as scalars.

    ```mlir
    %y = math.exp %x : vector<4xf32>
    ==>
    %y = func.call @exp_f32x4(%x) : (vector<4xf32>) -> vector<4xf32>
    ```
  }];
  let statistics = [
    Statistic<"numHelpers", "helpers", "Functions made">,
    Statistic<"numCalls", "calls", "Ops that became calls">
  ];
  let dependentDialects = [
    "::mlir::func::FuncDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // DSV4C_HIP_PASSES
