// RUN: dsv4-opt %s --tile-to-gpu=target=sm_90 --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --tile-to-gpu=target=gfx942 --split-input-file | FileCheck %s --check-prefix=AMD
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=sm_90},canonicalize,cse,gpu.module(gpu.func(async-copies{copy-bytes=16})))' --split-input-file | FileCheck %s --check-prefix=COPIES

// The vector of a norm is read behind a barrier: it is copied to shared memory with the row, in
// front of everything.
// CHECK-LABEL: gpu.func @norm
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<8xi16>
// CHECK: vector.store
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<8xi16>
// CHECK: vector.store
// CHECK: gpu.barrier
// CHECK-NOT: llvm.load
// CHECK: gpu.return
// COPIES-LABEL: gpu.func @norm
// COPIES-COUNT-2: nvvm.cp.async.shared.global
// COPIES: nvvm.cp.async.wait.group 0
// COPIES-NEXT: gpu.barrier
// Where nothing copies by itself, what is read stays where it is.
// AMD-LABEL: gpu.func @norm
// AMD: amdgpu.lds_barrier
// AMD: llvm.load
tile.kernel @norm(%wg: index, %x: memref<4x2048xbf16>, %weight: memref<2048xbf16>, %y: memref<4x2048xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %row = tile.load %x[%wg, %c0] : memref<4x2048xbf16> -> tensor<1x2048xbf16>
  %wide = arith.extf %row : tensor<1x2048xbf16> to tensor<1x2048xf32>
  %squares = arith.mulf %wide, %wide : tensor<1x2048xf32>
  %sum = tile.reduce add %squares dim 1 : tensor<1x2048xf32> -> tensor<1xf32>
  %w = tile.load %weight[%c0] : memref<2048xbf16> -> tensor<2048xbf16>
  %wf = arith.extf %w : tensor<2048xbf16> to tensor<2048xf32>
  %ws = tile.broadcast %wf dims [1] : tensor<2048xf32> -> tensor<1x2048xf32>
  %sums = tile.broadcast %sum dims [0] : tensor<1xf32> -> tensor<1x2048xf32>
  %scaled = arith.mulf %wide, %sums : tensor<1x2048xf32>
  %result = arith.mulf %ws, %scaled : tensor<1x2048xf32>
  tile.store %result, %y[%wg, %c0] : tensor<1x2048xf32>, memref<4x2048xf32>
  tile.return
}

// -----

// What the last workgroup alone reads is copied by all of them; what they tell each other is read
// where it stands. Few threads load the short vector: they store it behind all loads.
// CHECK-LABEL: gpu.func @last
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<4xf32>
// CHECK: llvm.load volatile %{{.*}} : !llvm.ptr<1> -> vector<4xf32>
// CHECK-NOT: llvm.load
// CHECK: scf.if
// CHECK: vector.store {{.*}} memref<8xf32
// CHECK: gpu.barrier
// CHECK: llvm.atomicrmw uinc_wrap
// CHECK: llvm.fence syncscope("device") acquire
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<8xf32>
// CHECK-NOT: llvm.load
// CHECK: gpu.return
tile.kernel @last(%wg: index, %x: memref<4x1024xf32>, %bias: memref<8xf32>, %scratch: memref<4x8xf32>, %arrivals: memref<1xi32>, %y: memref<8xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %row = tile.load %x[%wg, %c0] : memref<4x1024xf32> -> tensor<1024xf32>
  %rows = tensor.expand_shape %row [[0, 1]] output_shape [8, 128] : tensor<1024xf32> into tensor<8x128xf32>
  %sum = tile.reduce add %rows dim 1 : tensor<8x128xf32> -> tensor<8xf32>
  tile.store %sum, %scratch[%wg, %c0] : tensor<8xf32>, memref<4x8xf32>
  %last = tile.arrive %arrivals[%c0] of 4 : memref<1xi32>
  scf.if %last {
    %others = tile.load %scratch[%c2, %c0] : memref<4x8xf32> -> tensor<8xf32>
    %b = tile.load %bias[%c0] : memref<8xf32> -> tensor<8xf32>
    %result = arith.addf %others, %b : tensor<8xf32>
    tile.store %result, %y[%c0] : tensor<8xf32>, memref<8xf32>
  }
  tile.return
}

// -----

// A loop of one step is none: what it loads is copied too. Of more steps, each loads its own.
// CHECK-LABEL: gpu.func @loops
// CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<4xf32>
// CHECK: vector.store
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: llvm.load
// CHECK-NOT: scf.for
// CHECK: gpu.return
tile.kernel @loops(%wg: index, %x: memref<4x1024xf32>, %w: memref<64x1024xf32>, %y: memref<4x1024xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<1024xf32>
  %first = tile.load %x[%wg, %c0] : memref<4x1024xf32> -> tensor<1024xf32>
  %sum = tile.reduce add %first dim 0 : tensor<1024xf32> -> tensor<f32>
  %sums = tile.broadcast %sum dims [] : tensor<f32> -> tensor<1024xf32>
  %many = scf.for %i = %c0 to %c8 step %c1 iter_args(%held = %sums) -> (tensor<1024xf32>) {
    %more = tile.load %w[%i, %c0] : memref<64x1024xf32> -> tensor<1024xf32>
    %next = arith.addf %held, %more : tensor<1024xf32>
    scf.yield %next : tensor<1024xf32>
  }
  %end = arith.addi %wg, %c1 : index
  %one = scf.for %i = %wg to %end step %c1 iter_args(%held = %many) -> (tensor<1024xf32>) {
    %more = tile.load %w[%i, %c0] : memref<64x1024xf32> -> tensor<1024xf32>
    %next = arith.addf %held, %more : tensor<1024xf32>
    scf.yield %next : tensor<1024xf32>
  }
  tile.store %one, %y[%wg, %c0] : tensor<1024xf32>, memref<4x1024xf32>
  tile.return
}
