// RUN: dsv4-opt %s --tile-to-gpu=target=sm_90 --canonicalize --cse --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=sm_90},gpu.module(gpu.func(pack-shared-buffers{max-bytes=232448})),nvvm-pipeline)' --split-input-file | FileCheck %s --check-prefix=NVVM
// RUN: dsv4-opt %s --tile-to-gpu=target=gfx950 --split-input-file | FileCheck %s --check-prefix=OTHERS
// OTHERS-NOT: nvgpu

// Rows of 64 keys, 72 positions apart, so that neighbours begin four banks further. As the left factor a lane names
// row l % 16 of a block, eight of a matrix, and bit 4 the second half of K: the order of the registers that mma.sync
// wants. As the right one, transposed, lanes name 32 neighbouring rows, two steps of K, in the warp's own eight columns.
// CHECK-LABEL: gpu.func @kept(
// CHECK: memref.alloca() {{.*}} : memref<[[KEYS:4600xi16.*]]>
// CHECK: %[[THREAD:.*]] = arith.index_cast %thread_id_x : index to i32
// CHECK-DAG: %[[ROW:.*]] = arith.andi %[[THREAD]], %c15_i32
// CHECK-DAG: %[[ROWS:.*]] = arith.muli %[[ROW]], %c72_i32
// CHECK-DAG: %[[TO4:.*]] = arith.shrui %[[THREAD]], %c4_i32
// CHECK-DAG: %[[BIT4:.*]] = arith.andi %[[TO4]], %c1_i32
// CHECK-DAG: %[[HALF:.*]] = arith.muli %[[BIT4]], %c8_i32
// CHECK-DAG: %[[LOWER:.*]] = arith.addi %[[ROWS]], %[[HALF]]
// CHECK-DAG: %[[WARP:.*]] = arith.shrui %[[THREAD]], %c6_i32
// CHECK-DAG: %[[BLOCK:.*]] = arith.muli %[[WARP]], %c1152_i32
// CHECK-DAG: %[[AT:.*]] = arith.addi %[[LOWER]], %[[BLOCK]]
// CHECK-DAG: %[[LANE:.*]] = arith.andi %[[THREAD]], %c31_i32
// CHECK-DAG: %[[DEEP:.*]] = arith.muli %[[LANE]], %c72_i32
// CHECK-DAG: %[[TO5:.*]] = arith.shrui %[[THREAD]], %c5_i32
// CHECK-DAG: %[[WIDE:.*]] = arith.muli %[[TO5]], %c8_i32
// CHECK-DAG: %[[ACROSS:.*]] = arith.addi %[[DEEP]], %[[WIDE]]
// CHECK: gpu.barrier
// CHECK: %[[FIRST:.*]] = arith.index_castui %[[AT]] : i32 to index
// CHECK: nvgpu.ldmatrix %[[TILE:.*]][%[[FIRST]]] {numTiles = 4 : i32, transpose = false} : memref<[[KEYS]]> -> vector<4x2xi16>
// The query's columns, two steps of K at a time, serve the next product too.
// CHECK: nvgpu.ldmatrix %{{.*}} {numTiles = 4 : i32, transpose = false}
// CHECK-COUNT-2: llvm.nvvm.mma.m16n8k16.row.col.bf16
// CHECK-COUNT-2: llvm.nvvm.mma.m16n8k16.row.col.bf16
// CHECK-NOT: vector.load {{.*}}xi16
// CHECK: %[[SECOND:.*]] = arith.index_castui %[[ACROSS]] : i32 to index
// CHECK: nvgpu.ldmatrix %[[TILE]][%[[SECOND]]] {numTiles = 4 : i32, transpose = true} : memref<[[KEYS]]> -> vector<4x2xi16>
// CHECK-COUNT-2: llvm.nvvm.mma.m16n8k16.row.col.bf16
// CHECK: nvgpu.ldmatrix %[[TILE]]{{.*}} transpose = true
// CHECK-COUNT-2: llvm.nvvm.mma.m16n8k16.row.col.bf16
// CHECK-NOT: nvgpu.ldmatrix
// CHECK: gpu.return
// NVVM-LABEL: llvm.func @kept(
// NVVM: nvvm.ldmatrix %{{.*}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32
// NVVM: nvvm.ldmatrix %{{.*}} layout = #nvvm.mma_layout<col>, num = 4 : i32
tile.kernel @kept(%wg: index, %codes: memref<1024x64xf8E4M3FN>, %rows: memref<64xi32>, %x: memref<16x64xbf16>, %o: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %number = tile.load %rows[%c0] : memref<64xi32> -> tensor<64xi32>
  %at = arith.index_cast %number : tensor<64xi32> to tensor<64xindex>
  %code = tile.gather %codes[%at, %c0] : memref<1024x64xf8E4M3FN>, tensor<64xindex> -> tensor<64x64xf8E4M3FN>
  %wide = fp8.extend finite %code : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %kept = arith.truncf %wide : tensor<64x64xf32> to tensor<64x64xbf16>
  %keys = arith.extf %kept : tensor<64x64xbf16> to tensor<64x64xf32>
  %q = tile.load %x[%c0, %c0] : memref<16x64xbf16> -> tensor<16x64xbf16>
  %qt = tile.transpose %q : tensor<16x64xbf16> -> tensor<64x16xbf16>
  %query = arith.extf %qt : tensor<64x16xbf16> to tensor<64x16xf32>
  %l = tile.dot %keys, %query : tensor<64x64xf32>, tensor<64x16xf32> -> tensor<64x16xf32>
  %lt = tile.transpose %l : tensor<64x16xf32> -> tensor<16x64xf32>
  %p = arith.truncf %lt : tensor<16x64xf32> to tensor<16x64xbf16>
  %weights = arith.extf %p : tensor<16x64xbf16> to tensor<16x64xf32>
  %sum = tile.dot %weights, %keys : tensor<16x64xf32>, tensor<64x64xf32> -> tensor<16x64xf32>
  tile.store %sum, %o[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// -----

// Rows of 20 elements don't begin at multiples of 16 bytes: only the other factor comes in matrices.
// CHECK-LABEL: gpu.func @narrow(
// CHECK-NOT: transpose = true
// CHECK: nvgpu.ldmatrix %{{.*}} {numTiles = 4 : i32, transpose = false}
// CHECK: memref.load {{.*}} memref<640xi16
// CHECK: llvm.nvvm.mma.m16n8k16.row.col.bf16
// CHECK-NOT: transpose = true
// CHECK: gpu.return
tile.kernel @narrow(%wg: index, %codes: memref<1024x20xf8E4M3FN>, %rows: memref<32xi32>, %x: memref<16x32xbf16>, %o: memref<16x20xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %number = tile.load %rows[%c0] : memref<32xi32> -> tensor<32xi32>
  %at = arith.index_cast %number : tensor<32xi32> to tensor<32xindex>
  %code = tile.gather %codes[%at, %c0] : memref<1024x20xf8E4M3FN>, tensor<32xindex> -> tensor<32x20xf8E4M3FN>
  %wide = fp8.extend finite %code : tensor<32x20xf8E4M3FN> to tensor<32x20xf32>
  %kept = arith.truncf %wide : tensor<32x20xf32> to tensor<32x20xbf16>
  %keys = arith.extf %kept : tensor<32x20xbf16> to tensor<32x20xf32>
  %p = tile.load %x[%c0, %c0] : memref<16x32xbf16> -> tensor<16x32xbf16>
  %weights = arith.extf %p : tensor<16x32xbf16> to tensor<16x32xf32>
  %sum = tile.dot %weights, %keys : tensor<16x32xf32>, tensor<32x20xf32> -> tensor<16x20xf32>
  tile.store %sum, %o[%c0, %c0] : tensor<16x20xf32>, memref<16x20xf32>
  tile.return
}

// -----

// Nothing lies in shared memory: lanes read neighbouring columns of K as one vector.
// CHECK-LABEL: gpu.func @unstored(
// CHECK-NOT: nvgpu.ldmatrix
// CHECK: llvm.load %{{.*}} -> vector<4xi16>
// CHECK-NOT: nvgpu.ldmatrix
// CHECK: gpu.return
tile.kernel @unstored(%wg: index, %a: memref<16x64xbf16>, %b: memref<64x64xbf16>, %o: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x64xbf16> -> tensor<16x64xbf16>
  %bt = tile.load %b[%c0, %c0] : memref<64x64xbf16> -> tensor<64x64xbf16>
  %ax = arith.extf %at : tensor<16x64xbf16> to tensor<16x64xf32>
  %bx = arith.extf %bt : tensor<64x64xbf16> to tensor<64x64xf32>
  %sum = tile.dot %ax, %bx : tensor<16x64xf32>, tensor<64x64xf32> -> tensor<16x64xf32>
  tile.store %sum, %o[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}
