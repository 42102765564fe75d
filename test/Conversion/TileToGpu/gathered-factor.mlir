// RUN: dsv4-opt %s --tile-to-gpu | FileCheck %s
// RUN: dsv4-opt %s --tile-to-gpu=target=sm_90 | FileCheck %s --check-prefix=WARPS

// Rows chosen by data that two products read, bf16 numbers made of codes: every
// code is read once, 8 or 16 side by side, converted and stored in shared memory.
// Nothing is rounded: the upper half of each f32 is its bf16. Both products read
// what is there, the second one by columns.
// CHECK-LABEL: gpu.func @kept(
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK-COUNT-8: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<16xi8>
// CHECK-NOT: llvm.load {{.*}}xi8>
// CHECK-NOT: arith.truncf {{.*}}bf16
// CHECK: arith.trunci %{{.*}} : vector<16xi32> to vector<16xi16>
// CHECK: vector.store {{.*}}xi16>
// CHECK: amdgpu.lds_barrier
// CHECK: vector.load {{.*}} vector<4xi16>
// CHECK: rocdl.mfma.f32.16x16x16bf16.1k
// CHECK: memref.load {{.*}} memref<{{.*}}xi16
// CHECK: rocdl.mfma.f32.16x16x16bf16.1k
// CHECK-NOT: llvm.load {{.*}}xi8>
// CHECK: gpu.return

// 64 KiB of shared memory have the compute unit to themselves: 16 warps there, where
// a tile of them is more than a quarter.
// WARPS-LABEL: gpu.func @kept(
// WARPS-SAME: known_block_size = array<i32: 512, 1, 1>
// One barrier stands between what is written, keys and query, and what is read: all of it is under way together.
// WARPS: gpu.barrier
// WARPS-NOT: gpu.barrier
// WARPS: vector.store {{.*}} : memref<32768xi16
// WARPS-NOT: gpu.barrier
// WARPS-COUNT-2: vector.store {{.*}} : memref<8312xi16
// WARPS: gpu.barrier
// WARPS: nvgpu.ldmatrix {{.*}} : memref<32768xi16
tile.kernel @kept(%wg: index, %codes: memref<1024x512xf8E4M3FNUZ>, %rows: memref<64xi32>, %x: memref<16x512xbf16>, %o: memref<16x512xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %number = tile.load %rows[%c0] : memref<64xi32> -> tensor<64xi32>
  %at = arith.index_cast %number : tensor<64xi32> to tensor<64xindex>
  %code = tile.gather %codes[%at, %c0] : memref<1024x512xf8E4M3FNUZ>, tensor<64xindex> -> tensor<64x512xf8E4M3FNUZ>
  %wide = fp8.extend finite %code : tensor<64x512xf8E4M3FNUZ> to tensor<64x512xf32>
  %kept = arith.truncf %wide : tensor<64x512xf32> to tensor<64x512xbf16>
  %keys = arith.extf %kept : tensor<64x512xbf16> to tensor<64x512xf32>
  %q = tile.load %x[%c0, %c0] : memref<16x512xbf16> -> tensor<16x512xbf16>
  %qt = tile.transpose %q : tensor<16x512xbf16> -> tensor<512x16xbf16>
  %query = arith.extf %qt : tensor<512x16xbf16> to tensor<512x16xf32>
  %l = tile.dot %keys, %query : tensor<64x512xf32>, tensor<512x16xf32> -> tensor<64x16xf32>
  %lt = tile.transpose %l : tensor<64x16xf32> -> tensor<16x64xf32>
  %p = arith.truncf %lt : tensor<16x64xf32> to tensor<16x64xbf16>
  %weights = arith.extf %p : tensor<16x64xbf16> to tensor<16x64xf32>
  %sum = tile.dot %weights, %keys : tensor<16x64xf32>, tensor<64x512xf32> -> tensor<16x512xf32>
  tile.store %sum, %o[%c0, %c0] : tensor<16x512xf32>, memref<16x512xf32>
  tile.return
}

// Weighted keys that are added to what is there: mma.sync begins with it, and no
// addition follows.
// WARPS-LABEL: gpu.func @added(
// WARPS: %[[BEFORE:.*]] = arith.mulf
// WARPS: %[[FIRST:.*]] = vector.extract %[[BEFORE]][0]
// WARPS: %[[SECOND:.*]] = vector.extract %[[BEFORE]][1]
// WARPS: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.bf16"({{.*}}, %[[FIRST]], %[[SECOND]], %{{.*}}, %{{.*}})
// WARPS-NOT: arith.addf
// WARPS: gpu.return
tile.kernel @added(%wg: index, %codes: memref<1024x64xf8E4M3FNUZ>, %rows: memref<32xi32>, %p: memref<16x32xbf16>, %x: memref<16x64xf32>, %o: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %number = tile.load %rows[%c0] : memref<32xi32> -> tensor<32xi32>
  %at = arith.index_cast %number : tensor<32xi32> to tensor<32xindex>
  %code = tile.gather %codes[%at, %c0] : memref<1024x64xf8E4M3FNUZ>, tensor<32xindex> -> tensor<32x64xf8E4M3FNUZ>
  %wide = fp8.extend finite %code : tensor<32x64xf8E4M3FNUZ> to tensor<32x64xf32>
  %kept = arith.truncf %wide : tensor<32x64xf32> to tensor<32x64xbf16>
  %keys = arith.extf %kept : tensor<32x64xbf16> to tensor<32x64xf32>
  %rounded = tile.load %p[%c0, %c0] : memref<16x32xbf16> -> tensor<16x32xbf16>
  %weights = arith.extf %rounded : tensor<16x32xbf16> to tensor<16x32xf32>
  %before = tile.load %x[%c0, %c0] : memref<16x64xf32> -> tensor<16x64xf32>
  %half = arith.constant dense<0.5> : tensor<16x64xf32>
  %moved = arith.mulf %before, %half : tensor<16x64xf32>
  %product = tile.dot %weights, %keys : tensor<16x32xf32>, tensor<32x64xf32> -> tensor<16x64xf32>
  %sum = arith.addf %moved, %product : tensor<16x64xf32>
  tile.store %sum, %o[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}
