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
