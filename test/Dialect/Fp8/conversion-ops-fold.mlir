// RUN: dsv4-opt %s --canonicalize | FileCheck %s

// The worked example of the activation rule: block maximum 3.0.
// CHECK-LABEL: func @block_of_three
// CHECK-DAG: %[[K:.*]] = arith.constant -7 : i32
// CHECK-DAG: %[[S:.*]] = arith.constant 7.812500e-03 : f32
// CHECK: return %[[K]], %[[S]]
func.func @block_of_three() -> (i32, f32) {
  %m = arith.constant 3.0 : f32
  %k = fp8.scale_exponent %m divisor 448 : f32 to i32
  %s = fp8.exponent_to_scale %k : i32 to f32
  return %k, %s : i32, f32
}

// 141 lies between 128 and 144 and rounds up; -0 exists in OCP only.
// CHECK-LABEL: func @truncate
// CHECK-DAG: arith.constant dense<[1.440000e+02, -0.000000e+00]> : vector<2xf8E4M3FN>
// CHECK-DAG: arith.constant dense<[1.440000e+02, 0.000000e+00]> : vector<2xf8E4M3FNUZ>
func.func @truncate() -> (vector<2xf8E4M3FN>, vector<2xf8E4M3FNUZ>) {
  %x = arith.constant dense<[141.0, -0.0]> : vector<2xf32>
  %0 = fp8.truncate %x largest 448 : vector<2xf32> to vector<2xf8E4M3FN>
  %1 = fp8.truncate %x largest 224 : vector<2xf32> to vector<2xf8E4M3FNUZ>
  return %0, %1 : vector<2xf8E4M3FN>, vector<2xf8E4M3FNUZ>
}

// Bytes 0x5B hold the codes 11 (-1.5) and 5 (3).
// CHECK-LABEL: func @nibbles
// CHECK-DAG: arith.constant dense<-1.500000e+00> : vector<4xf32>
// CHECK-DAG: arith.constant dense<3.000000e+00> : vector<4xf32>
func.func @nibbles() -> (vector<4xf32>, vector<4xf32>) {
  %b = arith.constant dense<0x5B> : vector<4xi8>
  %0 = fp8.extend_fp4 low %b : vector<4xi8> to vector<4xf32>
  %1 = fp8.extend_fp4 high %b : vector<4xi8> to vector<4xf32>
  return %0, %1 : vector<4xf32>, vector<4xf32>
}

// CHECK-LABEL: func @widened_nibbles
// CHECK-DAG: arith.constant dense<-1.500000e+00> : vector<4xf8E4M3FN>
// CHECK-DAG: arith.constant dense<3.000000e+00> : vector<4xf8E4M3FNUZ>
func.func @widened_nibbles() -> (vector<4xf8E4M3FN>, vector<4xf8E4M3FNUZ>) {
  %b = arith.constant dense<0x5B> : vector<4xi8>
  %0 = fp8.widen_fp4 low %b : vector<4xi8> to vector<4xf8E4M3FN>
  %1 = fp8.widen_fp4 high %b : vector<4xi8> to vector<4xf8E4M3FNUZ>
  return %0, %1 : vector<4xf8E4M3FN>, vector<4xf8E4M3FNUZ>
}

// -0 breaks the promise.
// CHECK-LABEL: func @negative_zero_stays
// CHECK: fp8.widen_fp4
func.func @negative_zero_stays() -> vector<4xf8E4M3FNUZ> {
  %b = arith.constant dense<0x08> : vector<4xi8>
  %0 = fp8.widen_fp4 low %b : vector<4xi8> to vector<4xf8E4M3FNUZ>
  return %0 : vector<4xf8E4M3FNUZ>
}

// CHECK-LABEL: func @extend_of_widened
// CHECK-SAME: %[[B:.*]]: vector<4xi8>, %[[E:.*]]: vector<4xi32>
// CHECK: %[[X:.*]] = fp8.extend_fp4 high %[[B]]
// CHECK: %[[W:.*]] = fp8.widen_fp4 low %[[B]] shifted by %[[E]]
// CHECK: %[[Y:.*]] = fp8.extend finite %[[W]]
// CHECK: return %[[X]], %[[Y]]
func.func @extend_of_widened(%b: vector<4xi8>, %e: vector<4xi32>) -> (vector<4xf32>, vector<4xf32>) {
  %0 = fp8.widen_fp4 high %b : vector<4xi8> to vector<4xf8E4M3FN>
  %1 = fp8.extend finite %0 : vector<4xf8E4M3FN> to vector<4xf32>
  %2 = fp8.widen_fp4 low %b shifted by %e : vector<4xi8>, vector<4xi32> to vector<4xf8E4M3FN>
  %3 = fp8.extend finite %2 : vector<4xf8E4M3FN> to vector<4xf32>
  return %1, %3 : vector<4xf32>, vector<4xf32>
}

// CHECK-LABEL: func @unknown_stays
// CHECK: fp8.extend
func.func @unknown_stays(%x: f8E4M3FN) -> f32 {
  %0 = fp8.extend %x : f8E4M3FN to f32
  return %0 : f32
}
