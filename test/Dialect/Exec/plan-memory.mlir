// RUN: dsv4-opt %s --exec-plan-memory --split-input-file --verify-diagnostics | FileCheck %s


// Weights follow each other; @b is alive together with @a, then with @c, which goes
// where @a was.
// CHECK: exec.buffer @w0 weights {{.*}} at 0
// CHECK: exec.buffer @w1 weights {{.*}} at 256
// CHECK: exec.buffer @a arena {{.*}} at 0
// CHECK: exec.buffer @b arena {{.*}} at 512
// CHECK: exec.buffer @c arena {{.*}} at 0
// CHECK: exec.buffer @y output {{.*}} whole of tensor<8xi8>{{$}}

exec.buffer @w0 weights : memref<10xi8> whole of tensor<10xi8>
exec.buffer @w1 weights : memref<300xi8> whole of tensor<300xi8>
exec.buffer @a arena : memref<512xi8> whole of tensor<512xi8>
exec.buffer @b arena : memref<512xi8> whole of tensor<512xi8>
exec.buffer @c arena : memref<200xi8> whole of tensor<512xi8>
exec.buffer @y output : memref<8xi8> whole of tensor<8xi8>
exec.pack tensor @w0 from ["w0"] as tensor<10xi8>
exec.pack tensor @w1 from ["w1"] as tensor<300xi8>
tile.kernel @first(%wg: index, %y: memref<?xi8> {exec.holds = tensor<512xi8>, exec.part = #exec<part whole>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
tile.kernel @next(%wg: index, %x: memref<?xi8> {exec.holds = tensor<512xi8>, exec.part = #exec<part whole>},
                  %y: memref<?xi8> {exec.holds = tensor<512xi8>, exec.part = #exec<part whole>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @step "step" tokens 1 rows 1 inputs [] outputs [@y] {
  exec.launch @first([@a])
  exec.launch @next([@a, @b])
  exec.launch @next([@b, @c])
}

// -----

// Programs run one at a time: each starts at the arena's beginning.
// CHECK-LABEL: exec.buffer @p arena {{.*}} at 0
// CHECK: exec.buffer @q arena {{.*}} at 0
exec.buffer @p arena : memref<512xi8> whole of tensor<512xi8>
exec.buffer @q arena : memref<512xi8> whole of tensor<512xi8>
tile.kernel @first(%wg: index, %y: memref<?xi8> {exec.holds = tensor<512xi8>, exec.part = #exec<part whole>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @step_1 "step" tokens 1 rows 1 inputs [] outputs [] {
  exec.launch @first([@p])
}
exec.program @step_2 "step" tokens 2 rows 1 inputs [] outputs [] {
  exec.launch @first([@q])
}
