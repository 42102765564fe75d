// RUN: dsv4-opt %s --canonicalize | FileCheck %s

!ocp = !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!fnuz = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
!unpaid = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major>
!panel16 = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
!panel32 = !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 32>
!act = !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>

// CHECK-LABEL: func @recast_identity
// CHECK-SAME: (%[[X:.*]]: !fp8
// CHECK-NEXT: return %[[X]]
func.func @recast_identity(%x: !ocp) -> !ocp {
  %0 = fp8.recast %x : !ocp to !ocp
  return %0 : !ocp
}

// FNUZ has no -0, so nothing is lost on the way to OCP and back.
// CHECK-LABEL: func @recast_there_and_back
// CHECK-SAME: (%[[X:.*]]: !fp8
// CHECK-NEXT: return %[[X]]
func.func @recast_there_and_back(%x: !fnuz) -> !fnuz {
  %0 = fp8.recast %x : !fnuz to !ocp
  %1 = fp8.recast %0 : !ocp to !fnuz
  return %1 : !fnuz
}

// CHECK-LABEL: func @recast_loses_negative_zero
// CHECK-COUNT-2: fp8.recast
func.func @recast_loses_negative_zero(%x: !ocp) -> !ocp {
  %0 = fp8.recast %x : !ocp to !fnuz
  %1 = fp8.recast %0 : !fnuz to !ocp
  return %1 : !ocp
}

// CHECK-LABEL: func @recast_and_pay
// CHECK-SAME: (%[[X:.*]]: !fp8
// CHECK-NEXT: %[[Y:.*]] = fp8.recast %[[X]] : !fp8.scaled<{{.*}}ocp bias 7{{.*}}shift 0{{.*}}> to !fp8.scaled<{{.*}}fnuz bias 8{{.*}}shift 0
// CHECK-NEXT: return %[[Y]]
func.func @recast_and_pay(%x: !ocp) -> !fnuz {
  %0 = fp8.recast %x : !ocp to !unpaid
  %1 = fp8.recast %0 : !unpaid to !fnuz
  return %1 : !fnuz
}

// CHECK-LABEL: func @shuffle_twice
// CHECK-SAME: (%[[X:.*]]: !fp8
// CHECK-NEXT: %[[Y:.*]] = fp8.shuffle %[[X]] : {{.*}}row_major> to {{.*}}panel 32>
// CHECK-NEXT: return %[[Y]], %[[X]]
func.func @shuffle_twice(%x: !fnuz) -> (!panel32, !fnuz) {
  %0 = fp8.shuffle %x : !fnuz to !panel16
  %1 = fp8.shuffle %0 : !panel16 to !panel32
  %2 = fp8.shuffle %0 : !panel16 to !fnuz
  return %1, %2 : !panel32, !fnuz
}

// Quantisation is part of the model's arithmetic and never folds away.
// CHECK-LABEL: func @quantisation_stays
// CHECK-NEXT: fp8.quantize
// CHECK-NEXT: fp8.dequantize
func.func @quantisation_stays(%x: tensor<?x128xbf16>) -> tensor<?x128xbf16> {
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !act
  %1 = fp8.dequantize %0 : !act to tensor<?x128xbf16>
  return %1 : tensor<?x128xbf16>
}
