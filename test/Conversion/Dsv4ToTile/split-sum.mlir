// RUN: dsv4-opt %s --dsv4-to-tile --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --dsv4-to-tile=split-tokens=256 --split-input-file | FileCheck %s --check-prefix=SPLIT

!x = !fp8.scaled<?x4096, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!p = !fp8.scaled<128x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 64>

// 128 columns have two tiles, too few to read the weight with all of a device: the
// sum has four chunks, and with one token each of them a workgroup.
// CHECK: exec.launch @scaled_matmul.t1({{.*}}@scratch.step.t1.0, @step.arrivals, @y])
// CHECK: tile.kernel @scaled_matmul.t1(%[[WG:.*]]: index
// CHECK-SAME: workgroups = 8
// CHECK: %[[TILE:.*]] = arith.divui %[[WG]], %c4
// CHECK: %[[CHUNK:.*]] = arith.remui %[[WG]], %c4
// CHECK: %[[K:.*]] = arith.muli %[[CHUNK]], %c1024
// CHECK: %[[END:.*]] = arith.addi %[[K]], %c1024
// CHECK: %[[PART:.*]] = scf.for %{{.*}} = %[[K]] to %[[END]] step %c128
// CHECK: tile.store %[[PART]], %[[PARTS:.*]][%{{.*}}] : tensor<1x64xf32>, memref<8x1x64xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}}[%{{.*}}] of 4
// CHECK: scf.if %[[LAST]]
// CHECK-COUNT-4: tile.load %[[PARTS]]
// CHECK: arith.truncf
// CHECK: tile.store
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x4096xbf16> {dsv4.name = "x"})
    -> (tensor<?x128xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x4096xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x128xbf16> {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x128xbf16>
    dsv4.yield %0 : tensor<?x128xbf16>
  }
  dsv4.return %y : tensor<?x128xbf16>
}
}

// -----

!x = !fp8.scaled<?x4096, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!p = !fp8.scaled<128x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 64>

// With many tokens one workgroup has all chunks, each summed from zero.
// CHECK: tile.kernel @scaled_matmul.t256(
// CHECK: %[[FIRST:.*]]:2 = scf.for %{{.*}} = %c0{{.*}} to %c1024{{.*}} step %c128
// CHECK: scf.for %[[K:.*]] = %c1024{{.*}} to %c4096{{.*}} step %c1024{{.*}} iter_args(%[[SUM:.*]] = %[[FIRST]]#0
// CHECK: %[[END:.*]] = arith.addi %[[K]], %c1024
// CHECK: %[[PART:.*]]:2 = scf.for %{{.*}} = %[[K]] to %[[END]] step %c128
// CHECK: arith.addf %[[SUM]], %[[PART]]#0
// CHECK-NOT: tile.arrive
// CHECK: tile.store

// Unless sums are shared by so many tokens: two panels of four tiles of rows have four chunks.
// SPLIT: tile.kernel @scaled_matmul.t256(
// SPLIT-SAME: workgroups = 32
// SPLIT: scf.for {{.*}} step %c128
// SPLIT: tile.store {{.*}} : tensor<64x64xf32>, memref<32x64x64xf32>
// SPLIT: tile.arrive %{{.*}}[%{{.*}}] of 4
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t256(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x4096xbf16> {dsv4.name = "x"})
    -> (tensor<?x128xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 256 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x4096xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x128xbf16> {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x128xbf16>
    dsv4.yield %0 : tensor<?x128xbf16>
  }
  dsv4.return %y : tensor<?x128xbf16>
}
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!p = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 64>
!y = !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>

// A block of 128 columns is quantised at once, but its two panels have a workgroup each: the last one reads all
// columns, which are no sums.
// CHECK: tile.kernel @scaled_matmul_quantize.t1(%[[WG:.*]]: index
// CHECK-SAME: workgroups = 2
// CHECK: %[[LOCAL:.*]] = arith.remui %[[WG]], %c2
// CHECK: %[[PIECE:.*]] = arith.remui %[[LOCAL]], %c2
// CHECK: %[[COLUMN:.*]] = arith.muli %[[PIECE]], %c64
// CHECK: tile.store %{{.*}}, %[[PARTS:.*]][%{{.*}}] : tensor<1x64xf32>, memref<1x1x128xf32>
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}}[%{{.*}}] of 2
// CHECK: scf.if %[[LAST]]
// CHECK: %[[ALL:.*]] = tile.load %[[PARTS]]{{.*}} -> tensor<1x128xf32>
// CHECK-NEXT: arith.truncf %[[ALL]]
// CHECK: fp8.truncate
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x128xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y:2 = dsv4.launch -> tensor<?x128xbf16>, !y {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x128xbf16>
    %1 = fp8.quantize %0 : tensor<?x128xbf16> to !y
    dsv4.yield %0, %1 : tensor<?x128xbf16>, !y
  }
  dsv4.return %y#0 : tensor<?x128xbf16>
}
}
