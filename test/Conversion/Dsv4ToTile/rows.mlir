// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>

// Both launches have the same structure, so they share a kernel; a weight is
// packed under its own name; what crosses launches lies in the arena.
// CHECK: exec.program @step.t16 "step" tokens 16 rows 4 inputs [@x.in] outputs [@y] {
// CHECK-NEXT: exec.launch @rmsnorm_scale.t16([@step.counts, @x.in, @a.norm.weight, @values.step.t16.0]) "a: rmsnorm scale"
// CHECK-NEXT: exec.launch @rmsnorm_scale.t16([@step.counts, @values.step.t16.0, @b.norm.weight, @y]) "b: rmsnorm scale"
// CHECK-NEXT: }
// CHECK: tile.kernel @rmsnorm_scale.t16(%[[WG:[^:]*]]: index, %[[COUNTS:[^:]*]]: memref<16xi32>
// CHECK-SAME: memref<16x256xbf16> {exec.holds = tensor<?x256xbf16>, exec.part = #exec<part whole>, exec.writes}{{.*}}workgroups = 16
// A workgroup whose token does not exist does nothing.
// CHECK: %[[COUNT:.*]] = memref.load %[[COUNTS]]
// CHECK: %[[TOKENS:.*]] = arith.index_castui %[[COUNT]]
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[WG]], %[[TOKENS]]
// CHECK: scf.if %[[EXISTS]]
// The norm's result stays in a tile; rounded where the specification rounds.
// CHECK: tile.reduce add
// CHECK: math.sqrt
// CHECK: arith.truncf {{.*}} to tensor<1x256xbf16>
// CHECK-NOT: tile.store
// CHECK: arith.truncf {{.*}} to tensor<1x256xbf16>
// CHECK-NEXT: {{(.*arith.*[[:space:]]+)*}}tile.store {{.*}}memref<16x256xbf16>
// CHECK-NOT: tile.kernel
// CHECK: exec.buffer @a.norm.weight weights : memref<256xbf16>
// CHECK: exec.pack tensor @a.norm.weight from ["a.norm.weight"] as tensor<256xbf16>
// CHECK: exec.buffer @values.step.t16.0 arena : memref<16x256xbf16>
// CHECK: exec.buffer @y output
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %w0 = dsv4.weight "a.norm.weight" : tensor<256xbf16>
  %w1 = dsv4.weight "b.norm.weight" : tensor<256xbf16>
  %0 = dsv4.launch -> tensor<?x256xbf16> {
    %n = dsv4.rmsnorm %x, %w0 {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
    %s = dsv4.scale %n {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
    dsv4.yield %s : tensor<?x256xbf16>
  }
  %1 = dsv4.launch -> tensor<?x256xbf16> {
    %n = dsv4.rmsnorm %0, %w1 {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
    %s = dsv4.scale %n {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
    dsv4.yield %s : tensor<?x256xbf16>
  }
  dsv4.return %1 : tensor<?x256xbf16>
}
}
