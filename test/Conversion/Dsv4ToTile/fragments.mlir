// RUN: dsv4-opt %s --dsv4-to-tile | FileCheck %s

!x = !fp8.scaled<?x256, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
!c = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x256, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
!p = !fp8.scaled<128x256, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 64 fragment 8>
!experts = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!e = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 64 fragment 4>

// Codes say that they lie in fragments; scales lie as in plain panels. Types and
// indices are those of plain panels, too.
// CHECK: exec.launch @scaled_matmul.t16({{.*}}@a.weight, @a.scale
// CHECK: tile.kernel @scaled_matmul.t16(
// CHECK-SAME: memref<2x256x64xf8E4M3FNUZ> {exec.holds = !fp8.scaled<128x256, {{[^>]*}}, panel 64 fragment 8>, exec.part = #exec<part codes>, tile.fragment = 8 : i64}
// CHECK-SAME: memref<1x2xf8E8M0FNU> {exec.holds = !fp8.scaled<128x256, {{[^>]*}}, panel 64 fragment 8>, exec.part = #exec<part scales>}
// CHECK: tile.load %{{.*}} : memref<2x256x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
// CHECK: exec.buffer @a.weight weights : memref<2x256x64xf8E4M3FNUZ> codes of !fp8.scaled<128x256, {{.*}}, panel 64 fragment 8>
// CHECK: tile.kernel @expert_linear.t16(
// CHECK-SAME: memref<16x128x64xi8> {exec.holds = !fp8.scaled<8x128x256, {{[^>]*}}, panel 64 fragment 4>, exec.part = #exec<part codes>, tile.fragment = 4 : i64}
// CHECK-SAME: memref<16x8x64xf8E8M0FNU> {exec.holds = !fp8.scaled<8x128x256, {{[^>]*}}, panel 64 fragment 4>, exec.part = #exec<part scales>}
// CHECK: tile.kernel @linear.t16(
// CHECK-SAME: memref<1x256x32xbf16> {exec.holds = tensor<32x256xbf16, #fp8.layout<panel 32 fragment 8>>, exec.part = #exec<part whole>, tile.fragment = 8 : i64}
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"}, %ids: tensor<?x2xi32> {dsv4.name = "ids"})
    -> (tensor<?x128xbf16> {dsv4.name = "y"}, tensor<?x2x128xbf16> {dsv4.name = "z"}, tensor<?x32xf32> {dsv4.name = "l"}) attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %c = dsv4.weight "a.weight" : !c
  %w = fp8.recast %c : !c to !w
  %p = fp8.shuffle %w : !w to !p
  %ew = dsv4.weight "experts.*.w1.weight" experts 8 : !experts
  %e = fp8.shuffle %ew : !experts to !e
  %gw = dsv4.weight "gate.weight" : tensor<32x256xbf16>
  %g = dsv4.shuffle %gw : tensor<32x256xbf16> -> tensor<32x256xbf16, #fp8.layout<panel 32 fragment 8>>
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x128xbf16> {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x128xbf16>
    dsv4.yield %0 : tensor<?x128xbf16>
  }
  %z = dsv4.launch -> tensor<?x2x128xbf16> {
    %0 = dsv4.expert_linear %q, %e, %ids : !x, !e, tensor<?x2xi32> -> tensor<?x2x128xbf16>
    dsv4.yield %0 : tensor<?x2x128xbf16>
  }
  %l = dsv4.launch -> tensor<?x32xf32> {
    %0 = dsv4.linear %x, %g : tensor<?x256xbf16>, tensor<32x256xbf16, #fp8.layout<panel 32 fragment 8>> -> tensor<?x32xf32>
    dsv4.yield %0 : tensor<?x32xf32>
  }
  dsv4.return %y, %z, %l : tensor<?x128xbf16>, tensor<?x2x128xbf16>, tensor<?x32xf32>
}
}
