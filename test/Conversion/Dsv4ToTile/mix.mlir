// RUN: dsv4-opt %s --dsv4-to-tile --split-input-file | FileCheck %s

// The product of a mix has one tile of columns. Its rows are those of a matrix instruction, and
// where the four chunks of its sum would still leave a device idle, each of their eight
// blocks of 128 has a workgroup. The last one adds up blocks, then chunks, in their order.
// CHECK: tile.kernel @linear.t64(%[[WG:.*]]: index
// CHECK-SAME: workgroups = 128
// CHECK: %[[TILE:.*]] = arith.divui %[[WG]], %c32
// CHECK: %[[PLACE:.*]] = arith.remui %[[WG]], %c32
// CHECK: %[[CHUNK:.*]] = arith.remui %[[PLACE]], %c4
// CHECK: %[[A:.*]] = tile.load {{.*}} rest_unspecified : memref<64x4096xbf16> -> tensor<16x128xbf16>
// CHECK: arith.extf %[[A]]
// CHECK: tile.load {{.*}} : memref<1x4096x24xf32> -> tensor<128x24xf32>
// CHECK: tile.dot {{.*}} -> tensor<16x24xf32>
// CHECK: tile.store %{{.*}}, %[[PARTS:.*]][%{{.*}}] : tensor<16x24xf32>, memref<128x16x24xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}}[%{{.*}}] of 32
// CHECK: scf.if %[[LAST]]
// CHECK-COUNT-8: tile.load %[[PARTS]]{{.*}} -> tensor<4x16x24xf32>
// CHECK-NOT: tile.load
// CHECK: tile.store %{{.*}} valid %{{.*}} : tensor<16x24xf32>, memref<64x24xf32>
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t64(%t: !dsv4.tokens {dsv4.name = "tokens"}, %s: tensor<?x4x1024xbf16> {dsv4.name = "s"})
    -> (tensor<?x24xf32> {dsv4.name = "y"}) attributes {dsv4.bucket = 64 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "fn" : tensor<24x4096xf32>
  %p = dsv4.shuffle %w : tensor<24x4096xf32> -> tensor<24x4096xf32, #fp8.layout<panel 24>>
  %y = dsv4.launch -> tensor<?x24xf32> {
    %0 = dsv4.linear %s, %p : tensor<?x4x1024xbf16>, tensor<24x4096xf32, #fp8.layout<panel 24>> -> tensor<?x24xf32>
    dsv4.yield %0 : tensor<?x24xf32>
  }
  dsv4.return %y : tensor<?x24xf32>
}
}

// -----

// Enough tiles of rows for chunks alone: any number of tokens is split.
// CHECK: tile.kernel @linear.t1024(%[[WG:.*]]: index
// CHECK-SAME: workgroups = 256
// CHECK: arith.divui %[[WG]], %c4
// CHECK: %[[CHUNK:.*]] = arith.remui %[[WG]], %c4
// CHECK: %[[K:.*]] = arith.muli %[[CHUNK]], %c1024
// CHECK: %[[END:.*]] = arith.addi %[[K]], %c1024
// CHECK: scf.for %{{.*}} = %[[K]] to %[[END]] step %c128
// CHECK: tile.dot {{.*}} -> tensor<16x24xf32>
// CHECK: tile.arrive %{{.*}}[%{{.*}}] of 4
// CHECK-COUNT-4: tile.load
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1024(%t: !dsv4.tokens {dsv4.name = "tokens"}, %s: tensor<?x4x1024xbf16> {dsv4.name = "s"})
    -> (tensor<?x24xf32> {dsv4.name = "y"}) attributes {dsv4.bucket = 1024 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "fn" : tensor<24x4096xf32>
  %p = dsv4.shuffle %w : tensor<24x4096xf32> -> tensor<24x4096xf32, #fp8.layout<panel 24>>
  %y = dsv4.launch -> tensor<?x24xf32> {
    %0 = dsv4.linear %s, %p : tensor<?x4x1024xbf16>, tensor<24x4096xf32, #fp8.layout<panel 24>> -> tensor<?x24xf32>
    dsv4.yield %0 : tensor<?x24xf32>
  }
  dsv4.return %y : tensor<?x24xf32>
}
}
