// RUN: dsv4-opt %s --tile-to-gpu --split-input-file | FileCheck %s

// Sixteen bytes per thread; rows from `valid` on are read at the tile's first one and become zero, four bytes at
// a time.
// CHECK-LABEL: gpu.func @copy(%arg0: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %arg1: !llvm.ptr<1> {llvm.noalias, llvm.writeonly}, %arg2
// CHECK: %[[EXISTS:.*]] = vector.extract %{{.*}}[0] : i1 from vector<1xi1>
// CHECK: %[[ROW:.*]] = arith.select %[[EXISTS]], %{{.*}}, %c0_i32 : i32
// CHECK: arith.addi %{{.*}}, %[[ROW]] : i32
// CHECK: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xi16>
// CHECK: arith.select %{{.*}} : vector<4xi32>
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<8xi16>, !llvm.ptr<1>
tile.kernel @copy(%wg: index, %a: memref<8x256xbf16>, %b: memref<8x256xbf16>, %n: memref<1xi32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %i = memref.load %n[%c0] : memref<1xi32>
  %rows = arith.index_castui %i : i32 to index
  %t = tile.load %a[%c0, %c0] valid %rows : memref<8x256xbf16> -> tensor<8x256xbf16>
  tile.store %t, %b[%c0, %c0] valid %rows : tensor<8x256xbf16>, memref<8x256xbf16>
  tile.return
}

// -----

// Rows that nothing depends on are read at the tile's first one, too, and stay what they are.
// CHECK-LABEL: gpu.func @rest_unspecified
// CHECK: %[[ROW:.*]] = arith.select %{{.*}}, %{{.*}}, %c0_i32 : i32
// CHECK: arith.addi %{{.*}}, %[[ROW]] : i32
// CHECK: %[[READ:.*]] = llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xi16>
// CHECK-NOT: arith.select
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<8xi16>, !llvm.ptr<1>
tile.kernel @rest_unspecified(%wg: index, %a: memref<8x256xbf16>, %b: memref<8x256xbf16>, %n: memref<1xi32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %i = memref.load %n[%c0] : memref<1xi32>
  %rows = arith.index_castui %i : i32 to index
  %t = tile.load %a[%c0, %c0] valid %rows rest_unspecified : memref<8x256xbf16> -> tensor<8x256xbf16>
  tile.store %t, %b[%c0, %c0] valid %rows : tensor<8x256xbf16>, memref<8x256xbf16>
  tile.return
}

// -----

// The row of a gather multiplies in 64 bits: pools pass 4 GiB. No row is the first one and becomes zero.
// CHECK-LABEL: gpu.func @gather
// CHECK: arith.maxsi %{{.*}} : vector<1xi32>
// CHECK: arith.extui %{{.*}} : i32 to i64
// CHECK: arith.muli %{{.*}}, %c448_i64 : i64
tile.kernel @gather(%wg: index, %keys: memref<?x448xi8>, %ids: memref<16xi32>, %b: memref<16x64xi8>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %i = tile.load %ids[%c0] : memref<16xi32> -> tensor<16xi32>
  %rows = arith.index_cast %i : tensor<16xi32> to tensor<16xindex>
  %t = tile.gather %keys[%rows, %c0] : memref<?x448xi8>, tensor<16xindex> -> tensor<16x64xi8>
  tile.store %t, %b[%c0, %c0] : tensor<16x64xi8>, memref<16x64xi8>
  tile.return
}

// -----

// Where threads reach beyond the tile's columns, the whole address is guarded, but not what is read there.
// CHECK-LABEL: gpu.func @columns
// CHECK: arith.select %{{.*}}, %{{.*}}, %c0_i64{{.*}} : i64
// CHECK-NOT: arith.select {{.*}} : f32
// CHECK-NOT: arith.select {{.*}} : vector<1xf32>
// CHECK: gpu.return
tile.kernel @columns(%wg: index, %a: memref<16x32xf32>, %b: memref<32x24xf32>, %c: memref<16x24xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x32xf32> -> tensor<16x32xf32>
  %bt = tile.load %b[%c0, %c0] : memref<32x24xf32> -> tensor<32x24xf32>
  %y = tile.dot %at, %bt : tensor<16x32xf32>, tensor<32x24xf32> -> tensor<16x24xf32>
  tile.store %y, %c[%c0, %c0] : tensor<16x24xf32>, memref<16x24xf32>
  tile.return
}

// -----

// Between two slices side by side one bit of the thread decides.
// CHECK-LABEL: gpu.func @join
// CHECK: %[[BIT:.*]] = arith.andi %{{.*}}, %c16_i32
// CHECK: arith.cmpi eq, %[[BIT]], %c16_i32
tile.kernel @join(%wg: index, %a: memref<8x64xf32>, %b: memref<8x64xf32>, %c: memref<8x128xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<8x64xf32> -> tensor<8x64xf32>
  %bt = tile.load %b[%c0, %c0] : memref<8x64xf32> -> tensor<8x64xf32>
  %e = tensor.empty() : tensor<8x128xf32>
  %x = tensor.insert_slice %at into %e[0, 0] [8, 64] [1, 1] : tensor<8x64xf32> into tensor<8x128xf32>
  %y = tensor.insert_slice %bt into %x[0, 64] [8, 64] [1, 1] : tensor<8x64xf32> into tensor<8x128xf32>
  tile.store %y, %c[%c0, %c0] : tensor<8x128xf32>, memref<8x128xf32>
  tile.return
}
