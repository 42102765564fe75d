// RUN: dsv4-opt %s --fp8-expand-conversions --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @extend_finite
// CHECK-SAME: (%[[X:.*]]: vector<16xf8E4M3FN>)
func.func @extend_finite(%x: vector<16xf8E4M3FN>) -> vector<16xf32> {
  // CHECK: %[[BYTE:.*]] = arith.bitcast %[[X]] : vector<16xf8E4M3FN> to vector<16xi8>
  // CHECK: %[[WIDE:.*]] = arith.extui %[[BYTE]] : vector<16xi8> to vector<16xi16>
  // CHECK: arith.shli %[[WIDE]]
  // CHECK: arith.shrsi
  // CHECK: %[[MASK:.*]] = arith.constant dense<-16512> : vector<16xi16>
  // CHECK: %[[PLACED:.*]] = arith.andi %{{.*}}, %[[MASK]]
  // CHECK: %[[HALF:.*]] = arith.bitcast %[[PLACED]] : vector<16xi16> to vector<16xf16>
  // CHECK: %[[SINGLE:.*]] = arith.extf %[[HALF]]
  // CHECK: %[[SCALE:.*]] = arith.constant dense<2.560000e+02> : vector<16xf32>
  // CHECK: arith.mulf %[[SINGLE]], %[[SCALE]]
  // CHECK-NOT: arith.select
  // CHECK: return
  %0 = fp8.extend finite %x : vector<16xf8E4M3FN> to vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// The bias differs by one, so does the factor; without the promise, NaN codes
// are selected.
// CHECK-LABEL: func @extend_fnuz
// CHECK: arith.constant 1.280000e+02 : f32
// CHECK: arith.cmpi eq
// CHECK: arith.select
func.func @extend_fnuz(%x: f8E4M3FNUZ) -> f32 {
  %0 = fp8.extend %x : f8E4M3FNUZ to f32
  return %0 : f32
}

// -----

// No f8 value takes part in arithmetic.
// CHECK-LABEL: func @truncate
// CHECK-NOT: arith.truncf
// CHECK: %[[BYTE:.*]] = arith.trunci {{.*}} : vector<16xi32> to vector<16xi8>
// CHECK: %[[CODE:.*]] = arith.bitcast %[[BYTE]] : vector<16xi8> to vector<16xf8E4M3FNUZ>
// CHECK: return %[[CODE]]
func.func @truncate(%x: vector<16xf32>) -> vector<16xf8E4M3FNUZ> {
  %0 = fp8.truncate %x largest 224 : vector<16xf32> to vector<16xf8E4M3FNUZ>
  return %0 : vector<16xf8E4M3FNUZ>
}

// -----

// CHECK-LABEL: func @nothing_left
// CHECK-NOT: fp8.
func.func @nothing_left(%b: vector<8xi8>, %x: vector<8xf32>, %m: f32)
    -> (vector<8xf32>, vector<8xi8>, f32, f8E8M0FNU) {
  %0 = fp8.extend_fp4 high %b : vector<8xi8> to vector<8xf32>
  %1 = fp8.truncate_fp4 %x : vector<8xf32> to vector<8xi8>
  %k = fp8.scale_exponent %m divisor 6 : f32 to i32
  %s = fp8.exponent_to_scale %k : i32 to f32
  %e = fp8.encode_scale %k : i32 to f8E8M0FNU
  return %0, %1, %s, %e : vector<8xf32>, vector<8xi8>, f32, f8E8M0FNU
}

// -----

func.func @dynamic_tensor(%x: tensor<?xf8E4M3FN>) -> tensor<?xf32> {
  // expected-error @+1 {{failed to legalize operation 'fp8.extend' that was explicitly marked illegal}}
  %0 = fp8.extend %x : tensor<?xf8E4M3FN> to tensor<?xf32>
  return %0 : tensor<?xf32>
}
