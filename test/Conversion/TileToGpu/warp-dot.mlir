// RUN: dsv4-opt %s --tile-to-gpu=target=sm_90 --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=sm_90},canonicalize,gpu.module(gpu.func(pack-shared-buffers)),nvvm-pipeline)' --split-input-file | FileCheck %s --check-prefix=NVVM

// Eight warps take 8 columns each. A lane holds 8 neighbouring columns of K of rows r and r + 8 of A, and of
// one column of B. Two steps of 32 make K = 64, the second one adds to the first one's result.
// CHECK-LABEL: gpu.func @fp8
// CHECK-SAME: attributes {known_block_size = array<i32: 256, 1, 1>, nvvm.minctasm = 1 : i32}
// Every warp would read all rows of A, 8 bytes of each at a time: they come from shared memory, which they have been
// copied to by 4 bytes a thread.
// CHECK: %[[ROWS:.*]] = memref.alloca() {{.*}}: memref<{{.*}}xi8, #gpu.address_space<workgroup>>
// CHECK: vector.store %{{.*}}, %[[ROWS]]{{.*}} vector<4xi8>
// CHECK: gpu.barrier
// CHECK: vector.load %[[ROWS]]{{.*}} vector<8xi8>
// CHECK: %[[FIRST:.*]] = llvm.call_intrinsic "llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32"
// CHECK-SAME: (i32, i32, i32, i32, i32, i32, f32, f32, f32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
// CHECK: %[[SUM:.*]] = llvm.extractvalue %[[FIRST]][0]
// CHECK: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32"({{.*}}, %[[SUM]], %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}})
// CHECK-NOT: llvm.nvvm.mma
// Neighbouring columns are stored together.
// CHECK: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<1>
// CHECK: gpu.return
// NVVM-LABEL: llvm.func @fp8
// NVVM: llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32
tile.kernel @fp8(%wg: index, %a: memref<16x64xf8E4M3FN>, %b: memref<64x64xf8E4M3FN>, %c: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x64xf8E4M3FN> -> tensor<16x64xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0] : memref<64x64xf8E4M3FN> -> tensor<64x64xf8E4M3FN>
  %ax = fp8.extend finite %at : tensor<16x64xf8E4M3FN> to tensor<16x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<16x64xf32>, tensor<64x64xf32> -> tensor<16x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// -----

// The other dialect's codes have no instruction: they pass through f16, where they are exact.
// CHECK-LABEL: gpu.func @fnuz
// CHECK-NOT: e4m3.e4m3
// CHECK: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.f32.f32"
// NVVM-LABEL: llvm.func @fnuz
// NVVM-NOT: e4m3
// NVVM: llvm.nvvm.mma.m16n8k16.row.col.f32.f32
// NVVM-NOT: e4m3
// NVVM-LABEL: llvm.func @token
tile.kernel @fnuz(%wg: index, %a: memref<16x32xf8E4M3FNUZ>, %b: memref<32x64xf8E4M3FNUZ>, %c: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x32xf8E4M3FNUZ> -> tensor<16x32xf8E4M3FNUZ>
  %bt = tile.load %b[%c0, %c0] : memref<32x64xf8E4M3FNUZ> -> tensor<32x64xf8E4M3FNUZ>
  %ax = fp8.extend finite %at : tensor<16x32xf8E4M3FNUZ> to tensor<16x32xf32>
  %bx = fp8.extend finite %bt : tensor<32x64xf8E4M3FNUZ> to tensor<32x64xf32>
  %ct = tile.dot %ax, %bx : tensor<16x32xf32>, tensor<32x64xf32> -> tensor<16x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// -----

// One token: its row is all rows of the block, of which one register pair is kept, and weights in fragments
// are read 8 bytes a step, two steps side by side.
// Two workgroups share a multiprocessor.
// CHECK-LABEL: gpu.func @token
// CHECK-SAME: nvvm.minctasm = 2 : i32
// CHECK: llvm.load %{{.*}} {alignment = 16 : i64, nontemporal} : !llvm.ptr<1> -> vector<8xi8>
// CHECK-COUNT-2: llvm.nvvm.mma.m16n8k32.row.col.f32.e4m3.e4m3.f32
// CHECK: llvm.store %{{.*}} : vector<2xf32>, !llvm.ptr<1>
tile.kernel @token(%wg: index, %a: memref<1x64xf8E4M3FN>, %b: memref<1x64x64xf8E4M3FN> {tile.fragment = 8 : i64}, %c: memref<1x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<1x64xf8E4M3FN> -> tensor<1x64xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0, %c0] : memref<1x64x64xf8E4M3FN> -> tensor<64x64xf8E4M3FN>
  %ax = fp8.extend finite %at : tensor<1x64xf8E4M3FN> to tensor<1x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<1x64xf32>, tensor<64x64xf32> -> tensor<1x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<1x64xf32>, memref<1x64xf32>
  tile.return
}

// -----

// Three, where two would leave some for a second round.
// CHECK-LABEL: gpu.func @many_workgroups
// CHECK-SAME: nvvm.minctasm = 3 : i32
tile.kernel @many_workgroups(%wg: index, %a: memref<1x64xf8E4M3FN>, %b: memref<1x64x64xf8E4M3FN> {tile.fragment = 8 : i64}, %c: memref<300x64xf32>)
    attributes {workgroups = 300 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<1x64xf8E4M3FN> -> tensor<1x64xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0, %c0] : memref<1x64x64xf8E4M3FN> -> tensor<64x64xf8E4M3FN>
  %ax = fp8.extend finite %at : tensor<1x64xf8E4M3FN> to tensor<1x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<1x64xf32>, tensor<64x64xf32> -> tensor<1x64xf32>
  tile.store %ct, %c[%wg, %c0] : tensor<1x64xf32>, memref<300x64xf32>
  tile.return
}

// -----

// Many rows have accumulators for one alone: 16 a thread, and as many for the chunks in front.
// CHECK-LABEL: gpu.func @many_rows
// CHECK-SAME: nvvm.minctasm = 1 : i32
tile.kernel @many_rows(%wg: index, %a: memref<64x64xf8E4M3FN>, %b: memref<1x64x64xf8E4M3FN> {tile.fragment = 8 : i64}, %c: memref<64x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<64x64xf8E4M3FN> -> tensor<64x64xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0, %c0] : memref<1x64x64xf8E4M3FN> -> tensor<64x64xf8E4M3FN>
  %ax = fp8.extend finite %at : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FN> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<64x64xf32>, memref<64x64xf32>
  tile.return
}

// -----

// What has no exact matrix instruction is added up by the thread that keeps it, K in order.
// CHECK-LABEL: gpu.func @f32
// CHECK-NOT: llvm.nvvm.mma
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<1xf32>
// CHECK: %[[FIRST:.*]] = math.fma %{{.*}}, %{{.*}}, %[[ZERO]] : vector<1xf32>
// CHECK: %[[NEXT:.*]] = math.fma %{{.*}}, %{{.*}}, %[[FIRST]] : vector<1xf32>
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[NEXT]] : vector<1xf32>
// CHECK-COUNT-3: math.fma
// CHECK-NOT: math.fma
// CHECK: gpu.return
tile.kernel @f32(%wg: index, %a: memref<16x6xf32>, %b: memref<6x16xf32>, %c: memref<16x16xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x6xf32> -> tensor<16x6xf32>
  %bt = tile.load %b[%c0, %c0] : memref<6x16xf32> -> tensor<6x16xf32>
  %ct = tile.dot %at, %bt : tensor<16x6xf32>, tensor<6x16xf32> -> tensor<16x16xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// e4m3 times e2m1 without its scale: f16 has both, also sixteen columns of K alone.
// CHECK-LABEL: gpu.func @fp4
// CHECK: arith.truncf %{{.*}} : vector<4xf32> to vector<4xf16>
// CHECK: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.f32.f32"
// CHECK-SAME: (vector<2xf16>, vector<2xf16>, vector<2xf16>, vector<2xf16>, vector<2xf16>, vector<2xf16>, f32, f32, f32, f32)
// CHECK-NOT: llvm.nvvm.mma
// CHECK: gpu.return
tile.kernel @fp4(%wg: index, %a: memref<1x32xf8E4M3FN>, %b: memref<16x64xi8>, %c: memref<1x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<1x32xf8E4M3FN> -> tensor<1x32xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0] : memref<16x64xi8> -> tensor<16x64xi8>
  %ax = fp8.extend finite %at : tensor<1x32xf8E4M3FN> to tensor<1x32xf32>
  %left = tensor.extract_slice %ax[0, 16] [1, 16] [1, 1] : tensor<1x32xf32> to tensor<1x16xf32>
  %bx = fp8.extend_fp4 high %bt : tensor<16x64xi8> to tensor<16x64xf32>
  %ct = tile.dot %left, %bx : tensor<1x16xf32>, tensor<16x64xf32> -> tensor<1x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<1x64xf32>, memref<1x64xf32>
  tile.return
}

// -----

// Widened FP4 is the left factor: 16 columns, 8 of either half of the result, whose bits are f16 as they are.
// One row of activations is one register of the right factor, and a lane keeps one column of each half: results
// 0 and 2, which it multiplies by one scale each.
// CHECK-LABEL: gpu.func @transposed
// CHECK: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.f32.f32"(%[[A0:.*]], %[[A1:.*]], %[[A2:.*]], %[[A3:.*]], %[[B0:[^,]*]], %[[B1:[^,]*]], %{{.*}})
// CHECK: %[[SUMS:.*]] = llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.f32.f32"
// CHECK: %[[LOWER:.*]] = llvm.extractvalue %[[SUMS]][0]
// CHECK: %[[UPPER:.*]] = llvm.extractvalue %[[SUMS]][2]
// CHECK-NOT: llvm.nvvm.mma
// CHECK-DAG: vector.from_elements %[[LOWER]] : vector<1xf32>
// CHECK-DAG: vector.from_elements %[[UPPER]] : vector<1xf32>
// CHECK-COUNT-2: llvm.store %{{.*}} : vector<1xf32>, !llvm.ptr<1>
// CHECK-NOT: llvm.store
// CHECK: gpu.return
// NVVM-LABEL: llvm.func @transposed
// NVVM: llvm.nvvm.prmt
// NVVM-NOT: llvm.fmul
// NVVM: llvm.return
tile.kernel @transposed(%wg: index, %a: memref<1x32xf8E4M3FN>, %b: memref<16x128xi8>, %c: memref<1x128xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<1x32xf8E4M3FN> -> tensor<1x32xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0] : memref<16x128xi8> -> tensor<16x128xi8>
  %ax = fp8.extend finite %at : tensor<1x32xf8E4M3FN> to tensor<1x32xf32>
  %low = fp8.widen_fp4 low %bt : tensor<16x128xi8> to tensor<16x128xf8E4M3FN>
  %high = fp8.widen_fp4 high %bt : tensor<16x128xi8> to tensor<16x128xf8E4M3FN>
  %none = tensor.empty() : tensor<32x128xf8E4M3FN>
  %some = tensor.insert_slice %low into %none[0, 0] [16, 128] [1, 1] : tensor<16x128xf8E4M3FN> into tensor<32x128xf8E4M3FN>
  %codes = tensor.insert_slice %high into %some[16, 0] [16, 128] [1, 1] : tensor<16x128xf8E4M3FN> into tensor<32x128xf8E4M3FN>
  %bx = fp8.extend finite %codes : tensor<32x128xf8E4M3FN> to tensor<32x128xf32>
  %factor = arith.constant dense<6.103515625e-05> : tensor<32x128xf32>
  %bits = arith.mulf %bx, %factor : tensor<32x128xf32>
  %ct = tile.dot %ax, %bits : tensor<1x32xf32>, tensor<32x128xf32> -> tensor<1x128xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<1x128xf32>, memref<1x128xf32>
  tile.return
}

// -----

// Times anything else they are no f16 for sure.
// CHECK-LABEL: gpu.func @other_factor
// CHECK-NOT: llvm.nvvm.mma
// CHECK: math.fma
// CHECK: gpu.return
tile.kernel @other_factor(%wg: index, %a: memref<1x32xf8E4M3FN>, %b: memref<32x64xi8>, %c: memref<1x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<1x32xf8E4M3FN> -> tensor<1x32xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0] : memref<32x64xi8> -> tensor<32x64xi8>
  %ax = fp8.extend finite %at : tensor<1x32xf8E4M3FN> to tensor<1x32xf32>
  %codes = fp8.widen_fp4 low %bt : tensor<32x64xi8> to tensor<32x64xf8E4M3FN>
  %bx = fp8.extend finite %codes : tensor<32x64xf8E4M3FN> to tensor<32x64xf32>
  %factor = arith.constant dense<3.0e-05> : tensor<32x64xf32>
  %product = arith.mulf %bx, %factor : tensor<32x64xf32>
  %ct = tile.dot %ax, %product : tensor<1x32xf32>, tensor<32x64xf32> -> tensor<1x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<1x64xf32>, memref<1x64xf32>
  tile.return
}
