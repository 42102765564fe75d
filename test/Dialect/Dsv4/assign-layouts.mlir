// RUN: dsv4-opt %s --dsv4-assign-layouts=panel=64 | FileCheck %s
// RUN: dsv4-opt %s --dsv4-assign-layouts=panel=8 | FileCheck %s --check-prefix=NARROW
// RUN: dsv4-opt %s --dsv4-assign-layouts="panel=64 fragments" | FileCheck %s --check-prefix=FRAGMENTS
// RUN: dsv4-opt %s --dsv4-graph-pipeline=fragments | FileCheck %s --check-prefix=FRAGMENTS

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!experts = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>

// One shuffle serves both products.
// CHECK-LABEL: func @products
// CHECK-SAME: %[[X:[^:]*]]: {{.*}}, %[[W:[^:]*]]: !fp8.scaled<128x256
// CHECK: %[[P:.*]] = fp8.shuffle %[[W]] : {{.*}} to !fp8.scaled<128x256, {{.*}}, panel 64>
// CHECK-NOT: fp8.shuffle %[[W]]
// CHECK: fp8.scaled_matmul %[[X]], %[[P]]
// CHECK: fp8.scaled_matmul %[[X]], %[[P]]
// NARROW: fp8.shuffle {{.*}} to !fp8.scaled<128x256, {{.*}}, panel 8>
// FRAGMENTS-LABEL: func @products
// FRAGMENTS: fp8.shuffle {{.*}} to !fp8.scaled<128x256, e4m3 {{.*}}, panel 64 fragment 8>
func.func @products(%x: !x, %w: !w) -> (tensor<?x128xbf16>, tensor<?x128xbf16>) {
  %0 = fp8.scaled_matmul %x, %w : !x, !w -> tensor<?x128xbf16>
  %1 = fp8.scaled_matmul %x, %w : !x, !w -> tensor<?x128xbf16>
  return %0, %1 : tensor<?x128xbf16>, tensor<?x128xbf16>
}

// Eight rows are one panel of eight, whatever the target's width.
// CHECK-LABEL: func @unscaled
// CHECK: dsv4.shuffle %{{.*}} : tensor<8x256xbf16> {{(to|->)}} tensor<8x256xbf16, #fp8.layout<panel 8>>
// CHECK: dsv4.linear {{.*}}tensor<8x256xbf16, #fp8.layout<panel 8>>
// FRAGMENTS: tensor<8x256xbf16, #fp8.layout<panel 8>>
func.func @unscaled(%x: tensor<?x256xbf16>, %w: tensor<8x256xbf16>) -> tensor<?x8xf32> {
  %0 = dsv4.linear %x, %w : tensor<?x256xbf16>, tensor<8x256xbf16> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @experts
// CHECK: fp8.shuffle {{.*}} to !fp8.scaled<8x128x256, e2m1 {{.*}}, panel 64>
// CHECK: dsv4.expert_linear
// FRAGMENTS: fp8.shuffle {{.*}} to !fp8.scaled<8x128x256, e2m1 {{.*}}, panel 64 fragment 4>
func.func @experts(%x: !x, %w: !experts, %e: tensor<?x2xi32>) -> tensor<?x2x128xbf16> {
  %0 = dsv4.expert_linear %x, %w, %e : !x, !experts, tensor<?x2xi32> -> tensor<?x2x128xbf16>
  return %0 : tensor<?x2x128xbf16>
}

// CHECK-LABEL: func @streams
// CHECK: dsv4.shuffle {{.*}} #fp8.layout<panel 24>
// CHECK: dsv4.hc_mix
// A norm's weight is no matrix and stays as it is.
// CHECK-NOT: shuffle
// CHECK: dsv4.rmsnorm
// Twenty-four rows are no whole number of sixteen.
// FRAGMENTS: dsv4.shuffle {{.*}} #fp8.layout<panel 24>
func.func @streams(%s: tensor<?x4x256xbf16>, %fn: tensor<24x1024xf32>, %base: tensor<24xf32>,
                   %scale: tensor<3xf32>, %w: tensor<256xbf16>) -> tensor<?x256xbf16> {
  %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32>
    -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  %n = dsv4.rmsnorm %x, %w {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  return %n : tensor<?x256xbf16>
}

// Sixteen rows and 64 bytes are the least that fragments need.
// FRAGMENTS-LABEL: func @whole
// FRAGMENTS: tensor<16x32xbf16, #fp8.layout<panel 16 fragment 8>>
// FRAGMENTS: dsv4.linear
func.func @whole(%x: tensor<?x32xbf16>, %w: tensor<16x32xbf16>) -> tensor<?x16xf32> {
  %0 = dsv4.linear %x, %w : tensor<?x32xbf16>, tensor<16x32xbf16> -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// FRAGMENTS-LABEL: func @short
// FRAGMENTS: tensor<32x48xbf16, #fp8.layout<panel 32>>
// FRAGMENTS: dsv4.linear
func.func @short(%x: tensor<?x48xbf16>, %w: tensor<32x48xbf16>) -> tensor<?x32xf32> {
  %0 = dsv4.linear %x, %w : tensor<?x48xbf16>, tensor<32x48xbf16> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// FRAGMENTS-LABEL: func @six_streams
// FRAGMENTS: tensor<48x1536xf32, #fp8.layout<panel 48 fragment 4>>
// FRAGMENTS: dsv4.hc_mix
func.func @six_streams(%s: tensor<?x6x256xbf16>, %fn: tensor<48x1536xf32>, %base: tensor<48xf32>,
                       %scale: tensor<3xf32>) -> tensor<?x256xbf16> {
  %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x6x256xbf16>, tensor<48x1536xf32>, tensor<48xf32>, tensor<3xf32>
    -> tensor<?x256xbf16>, tensor<?x6xf32>, tensor<?x6x6xf32>
  return %x : tensor<?x256xbf16>
}
