// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

exec.buffer @x input : memref<4xf32> whole of tensor<?xf32>
exec.program @launch_c1 "step" tokens 1 rows 1 inputs [@x] outputs [] {
  // expected-error @+1 {{[launch_c1] no tile.kernel @x}}
  exec.launch @x([@x])
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.buffer @x input : memref<4xf32> whole of tensor<?xf32>
exec.program @launch_c2 "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c2] @k has 0 parameters, got 1 buffers}}
  exec.launch @k([@x])
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c3 "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c3] no exec.buffer @x}}
  exec.launch @k([@x])
}

// -----

tile.kernel @k(%wg: index, %x: memref<?xbf16> {exec.holds = tensor<?xf32>, exec.part = #exec<part whole>})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.buffer @x input : memref<4xf32> whole of tensor<?xf32>
exec.program @launch_c4_element "step" tokens 1 rows 1 inputs [@x] outputs [] {
  // expected-error @+1 {{[launch_c4] @x has elements 'f32', parameter #0 of @k 'bf16'}}
  exec.launch @k([@x])
}

// -----

tile.kernel @k(%wg: index, %x: memref<5xf32> {exec.holds = tensor<?xf32>, exec.part = #exec<part whole>})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.buffer @x input : memref<4xf32> whole of tensor<?xf32>
exec.program @launch_c4_bytes "step" tokens 1 rows 1 inputs [@x] outputs [] {
  // expected-error @+1 {{[launch_c4] @x has 16 bytes, parameter #0 of @k needs 20}}
  exec.launch @k([@x])
}

// -----

tile.kernel @k(%wg: index, %x: memref<?xf32>) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.buffer @x input : memref<4xf32> whole of tensor<?xf32>
exec.program @launch_c5_missing "step" tokens 1 rows 1 inputs [@x] outputs [] {
  // expected-error @+1 {{[launch_c5] parameter #0 of @k is no memref with exec.holds and exec.part}}
  exec.launch @k([@x])
}

// -----

// A cache written in one FP8 dialect and read in the other: its buffer can hold
// only one of the two types, so the launch of either kernel is refused.
!ocp = !dsv4.cache<window, ratio 1, page 4, keys !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 0>
!fnuz = !dsv4.cache<window, ratio 1, page 4, keys !fp8.scaled<?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 0>
exec.buffer @keys state : memref<16x64xi8> codes of !ocp
tile.kernel @write(%wg: index, %k: memref<?x64xi8> {exec.holds = !ocp, exec.part = #exec<part codes>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
tile.kernel @read(%wg: index, %k: memref<?x64xi8> {exec.holds = !fnuz, exec.part = #exec<part codes>})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c5_cache "step" tokens 1 rows 1 inputs [] outputs [] {
  exec.launch @write([@keys])
  // expected-error-re @+1 {{[launch_c5] @keys holds {{.*}}(e4m3 ocp (bias 7), shift 0, largest 448), but parameter #0 of @read is {{.*}}(e4m3 fnuz (bias 8), shift 0, largest 224)}}
  exec.launch @read([@keys])
}

// -----

// The same for a writer and a reader that differ in the exponent still to be paid.
!paid = !fp8.scaled<?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>
!owed = !fp8.scaled<?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 1, largest 224, row_major>
exec.buffer @x arena : memref<16x64xi8> codes of !paid
tile.kernel @write(%wg: index, %k: memref<?x64xi8> {exec.holds = !owed, exec.part = #exec<part codes>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c5_shift "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error-re @+1 {{[launch_c5] @x holds {{.*}}(e4m3 fnuz (bias 8), shift 0, largest 224), but parameter #0 of @write is {{.*}}(e4m3 fnuz (bias 8), shift 1, largest 224)}}
  exec.launch @write([@x])
}

// -----

!x = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
exec.buffer @x arena : memref<16x64xi8> codes of !x
tile.kernel @write(%wg: index, %k: memref<?x64xi8> {exec.holds = !x, exec.part = #exec<part scales>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c6 "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c6] @x is the part codes, parameter #0 of @write scales}}
  exec.launch @write([@x])
}

// -----

exec.buffer @w weights : memref<4xf32> whole of tensor<4xf32>
tile.kernel @write(%wg: index, %w: memref<4xf32> {exec.holds = tensor<4xf32>, exec.part = #exec<part whole>, exec.writes})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c7 "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c7] @write writes parameter #0, but @w is a weight}}
  exec.launch @write([@w])
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c8_conditions "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c8] conditions need an `else` kernel}}
  exec.launch @k([]) if [#exec.condition<scale_max of @w in 0 to 1>]
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c8_otherwise "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c8] an `else` kernel needs conditions}}
  exec.launch @k([]) else @k
}

// -----

exec.buffer @w weights : memref<4xf32> whole of tensor<4xf32>
tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c9_codes "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c9] @w is not the codes of a scaled weight}}
  exec.launch @k([]) if [#exec.condition<scale_max of @w in 0 to 1>] else @k
}

// -----

!w = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
exec.buffer @w weights : memref<128x128xi8> codes of !w
tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @launch_c9_range "step" tokens 1 rows 1 inputs [] outputs [] {
  // expected-error @+1 {{[launch_c9] no value is at least 2 and at most 1}}
  exec.launch @k([]) if [#exec.condition<scale_max of @w in 2 to 1>] else @k
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
// expected-error @+1 {{[program_c1] expected at least one token, got 0}}
exec.program @program_c1_tokens "step" tokens 0 rows 0 inputs [] outputs [] {
  exec.launch @k([])
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
// expected-error @+1 {{[program_c1] expected 0 to 4 output rows, got 5}}
exec.program @program_c1_rows "step" tokens 4 rows 5 inputs [] outputs [] {
  exec.launch @k([])
}

// -----

exec.buffer @x arena : memref<4xf32> whole of tensor<?xf32>
tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
// expected-error @+1 {{[program_c2] @x is no exec.buffer of space input}}
exec.program @program_c2 "step" tokens 4 rows 4 inputs [@x] outputs [] {
  exec.launch @k([])
}

// -----

// expected-error @+1 {{[program_c3] there is no launch}}
exec.program @program_c3_empty "step" tokens 4 rows 4 inputs [] outputs [] {
^bb0:
}

// -----

exec.program @program_c3_other "step" tokens 4 rows 4 inputs [] outputs [] {
  // expected-error @+1 {{[program_c3] is no launch}}
  %0 = arith.constant 0 : i32
}

// -----

exec.buffer @x arena : memref<4xf32> whole of tensor<?xf32>
tile.kernel @read(%wg: index, %x: memref<?xf32> {exec.holds = tensor<?xf32>, exec.part = #exec<part whole>})
    attributes {workgroups = 1 : i64} {
  tile.return
}
exec.program @program_c4 "step" tokens 4 rows 4 inputs [] outputs [] {
  // expected-error @+1 {{[program_c4] reads @x, which no launch has written}}
  exec.launch @read([@x])
}

// -----

tile.kernel @k(%wg: index) attributes {workgroups = 1 : i64} {
  tile.return
}
// expected-error @+1 {{[program_c5] @second also is "step" for 4 tokens}}
exec.program @program_c5 "step" tokens 4 rows 4 inputs [] outputs [] {
  exec.launch @k([])
}
exec.program @second "step" tokens 4 rows 4 inputs [] outputs [] {
  exec.launch @k([])
}
