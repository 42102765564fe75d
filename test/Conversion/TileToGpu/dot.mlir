// RUN: dsv4-opt %s --tile-to-gpu --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --tile-to-gpu=target=gfx950 --split-input-file | FileCheck %s --check-prefix=GFX950

// Four waves take 16 columns each; a lane of the quarter q holds columns of K from 8 q on. Two steps of
// 32 make K = 64, the second one adds to the first one's result.
// CHECK-LABEL: gpu.func @fp8(%arg0: !llvm.ptr<1> {llvm.noalias, llvm.readonly}
// CHECK-SAME: attributes {known_block_size = array<i32: 256, 1, 1>}
// CHECK: %[[FIRST:.*]] = rocdl.mfma.f32.16x16x32.fp8.fp8 {{.*}} : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
// CHECK: rocdl.mfma.f32.16x16x32.fp8.fp8 %{{.*}}, %{{.*}}, %[[FIRST]]
// CHECK-NOT: rocdl.mfma
// CHECK: gpu.return
// On gfx950 instructions read the other dialect: the codes pass through bf16.
// GFX950-LABEL: gpu.func @fp8
// GFX950-NOT: fp8.fp8
// GFX950: rocdl.mfma.f32.16x16x32.bf16
tile.kernel @fp8(%wg: index, %a: memref<16x64xf8E4M3FNUZ>, %b: memref<64x64xf8E4M3FNUZ>, %c: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x64xf8E4M3FNUZ> -> tensor<16x64xf8E4M3FNUZ>
  %bt = tile.load %b[%c0, %c0] : memref<64x64xf8E4M3FNUZ> -> tensor<64x64xf8E4M3FNUZ>
  %ax = fp8.extend finite %at : tensor<16x64xf8E4M3FNUZ> to tensor<16x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FNUZ> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<16x64xf32>, tensor<64x64xf32> -> tensor<16x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// -----

// OCP codes have no instruction on gfx942: they pass through bf16, where they are exact.
// CHECK-LABEL: gpu.func @ocp
// CHECK-NOT: fp8.fp8
// CHECK: rocdl.mfma.f32.16x16x16bf16.1k
// GFX950-LABEL: gpu.func @ocp
// GFX950: rocdl.mfma.f32.16x16x32.fp8.fp8
tile.kernel @ocp(%wg: index, %a: memref<16x32xf8E4M3FN>, %b: memref<32x64xf8E4M3FN>, %c: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x32xf8E4M3FN> -> tensor<16x32xf8E4M3FN>
  %bt = tile.load %b[%c0, %c0] : memref<32x64xf8E4M3FN> -> tensor<32x64xf8E4M3FN>
  %ax = fp8.extend finite %at : tensor<16x32xf8E4M3FN> to tensor<16x32xf32>
  %bx = fp8.extend finite %bt : tensor<32x64xf8E4M3FN> to tensor<32x64xf32>
  %ct = tile.dot %ax, %bx : tensor<16x32xf32>, tensor<32x64xf32> -> tensor<16x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// -----

// Codes times powers of two are exact in bf16; what isn't is multiplied as f32.
// CHECK-LABEL: gpu.func @scaled
// CHECK: rocdl.mfma.f32.16x16x16bf16.1k
// CHECK-NOT: 16x16x4f32
// CHECK-LABEL: gpu.func @f32
// CHECK: rocdl.mfma.f32.16x16x4f32
tile.kernel @scaled(%wg: index, %a: memref<16x16xbf16>, %b: memref<16x16xf8E4M3FNUZ>, %s: memref<16xf8E8M0FNU>, %c: memref<16x16xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x16xbf16> -> tensor<16x16xbf16>
  %ax = arith.extf %at : tensor<16x16xbf16> to tensor<16x16xf32>
  %bt = tile.load %b[%c0, %c0] : memref<16x16xf8E4M3FNUZ> -> tensor<16x16xf8E4M3FNUZ>
  %bx = fp8.extend finite %bt : tensor<16x16xf8E4M3FNUZ> to tensor<16x16xf32>
  %st = tile.load %s[%c0] : memref<16xf8E8M0FNU> -> tensor<16xf8E8M0FNU>
  %sx = fp8.extend finite %st : tensor<16xf8E8M0FNU> to tensor<16xf32>
  %sb = tile.broadcast %sx dims [0] : tensor<16xf32> -> tensor<16x16xf32>
  %bs = arith.mulf %bx, %sb : tensor<16x16xf32>
  %ct = tile.dot %ax, %bs : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}
tile.kernel @f32(%wg: index, %a: memref<16x16xf32>, %b: memref<16x16xf32>, %c: memref<16x16xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x16xf32> -> tensor<16x16xf32>
  %bt = tile.load %b[%c0, %c0] : memref<16x16xf32> -> tensor<16x16xf32>
  %ct = tile.dot %at, %bt : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// The eight bytes of a lane's operand lie side by side, and sixteen make two steps. The weight is the first operand,
// so that a lane gets four columns of a row, which it stores at once; it is read past the caches.
// CHECK-LABEL: gpu.func @fragments
// CHECK: %[[A:.*]] = llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<8xi8>
// CHECK: %[[AX:.*]] = llvm.bitcast %{{.*}} : vector<8xi8> to i64
// CHECK: llvm.load %{{.*}} {alignment = {{8|16}} : i64, nontemporal} : !llvm.ptr<1> -> vector<8xi8>
// CHECK: %[[BX:.*]] = llvm.bitcast %{{.*}} : vector<8xi8> to i64
// CHECK: rocdl.mfma.f32.16x16x32.fp8.fp8 %[[BX]], %[[AX]],
// CHECK: rocdl.mfma
// CHECK-NOT: -> i8
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xf32>
tile.kernel @fragments(%wg: index, %a: memref<16x64xf8E4M3FNUZ>, %b: memref<1x64x64xf8E4M3FNUZ> {tile.fragment = 8 : i64}, %c: memref<16x64xf32>)
    attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x64xf8E4M3FNUZ> -> tensor<16x64xf8E4M3FNUZ>
  %bt = tile.load %b[%c0, %c0, %c0] : memref<1x64x64xf8E4M3FNUZ> -> tensor<64x64xf8E4M3FNUZ>
  %ax = fp8.extend finite %at : tensor<16x64xf8E4M3FNUZ> to tensor<16x64xf32>
  %bx = fp8.extend finite %bt : tensor<64x64xf8E4M3FNUZ> to tensor<64x64xf32>
  %ct = tile.dot %ax, %bx : tensor<16x64xf32>, tensor<64x64xf32> -> tensor<16x64xf32>
  tile.store %ct, %c[%c0, %c0] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}
