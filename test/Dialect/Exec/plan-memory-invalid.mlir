// RUN: dsv4-opt %s --exec-plan-memory --split-input-file --verify-diagnostics

// plan_memory_c1
// expected-error @+1 {{[plan_memory_c1] an arena buffer belongs to one program, but both @step_1 and @step_2 use it}}
exec.buffer @shared arena : memref<512xi8> whole of tensor<512xi8>
tile.kernel @first(%wg: index, %y: memref<?xi8> {exec.holds = tensor<512xi8>, exec.part = #exec<part whole>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @step_1 "step" tokens 1 rows 1 inputs [] outputs [] {
  exec.launch @first([@shared])
}
exec.program @step_2 "step" tokens 2 rows 1 inputs [] outputs [] {
  // expected-note @+1 {{second use}}
  exec.launch @first([@shared])
}

// -----

// plan_memory_c2
// expected-error @+1 {{[plan_memory_c2] no program uses this arena buffer}}
exec.buffer @unused arena : memref<512xi8> whole of tensor<512xi8>
