// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s
// RUN: dsv4-opt %s --mlir-print-op-generic | dsv4-opt | FileCheck %s

// CHECK-LABEL: func @conversions
func.func @conversions(%c: vector<16xf8E4M3FNUZ>, %x: vector<16xf32>,
                       %b: tensor<?x8xi8>, %s: f8E8M0FNU, %m: f32,
                       %e: tensor<?x8xi32>) {
  // CHECK: fp8.extend %{{.*}} : vector<16xf8E4M3FNUZ> to vector<16xf32>
  %0 = fp8.extend %c : vector<16xf8E4M3FNUZ> to vector<16xf32>
  // CHECK: fp8.extend finite %{{.*}} : vector<16xf8E4M3FNUZ> to vector<16xf32>
  %1 = fp8.extend finite %c : vector<16xf8E4M3FNUZ> to vector<16xf32>
  // CHECK: fp8.extend %{{.*}} : f8E8M0FNU to f32
  %2 = fp8.extend %s : f8E8M0FNU to f32
  // CHECK: fp8.truncate %{{.*}} largest 224 : vector<16xf32> to vector<16xf8E4M3FNUZ>
  %3 = fp8.truncate %x largest 224 : vector<16xf32> to vector<16xf8E4M3FNUZ>
  // CHECK: fp8.extend_fp4 low %{{.*}} : tensor<?x8xi8> to tensor<?x8xf32>
  %4 = fp8.extend_fp4 low %b : tensor<?x8xi8> to tensor<?x8xf32>
  // CHECK: fp8.extend_fp4 high %{{.*}} : tensor<?x8xi8> to tensor<?x8xf32>
  %5 = fp8.extend_fp4 high %b : tensor<?x8xi8> to tensor<?x8xf32>
  // CHECK: fp8.widen_fp4 low %{{.*}} : tensor<?x8xi8> to tensor<?x8xf8E4M3FN>
  %9 = fp8.widen_fp4 low %b : tensor<?x8xi8> to tensor<?x8xf8E4M3FN>
  // CHECK: fp8.widen_fp4 high %{{.*}} shifted by %{{.*}} : tensor<?x8xi8>, tensor<?x8xi32> to tensor<?x8xf8E4M3FNUZ>
  %10 = fp8.widen_fp4 high %b shifted by %e : tensor<?x8xi8>, tensor<?x8xi32> to tensor<?x8xf8E4M3FNUZ>
  // CHECK: fp8.truncate_fp4 %{{.*}} : vector<16xf32> to vector<16xi8>
  %6 = fp8.truncate_fp4 %x : vector<16xf32> to vector<16xi8>
  // CHECK: %[[K:.*]] = fp8.scale_exponent %{{.*}} divisor 448 : f32 to i32
  %k = fp8.scale_exponent %m divisor 448 : f32 to i32
  // CHECK: fp8.exponent_to_scale %[[K]] : i32 to f32
  %7 = fp8.exponent_to_scale %k : i32 to f32
  // CHECK: fp8.encode_scale %[[K]] : i32 to f8E8M0FNU
  %8 = fp8.encode_scale %k : i32 to f8E8M0FNU
  return
}
