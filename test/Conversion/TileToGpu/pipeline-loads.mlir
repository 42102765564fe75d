// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(pipeline-loads)))' --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(pipeline-loads{max-distance=1})))' --split-input-file | FileCheck %s --check-prefix=ONE

// Four steps: three are read in front of the loop, and inside of it each step reads what the third next one takes.
// Behind the last step the address is that of the step itself.
gpu.module @kernels {
  // CHECK-LABEL: gpu.func @steps
  // CHECK-COUNT-3: llvm.load
  // CHECK: scf.for %[[K:.*]] = %c0_i32 to %c128_i32 step %c128_i32{{.*}} iter_args(%[[SUM:.*]] = %{{.*}}, %[[B0:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
  // CHECK: llvm.load
  // CHECK: rocdl.sched.barrier 4
  // CHECK: rocdl.mfma.f32.16x16x32.fp8.fp8 %{{.*}}, %[[B0]], %[[SUM]]
  // CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[NEXT:.*]], %c128_i32
  // CHECK: arith.select %[[EXISTS]], %[[NEXT]], %{{.*}} : i32
  // CHECK: llvm.load
  // CHECK: rocdl.sched.barrier 4
  // CHECK: rocdl.mfma
  // CHECK-COUNT-2: rocdl.mfma
  // CHECK: scf.yield
  // ONE-LABEL: gpu.func @steps
  // ONE-COUNT-1: llvm.load
  // ONE: scf.for %{{.*}} = %c0_i32 to %c128_i32 step %c64_i32
  // ONE-COUNT-2: rocdl.mfma
  // ONE-NOT: rocdl.mfma
  // ONE: scf.yield
  gpu.func @steps(%b: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %c: !llvm.ptr<1> {llvm.noalias}, %a: i64) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %zero = arith.constant dense<0.0> : vector<4xf32>
    %c0 = arith.constant 0 : i32
    %c32 = arith.constant 32 : i32
    %c128 = arith.constant 128 : i32
    %sum = scf.for %k = %c0 to %c128 step %c32 iter_args(%s = %zero) -> (vector<4xf32>) : i32 {
      %at = arith.extui %k : i32 to i64
      %p = llvm.getelementptr %b[%at] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
      %x = llvm.load %p {alignment = 8 : i64} : !llvm.ptr<1> -> i64
      %r = rocdl.mfma.f32.16x16x32.fp8.fp8 %a, %x, %s, %c0, %c0, %c0 : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
      scf.yield %r : vector<4xf32>
    }
    llvm.store %sum, %c : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// What the kernel writes, what depends on a sum, and loops of unknown length stay where they are.
gpu.module @kernels {
  // CHECK-LABEL: gpu.func @stays
  // CHECK-NOT: llvm.load
  // CHECK: scf.for
  // CHECK: llvm.load
  // CHECK: rocdl.mfma
  // CHECK-NOT: llvm.load
  // CHECK: scf.for
  // CHECK-COUNT-1: rocdl.mfma
  // CHECK-NOT: rocdl.mfma
  // CHECK: gpu.return
  gpu.func @stays(%b: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %c: !llvm.ptr<1> {llvm.noalias}, %a: i64, %n: i32) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %zero = arith.constant dense<0.0> : vector<4xf32>
    %c0 = arith.constant 0 : i32
    %c32 = arith.constant 32 : i32
    %c128 = arith.constant 128 : i32
    %0 = scf.for %k = %c0 to %c128 step %c32 iter_args(%s = %zero) -> (vector<4xf32>) : i32 {
      %x = llvm.load %c {alignment = 8 : i64} : !llvm.ptr<1> -> i64
      %r = rocdl.mfma.f32.16x16x32.fp8.fp8 %a, %x, %s, %c0, %c0, %c0 : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
      scf.yield %r : vector<4xf32>
    }
    %1 = scf.for %k = %c0 to %n step %c32 iter_args(%s = %0) -> (vector<4xf32>) : i32 {
      %at = arith.extui %k : i32 to i64
      %p = llvm.getelementptr %b[%at] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
      %x = llvm.load %p {alignment = 8 : i64} : !llvm.ptr<1> -> i64
      %r = rocdl.mfma.f32.16x16x32.fp8.fp8 %a, %x, %s, %c0, %c0, %c0 : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
      scf.yield %r : vector<4xf32>
    }
    llvm.store %1, %c : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// Row numbers that all steps gather by leave the loop, and with them the gathers run ahead.
gpu.module @kernels {
  // CHECK-LABEL: gpu.func @rows
  // CHECK: memref.load
  // CHECK: llvm.load
  // CHECK: scf.for
  // CHECK-NOT: memref.load
  // CHECK: scf.yield
  gpu.func @rows(%b: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %c: !llvm.ptr<1> {llvm.noalias}, %a: i64) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %zero = arith.constant dense<0.0> : vector<4xf32>
    %c0 = arith.constant 0 : i32
    %i0 = arith.constant 0 : index
    %c32 = arith.constant 32 : i32
    %c128 = arith.constant 128 : i32
    %rows = memref.alloca() : memref<4xi32, #gpu.address_space<workgroup>>
    memref.store %c0, %rows[%i0] : memref<4xi32, #gpu.address_space<workgroup>>
    %0 = scf.for %k = %c0 to %c128 step %c32 iter_args(%s = %zero) -> (vector<4xf32>) : i32 {
      %row = memref.load %rows[%i0] : memref<4xi32, #gpu.address_space<workgroup>>
      %sum = arith.addi %row, %k : i32
      %at = arith.extui %sum : i32 to i64
      %p = llvm.getelementptr %b[%at] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
      %x = llvm.load %p {alignment = 8 : i64} : !llvm.ptr<1> -> i64
      %r = rocdl.mfma.f32.16x16x32.fp8.fp8 %a, %x, %s, %c0, %c0, %c0 : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
      scf.yield %r : vector<4xf32>
    }
    llvm.store %0, %c : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// Where workgroups share a multiprocessor, one step ahead is all.
gpu.module @kernels {
  // CHECK-LABEL: gpu.func @shared
  // CHECK-COUNT-1: llvm.load
  // CHECK-NOT: llvm.load
  // CHECK: scf.for %{{.*}} = %c0_i32 to %c128_i32 step %c64_i32
  // CHECK-NOT: rocdl.sched.barrier
  // CHECK-COUNT-2: llvm.nvvm.mma
  // CHECK-NOT: llvm.nvvm.mma
  // CHECK: scf.yield
  gpu.func @shared(%b: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %c: !llvm.ptr<1> {llvm.noalias}, %a: i32) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>, nvvm.minctasm = 2 : i32} {
    %zero = arith.constant 0.0 : f32
    %c0 = arith.constant 0 : i32
    %c32 = arith.constant 32 : i32
    %c128 = arith.constant 128 : i32
    %sum = scf.for %k = %c0 to %c128 step %c32 iter_args(%s = %zero) -> (f32) : i32 {
      %at = arith.extui %k : i32 to i64
      %p = llvm.getelementptr %b[%at] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
      %x = llvm.load %p {alignment = 4 : i64} : !llvm.ptr<1> -> i32
      %r = llvm.call_intrinsic "llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32"(%a, %a, %a, %a, %x, %x, %s, %s, %s, %s)
        : (i32, i32, i32, i32, i32, i32, f32, f32, f32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
      %next = llvm.extractvalue %r[0] : !llvm.struct<(f32, f32, f32, f32)>
      scf.yield %next : f32
    }
    llvm.store %sum, %c : f32, !llvm.ptr<1>
    gpu.return
  }
}
