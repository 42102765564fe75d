// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s
// RUN: dsv4-opt %s --mlir-print-op-generic | dsv4-opt | FileCheck %s

#whole = #exec<part whole>
#codes = #exec<part codes>
!source = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
!experts_source = !fp8.scaled<2x32x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!experts = !fp8.scaled<2x32x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>
!keys = !dsv4.cache<window, ratio 1, page 4, keys !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 8>
!open = !dsv4.open_rows<8 x 32>

// CHECK: exec.buffer @x arena : memref<8x64xbf16> whole of tensor<?x64xbf16>{{$}}
exec.buffer @x arena : memref<8x64xbf16> whole of tensor<?x64xbf16>
// CHECK: exec.buffer @w weights : memref<32768xi8> codes of !fp8.scaled<{{.*}}> at 512
exec.buffer @w weights : memref<32768xi8> codes of !w at 512
exec.buffer @w.scales weights : memref<2x1xi8> scales of !w
exec.buffer @e weights : memref<2x2x32x16xi8> codes of !experts
exec.buffer @e.scales weights : memref<2x2x2x16xi8> scales of !experts
exec.buffer @norm weights : memref<64xbf16> whole of tensor<64xbf16>
exec.buffer @router weights : memref<1x64x16xf32> whole of tensor<12x64xf32, #fp8.layout<panel 16>>
exec.buffer @lm_head weights : memref<1x32x32xbf16> whole of tensor<24x32xbf16, #fp8.layout<panel 32 fragment 8>>
exec.buffer @table weights : memref<512x6xi32> whole of tensor<512x6xi32>
exec.buffer @rope weights : memref<32x4xf32> whole of tensor<32x4xf32>
exec.buffer @k state : memref<16x64xi8> codes of !keys
exec.buffer @k.scales state : memref<16x1xi8> scales of !keys
exec.buffer @k.tail state : memref<16x8xbf16> tail of !keys
exec.buffer @u state : memref<2x8x32xf32> u of !open
exec.buffer @s state : memref<2x8x32xf32> s of !open
exec.buffer @positions input : memref<8xi32> whole of tensor<?xi32>
exec.buffer @logits output : memref<8x64xf32> whole of tensor<?x64xf32>

// CHECK: exec.pack scaled @w scales @w.scales from ["wq.weight"] scales_from ["wq.scale"] as !fp8.scaled
exec.pack scaled @w scales @w.scales from ["wq.weight"] scales_from ["wq.scale"] as !source
// CHECK: exec.pack scaled @e scales @e.scales from ["0.weight", "1.weight"] scales_from ["0.scale", "1.scale"] as
exec.pack scaled @e scales @e.scales from ["0.weight", "1.weight"] scales_from ["0.scale", "1.scale"] as !experts_source
// CHECK: exec.pack tensor @norm from ["norm.weight"] as tensor<64xbf16>
exec.pack tensor @norm from ["norm.weight"] as tensor<64xbf16>
// Twelve rows are padded to a panel of sixteen.
exec.pack tensor @router from ["gate.weight"] as tensor<12x64xf32>
// CHECK: exec.pack id_table @table from ["tid2eid"] as tensor<512x6xi64> limit 8
exec.pack id_table @table from ["tid2eid"] as tensor<512x6xi64> limit 8
// CHECK: exec.pack rope_table @rope from [] frequencies [1.000000e+00, 5.000000e-01]
exec.pack rope_table @rope from [] frequencies [1.0, 0.5]
// Rows are padded to whole panels of fragments, too.
// CHECK: exec.pack tensor @lm_head from ["head.weight"] as tensor<24x32xbf16>
exec.pack tensor @lm_head from ["head.weight"] as tensor<24x32xbf16>

// CHECK: exec.state @layers.0.window : !dsv4.cache<{{.*}}> in [@k, @k.scales, @k.tail]
exec.state @layers.0.window : !keys in [@k, @k.scales, @k.tail]
// CHECK: exec.state @layers.0.open : !dsv4.open_rows<8 x 32> in [@u, @s]
exec.state @layers.0.open : !open in [@u, @s]

tile.kernel @embed(%wg: index, %p: memref<8xi32> {exec.holds = tensor<?xi32>, exec.part = #whole},
                   %x: memref<8x64xbf16> {exec.holds = tensor<?x64xbf16>, exec.part = #whole, exec.writes})
    attributes {workgroups = 8 : i64} {
  tile.return
}
tile.kernel @head(%wg: index, %x: memref<?x64xbf16> {exec.holds = tensor<?x64xbf16>, exec.part = #whole},
                  %w: memref<32768xi8> {exec.holds = !w, exec.part = #codes},
                  %y: memref<8x64xf32> {exec.holds = tensor<?x64xf32>, exec.part = #whole, exec.writes})
    attributes {workgroups = 8 : i64} {
  tile.return
}
tile.kernel @head_wide(%wg: index, %x: memref<?x64xbf16> {exec.holds = tensor<?x64xbf16>, exec.part = #whole},
                       %w: memref<32768xi8> {exec.holds = !w, exec.part = #codes},
                       %y: memref<8x64xf32> {exec.holds = tensor<?x64xf32>, exec.part = #whole, exec.writes})
    attributes {workgroups = 8 : i64} {
  tile.return
}

// CHECK: exec.program @step_8 "step" tokens 8 rows 8 inputs [@positions] outputs [@logits]
exec.program @step_8 "step" tokens 8 rows 8 inputs [@positions] outputs [@logits] {
  // CHECK-NEXT: exec.launch @embed([@positions, @x]) "embed"
  exec.launch @embed([@positions, @x]) "embed"
  // CHECK-NEXT: exec.launch @head([@x, @w, @logits]) if [#exec.condition<scale_spread of @w in 0 to 12>] else @head_wide
  exec.launch @head([@x, @w, @logits]) if [#exec.condition<scale_spread of @w in 0 to 12>] else @head_wide
}
