// RUN: dsv4-opt %s --tile-to-gpu --split-input-file | FileCheck %s

// Every workgroup has a panel of its own and walks along it once: nothing is read twice.
// CHECK-LABEL: gpu.func @once
// CHECK: llvm.load {{.*}}nontemporal
tile.kernel @once(%wg: index, %a: memref<1x256xf8E4M3FNUZ>, %b: memref<4x256x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %c: memref<1x256xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant dense<0.0> : tensor<1x64xf32>
  %column = arith.muli %wg, %c64 : index
  %panel = arith.divui %column, %c64 : index
  %sum = scf.for %k = %c0 to %c256 step %c128 iter_args(%s = %zero) -> tensor<1x64xf32> {
    %at = tile.load %a[%c0, %k] : memref<1x256xf8E4M3FNUZ> -> tensor<1x128xf8E4M3FNUZ>
    %bt = tile.load %b[%panel, %k, %c0] : memref<4x256x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
    %ax = fp8.extend finite %at : tensor<1x128xf8E4M3FNUZ> to tensor<1x128xf32>
    %bx = fp8.extend finite %bt : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
    %d = tile.dot %ax, %bx : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
    %n = arith.addf %s, %d : tensor<1x64xf32>
    scf.yield %n : tensor<1x64xf32>
  }
  tile.store %sum, %c[%c0, %column] : tensor<1x64xf32>, memref<1x256xf32>
  tile.return
}

// -----

// Two workgroups have rows of the same panel.
// CHECK-LABEL: gpu.func @shared
// CHECK-NOT: nontemporal
// CHECK: gpu.return
tile.kernel @shared(%wg: index, %a: memref<2x128xf8E4M3FNUZ>, %b: memref<2x128x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %c: memref<2x128xf32>)
    attributes {workgroups = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %row = arith.remui %wg, %c2 : index
  %panel = arith.divui %wg, %c2 : index
  %column = arith.muli %panel, %c64 : index
  %at = tile.load %a[%row, %c0] : memref<2x128xf8E4M3FNUZ> -> tensor<1x128xf8E4M3FNUZ>
  %bt = tile.load %b[%panel, %c0, %c0] : memref<2x128x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
  %ax = fp8.extend finite %at : tensor<1x128xf8E4M3FNUZ> to tensor<1x128xf32>
  %bx = fp8.extend finite %bt : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
  %d = tile.dot %ax, %bx : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
  tile.store %d, %c[%row, %column] : tensor<1x64xf32>, memref<2x128xf32>
  tile.return
}

// -----

// A list of experts says whose panel it is: other workgroups have other places in the list. The second loop reads its
// panel for each group of rows again.
// CHECK-LABEL: gpu.func @experts
// CHECK: llvm.load {{.*}}nontemporal
// CHECK: scf.for
// CHECK-NOT: nontemporal
// CHECK: gpu.return
tile.kernel @experts(%wg: index, %ids: memref<2xi32>, %a: memref<8x128xf8E4M3FNUZ>,
                     %b: memref<64x128x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %c: memref<8x64xf32>)
    attributes {workgroups = 2 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %id = memref.load %ids[%wg] : memref<2xi32>
  %expert = arith.index_cast %id : i32 to index
  %bt = tile.load %b[%expert, %c0, %c0] : memref<64x128x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
  %bx = fp8.extend finite %bt : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
  %at = tile.load %a[%c0, %c0] : memref<8x128xf8E4M3FNUZ> -> tensor<1x128xf8E4M3FNUZ>
  %ax = fp8.extend finite %at : tensor<1x128xf8E4M3FNUZ> to tensor<1x128xf32>
  %d = tile.dot %ax, %bx : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
  tile.store %d, %c[%c0, %c0] : tensor<1x64xf32>, memref<8x64xf32>
  scf.for %row = %c0 to %c8 step %c1 {
    %wt = tile.load %b[%wg, %c0, %c0] : memref<64x128x64xf8E4M3FNUZ> -> tensor<128x64xf8E4M3FNUZ>
    %wx = fp8.extend finite %wt : tensor<128x64xf8E4M3FNUZ> to tensor<128x64xf32>
    %rt = tile.load %a[%row, %c0] : memref<8x128xf8E4M3FNUZ> -> tensor<1x128xf8E4M3FNUZ>
    %rx = fp8.extend finite %rt : tensor<1x128xf8E4M3FNUZ> to tensor<1x128xf32>
    %e = tile.dot %rx, %wx : tensor<1x128xf32>, tensor<128x64xf32> -> tensor<1x64xf32>
    tile.store %e, %c[%row, %c0] : tensor<1x64xf32>, memref<8x64xf32>
  }
  tile.return
}
