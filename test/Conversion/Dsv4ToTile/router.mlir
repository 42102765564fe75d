// RUN: dsv4-opt %s --dsv4-to-tile --split-input-file | FileCheck %s

!w = tensor<128x4096xbf16>
!p = tensor<128x4096xbf16, #fp8.layout<panel 64>>

// Two tiles of logits with a sum in four chunks are eight workgroups. The last of
// all to arrive adds up the chunks of every logit and chooses.
// CHECK: exec.launch @linear_route.t1([@gate.weight, @x.in, @scratch.step.t1.0, @step.arrivals, @gate.bias, @weights, @experts])
// CHECK: tile.kernel @linear_route.t1(%[[WG:[^:]*]]: index
// CHECK-SAME: workgroups = 8
// CHECK: %[[CHUNK:.*]] = arith.remui %[[WG]], %c4
// CHECK: %[[TILE:.*]] = arith.divui %[[WG]], %c4
// CHECK: %[[COLUMN:.*]] = arith.muli %[[TILE]], %c64
// CHECK: %[[PART:.*]] = scf.for {{.*}} step %c128
// CHECK: tile.store %[[PART]], %[[PARTS:.*]][%[[CHUNK]], %[[COLUMN]]] : tensor<1x64xf32>, memref<4x128xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}}[%{{.*}}] of 8
// CHECK: scf.if %[[LAST]]
// CHECK: %[[FIRST:.*]] = tile.load %[[PARTS]]{{.*}} -> tensor<1x128xf32>
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[FIRST]]
// CHECK: %[[SECOND:.*]] = tile.load %[[PARTS]]
// CHECK: arith.addf %[[SUM]], %[[SECOND]]
// CHECK-COUNT-2: tile.load %[[PARTS]]
// CHECK: math.log1p
// CHECK-COUNT-4: tile.reduce max
// CHECK: tile.store {{.*}} : tensor<1x4xf32>, memref<1x4xf32>
// CHECK: tile.store {{.*}} : tensor<1x4xi32>, memref<1x4xi32>
// CHECK: tile.return
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x4096xbf16> {dsv4.name = "x"})
    -> (tensor<?x4xf32> {dsv4.name = "weights"}, tensor<?x4xi32> {dsv4.name = "experts"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "gate.weight" : !w
  %p = dsv4.shuffle %w : !w -> !p
  %bias = dsv4.weight "gate.bias" : tensor<128xf32>
  %0:2 = dsv4.launch -> tensor<?x4xf32>, tensor<?x4xi32> {
    %l = dsv4.linear %x, %p : tensor<?x4096xbf16>, !p -> tensor<?x128xf32>
    %s, %e = dsv4.route %t, %l bias %bias : tensor<128xf32> {scale = 1.5 : f32} : tensor<?x128xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
    dsv4.yield %s, %e : tensor<?x4xf32>, tensor<?x4xi32>
  }
  dsv4.return %0#0, %0#1 : tensor<?x4xf32>, tensor<?x4xi32>
}
}

// -----

!w = tensor<16x256xbf16>
!p = tensor<16x256xbf16, #fp8.layout<panel 16>>

// One workgroup has all logits: nobody to wait for, nothing in memory.
// CHECK: tile.kernel @linear_route.t1(
// CHECK-SAME: workgroups = 1
// CHECK-NOT: tile.arrive
// CHECK: tile.load {{.*}} : memref<7x4xi32> -> tensor<4xi32>
// CHECK-NOT: tile.store {{.*}} tensor<1x16xf32>
// CHECK: tile.return
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x4xf32> {dsv4.name = "weights"}, tensor<?x4xi32> {dsv4.name = "experts"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "gate.weight" : !w
  %p = dsv4.shuffle %w : !w -> !p
  %table = dsv4.weight "gate.tid2eid" : tensor<7x4xi64>
  %0:2 = dsv4.launch -> tensor<?x4xf32>, tensor<?x4xi32> {
    %l = dsv4.linear %x, %p : tensor<?x256xbf16>, !p -> tensor<?x16xf32>
    %s, %e = dsv4.route %t, %l table %table : tensor<7x4xi64> {scale = 1.5 : f32} : tensor<?x16xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
    dsv4.yield %s, %e : tensor<?x4xf32>, tensor<?x4xi32>
  }
  dsv4.return %0#0, %0#1 : tensor<?x4xf32>, tensor<?x4xi32>
}
}
