// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s

!keys = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
!window = !dsv4.cache<window, ratio 1, page 128, keys !keys, tail 64>
!entries = !dsv4.cache<entries, ratio 4, page 128, keys !keys, tail 64>

// The launch has memory for the maxima and sums of eight groups of keys, and
// counts them.
// CHECK: exec.launch @attention.t1({{.*}}@step.window_pages, @window.codes, @window.scales, @window.tail,
// CHECK-SAME: @selection.in, @step.entry_pages, @entries.codes, @entries.scales, @entries.tail,
// CHECK-SAME: @scratch.step.t1.0, @scratch.step.t1.1, @scratch.step.t1.2, @step.arrivals, @o])
// A workgroup is a group of keys of 16 heads of a token.
// CHECK: tile.kernel @attention.t1(%[[WG:.*]]: index
// CHECK: %[[TILE:.*]] = arith.divui %[[WG]], %c8
// CHECK: %[[GROUP:.*]] = arith.remui %[[WG]], %c8
// The first group is the window. It has 48 keys, so that the reference rounds its
// probabilities against entries too: the maximum of all keys comes first. Keys
// come in tiles of 64 from the oldest of the window on, their pages from the
// table.
// CHECK: %[[MAX:.*]] = scf.for {{.*}} -> (tensor<8xf32>)
// CHECK: %[[PAGES:.*]] = tile.gather %{{.*}} : memref<8xi32>, tensor<64xindex>
// CHECK: arith.index_castui %[[PAGES]]
// CHECK: %[[ROWS:.*]] = arith.select
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x64xf8E4M3FN>
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x1xf8E8M0FNU>
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x64xbf16>
// CHECK: tile.dot
// CHECK: tile.reduce max
// The entries that were selected follow.
// CHECK: %[[ALL:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[MAX]])
// CHECK: tile.load {{.*}} : memref<24xi32>
// CHECK: tile.gather {{.*}} : memref<256x64xf8E4M3FN>
// CHECK: tile.reduce max
// The sums follow: denominator in f32, probabilities rounded for the values.
// CHECK: %[[IS_WINDOW:.*]] = arith.cmpi eq, %[[GROUP]], %c0
// CHECK: %[[SUMS:.*]]:3 = scf.if %[[IS_WINDOW]]
// CHECK: scf.for {{.*}} iter_args(%[[BEFORE:.*]] = %[[ALL]], %[[TOTAL:.*]] = %{{.*}}, %[[WEIGHTED:.*]] = %{{.*}})
// CHECK: %[[SOFAR:.*]] = arith.maxnumf %[[BEFORE]]
// CHECK: %[[P:.*]] = math.exp
// CHECK: %[[ADDED:.*]] = tile.reduce add %[[P]]
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[P]] : {{.*}} to tensor<64x8xbf16>
// CHECK: arith.extf %[[ROUNDED]]
// CHECK: tile.dot
// CHECK: %[[GREW:.*]] = arith.subf %[[BEFORE]], %[[SOFAR]]
// CHECK: %[[FACTOR:.*]] = math.exp %[[GREW]]
// CHECK: %[[MOVED:.*]] = arith.mulf %[[TOTAL]], %[[FACTOR]]
// CHECK: arith.addf %[[MOVED]], %[[ADDED]]
// Another group: a share of the tiles of entries, all against one maximum.
// CHECK: } else {
// CHECK: %[[BEHIND:.*]] = arith.subi %[[GROUP]], %c1
// CHECK: %[[FIRST:.*]] = arith.muli %[[BEHIND]]
// CHECK: scf.for %{{.*}} = %[[FIRST]]
// CHECK: tile.load {{.*}} : memref<24xi32>
// CHECK: arith.subf
// CHECK: %[[P2:.*]] = math.exp
// CHECK: tile.reduce add %[[P2]]
// CHECK: tile.dot
// CHECK-NOT: math.exp
// CHECK: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<8xf32>, tensor<8x128xf32>
// The last workgroup adds the groups up, in order.
// CHECK: tile.store %[[SUMS]]#0, %[[KEPT:.*]][{{.*}}] : tensor<8xf32>, memref<8x8xf32>
// CHECK: tile.store %[[SUMS]]#1, %{{.*}}[{{.*}}] : tensor<8xf32>, memref<8x8xf32>
// CHECK: tile.store %[[SUMS]]#2, %{{.*}}[{{.*}}] : tensor<8x128xf32>, memref<8x8x128xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}} of 8 : memref<4096xi32>
// CHECK: scf.if %[[LAST]]
// CHECK: %[[WINDOW:.*]] = tile.load %[[KEPT]]
// CHECK: %[[GROUPS:.*]]:3 = scf.for {{.*}} iter_args(%[[LESS:.*]] = %[[WINDOW]],
// CHECK: %[[MORE:.*]] = tile.load %[[KEPT]]
// CHECK: arith.subf %[[LESS]], %[[MORE]]
// The sink adds to the denominator alone.
// CHECK: %[[SINK:.*]] = arith.subf %{{.*}}, %[[GROUPS]]#0
// CHECK: %[[E:.*]] = math.exp %[[SINK]]
// CHECK: arith.addf %[[GROUPS]]#1, %[[E]]
// CHECK: arith.divf %[[GROUPS]]#2
// CHECK: tile.store {{.*}} memref<8x128xbf16>
// CHECK: exec.state @window : !dsv4.cache<window, {{.*}}> in [@window.codes, @window.scales, @window.tail]
// CHECK: exec.state @entries
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %q: tensor<?x8x128xbf16> {dsv4.name = "q"},
                      %k: tensor<?x24xi32> {dsv4.name = "selection"},
                      %window: !window {dsv4.name = "window"}, %entries: !entries {dsv4.name = "entries"})
    -> (tensor<?x8x128xbf16> {dsv4.name = "o"}, !window {dsv4.name = "window"}, !entries {dsv4.name = "entries"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %sink = dsv4.weight "attn_sink" : tensor<8xf32>
  %o = dsv4.launch -> tensor<?x8x128xbf16> {
    %0 = dsv4.attention %t, %q, %window entries %entries : !entries selection %k : tensor<?x24xi32> sink %sink
      {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !window, tensor<8xf32> -> tensor<?x8x128xbf16>
    dsv4.yield %0 : tensor<?x8x128xbf16>
  }
  dsv4.return %o, %window, %entries : tensor<?x8x128xbf16>, !window, !entries
}
}
