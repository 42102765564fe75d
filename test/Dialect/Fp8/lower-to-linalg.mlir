// RUN: dsv4-opt %s --fp8-lower-to-linalg | FileCheck %s

!act = !fp8.scaled<?x256, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
!unpaid = !fp8.scaled<?x256, e4m3 fnuz bias 8, e8m0 1x128, shift 1, largest 224, row_major>
!expert = !fp8.scaled<32x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!panel = !fp8.scaled<32x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>

// CHECK-DAG: #[[BLOCKS:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 128)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[PACKED:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 2)>

// A scaled value becomes its codes and its scales, in functions, too.
// CHECK-LABEL: func @quantize
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>) -> (tensor<?x256xi8>, tensor<?x2xi8>)
func.func @quantize(%x: tensor<?x256xbf16>) -> !act {
  // CHECK: %[[MAX:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[BLOCKS]]], iterator_types = ["parallel", "reduction"]}
  // CHECK: arith.maximumf
  // CHECK: %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[MAX]] : tensor<?x2xf32>)
  // CHECK: fp8.scale_exponent %{{.*}} divisor 448
  // CHECK: %[[CODES:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[BLOCKS]], #[[ID]]]{{.*}} ins(%[[X]], %[[EXP]]
  // CHECK: fp8.truncate %{{.*}} largest 224
  // CHECK: %[[SCALES:.*]] = linalg.generic
  // CHECK: fp8.encode_scale
  // CHECK: return %[[CODES]], %[[SCALES]]
  %0 = fp8.quantize %x : tensor<?x256xbf16> to !act
  return %0 : !act
}

// The reader pays a shift that is left.
// CHECK-LABEL: func @dequantize
// CHECK-SAME: (%[[C:.*]]: tensor<?x256xi8>, %[[S:.*]]: tensor<?x2xi8>)
// CHECK: linalg.generic {{.*}} ins(%[[C]], %[[S]]
// CHECK: arith.constant 2.000000e+00 : f32
// CHECK: arith.truncf
func.func @dequantize(%q: !unpaid) -> tensor<?x256xbf16> {
  %0 = fp8.dequantize %q : !unpaid to tensor<?x256xbf16>
  return %0 : tensor<?x256xbf16>
}

// CHECK-LABEL: func @dequantize_fp4
// CHECK-SAME: (%{{.*}}: tensor<32x32xi8>, %{{.*}}: tensor<32x2xi8>)
// CHECK: linalg.generic {indexing_maps = [#[[PACKED]],
// CHECK-DAG: fp8.extend_fp4 low
// CHECK-DAG: fp8.extend_fp4 high
func.func @dequantize_fp4(%q: !expert) -> tensor<32x64xf32> {
  %0 = fp8.dequantize %q : !expert to tensor<32x64xf32>
  return %0 : tensor<32x64xf32>
}

// CHECK-LABEL: func @shuffle
// CHECK-SAME: -> (tensor<2x32x16xi8>, tensor<32x2xi8>)
func.func @shuffle(%q: !expert) -> !panel {
  %0 = fp8.shuffle %q : !expert to !panel
  return %0 : !panel
}

// CHECK-LABEL: func @call
// CHECK: %[[P:.*]]:2 = call @shuffle(%{{.*}}, %{{.*}}) : (tensor<32x32xi8>, tensor<32x2xi8>) -> (tensor<2x32x16xi8>, tensor<32x2xi8>)
// CHECK: return %[[P]]#0, %[[P]]#1
func.func @call(%q: !expert) -> !panel {
  %0 = func.call @shuffle(%q) : (!expert) -> !panel
  return %0 : !panel
}

!wide = !fp8.scaled<2x32x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!fragments = !fp8.scaled<2x32x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 32 fragment 4>

// Fragments are another order of the bytes of the same panels.
// CHECK-LABEL: func @fragments
// CHECK-SAME: -> (tensor<2x1x128x32xi8>, tensor<2x32x8xi8>)
func.func @fragments(%q: !wide) -> !fragments {
  %0 = fp8.shuffle %q : !wide to !fragments
  return %0 : !fragments
}
