// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(pack-shared-buffers)))' | FileCheck %s
// RUN: not dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(pack-shared-buffers{max-bytes=512})))' 2>&1 | FileCheck %s --check-prefix=SMALL

// SMALL: error: 'gpu.func' op [pack_shared_buffers_c1] needs 768 bytes of shared memory, more than the 512 of a workgroup; use smaller tiles

!space = memref<64xf32, #gpu.address_space<workgroup>>

gpu.module @kernels {
  // @a and @b are in use together; @c comes when @a is dead.
  // CHECK-LABEL: gpu.func @three
  // CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<768xi8, #gpu.address_space<workgroup>>)
  // CHECK-DAG: %[[C:.*]] = memref.view %[[MEMORY]][%{{.*}}][] : memref<768xi8, #gpu.address_space<workgroup>> to memref<128xf32, #gpu.address_space<workgroup>>
  // CHECK-NOT: memref.alloca
  gpu.func @three() kernel {
    %a = memref.alloca() : !space
    %b = memref.alloca() : !space
    %c = memref.alloca() : memref<128xf32, #gpu.address_space<workgroup>>
    %c0 = arith.constant 0 : index
    %x = memref.load %a[%c0] : !space
    memref.store %x, %b[%c0] : !space
    %y = memref.load %b[%c0] : !space
    memref.store %y, %c[%c0] : memref<128xf32, #gpu.address_space<workgroup>>
    %z = memref.load %b[%c0] : !space
    memref.store %z, %c[%c0] : memref<128xf32, #gpu.address_space<workgroup>>
    gpu.return
  }

  // Threads that lag behind read @a until the barrier: @b is next to it, @c at its place.
  // CHECK-LABEL: gpu.func @until_barrier
  // CHECK-SAME: workgroup(%[[MEMORY:.*]] : memref<512xi8, #gpu.address_space<workgroup>>)
  // CHECK-DAG: %[[A:.*]] = memref.view %[[MEMORY]][%[[AT_A:.*]]][]
  // CHECK-DAG: %[[B:.*]] = memref.view %[[MEMORY]][%[[AT_B:.*]]][]
  // CHECK-DAG: %[[C:.*]] = memref.view %[[MEMORY]][%[[AT_C:.*]]][]
  // CHECK-DAG: %[[AT_A]] = arith.constant 0 : index
  // CHECK-DAG: %[[AT_B]] = arith.constant 256 : index
  // CHECK-DAG: %[[AT_C]] = arith.constant 0 : index
  // CHECK: memref.load %[[A]]
  // CHECK: memref.store %{{.*}}, %[[B]]
  // CHECK: memref.store %{{.*}}, %[[C]]
  gpu.func @until_barrier() kernel {
    %a = memref.alloca() : !space
    %b = memref.alloca() : !space
    %c = memref.alloca() : !space
    %c0 = arith.constant 0 : index
    %x = memref.load %a[%c0] : !space
    memref.store %x, %b[%c0] : !space
    gpu.barrier
    %y = memref.load %b[%c0] : !space
    memref.store %y, %c[%c0] : !space
    gpu.return
  }

  // The address of a copy may be computed anywhere in front of it.
  // CHECK-LABEL: gpu.func @addresses
  // CHECK-SAME: workgroup(%{{.*}} : memref<256xi8, #gpu.address_space<workgroup>>)
  gpu.func @addresses(%from: !llvm.ptr<1>) kernel {
    %a = memref.alloca() : !space
    %b = memref.alloca() : !space
    %c0 = arith.constant 0 : index
    %at = memref.extract_aligned_pointer_as_index %b : !space -> index
    %number = arith.index_castui %at : index to i64
    %to = llvm.inttoptr %number : i64 to !llvm.ptr<3>
    %x = memref.load %a[%c0] : !space
    gpu.barrier
    nvvm.cp.async.shared.global %to, %from, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
    %y = memref.load %b[%c0] : !space
    %z = arith.addf %x, %y : f32
    llvm.store %z, %from : f32, !llvm.ptr<1>
    gpu.return
  }
}
