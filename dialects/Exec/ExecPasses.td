//===- ExecPasses.td - Passes of the exec dialect -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_EXEC_PASSES
#define DSV4C_EXEC_PASSES

include "mlir/Pass/PassBase.td"

def ExecPlanMemory : Pass<"exec-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Give weight and arena buffers their offsets";
  let description = [{
    Weights lie one after the other. An arena buffer is alive from the first to the
    last launch of its program that is given it, both included; buffers whose lives
    have a launch in common get disjoint bytes, so that no launch writes what it
    reads under another name. Buffers are placed by decreasing size into the smallest
    gap that their lives leave, or else at the end. Programs run one at a time and
    share one arena, which is as large as the largest of them needs.

    Before:

    ```mlir
    exec.buffer @a arena : memref<256xi8> whole of tensor<256xi8>
    exec.buffer @b arena : memref<256xi8> whole of tensor<256xi8>
    exec.buffer @c arena : memref<256xi8> whole of tensor<256xi8>
    exec.program @step "step" tokens 1 rows 1 inputs [] outputs [] {
      exec.launch @produce([@a])
      exec.launch @copy([@a, @b])
      exec.launch @copy([@b, @c])
    }
    ```

    After: @a and @c are never alive at once.

    ```mlir
    exec.buffer @a arena : memref<256xi8> whole of tensor<256xi8> at 0
    exec.buffer @b arena : memref<256xi8> whole of tensor<256xi8> at 256
    exec.buffer @c arena : memref<256xi8> whole of tensor<256xi8> at 0
    ```

    Constraints:
    * [plan_memory_c1] an arena buffer is used by one program.
    * [plan_memory_c2] an arena buffer is used by some program.
  }];
  let statistics = [
    Statistic<"arenaBytes", "arena-bytes", "Arena of the largest program">,
    Statistic<"arenaBytesWithoutReuse", "arena-bytes-without-reuse",
              "Sum of the arena buffers of that program">,
    Statistic<"weightBytes", "weight-bytes", "Weights, with padding">
  ];
}

#endif // DSV4C_EXEC_PASSES
