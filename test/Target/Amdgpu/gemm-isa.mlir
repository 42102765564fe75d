// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942},canonicalize,cse,gpu.module(gpu.func(pipeline-loads,pack-shared-buffers)))' -o %t.mlir
// RUN: dsv4c kernels %t.mlir --target=gfx942 --emit=asm --jobs=1 -o - | FileCheck %s

// The main loop of a product with one row, a column panel per workgroup: sixteen bytes of weights per lane and load,
// past the caches; a step waits for its own loads while those of the next ones are in flight; four FP8 instructions
// per 128 columns, and scales as factors of whole vectors.
// CHECK-LABEL: gemv:
// CHECK: Inner Loop Header
// CHECK-DAG: global_load_dwordx4 {{.*}} nt
// CHECK-DAG: global_load_dwordx4 {{.*}} nt
// CHECK: s_waitcnt vmcnt({{[1-9][0-9]?}})
// CHECK-NOT: vmcnt(0)
// CHECK-COUNT-4: v_mfma_f32_16x16x32_fp8_fp8
// CHECK: v_pk_fma_f32
// CHECK-COUNT-8: v_mfma_f32_16x16x32_fp8_fp8
// CHECK-DAG: global_load_dwordx4 {{.*}} nt
// CHECK-DAG: global_load_dwordx4 {{.*}} nt
// CHECK-NOT: vmcnt(0)
// CHECK-COUNT-4: v_mfma_f32_16x16x32_fp8_fp8
// CHECK: s_cbranch_scc
// CHECK-NOT: mfma
// CHECK: s_endpgm
tile.kernel @gemv(%wg: index, %a: memref<1x4096xf8E4M3FNUZ>, %as: memref<1x32xf8E8M0FNU>,
                  %b: memref<16x4096x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %bs: memref<8x32xf8E8M0FNU>,
                  %c: memref<1x1024xf32>)
    attributes {workgroups = 16 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c4096 = arith.constant 4096 : index
  %zero = arith.constant dense<0.0> : tensor<1x64xf32>
  %column = arith.muli %wg, %c64 : index
  %scaleRow = arith.divui %wg, %c2 : index
  %sum = scf.for %k = %c0 to %c4096 step %c128 iter_args(%s = %zero) -> tensor<1x64xf32> {
    %block = arith.divui %k, %c128 : index
    %at = tile.load %a[%c0, %k] : memref<1x4096xf8E4M3FNUZ> -> tensor<1x128xf8E4M3FNUZ>
    %ast = tile.load %as[%c0, %block] : memref<1x32xf8E8M0FNU> -> tensor<1x1xf8E8M0FNU>
    %bt = tile.load %b[%wg, %k, %c0] : memref<16x4096x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
    %bst = memref.load %bs[%scaleRow, %block] : memref<8x32xf8E8M0FNU>
    %ax = fp8.extend finite %at : tensor<1x128xf8E4M3FNUZ> to tensor<1x128xf32>
    %bx = fp8.extend finite %bt : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
    %asx = fp8.extend finite %ast : tensor<1x1xf8E8M0FNU> to tensor<1x1xf32>
    %asv = tensor.collapse_shape %asx [[0, 1]] : tensor<1x1xf32> into tensor<1xf32>
    %bsx = fp8.extend finite %bst : f8E8M0FNU to f32
    %asb = tile.broadcast %asv dims [0] : tensor<1xf32> -> tensor<1x64xf32>
    %bsb = tensor.splat %bsx : tensor<1x64xf32>
    %scale = arith.mulf %asb, %bsb : tensor<1x64xf32>
    %d = tile.dot %ax, %bx : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
    %n = math.fma %d, %scale, %s : tensor<1x64xf32>
    scf.yield %n : tensor<1x64xf32>
  }
  tile.store %sum, %c[%c0, %column] : tensor<1x64xf32>, memref<1x1024xf32>
  tile.return
}
