// RUN: dsv4-opt %s --tile-to-gpu | FileCheck %s
// RUN: dsv4-opt %s --tile-to-gpu | FileCheck %s --check-prefix=FEW
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942},gpu.module(gpu.func(pack-shared-buffers)))' > %t.mlir
// RUN: dsv4c kernels %t.mlir --target=gfx942 --emit=asm | FileCheck %s --check-prefix=ISA

// Stores are released by every thread, one counts, and everybody acquires. The
// buffer through which workgroups talk may be changed by others.
// CHECK-LABEL: gpu.func @last
// CHECK-SAME: %[[A:.*]]: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %[[P:[a-z0-9]*]]: !llvm.ptr<1>, %[[C:[a-z0-9]*]]: !llvm.ptr<1>, %{{.*}}: !llvm.ptr<1> {llvm.noalias, llvm.writeonly}
// CHECK: llvm.store %{{.*}}, %{{.*}} : vector<1xf32>
// CHECK: llvm.fence syncscope("agent") release
// CHECK: amdgpu.lds_barrier
// CHECK: %[[OLD:.*]] = llvm.atomicrmw uinc_wrap %{{.*}}, %{{.*}} syncscope("agent") monotonic
// CHECK: arith.cmpi eq, %[[OLD]]
// CHECK: amdgpu.lds_barrier
// CHECK: %[[FLAG:.*]] = rocdl.readfirstlane
// CHECK: llvm.fence syncscope("agent") acquire
// CHECK: %[[LAST:.*]] = arith.cmpi ne, %[[FLAG]]
// CHECK: scf.if %[[LAST]]
// CHECK: llvm.load

// Dies have caches of their own: written back before the counter, invalidated
// behind it.
// ISA-LABEL: last:
// ISA: global_store_dword
// ISA: buffer_wbl2 sc1
// ISA: s_waitcnt vmcnt(0)
// ISA: s_barrier
// ISA: global_atomic_inc {{.*}} sc0
// ISA: s_barrier
// ISA: buffer_inv sc1
// ISA: global_load_dword
// ISA: s_endpgm
tile.kernel @last(%wg: index, %a: memref<4x256xf32>, %p: memref<4x256xf32>, %c: memref<1xi32>, %o: memref<256xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %own = tile.load %a[%wg, %c0] : memref<4x256xf32> -> tensor<256xf32>
  tile.store %own, %p[%wg, %c0] : tensor<256xf32>, memref<4x256xf32>
  %last = tile.arrive %c[%c0] of 4 : memref<1xi32>
  scf.if %last {
    %x = tile.load %p[%c0, %c0] : memref<4x256xf32> -> tensor<256xf32>
    %y = tile.load %p[%c2, %c0] : memref<4x256xf32> -> tensor<256xf32>
    %sum = arith.addf %x, %y : tensor<256xf32>
    tile.store %sum, %o[%c0] : tensor<256xf32>, memref<256xf32>
  }
  tile.return
}

// Few partial results that more than one op reads: all loads are under way before the first addition, in eight
// lanes, and the sum passes through shared memory once.
// FEW-LABEL: gpu.func @few
// FEW: scf.if
// FEW: scf.if
// FEW: scf.if
// FEW-NOT: amdgpu.lds_barrier
// FEW-COUNT-9: llvm.load {{.*}} -> vector<1xf32>
// FEW-NOT: llvm.load
// FEW: amdgpu.lds_barrier
// FEW: amdgpu.lds_barrier
// FEW-NOT: amdgpu.lds_barrier
// FEW: gpu.return
tile.kernel @few(%wg: index, %a: memref<3x24xf32>, %p: memref<3x24xf32>, %c: memref<1xi32>, %o: memref<2x4xf32>)
    attributes {workgroups = 3 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %own = tile.load %a[%wg, %c0] : memref<3x24xf32> -> tensor<24xf32>
  tile.store %own, %p[%wg, %c0] : tensor<24xf32>, memref<3x24xf32>
  %last = tile.arrive %c[%c0] of 3 : memref<1xi32>
  scf.if %last {
    %zero = arith.constant dense<0.0> : tensor<24xf32>
    %x = tile.load %p[%c0, %c0] : memref<3x24xf32> -> tensor<24xf32>
    %s0 = arith.addf %zero, %x : tensor<24xf32>
    %y = tile.load %p[%c1, %c0] : memref<3x24xf32> -> tensor<24xf32>
    %s1 = arith.addf %s0, %y : tensor<24xf32>
    %z = tile.load %p[%c2, %c0] : memref<3x24xf32> -> tensor<24xf32>
    %s2 = arith.addf %s1, %z : tensor<24xf32>
    %first = tensor.extract_slice %s2[0] [4] [1] : tensor<24xf32> to tensor<4xf32>
    %last4 = tensor.extract_slice %s2[20] [4] [1] : tensor<24xf32> to tensor<4xf32>
    tile.store %first, %o[%c0, %c0] : tensor<4xf32>, memref<2x4xf32>
    tile.store %last4, %o[%c1, %c0] : tensor<4xf32>, memref<2x4xf32>
  }
  tile.return
}
