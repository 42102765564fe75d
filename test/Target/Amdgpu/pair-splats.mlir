// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(amdgpu-pair-splats)))' | FileCheck %s

gpu.module @kernels {
  // One number for all elements gets both registers of a pair; the second product takes the same ones.
  // CHECK-LABEL: gpu.func @ahead
  // CHECK: scf.for
  // CHECK: %[[BOTH:.*]] = vector.broadcast %{{.*}} : f32 to vector<2xf32>
  // CHECK: %[[PAIR:.*]] = llvm.inline_asm {{.*}}"", "=v,0" %[[BOTH]] : (vector<2xf32>) -> vector<2xf32>
  // CHECK: %[[SCALE:.*]] = vector.shuffle %[[PAIR]], %[[PAIR]] [0, 1, 0, 1]
  // CHECK: math.fma %{{.*}}, %[[SCALE]], %{{.*}}
  // CHECK: arith.mulf %{{.*}}, %[[SCALE]]
  // CHECK-NOT: inline_asm
  // Elsewhere nothing waits.
  // CHECK-LABEL: gpu.func @plain
  // CHECK-NOT: inline_asm
  gpu.func @ahead(%p: !llvm.ptr<1>, %x: vector<4xf32>, %n: i32) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %x) -> (vector<4xf32>) : i32 {
      %scale = llvm.load %p : !llvm.ptr<1> -> f32
      rocdl.sched.barrier 4
      %all = vector.broadcast %scale : f32 to vector<4xf32>
      %y = math.fma %x, %all, %s : vector<4xf32>
      %z = arith.mulf %y, %all : vector<4xf32>
      scf.yield %z : vector<4xf32>
    }
    llvm.store %r, %p : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @plain(%p: !llvm.ptr<1>, %x: vector<4xf32>, %scale: f32) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %all = vector.broadcast %scale : f32 to vector<4xf32>
    %y = arith.mulf %x, %all : vector<4xf32>
    llvm.store %y, %p : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}
