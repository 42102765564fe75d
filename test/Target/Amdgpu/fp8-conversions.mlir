// RUN: dsv4-opt %s --amdgpu-fp8-conversions=target=gfx942 | FileCheck %s --check-prefixes=CHECK,FNUZ
// RUN: dsv4-opt %s --amdgpu-fp8-conversions=target=gfx950 | FileCheck %s --check-prefixes=CHECK,OCP

// Only the dialect of the hardware may reach its instructions.
// CHECK-LABEL: func @extend_fnuz
// FNUZ: arith.bitcast %{{.*}} : vector<4xf8E4M3FNUZ> to vector<4xi8>
// FNUZ: rocdl.cvt.pk.f32.fp8 %{{.*}}[false] : vector<2xf32>
// FNUZ: rocdl.cvt.pk.f32.fp8 %{{.*}}[true] : vector<2xf32>
// FNUZ-NOT: fp8.extend
// OCP-NOT: rocdl
// OCP: fp8.extend finite
func.func @extend_fnuz(%x: vector<4xf8E4M3FNUZ>) -> vector<4xf32> {
  %y = fp8.extend finite %x : vector<4xf8E4M3FNUZ> to vector<4xf32>
  return %y : vector<4xf32>
}

// CHECK-LABEL: func @extend_ocp
// FNUZ-NOT: rocdl
// FNUZ: fp8.extend
// OCP-COUNT-4: rocdl.cvt.pk.f32.fp8
// OCP-NOT: fp8.extend
func.func @extend_ocp(%x: vector<2x3xf8E4M3FN>) -> vector<2x3xf32> {
  %y = fp8.extend %x : vector<2x3xf8E4M3FN> to vector<2x3xf32>
  return %y : vector<2x3xf32>
}

// CHECK-LABEL: func @extend_bf8
// FNUZ: rocdl.cvt.pk.f32.bf8
// OCP: fp8.extend
func.func @extend_bf8(%x: vector<4xf8E5M2FNUZ>) -> vector<4xf32> {
  %y = fp8.extend %x : vector<4xf8E5M2FNUZ> to vector<4xf32>
  return %y : vector<4xf32>
}

// CHECK-LABEL: func @truncate_fnuz
// FNUZ: rocdl.fmed3 %{{.*}}, %{{.*}}, %{{.*}} : f32
// FNUZ: arith.cmpf uno
// FNUZ: arith.select
// FNUZ: rocdl.cvt.pk.fp8.f32
// FNUZ-NOT: fp8.truncate
// OCP-NOT: rocdl
// OCP: fp8.truncate
func.func @truncate_fnuz(%x: f32) -> f8E4M3FNUZ {
  %y = fp8.truncate %x largest 224 : f32 to f8E4M3FNUZ
  return %y : f8E4M3FNUZ
}

// CHECK-LABEL: func @truncate_ocp
// FNUZ-NOT: rocdl
// FNUZ: fp8.truncate
// OCP: rocdl.cvt.pk.fp8.f32
func.func @truncate_ocp(%x: vector<4xf32>) -> vector<4xf8E4M3FN> {
  %y = fp8.truncate %x largest 448 : vector<4xf32> to vector<4xf8E4M3FN>
  return %y : vector<4xf8E4M3FN>
}

// CHECK-LABEL: func @extend_fp4
// FNUZ: llvm.call_intrinsic "llvm.amdgcn.perm"
// OCP-COUNT-4: rocdl.cvt.scalef32.pk.f32.fp4
// CHECK-NOT: fp8.extend_fp4
func.func @extend_fp4(%x: vector<4xi8>) -> vector<4xf32> {
  %y = fp8.extend_fp4 high %x : vector<4xi8> to vector<4xf32>
  return %y : vector<4xf32>
}

// The e8m0 byte is the exponent of an f32: that takes no instruction.
// CHECK-LABEL: func @extend_scale
// CHECK: fp8.extend
func.func @extend_scale(%x: vector<4xf8E8M0FNU>) -> vector<4xf32> {
  %y = fp8.extend %x : vector<4xf8E8M0FNU> to vector<4xf32>
  return %y : vector<4xf32>
}
