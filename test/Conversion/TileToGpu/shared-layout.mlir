// RUN: dsv4-opt %s --tile-to-gpu | FileCheck %s

// The logits of 64 keys and 16 heads: a lane writes four keys of its head, and reads the keys of another column to
// reduce them. Neither gaps nor order serve both, so that positions are exclusive ors, and no gap is left.
// CHECK-LABEL: gpu.func @logits
// CHECK: memref.alloca() {{.*}} : memref<1024xf32, #gpu.address_space<workgroup>>
// CHECK: arith.xori
// CHECK: memref.store {{.*}} : memref<1024xf32, #gpu.address_space<workgroup>>
// CHECK: vector.load {{.*}} : memref<1024xf32, #gpu.address_space<workgroup>>, vector<1xf32>
// CHECK-NOT: unrealized_conversion_cast
// CHECK: gpu.return
tile.kernel @logits(%wg: index, %a: memref<64x64xbf16>, %b: memref<64x16xbf16>, %c: memref<16xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<64x64xbf16> -> tensor<64x64xbf16>
  %bt = tile.load %b[%c0, %c0] : memref<64x16xbf16> -> tensor<64x16xbf16>
  %ax = arith.extf %at : tensor<64x64xbf16> to tensor<64x64xf32>
  %bx = arith.extf %bt : tensor<64x16xbf16> to tensor<64x16xf32>
  %d = tile.dot %ax, %bx : tensor<64x64xf32>, tensor<64x16xf32> -> tensor<64x16xf32>
  %m = tile.reduce max %d dim 0 : tensor<64x16xf32> -> tensor<16xf32>
  tile.store %m, %c[%c0] : tensor<16xf32>, memref<16xf32>
  tile.return
}
