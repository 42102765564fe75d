// RUN: dsv4-opt %s --nvvm-pipeline | FileCheck %s

// Everything is in the LLVM dialect, nothing asks for a device library, and
// parameters are global pointers.
// CHECK-NOT: __nv_
// CHECK-NOT: {{= (math|scf|memref|arith|fp8|gpu|vector)[.][a-z]}}
// CHECK-NOT: gpu.barrier
// CHECK: llvm.mlir.global internal @__wg_softmax_step_0() {addr_space = 3 : i32} : !llvm.array<256 x f32>
// CHECK-LABEL: llvm.func @softmax_step
// CHECK-SAME: (%{{.*}}: !llvm.ptr<1> {llvm.align = 256 : i64, llvm.noalias, llvm.nonnull, llvm.noundef},
// CHECK-SAME: nvvm.kernel
// CHECK: llvm.getelementptr inbounds|nuw %arg0[%{{.*}}] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
// CHECK: llvm.intr.fma
// CHECK: llvm.call_intrinsic "llvm.sqrt"
// CHECK: llvm.fdiv
// CHECK: llvm.store {{.*}}, !llvm.ptr<3>
// CHECK: nvvm.barrier
gpu.module @kernels {
  gpu.func @softmax_step(%x: memref<?x64xf32>, %y: memref<?x64xbf16>)
      workgroup(%lds : memref<256xf32, #gpu.address_space<workgroup>>)
      kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c255 = arith.constant 255 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c64 = arith.constant 64 : index
    %wg = gpu.block_id x
    %t = gpu.thread_id x
    %r = arith.divui %t, %c64 : index
    %c = arith.remui %t, %c64 : index
    %r0 = arith.muli %wg, %c4 : index
    %row = arith.addi %r0, %r : index
    %a = memref.load %x[%row, %c] : memref<?x64xf32>
    %sum = scf.for %i = %c0 to %c4 step %c1 iter_args(%s = %a) -> (f32) {
      %e = math.exp %s : f32
      scf.yield %e : f32
    }
    %q = math.sqrt %sum : f32
    %d = arith.divf %a, %q : f32
    memref.store %d, %lds[%t] : memref<256xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %u = arith.subi %c255, %t : index
    %f = memref.load %lds[%u] : memref<256xf32, #gpu.address_space<workgroup>>
    %b = arith.truncf %f : f32 to bf16
    memref.store %b, %y[%row, %c] : memref<?x64xbf16>
    gpu.return
  }

  // Pointers stay what they are.
  // CHECK-LABEL: llvm.func @pointers
  // CHECK-SAME: (%{{.*}}: !llvm.ptr<1> {llvm.align = 256 : i64, llvm.noalias, llvm.nonnull, llvm.noundef}, %{{.*}}: !llvm.ptr<1>
  gpu.func @pointers(%x: !llvm.ptr<1>, %y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %a = llvm.load %x : !llvm.ptr<1> -> f32
    memref.store %a, %y[%c0] : memref<64xf32>
    gpu.return
  }
}
