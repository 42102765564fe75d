// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s

!keys = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
!entries = !dsv4.cache<entries, ratio 4, page 128, keys !keys, tail 64>
!rows = !dsv4.open_rows<8 x 256>

// CHECK: exec.launch @compress.t16({{.*}}@rows.u, @rows.s, {{.*}}@step.entry_pages, @entries.tail, @entries.codes, @entries.scales])
// CHECK: exec.launch @commit_rows.t16({{.*}}@rows.u, @rows.s
// Only a token that ends a block of 4 makes an entry.
// CHECK: tile.kernel @compress.t16
// CHECK: %[[REST:.*]] = arith.remui %{{.*}}, %c4
// CHECK: %[[ENDS:.*]] = arith.cmpi eq, %[[REST]]
// CHECK: scf.if %[[ENDS]]
// Rows of this step come from its buffers, older ones from the carried state.
// CHECK: %[[MAX:.*]] = scf.for
// CHECK: scf.if
// CHECK: tile.load {{.*}} : memref<4x256xf32>
// CHECK: } else {
// CHECK: tile.load {{.*}} : memref<16x256xf32>
// CHECK: arith.maxnumf
// CHECK: %[[SUM:.*]] = scf.for
// CHECK: math.exp
// CHECK: scf.for
// CHECK: arith.divf %{{.*}}, %[[SUM]]
// Norm, rotation, quantisation, all before the entry is stored.
// CHECK: math.sqrt
// CHECK: tile.load {{.*}} : memref<512x64xf32>
// CHECK: tile.gather {{.*}} : memref<8xi32>
// CHECK: fp8.scale_exponent %{{.*}} divisor 448
// CHECK: tile.store {{.*}} memref<256x64xf8E4M3FN>
// CHECK: exec.state @rows : !dsv4.open_rows<8 x 256> in [@rows.u, @rows.s]
// CHECK: exec.pack rope_table @rope.compressed from [] frequencies [1.000000e+00,
// Rows that the next blocks need: the last 8 of a sequence's.
// CHECK: tile.kernel @commit_rows.t16
// CHECK: %[[FROM:.*]] = arith.subi %{{.*}}, %c8
// CHECK: %[[KEPT:.*]] = arith.cmpi sgt, %{{.*}}, %[[FROM]]
// CHECK: scf.if %[[KEPT]]
// CHECK-COUNT-2: tile.store {{.*}} memref<16x256xf32>
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %u: tensor<?x256xf32> {dsv4.name = "u"},
                       %s: tensor<?x256xf32> {dsv4.name = "s"}, %rows: !rows {dsv4.name = "rows"},
                       %entries: !entries {dsv4.name = "entries"})
    -> (!rows {dsv4.name = "rows"}, !entries {dsv4.name = "entries"})
    attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %ape = dsv4.weight "ape" : tensor<4x256xf32>
  %norm = dsv4.weight "norm.weight" : tensor<128xbf16>
  %table = dsv4.rope_table compressed dense<1.0> : tensor<32xf32> : tensor<512x64xf32>
  %e = dsv4.launch -> !entries {
    %0 = dsv4.compress %t, %u, %s, %ape, %norm, %table, %rows, %entries {eps = 1.0e-6 : f32}
      : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<512x64xf32>, !rows, !entries -> !entries
    dsv4.yield %0 : !entries
  }
  %r = dsv4.launch -> !rows {
    %0 = dsv4.commit_rows %t, %u, %s, %ape, %rows after %e
      : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, !rows, !entries -> !rows
    dsv4.yield %0 : !rows
  }
  dsv4.return %r, %e : !rows, !entries
}
}
