// RUN: dsv4-opt %s --tile-to-host --host-kernel-abi | FileCheck %s

// CHECK-LABEL: func.func @copy
// CHECK-SAME: (%[[BUFFERS:.*]]: !llvm.ptr, %[[FIRST:.*]]: i64, %[[LAST:.*]]: i64)
// CHECK: llvm.getelementptr %[[BUFFERS]][0]
// CHECK: llvm.intr.assume
// CHECK: builtin.unrealized_conversion_cast %{{.*}} to memref<?x64xf32>
// CHECK: llvm.getelementptr %[[BUFFERS]][1]
// CHECK-DAG: %[[LOW:.*]] = arith.index_cast %[[FIRST]] : i64 to index
// CHECK-DAG: %[[HIGH:.*]] = arith.index_cast %[[LAST]] : i64 to index
// CHECK: scf.for %{{.*}} = %[[LOW]] to %[[HIGH]]
tile.kernel @copy(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>) attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
  tile.store %a, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
  tile.return
}
