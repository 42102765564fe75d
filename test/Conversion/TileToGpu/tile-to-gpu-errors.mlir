// RUN: dsv4-opt %s --tile-to-gpu --split-input-file --verify-diagnostics
// RUN: not dsv4-opt %s --tile-to-gpu=target=gfx90a 2>&1 | FileCheck %s

// CHECK: [tile_to_gpu_c5] no GPU target 'gfx90a'

tile.kernel @depth(%wg: index, %a: memref<16x6xf32>, %b: memref<6x16xf32>, %c: memref<16x16xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x6xf32> -> tensor<16x6xf32>
  %bt = tile.load %b[%c0, %c0] : memref<6x16xf32> -> tensor<6x16xf32>
  // expected-error@below {{[tile_to_gpu_c3] sums over 6 columns, expected a multiple of 4}}
  %ct = tile.dot %at, %bt : tensor<16x6xf32>, tensor<6x16xf32> -> tensor<16x16xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// expected-error@below {{[tile_to_gpu_c6] reads a weight in fragments of 8 bytes across their order}}
tile.kernel @across(%wg: index, %b: memref<1x64x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %n: memref<1xi32>, %c: memref<64x16xf8E4M3FNUZ>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %i = memref.load %n[%c0] : memref<1xi32>
  %column = arith.index_castui %i : i32 to index
  %t = tile.load %b[%c0, %c0, %column] : memref<1x64x64xf8E4M3FNUZ> -> tensor<64x16xf8E4M3FNUZ>
  tile.store %t, %c[%c0, %c0] : tensor<64x16xf8E4M3FNUZ>, memref<64x16xf8E4M3FNUZ>
  tile.return
}

// -----

tile.kernel @place(%wg: index, %a: memref<8x64xf32>, %n: memref<1xi32>, %c: memref<8x128xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %i = memref.load %n[%c0] : memref<1xi32>
  %at = arith.index_castui %i : i32 to index
  %x = tile.load %a[%c0, %c0] : memref<8x64xf32> -> tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x128xf32>
  // expected-error@below {{[tile_to_gpu_c2] expects a slice at a static place and of the result's rank}}
  %y = tensor.insert_slice %x into %e[0, %at] [8, 64] [1, 1] : tensor<8x64xf32> into tensor<8x128xf32>
  tile.store %y, %c[%c0, %c0] : tensor<8x128xf32>, memref<8x128xf32>
  tile.return
}
