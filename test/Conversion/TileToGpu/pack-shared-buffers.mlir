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
}
