// RUN: dsv4c kernels %s --target=gfx942 --emit=asm | FileCheck %s

// Comments name the op that instructions are for; nothing else is left of the
// debug information.
// CHECK-NOT: .loc
// CHECK-NOT: .debug
// CHECK-LABEL: twice:
// CHECK-NOT: gpu.func
// CHECK: ; %a = memref.load %x[%t] : memref<64xf32>
// CHECK: global_load_dword
// CHECK: ; %b = arith.addf %a, %a : f32
// CHECK: v_add_f32
// CHECK: ; memref.store %b, %y[%t] : memref<64xf32>
// CHECK: global_store_dword
// CHECK-NOT: .debug
gpu.module @kernels {
  gpu.func @twice(%x: memref<64xf32>, %y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %a = memref.load %x[%t] : memref<64xf32>
    %b = arith.addf %a, %a : f32
    memref.store %b, %y[%t] : memref<64xf32>
    gpu.return
  }
}
