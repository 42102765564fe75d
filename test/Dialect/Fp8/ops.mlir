// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s
// RUN: dsv4-opt %s --mlir-print-op-generic | dsv4-opt | FileCheck %s

!act_ocp = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!act_fnuz = !fp8.scaled<?x256, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
!w_ocp = !fp8.scaled<384x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w_fnuz = !fp8.scaled<384x256, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
!w_panel = !fp8.scaled<384x256, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
!w_unpaid = !fp8.scaled<384x256, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major>
!w_fp4 = !fp8.scaled<384x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!q_fp4 = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!f32_scales = !fp8.scaled<?x256, e4m3 ocp bias 7, f32 1x128, shift 0, largest 448, row_major>

// CHECK-LABEL: func @writers_and_readers
func.func @writers_and_readers(%x: tensor<?x256xbf16>, %i: tensor<?x128xbf16>) {
  // CHECK: fp8.quantize %{{.*}} : tensor<?x256xbf16> to !fp8.scaled<?x256, e4m3 ocp bias 7
  %0 = fp8.quantize %x : tensor<?x256xbf16> to !act_ocp
  %1 = fp8.quantize %x : tensor<?x256xbf16> to !act_fnuz
  %2 = fp8.quantize %i : tensor<?x128xbf16> to !q_fp4
  %3 = fp8.quantize %x : tensor<?x256xbf16> to !f32_scales
  // CHECK: fp8.dequantize %{{.*}} : !fp8.scaled<?x256, e4m3 fnuz bias 8, {{.*}}> to tensor<?x256xbf16>
  %4 = fp8.dequantize %1 : !act_fnuz to tensor<?x256xbf16>
  %5 = fp8.dequantize %3 : !f32_scales to tensor<?x256xf32>
  return
}

// CHECK-LABEL: func @weights
func.func @weights(%w: !w_ocp) -> (!w_ocp, !w_panel) {
  // CHECK: fp8.recast
  %0 = fp8.recast %w : !w_ocp to !w_fnuz
  // The exponent may be left to the reader, and paid later.
  %1 = fp8.recast %w : !w_ocp to !w_unpaid
  %2 = fp8.recast %1 : !w_unpaid to !w_fnuz
  %3 = fp8.recast %0 : !w_fnuz to !w_ocp
  // CHECK: fp8.shuffle
  %4 = fp8.shuffle %2 : !w_fnuz to !w_panel
  return %3, %4 : !w_ocp, !w_panel
}

// CHECK-LABEL: func @matmuls
func.func @matmuls(%a: !act_ocp, %b: !act_fnuz, %w: !w_ocp, %p: !w_panel, %f: !w_fp4) {
  // CHECK: fp8.scaled_matmul %{{.*}}, %{{.*}} : {{.*}} -> tensor<?x384xbf16>
  %0 = fp8.scaled_matmul %a, %w : !act_ocp, !w_ocp -> tensor<?x384xbf16>
  %1 = fp8.scaled_matmul %b, %p : !act_fnuz, !w_panel -> tensor<?x384xbf16>
  // e2m1 belongs to no FP8 dialect.
  %2 = fp8.scaled_matmul %a, %f : !act_ocp, !w_fp4 -> tensor<?x384xbf16>
  %3 = fp8.scaled_matmul %b, %f : !act_fnuz, !w_fp4 -> tensor<?x384xbf16>
  return
}
