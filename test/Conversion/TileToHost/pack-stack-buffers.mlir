// RUN: dsv4-opt %s --pack-stack-buffers | FileCheck %s

// CHECK-LABEL: func.func @one_after_the_other
// CHECK: %[[M:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xi8>
// CHECK-DAG: %[[A:.*]] = memref.view %[[M]][%{{.*}}][] : memref<256xi8> to memref<64xf32>
// CHECK-DAG: %[[B:.*]] = memref.view %[[M]][%{{.*}}][] : memref<256xi8> to memref<32xf32>
// CHECK-NOT: memref.alloca
// CHECK: memref.store %{{.*}}, %[[A]]
// CHECK: memref.store %{{.*}}, %[[B]]
func.func @one_after_the_other(%i: index, %x: f32) -> f32 {
  %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %b = memref.alloca() {alignment = 64 : i64} : memref<32xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  %y = memref.load %a[%i] : memref<64xf32>
  memref.store %y, %b[%i] : memref<32xf32>
  %z = memref.load %b[%i] : memref<32xf32>
  return %z : f32
}

// CHECK-LABEL: func.func @together
// CHECK-COUNT-2: memref.alloca
// CHECK-NOT: memref.view
func.func @together(%i: index, %x: f32) -> f32 {
  %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %b = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  memref.store %x, %b[%i] : memref<64xf32>
  %y = memref.load %a[%i] : memref<64xf32>
  return %y : f32
}

// What is filled before a loop and read in it lives through the whole loop.
// CHECK-LABEL: func.func @around_a_loop
// CHECK-COUNT-2: memref.alloca
// CHECK-NOT: memref.view
func.func @around_a_loop(%i: index, %n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %b = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  scf.for %j = %c0 to %n step %c1 {
    %y = memref.load %a[%j] : memref<64xf32>
    memref.store %y, %b[%j] : memref<64xf32>
    %z = memref.load %b[%j] : memref<64xf32>
  }
  return
}

// A reshape of a buffer is the buffer.
// CHECK-LABEL: func.func @reshaped
// CHECK-COUNT-2: memref.alloca
func.func @reshaped(%i: index, %x: f32) -> f32 {
  %a = memref.alloca() {alignment = 64 : i64} : memref<8x8xf32>
  %b = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %flat = memref.collapse_shape %a [[0, 1]] : memref<8x8xf32> into memref<64xf32>
  memref.store %x, %b[%i] : memref<64xf32>
  %y = memref.load %flat[%i] : memref<64xf32>
  return %y : f32
}
