// RUN: dsv4-test-opt %s --fp8-verify-target=target-format=fnuz | FileCheck %s

// What a program for a FNUZ target may do.

// Software conversion of either dialect.
// CHECK-LABEL: func @conversions
func.func @conversions(%x: vector<4xf8E4M3FN>) -> vector<4xf8E4M3FNUZ> {
  %0 = fp8.extend %x : vector<4xf8E4M3FN> to vector<4xf32>
  %1 = fp8.truncate %0 largest 224 : vector<4xf32> to vector<4xf8E4M3FNUZ>
  return %1 : vector<4xf8E4M3FNUZ>
}

// Hardware conversion and matrix instructions of its own.
// CHECK-LABEL: func @native
func.func @native(%a: vector<8xf8E4M3FNUZ>, %b: vector<8xf8E5M2FNUZ>, %c: vector<4xf32>) -> vector<4xf32> {
  %0 = arith.extf %a : vector<8xf8E4M3FNUZ> to vector<8xf32>
  %1 = amdgpu.mfma 16x16x32 %a * %b + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
  return %1 : vector<4xf32>
}

// Bytes of either dialect moved without looking at them.
// CHECK-LABEL: func @moves
func.func @moves(%m: memref<16xf8E4M3FN>, %n: memref<16xf8E4M3FNUZ>, %i: index, %c: i1) -> (f8E4M3FN, f8E4M3FNUZ) {
  %0 = memref.load %m[%i] : memref<16xf8E4M3FN>
  %1 = memref.load %n[%i] : memref<16xf8E4M3FNUZ>
  %2 = arith.select %c, %0, %0 : f8E4M3FN
  %3:2 = func.call @moves(%m, %n, %i, %c) : (memref<16xf8E4M3FN>, memref<16xf8E4M3FNUZ>, index, i1) -> (f8E4M3FN, f8E4M3FNUZ)
  return %2, %1 : f8E4M3FN, f8E4M3FNUZ
}

// A checkpoint's bytes, shuffled and then recast.
// CHECK-LABEL: func @checkpoint
func.func @checkpoint() {
  %0 = "test_fp8.weight"() : () -> !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
  %1 = fp8.shuffle %0 : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 16>
  %2 = fp8.recast %1 : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 16> to !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>
  "test_fp8.use"(%2) : (!fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>) -> ()
  return
}
