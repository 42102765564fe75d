// RUN: dsv4c kernels %s --target=gfx942 --emit=llvm | FileCheck %s

// A number that is the same in a loop is one scalar register there, not one for each element of a vector that
// repeats it.
// CHECK-LABEL: @count_below(
// CHECK-NOT: shufflevector
// CHECK: %[[BOUND:.*]] = load i32, ptr addrspace(1) %0
// CHECK-NOT: shufflevector
// CHECK: load <4 x i32>
// CHECK-COUNT-4: icmp slt i32 %{{.*}}, %[[BOUND]]{{$}}
// CHECK-NOT: icmp slt
// CHECK: ret void

// Factors of floats stay vectors, of which instructions take pairs.
// CHECK-LABEL: @scale(
// CHECK: shufflevector <4 x float>
// CHECK: fmul <4 x float>
gpu.module @kernels {
  gpu.func @count_below(%n: memref<1xi32>, %x: memref<64x256x4xi32>, %y: memref<256x4xi32>) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant dense<0> : vector<4xi32>
    %t = gpu.thread_id x
    %bound = memref.load %n[%c0] : memref<1xi32>
    %all = vector.broadcast %bound : i32 to vector<4xi32>
    %count = scf.for %i = %c0 to %c64 step %c1 iter_args(%before = %zero) -> (vector<4xi32>) {
      %v = vector.load %x[%i, %t, %c0] : memref<64x256x4xi32>, vector<4xi32>
      %below = arith.cmpi slt, %v, %all : vector<4xi32>
      %one = arith.extui %below : vector<4xi1> to vector<4xi32>
      %sum = arith.addi %before, %one : vector<4xi32>
      scf.yield %sum : vector<4xi32>
    }
    vector.store %count, %y[%t, %c0] : memref<256x4xi32>, vector<4xi32>
    gpu.return
  }
  gpu.func @scale(%n: memref<1xf32>, %x: memref<64x256x4xf32>, %y: memref<256x4xf32>) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %one = arith.constant dense<1.0> : vector<4xf32>
    %t = gpu.thread_id x
    %factor = memref.load %n[%c0] : memref<1xf32>
    %all = vector.broadcast %factor : f32 to vector<4xf32>
    %result = scf.for %i = %c0 to %c64 step %c1 iter_args(%before = %one) -> (vector<4xf32>) {
      %v = vector.load %x[%i, %t, %c0] : memref<64x256x4xf32>, vector<4xf32>
      %scaled = arith.mulf %v, %all : vector<4xf32>
      %sum = arith.addf %before, %scaled : vector<4xf32>
      scf.yield %sum : vector<4xf32>
    }
    vector.store %result, %y[%t, %c0] : memref<256x4xf32>, vector<4xf32>
    gpu.return
  }
}
