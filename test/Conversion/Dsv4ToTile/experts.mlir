// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s
// RUN: dsv4-opt %s --dsv4-to-tile=fold-scales=sums | FileCheck %s --check-prefix=SUMS
// RUN: dsv4-opt %s --dsv4-to-tile=fold-scales=none | FileCheck %s --check-prefix=NONE
// RUN: not dsv4-opt %s --dsv4-to-tile=fold-scales=codes-and-sums 2>&1 | FileCheck %s --check-prefix=INVALID

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!p = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 64>

// One token: a workgroup for each of its experts and column tiles.
// CHECK: tile.kernel @expert_linear.t1(%[[WG:[^:]*]]: index, %[[IDS:[^:]*]]: memref<2xi32>
// CHECK-SAME: workgroups = 4
// CHECK: memref.load %[[IDS]]
// CHECK-NOT: tile.compact
// A step of K has four blocks of 32, columns k and k + 16 in the low and the
// high nibbles, with their scales relative to the largest one in the codes: one
// sum of 128 times both scales.
// CHECK: scf.for {{.*}} step %c128
// CHECK: tile.gather {{.*}} -> tensor<1x128xf8E4M3FN>
// CHECK: %[[SCALES:.*]] = tile.load {{.*}} : memref<16x8x64xf8E8M0FNU> -> tensor<4x64xf8E8M0FNU>
// CHECK-COUNT-3: arith.maxui {{.*}} : tensor<64xi32>
// CHECK: %[[EXPONENTS:.*]] = arith.subi {{.*}} : tensor<4x64xi32>
// CHECK: tile.load {{.*}} : memref<16x128x64xi8> -> tensor<64x64xi8>
// CHECK: tile.broadcast %[[EXPONENTS]] dims [0, 2]
// CHECK: fp8.widen_fp4 low {{.*}} shifted by
// CHECK: fp8.widen_fp4 high {{.*}} shifted by
// CHECK: %[[SUM:.*]] = tile.dot {{.*}} : tensor<1x128xf32>, tensor<128x64xf32>
// CHECK: math.fma %[[SUM]]
// CHECK-NOT: math.fma
// CHECK: scf.yield
// CHECK: tile.scatter
// Every block by itself where scales are too far apart.
// CHECK: tile.kernel @expert_linear.t1.exact(
// CHECK: scf.for {{.*}} step %c128
// CHECK-NOT: shifted by
// CHECK: tile.dot {{.*}} : tensor<1x32xf32>, tensor<32x64xf32>
// CHECK-COUNT-3: tile.dot {{.*}} : tensor<1x32xf32>, tensor<32x64xf32>
// CHECK: scf.yield
// All experts' tensors are packed into one buffer.
// CHECK: exec.pack scaled @"experts.*.w1.weight" scales @"experts.*.w1.scale" from ["experts.0.w1.weight", {{.*}}"experts.7.w1.weight"] scales_from ["experts.0.w1.scale",

// With scales in sums, each block's sum is of codes times 2^-14, whose bits f16 has; the scale's power has what
// they lack, and no case for the scale 0.
// SUMS: tile.kernel @expert_linear.t1(
// SUMS: scf.for {{.*}} step %c128
// SUMS-NOT: shifted by
// SUMS: %[[CODES:.*]] = fp8.extend finite %{{.*}} : tensor<32x128xf8E4M3FN> to tensor<32x128xf32>
// SUMS: %[[BITS:.*]] = arith.constant dense<6.10351563E-5> : tensor<32x128xf32>
// SUMS: %[[F16S:.*]] = arith.mulf %[[CODES]], %[[BITS]]
// SUMS: %[[SUM:.*]] = tile.dot %{{.*}}, %[[F16S]] : tensor<1x32xf32>, tensor<32x128xf32>
// SUMS: %[[SCALED:.*]] = arith.mulf %[[SUM]]
// SUMS: %[[LACKING:.*]] = arith.constant dense<14> : tensor<128xi32>
// SUMS: %[[EXPONENTS:.*]] = arith.addi %{{.*}}, %[[LACKING]]
// SUMS: arith.shli %[[EXPONENTS]]
// SUMS: math.fma %[[SCALED]]
// SUMS-COUNT-3: tile.dot
// SUMS-NOT: tile.dot
// SUMS: scf.yield
// Where a scale may be one that has no such power, it is decoded.
// SUMS: tile.kernel @expert_linear.t1.exact(
// SUMS: scf.for {{.*}} step %c128
// SUMS-NOT: arith.shli
// SUMS: tile.dot
// SUMS: scf.yield
// Neighbouring scales may be as far from each other as they like.
// SUMS: exec.launch @expert_linear.t16({{.*}} if [#exec.condition<scale_min of @"experts.*.w1.weight" in 64 to 255>, #exec.condition<scale_max of @"experts.*.w1.weight" in 0 to 190>] else @expert_linear.t16.exact
// Two panels are one factor, and as few rows as an instruction has columns are the other.
// SUMS: tile.kernel @expert_linear.t16(
// SUMS: fp8.widen_fp4 high
// SUMS: tensor.insert_slice {{.*}}[0, 1, 0, 64] [1, 1, 16, 64]
// SUMS: tile.dot {{.*}} : tensor<8x32xf32>, tensor<32x128xf32>

// NONE-NOT: .exact
// NONE: tile.kernel @expert_linear.t1(
// NONE-NOT: .exact

// INVALID: Cannot find option named 'codes-and-sums'!

// More tokens: a workgroup for each of all experts, which takes the rows routed
// to it, in order, from those that exist.
// CHECK: tile.kernel @expert_linear.t16(%[[WG:[^:]*]]: index, %[[IDS:[^:]*]]: memref<32xi32>
// CHECK-SAME: workgroups = 8
// CHECK: tile.load %[[IDS]]{{.*}} valid
// CHECK: arith.cmpi slt
// CHECK: arith.cmpi eq
// CHECK: %[[ROWS:.*]], %[[COUNT:.*]] = tile.compact
// CHECK: scf.for {{.*}} to %[[COUNT]]
// CHECK: tensor.extract_slice %[[ROWS]]
// CHECK: scf.for {{.*}} step %c128
// CHECK: tile.gather {{.*}}xf8E4M3FN>
// CHECK: tile.dot
// CHECK: tile.scatter
// CHECK-NOT: exec.pack scaled @"experts.*.w1.weight"
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"},
                      %e: tensor<?x2xi32> {dsv4.name = "experts"})
    -> (tensor<?x2x128xbf16> {dsv4.name = "y.t1"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "experts.*.w1.weight" experts 8 : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x2x128xbf16> {
    %0 = dsv4.expert_linear %q, %p, %e : !x, !p, tensor<?x2xi32> -> tensor<?x2x128xbf16>
    dsv4.yield %0 : tensor<?x2x128xbf16>
  }
  dsv4.return %y : tensor<?x2x128xbf16>
}
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"},
                      %e: tensor<?x2xi32> {dsv4.name = "experts"})
    -> (tensor<?x2x128xbf16> {dsv4.name = "y.t16"}) attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "experts.*.w1.weight" experts 8 : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x2x128xbf16> {
    %0 = dsv4.expert_linear %q, %p, %e : !x, !p, tensor<?x2xi32> -> tensor<?x2x128xbf16>
    dsv4.yield %0 : tensor<?x2x128xbf16>
  }
  dsv4.return %y : tensor<?x2x128xbf16>
}
}
