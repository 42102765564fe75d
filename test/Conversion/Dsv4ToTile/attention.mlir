// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s
// RUN: dsv4-opt %s --dsv4-to-tile=key-tile=32 | FileCheck %s --check-prefix=SMALL
// RUN: dsv4-opt %s --dsv4-to-tile=meeting=8 | FileCheck %s --check-prefix=MEET

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
// come from the oldest of the window on, their pages from the table. What they
// are made of is not kept.
// CHECK: %[[IS_WINDOW:.*]] = arith.cmpi eq, %[[GROUP]], %c0
// CHECK: %[[SUMS:.*]]:3 = scf.if %[[IS_WINDOW]]
// CHECK: %[[MAX:.*]] = scf.for {{.*}} -> (tensor<8xf32>)
// CHECK: %[[PAGES:.*]] = tile.gather %{{.*}} : memref<8xi32>, tensor<64xindex>
// CHECK: arith.index_castui %[[PAGES]]
// CHECK: %[[ROWS:.*]] = arith.select
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x64xf8E4M3FN>
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x1xf8E8M0FNU>
// CHECK: tile.gather %{{.*}}[%[[ROWS]], %{{.*}}] : memref<1152x64xbf16>
// CHECK-NOT: arith.truncf
// CHECK: tile.dot
// CHECK: tile.reduce max
// The entries that were selected follow: 24, as one tile.
// CHECK: %[[ALL:.*]] = scf.for {{.*}} step %c32{{.*}} iter_args(%{{.*}} = %[[MAX]])
// CHECK: tile.gather {{.*}} : memref<24xi32>, tensor<32xindex>
// CHECK: tile.gather {{.*}} : memref<256x64xf8E4M3FN>
// CHECK: tile.reduce max
// The sums follow, of keys that are bf16 for logits and sums: two tiles of 64, each
// with its maximum; denominator in f32, probabilities rounded for the values, 32 of
// which are added up on their own.
// CHECK: scf.for {{.*}} step %c128{{.*}} iter_args(%[[BEFORE:.*]] = %[[ALL]], %[[TOTAL:.*]] = %{{.*}}, %[[WEIGHTED:.*]] = %{{.*}})
// CHECK: arith.truncf %{{.*}} : tensor<128x64xf32> to tensor<128x64xbf16>
// CHECK: tensor.insert_slice
// CHECK: %[[KEPT:.*]] = tensor.insert_slice
// CHECK: %[[KEYS:.*]] = arith.extf %[[KEPT]]
// CHECK: tile.dot %[[KEYS]], %{{.*}} : tensor<128x128xf32>, tensor<128x8xf32>
// CHECK: tile.reduce max %{{.*}} : tensor<8x64xf32>
// CHECK: %[[FIRST:.*]] = arith.maxnumf %[[BEFORE]]
// CHECK: tile.reduce max %{{.*}} : tensor<8x64xf32>
// CHECK: %[[SECOND:.*]] = arith.maxnumf %[[FIRST]]
// CHECK: %[[P:.*]] = math.exp %{{.*}} : tensor<8x128xf32>
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[P]]
// CHECK: tensor.extract_slice %[[KEPT]][0, 0] [32, 128]
// CHECK: tensor.extract_slice %[[ROUNDED]][0, 0] [8, 32]
// CHECK: tile.reduce add
// CHECK: tile.dot {{.*}} : tensor<8x32xf32>, tensor<32x128xf32>
// CHECK: tensor.extract_slice %[[KEPT]][32, 0] [32, 128]
// CHECK: tile.dot
// CHECK: %[[GREW:.*]] = arith.subf %[[BEFORE]], %[[FIRST]]
// CHECK: %[[FACTOR:.*]] = math.exp %[[GREW]]
// CHECK: %[[MOVED:.*]] = arith.mulf %[[TOTAL]], %[[FACTOR]]
// CHECK: arith.addf %[[MOVED]]
// Another group: a share of the entries, all against one maximum.
// CHECK: } else {
// CHECK: %[[BEHIND:.*]] = arith.subi %[[GROUP]], %c1
// CHECK: arith.muli %[[BEHIND]]
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK: tile.gather {{.*}} : memref<24xi32>, tensor<32xindex>
// CHECK: arith.subf
// CHECK: %[[P2:.*]] = math.exp
// CHECK: tile.reduce add
// CHECK: tile.dot
// CHECK-NOT: math.exp
// CHECK: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<8xf32>, tensor<8x128xf32>
// The last workgroup adds the groups up, in order.
// CHECK: tile.store %[[SUMS]]#0, %[[MAXIMA:.*]][{{.*}}] : tensor<8xf32>, memref<8x8xf32>
// CHECK: tile.store %[[SUMS]]#1, %{{.*}}[{{.*}}] : tensor<8xf32>, memref<8x8xf32>
// CHECK: tile.store %[[SUMS]]#2, %{{.*}}[{{.*}}] : tensor<8x128xf32>, memref<8x8x128xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}} of 8 : memref<4096xi32>
// CHECK: scf.if %[[LAST]]
// CHECK: %[[ALLMAXIMA:.*]] = tile.load %[[MAXIMA]][{{.*}} -> tensor<8x8xf32>
// CHECK: %[[LESS:.*]] = tensor.extract_slice %[[ALLMAXIMA]][0, 0] [1, 8]
// CHECK: %[[MORE:.*]] = tensor.extract_slice %[[ALLMAXIMA]][1, 0] [1, 8]
// CHECK: arith.subf %[[LESS]], %[[MORE]]
// The sink adds to the denominator alone. One division per head.
// CHECK: %[[SINK:.*]] = arith.subf %{{.*}}, %[[MORE]]
// CHECK: %[[E:.*]] = math.exp %[[SINK]]
// CHECK: %[[DENOMINATOR:.*]] = arith.addf %{{.*}}, %[[E]]
// CHECK: arith.divf %{{.*}}, %[[DENOMINATOR]] : tensor<8xf32>
// CHECK-NOT: arith.divf
// CHECK: math.fma
// CHECK: math.fma
// CHECK: tile.store {{.*}} memref<8x128xbf16>
// CHECK: exec.state @window : !dsv4.cache<window, {{.*}}> in [@window.codes, @window.scales, @window.tail]
// CHECK: exec.state @entries

// Where 32 keys can be kept at a time, a tile of the window has two halves. The
// first one is kept twice: for its logits and, when the maximum is known, for its
// sums.
// SMALL: scf.for {{.*}} step %c64{{.*}} -> (tensor<8xf32>, tensor<8xf32>, tensor<8x128xf32>)
// SMALL: arith.truncf %[[LOW:.*]] : tensor<32x64xf32> to tensor<32x64xbf16>
// SMALL: tile.dot {{.*}} : tensor<32x128xf32>, tensor<128x8xf32>
// SMALL: arith.truncf %[[HIGH:.*]] : tensor<32x64xf32> to tensor<32x64xbf16>
// SMALL: tile.dot {{.*}} : tensor<32x128xf32>, tensor<128x8xf32>
// SMALL: tile.dot {{.*}} : tensor<8x32xf32>, tensor<32x128xf32>
// SMALL: arith.truncf %[[LOW]] : tensor<32x64xf32> to tensor<32x64xbf16>
// SMALL: tile.dot {{.*}} : tensor<8x32xf32>, tensor<32x128xf32>

// Workgroups that run at the same time store their own maximum, meet, and read all.
// Each entry is read once then: a group of the selected ones is one tile, of which
// all keys are added up together.
// MEET: tile.kernel @attention.t1
// MEET: scf.if
// MEET: tile.store %{{.*}}, %[[MAXIMA:.*]][{{.*}}] : tensor<8xf32>, memref<5x8xf32>
// MEET-NEXT: tile.meet of 5
// MEET: tile.load %[[MAXIMA]]
// MEET: } else {
// MEET-NOT: scf.for
// MEET: %[[LOGITS:.*]] = arith.select {{.*}} : tensor<8x32xi1>, tensor<8x32xf32>
// MEET: tile.store %{{.*}}, %[[MAXIMA]][{{.*}}] : tensor<8xf32>, memref<5x8xf32>
// MEET-NEXT: tile.meet of 5
// MEET: %[[THEIRS:.*]] = tile.load %[[MAXIMA]][{{.*}} -> tensor<5x8xf32>
// MEET: tile.reduce max
// MEET: arith.subf %[[LOGITS]]
// MEET: tile.dot {{.*}} : tensor<8x32xf32>, tensor<32x128xf32>
// MEET-NOT: scf.for
// Behind the sums they meet again, and four share the columns of the result.
// MEET: tile.store {{.*}} memref<5x8x128xf32>
// MEET-NEXT: tile.meet of 5
// MEET: tile.store {{.*}} : tensor<8x32xbf16>, memref<8x128xbf16>
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
