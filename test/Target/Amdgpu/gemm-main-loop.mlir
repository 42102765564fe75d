// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942},canonicalize,cse,gpu.module(gpu.func(pipeline-loads,pack-shared-buffers)))' -o %t.mlir
// RUN: dsv4c kernels %t.mlir --target=gfx942 --emit=asm --jobs=1 -o %t.s
// RUN: %python %S/CheckMainLoop.py %t.s gemm | FileCheck %s --check-prefix=GEMM
// RUN: not %python %S/CheckMainLoop.py %t.s scale | FileCheck %s --check-prefix=SCALE
// RUN: not %python %S/CheckMainLoop.py %t.s other 2>&1 | FileCheck %s --check-prefix=OTHER

// A product of two FP8 factors with many rows waits for nothing but matrix instructions: loads, addresses and scales
// of a step take fewer cycles.
// GEMM: gemm: bound by matrix instructions: 512 cycles of them in the main loop, {{[0-9]+}} of vector
// SCALE: scale: not bound by matrix instructions: 0 cycles of them
// OTHER: has no loop in a kernel other
tile.kernel @gemm(%wg: index, %a: memref<1024x4096xf8E4M3FNUZ>, %as: memref<1024x32xf8E8M0FNU>,
                  %b: memref<16x4096x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %bs: memref<8x32xf8E8M0FNU>,
                  %c: memref<1024x1024xf32>)
    attributes {workgroups = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %c4096 = arith.constant 4096 : index
  %zero = arith.constant dense<0.0> : tensor<32x64xf32>
  %rowTile = arith.divui %wg, %c8 : index
  %row = arith.muli %rowTile, %c32 : index
  %scaleRow = arith.remui %wg, %c8 : index
  %column = arith.muli %scaleRow, %c128 : index
  %panel = arith.muli %scaleRow, %c2 : index
  %next = arith.addi %panel, %c1 : index
  %sum:2 = scf.for %k = %c0 to %c4096 step %c128 iter_args(%s0 = %zero, %s1 = %zero) -> (tensor<32x64xf32>, tensor<32x64xf32>) {
    %block = arith.divui %k, %c128 : index
    %at = tile.load %a[%row, %k] : memref<1024x4096xf8E4M3FNUZ> -> tensor<32x128xf8E4M3FNUZ>
    %ast = tile.load %as[%row, %block] : memref<1024x32xf8E8M0FNU> -> tensor<32x1xf8E8M0FNU>
    %bt0 = tile.load %b[%panel, %k, %c0] : memref<16x4096x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
    %bt1 = tile.load %b[%next, %k, %c0] : memref<16x4096x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
    %bst = memref.load %bs[%scaleRow, %block] : memref<8x32xf8E8M0FNU>
    %ax = fp8.extend finite %at : tensor<32x128xf8E4M3FNUZ> to tensor<32x128xf32>
    %bx0 = fp8.extend finite %bt0 : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
    %bx1 = fp8.extend finite %bt1 : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
    %asx = fp8.extend finite %ast : tensor<32x1xf8E8M0FNU> to tensor<32x1xf32>
    %asv = tensor.collapse_shape %asx [[0, 1]] : tensor<32x1xf32> into tensor<32xf32>
    %bsx = fp8.extend finite %bst : f8E8M0FNU to f32
    %asb = tile.broadcast %asv dims [0] : tensor<32xf32> -> tensor<32x64xf32>
    %bsb = tensor.splat %bsx : tensor<32x64xf32>
    %scale = arith.mulf %asb, %bsb : tensor<32x64xf32>
    %d0 = tile.dot %ax, %bx0 : tensor<32x128xf32>, tensor<128x64xf32> -> tensor<32x64xf32>
    %d1 = tile.dot %ax, %bx1 : tensor<32x128xf32>, tensor<128x64xf32> -> tensor<32x64xf32>
    %n0 = math.fma %d0, %scale, %s0 : tensor<32x64xf32>
    %n1 = math.fma %d1, %scale, %s1 : tensor<32x64xf32>
    scf.yield %n0, %n1 : tensor<32x64xf32>, tensor<32x64xf32>
  }
  tile.store %sum#0, %c[%row, %column] : tensor<32x64xf32>, memref<1024x1024xf32>
  tile.store %sum#1, %c[%row, %column] : tensor<32x64xf32>, memref<1024x1024xf32>
  tile.return
}

tile.kernel @scale(%wg: index, %a: memref<256x64xf32>, %c: memref<256x64xf32>, %n: memref<1xi32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %count = memref.load %n[%c0] : memref<1xi32>
  %end = arith.index_cast %count : i32 to index
  scf.for %k = %c0 to %end step %c32 {
    %at = tile.load %a[%k, %c0] : memref<256x64xf32> -> tensor<32x64xf32>
    %d = arith.mulf %at, %at : tensor<32x64xf32>
    tile.store %d, %c[%k, %c0] : tensor<32x64xf32>, memref<256x64xf32>
  }
  tile.return
}
