// RUN: dsv4-opt %s --tile-to-gpu --split-input-file | FileCheck %s

// Sixteen partial sums in sixteen lanes, exchanged eight apart first.
// CHECK-LABEL: gpu.func @sum
// CHECK: %[[EIGHT:.*]] = arith.constant 8 : i32
// CHECK: gpu.shuffle xor %{{.*}}, %c8_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c4_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c2_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c1_i32
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: gpu.return
tile.kernel @sum(%wg: index, %a: memref<4x128xf32>, %c: memref<4xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<4x128xf32> -> tensor<4x128xf32>
  %s = tile.reduce add %at dim 1 : tensor<4x128xf32> -> tensor<4xf32>
  tile.store %s, %c[%c0] : tensor<4xf32>, memref<4xf32>
  tile.return
}

// -----

// A maximum has no order: all 256 threads work, and waves meet in shared memory.
// CHECK-LABEL: gpu.func @largest
// CHECK: memref.alloca() {alignment = 16 : i64} : memref<256xf32, #gpu.address_space<workgroup>>
// CHECK: amdgpu.lds_barrier
// CHECK: gpu.shuffle xor
tile.kernel @largest(%wg: index, %a: memref<4096xf32>, %c: memref<1xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0] : memref<4096xf32> -> tensor<4096xf32>
  %s = tile.reduce max %at dim 0 : tensor<4096xf32> -> tensor<f32>
  %e = tensor.extract %s[] : tensor<f32>
  %t = tensor.splat %e : tensor<1xf32>
  tile.store %t, %c[%c0] : tensor<1xf32>, memref<1xf32>
  tile.return
}

// -----

// Behind a product, threads hold what sixteen partial sums are made of: four rows in a lane, rows 4 and 8 apart in
// other lanes. Each adds up its own first, all four rows in one vector.
// CHECK-LABEL: gpu.func @held_rows
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK-NOT: memref.alloca
// CHECK-COUNT-4: gpu.shuffle xor %{{.*}}, %c32_i32
// CHECK-COUNT-4: gpu.shuffle xor %{{.*}}, %c16_i32
// CHECK-NOT: gpu.shuffle
// CHECK-COUNT-3: arith.addf {{.*}} : vector<1xf32>
// CHECK-NOT: arith.addf
tile.kernel @held_rows(%wg: index, %a: memref<64x64xbf16>, %b: memref<64x64xbf16>, %c: memref<64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %ah = tile.load %a[%c0, %c0] : memref<64x64xbf16> -> tensor<64x64xbf16>
  %bh = tile.load %b[%c0, %c0] : memref<64x64xbf16> -> tensor<64x64xbf16>
  %at = arith.extf %ah : tensor<64x64xbf16> to tensor<64x64xf32>
  %bt = arith.extf %bh : tensor<64x64xbf16> to tensor<64x64xf32>
  %d = tile.dot %at, %bt : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %s = tile.reduce add %d dim 0 : tensor<64x64xf32> -> tensor<64xf32>
  tile.store %s, %c[%c0] : tensor<64xf32>, memref<64xf32>
  tile.return
}

// -----

// Columns are spread over waves, too: 16 of the 64 partial sums in each. Waves meet first, once, with no more
// than their partial sums.
// CHECK-LABEL: gpu.func @held_columns
// CHECK: memref.alloca() {{.*}} : memref<2048xf32, #gpu.address_space<workgroup>>
// CHECK-COUNT-8: vector.store {{.*}} : memref<2048xf32, #gpu.address_space<workgroup>>, vector<1xf32>
// CHECK: amdgpu.lds_barrier
// CHECK-NOT: amdgpu.lds_barrier
// CHECK-COUNT-24: vector.load {{.*}} : memref<2048xf32, #gpu.address_space<workgroup>>, vector<1xf32>
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: gpu.return
tile.kernel @held_columns(%wg: index, %a: memref<32x32xbf16>, %b: memref<8x32x64xbf16> {tile.fragment = 8 : i64}, %c: memref<32xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %ah = tile.load %a[%c0, %c0] : memref<32x32xbf16> -> tensor<32x32xbf16>
  %at = arith.extf %ah : tensor<32x32xbf16> to tensor<32x32xf32>
  %e = tensor.empty() : tensor<32x512xf32>
  %bh = tile.load %b[%c0, %c0, %c0] : memref<8x32x64xbf16> -> tensor<32x64xbf16>
  %bt = arith.extf %bh : tensor<32x64xbf16> to tensor<32x64xf32>
  %d = tile.dot %at, %bt : tensor<32x32xf32>, tensor<32x64xf32> -> tensor<32x64xf32>
  %j0 = tensor.insert_slice %d into %e[0, 0] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j1 = tensor.insert_slice %d into %j0[0, 64] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j2 = tensor.insert_slice %d into %j1[0, 128] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j3 = tensor.insert_slice %d into %j2[0, 192] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j4 = tensor.insert_slice %d into %j3[0, 256] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j5 = tensor.insert_slice %d into %j4[0, 320] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j6 = tensor.insert_slice %d into %j5[0, 384] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %j7 = tensor.insert_slice %d into %j6[0, 448] [32, 64] [1, 1] : tensor<32x64xf32> into tensor<32x512xf32>
  %s = tile.reduce add %j7 dim 1 : tensor<32x512xf32> -> tensor<32xf32>
  tile.store %s, %c[%c0] : tensor<32xf32>, memref<32xf32>
  tile.return
}

// -----

// Every thread holds a small tile and reduces it alone.
// CHECK-LABEL: gpu.func @small
// CHECK-NOT: gpu.shuffle
// CHECK: gpu.return
tile.kernel @small(%wg: index, %a: memref<4x4xf32>, %c: memref<4xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<4x4xf32> -> tensor<4x4xf32>
  %s = tile.reduce add %at dim 0 : tensor<4x4xf32> -> tensor<4xf32>
  tile.store %s, %c[%c0] : tensor<4xf32>, memref<4xf32>
  tile.return
}

// -----

// Long sums have up to 256 partial sums: what four waves hold is combined through
// shared memory in one go, waves two apart first.
// CHECK-LABEL: gpu.func @long
// CHECK: %[[BUFFER:.*]] = memref.alloca() {{.*}} : memref<256xf32, #gpu.address_space<workgroup>>
// CHECK: vector.store %[[SUM:.*]], %[[BUFFER]]
// CHECK: amdgpu.lds_barrier
// CHECK: %[[ONE:.*]] = vector.load %[[BUFFER]]
// CHECK: %[[TWO:.*]] = vector.load %[[BUFFER]]
// CHECK: %[[THREE:.*]] = vector.load %[[BUFFER]]
// CHECK: %[[A:.*]] = arith.addf %[[SUM]], %[[TWO]]
// CHECK: %[[B:.*]] = arith.addf %[[ONE]], %[[THREE]]
// CHECK: arith.addf %[[A]], %[[B]]
// CHECK: gpu.shuffle xor %{{.*}}, %c32_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c1_i32
tile.kernel @long(%wg: index, %a: memref<4096xf32>, %c: memref<1xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0] : memref<4096xf32> -> tensor<4096xf32>
  %s = tile.reduce add %at dim 0 : tensor<4096xf32> -> tensor<f32>
  %e = tensor.extract %s[] : tensor<f32>
  %t = tensor.splat %e : tensor<1xf32>
  tile.store %t, %c[%c0] : tensor<1xf32>, memref<1xf32>
  tile.return
}

// -----

// Elements that lanes hold one each are exchanged by lanes, those of dimension 1 in the two lowest bits, and
// every lane has the sum that it needs.
// CHECK-LABEL: gpu.func @lanes
// CHECK: gpu.shuffle xor %{{.*}}, %c2_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c1_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c8_i32
// CHECK: gpu.shuffle xor %{{.*}}, %c4_i32
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: gpu.return
tile.kernel @lanes(%wg: index, %a: memref<4x4xf32>, %c: memref<4x4xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<4x4xf32> -> tensor<4x4xf32>
  %e = math.exp %at : tensor<4x4xf32>
  %s = tile.reduce add %e dim 1 : tensor<4x4xf32> -> tensor<4xf32>
  %rows = tile.broadcast %s dims [0] : tensor<4xf32> -> tensor<4x4xf32>
  %d = arith.divf %e, %rows : tensor<4x4xf32>
  %t = tile.reduce add %d dim 0 : tensor<4x4xf32> -> tensor<4xf32>
  %columns = tile.broadcast %t dims [1] : tensor<4xf32> -> tensor<4x4xf32>
  %q = arith.divf %d, %columns : tensor<4x4xf32>
  tile.store %q, %c[%c0, %c0] : tensor<4x4xf32>, memref<4x4xf32>
  tile.return
}
