// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!p = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 64>

// CHECK: exec.launch @quantize.t16([@step.counts, @x.in, @[[CODES:.*]], @[[SCALES:.*]]])
// CHECK: exec.launch @scaled_matmul.t16({{.*}}@a.weight, @a.scale, @[[CODES]], @[[SCALES]], @y]) "a: scaled_matmul"
// CHECK: tile.kernel @quantize.t16
// CHECK: fp8.scale_exponent %{{.*}} divisor 448
// CHECK: fp8.truncate %{{.*}} largest 448 : tensor<1x2x128xf32>
// CHECK: exec.buffer @[[CODES]] arena : memref<16x256xf8E4M3FN> codes of
// CHECK: exec.buffer @[[SCALES]] arena : memref<16x2xf8E8M0FNU> scales of
// One step of K is a block of 128: dot of the codes, then both scales.
// CHECK: tile.kernel @scaled_matmul.t16(
// CHECK-SAME: memref<2x256x64xf8E4M3FN> {exec.holds = !fp8.scaled<128x256, {{.*}}, panel 64>, exec.part = #exec<part codes>}
// CHECK-SAME: memref<1x2xf8E8M0FNU> {{.*}} exec.part = #exec<part scales>}
// CHECK: scf.for %[[K:.*]] = %{{.*}} to %c256{{.*}} step %c128{{.*}} iter_args
// CHECK: tile.load %{{.*}}[%{{.*}}, %[[K]]] valid %{{.*}} : memref<16x256xf8E4M3FN> -> tensor<16x128xf8E4M3FN>
// CHECK: tile.load %{{.*}} valid %{{.*}} : memref<16x2xf8E8M0FNU>
// CHECK: tile.load %{{.*}} : memref<2x256x64xf8E4M3FN> -> tensor<128x64xf8E4M3FN>
// CHECK: memref.load %{{.*}} : memref<1x2xf8E8M0FNU>
// CHECK: %[[FACTOR:.*]] = arith.mulf
// CHECK: %[[DOT:.*]] = tile.dot {{.*}} -> tensor<16x64xf32>
// CHECK: math.fma %[[DOT]], %[[FACTOR]]
// The sum is rounded once, and rows that don't exist are not written.
// CHECK: arith.truncf
// CHECK: tile.store {{.*}} valid %{{.*}}, memref<16x128xbf16>
// CHECK: exec.pack scaled @a.weight scales @a.scale from ["a.weight"] scales_from ["a.scale"] as !fp8.scaled<128x256, {{.*}} row_major>
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x128xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x128xbf16> {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x128xbf16>
    dsv4.yield %0 : tensor<?x128xbf16>
  }
  dsv4.return %y : tensor<?x128xbf16>
}
}
