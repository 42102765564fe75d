// RUN: dsv4-opt %s --nvvm-fp8-conversions | FileCheck %s

// Only the dialect of the hardware may reach its instructions.
// CHECK-LABEL: func @extend_fnuz
// CHECK-NOT: llvm.nvvm
// CHECK: fp8.extend finite
func.func @extend_fnuz(%x: vector<4xf8E4M3FNUZ>) -> vector<4xf32> {
  %y = fp8.extend finite %x : vector<4xf8E4M3FNUZ> to vector<4xf32>
  return %y : vector<4xf32>
}

// Six elements take two registers of four, two elements an instruction.
// CHECK-LABEL: func @extend_ocp
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.nvvm.e4m3x2.to.f16x2.rn"(%{{.*}}) : (i16) -> vector<2xf16>
// CHECK: arith.extf %{{.*}} : vector<2xf16> to vector<2xf32>
// CHECK-NOT: fp8.extend
func.func @extend_ocp(%x: vector<2x3xf8E4M3FN>) -> vector<2x3xf32> {
  %y = fp8.extend %x : vector<2x3xf8E4M3FN> to vector<2x3xf32>
  return %y : vector<2x3xf32>
}

// CHECK-LABEL: func @truncate_ocp
// CHECK-SAME: (%[[X:.*]]: vector<4xf32>)
// CHECK-DAG: %[[FOURTH:.*]] = vector.extract %[[X]][3]
// CHECK-DAG: %[[THIRD:.*]] = vector.extract %[[X]][2]
// CHECK: %[[UPPER:.*]] = llvm.call_intrinsic "llvm.nvvm.ff.to.e4m3x2.rn"(%[[FOURTH]], %[[THIRD]]) : (f32, f32) -> i16
// CHECK-DAG: %[[SECOND:.*]] = vector.extract %[[X]][1]
// CHECK-DAG: %[[FIRST:.*]] = vector.extract %[[X]][0]
// CHECK: llvm.call_intrinsic "llvm.nvvm.ff.to.e4m3x2.rn"(%[[SECOND]], %[[FIRST]]) : (f32, f32) -> i16
// CHECK-NOT: fp8.truncate
func.func @truncate_ocp(%x: vector<4xf32>) -> vector<4xf8E4M3FN> {
  %y = fp8.truncate %x largest 448 : vector<4xf32> to vector<4xf8E4M3FN>
  return %y : vector<4xf8E4M3FN>
}

// The instruction saturates at 448 and nowhere else.
// CHECK-LABEL: func @truncate_lower
// CHECK-NOT: llvm.nvvm
// CHECK: fp8.truncate
func.func @truncate_lower(%x: f32) -> f8E4M3FN {
  %y = fp8.truncate %x largest 240 : f32 to f8E4M3FN
  return %y : f8E4M3FN
}

// CHECK-LABEL: func @truncate_fnuz
// CHECK-NOT: llvm.nvvm
// CHECK: fp8.truncate
func.func @truncate_fnuz(%x: f32) -> f8E4M3FNUZ {
  %y = fp8.truncate %x largest 224 : f32 to f8E4M3FNUZ
  return %y : f8E4M3FNUZ
}

// CHECK-LABEL: func @extend_fp4
// CHECK-COUNT-5: llvm.call_intrinsic "llvm.nvvm.prmt"
// CHECK: arith.extf
// CHECK-NOT: fp8.extend_fp4
func.func @extend_fp4(%x: vector<4xi8>) -> vector<4xf32> {
  %y = fp8.extend_fp4 high %x : vector<4xi8> to vector<4xf32>
  return %y : vector<4xf32>
}

// Times 2^-14, the bits of a code are those of an f16: nothing is looked up, and two registers spread the bytes.
// CHECK-LABEL: func @extend_fp4_bits
// CHECK-DAG: %[[EXPONENTS:.*]] = arith.constant 235802126 : i32
// CHECK-DAG: %[[SIGNS:.*]] = arith.constant -2139062144 : i32
// CHECK-DAG: arith.andi %{{.*}}, %[[EXPONENTS]]
// CHECK-DAG: arith.andi %{{.*}}, %[[SIGNS]]
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.prmt"
// CHECK-NOT: llvm.nvvm.prmt
// CHECK-NOT: arith.mulf
// CHECK: return
func.func @extend_fp4_bits(%x: vector<4xi8>) -> vector<4xf32> {
  %f = arith.constant dense<6.103515625e-05> : vector<4xf32>
  %e = fp8.extend_fp4 high %x : vector<4xi8> to vector<4xf32>
  %y = arith.mulf %e, %f : vector<4xf32>
  return %y : vector<4xf32>
}

// Any other factor is one.
// CHECK-LABEL: func @extend_fp4_times
// CHECK-COUNT-5: llvm.call_intrinsic "llvm.nvvm.prmt"
// CHECK: arith.mulf
func.func @extend_fp4_times(%x: vector<4xi8>) -> vector<4xf32> {
  %f = arith.constant dense<1.220703125e-04> : vector<4xf32>
  %e = fp8.extend_fp4 high %x : vector<4xi8> to vector<4xf32>
  %y = arith.mulf %e, %f : vector<4xf32>
  return %y : vector<4xf32>
}

// The e8m0 byte is the exponent of an f32: that takes no instruction.
// CHECK-LABEL: func @extend_scale
// CHECK: fp8.extend
func.func @extend_scale(%x: vector<4xf8E8M0FNU>) -> vector<4xf32> {
  %y = fp8.extend %x : vector<4xf8E8M0FNU> to vector<4xf32>
  return %y : vector<4xf32>
}
