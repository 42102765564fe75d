// RUN: dsv4-opt %s --expand-math --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @functions
// CHECK-NOT: math.{{exp|log1p|rsqrt|tanh}}
// CHECK: math.fma %{{.*}} : vector<16xf32>
// CHECK: return
func.func @functions(%x: vector<16xf32>) -> vector<16xf32> {
  %a = math.exp %x : vector<16xf32>
  %b = math.log1p %a : vector<16xf32>
  %c = math.rsqrt %b : vector<16xf32>
  %d = math.tanh %c : vector<16xf32>
  return %d : vector<16xf32>
}

// Both operations of a reciprocal root round correctly.
// CHECK-LABEL: func.func @rsqrt
// CHECK: %[[S:.*]] = math.sqrt %{{.*}} : f32
// CHECK: arith.divf %{{.*}}, %[[S]] : f32
func.func @rsqrt(%x: f32) -> f32 {
  %a = math.rsqrt %x : f32
  return %a : f32
}

// CHECK-LABEL: func.func @instructions
// CHECK: math.sqrt
// CHECK: math.absf
// CHECK: math.roundeven
func.func @instructions(%x: vector<16xf32>) -> vector<16xf32> {
  %a = math.sqrt %x : vector<16xf32>
  %b = math.absf %a : vector<16xf32>
  %c = math.roundeven %b : vector<16xf32>
  return %c : vector<16xf32>
}

// -----

func.func @expand_math_c1(%x: f64) -> f64 {
  // expected-error@+1 {{[expand_math_c1] would be a call into libm}}
  %a = math.exp %x : f64
  return %a : f64
}
