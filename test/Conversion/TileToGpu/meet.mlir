// RUN: dsv4-opt %s --tile-to-gpu=target=sm_90 | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=sm_90},gpu.module(gpu.func(pack-shared-buffers)))' > %t.mlir
// RUN: dsv4c kernels %t.mlir --target=sm_90 --emit=asm | FileCheck %s --check-prefix=PTX
// RUN: not dsv4-opt %s --tile-to-gpu=target=gfx942 2>&1 | FileCheck %s --check-prefix=AMD

// Workgroups that meet are a cluster, whose barrier orders what they store. What
// others write is neither read-only nor alone.
// CHECK-LABEL: gpu.func @meet(
// CHECK-SAME: %{{.*}}: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %[[P:[a-z0-9]*]]: !llvm.ptr<1>, %{{.*}}: !llvm.ptr<1> {llvm.noalias, llvm.writeonly}
// CHECK-SAME: nvvm.cluster_dim = array<i32: 4, 1, 1>
// CHECK: llvm.store
// CHECK: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
// CHECK: llvm.load

// PTX: .entry meet(
// PTX: .explicitcluster
// PTX: .reqnctapercluster 4
// PTX: st.global
// PTX: barrier.cluster.arrive.aligned
// PTX: barrier.cluster.wait.aligned
// PTX-NOT: ld.global.nc
// PTX: ld.global

// AMD: 'tile.meet' op [tile_to_gpu_c7] lets 4 workgroups meet, expected at most the 0 that surely run at the same time on gfx942
tile.kernel @meet(%wg: index, %a: memref<8x256xf32>, %p: memref<8x256xf32>, %o: memref<8x256xf32>)
    attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %group = arith.divui %wg, %c4 : index
  %first = arith.muli %group, %c4 : index
  %own = tile.load %a[%wg, %c0] : memref<8x256xf32> -> tensor<256xf32>
  tile.store %own, %p[%wg, %c0] : tensor<256xf32>, memref<8x256xf32>
  tile.meet of 4
  %x = tile.load %p[%first, %c0] : memref<8x256xf32> -> tensor<256xf32>
  tile.store %x, %o[%wg, %c0] : tensor<256xf32>, memref<8x256xf32>
  tile.return
}
