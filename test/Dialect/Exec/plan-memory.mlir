// RUN: dsv4-opt %s --exec-plan-memory --split-input-file --verify-diagnostics | FileCheck %s
// RUN: dsv4-opt %s --exec-plan-memory --split-input-file --verify-diagnostics --mlir-pass-statistics --mlir-pass-statistics-display=list -o /dev/null 2>&1 | FileCheck %s --check-prefix=STATS

// Weights follow each other; what is alive in turns shares memory.
// CHECK: exec.buffer @w0 weights {{.*}} at 0
// CHECK: exec.buffer @w1 weights {{.*}} at 256
// CHECK: exec.buffer @a arena {{.*}} at 0
// CHECK: exec.buffer @b arena {{.*}} at 512
// CHECK: exec.buffer @c arena {{.*}} at 0
// CHECK: exec.buffer @state state {{.*}} whole of tensor<8xi8>{{$}}

// STATS: 1024 arena-bytes
// STATS-NEXT: 1280 arena-bytes-without-reuse
// STATS-NEXT: 768 weight-bytes
exec.buffer @w0 weights : memref<10xi8> whole of tensor<10xi8>
exec.buffer @w1 weights : memref<300xi8> whole of tensor<300xi8>
exec.buffer @a arena : memref<512xi8> whole of tensor<512xi8>
exec.buffer @b arena : memref<512xi8> whole of tensor<512xi8>
exec.buffer @c arena : memref<200xi8> whole of tensor<200xi8>
exec.buffer @state state : memref<8xi8> whole of tensor<8xi8>
exec.pack tensor @w0 from ["w0"] as tensor<10xi8>
exec.pack tensor @w1 from ["w1"] as tensor<300xi8>
tile.kernel @a(%wg: index, %x: memref<512xi8> {exec.holds = tensor<512xi8>, exec.part = #exec.part<whole>, exec.writes}) attributes {workgroups = 1 : i64} {
  tile.return
}
