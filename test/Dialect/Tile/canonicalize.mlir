// RUN: dsv4-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: tile.kernel @transpose_of_transpose
// CHECK-SAME: (%{{[^:]+}}: index, %[[X:[^:]+]]: memref<4x8xf32>, %[[Y:[^:]+]]: memref<4x8xf32>)
tile.kernel @transpose_of_transpose(%wg: index, %x: memref<4x8xf32>, %y: memref<4x8xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // CHECK: %[[T:.*]] = tile.load
  %t = tile.load %x[%c0, %c0] : memref<4x8xf32> -> tensor<4x8xf32>
  // CHECK-NOT: tile.transpose
  %u = tile.transpose %t : tensor<4x8xf32> -> tensor<8x4xf32>
  %v = tile.transpose %u : tensor<8x4xf32> -> tensor<4x8xf32>
  // CHECK: tile.store %[[T]]
  tile.store %v, %y[%c0, %c0] : tensor<4x8xf32>, memref<4x8xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @broadcasts
tile.kernel @broadcasts(%wg: index, %x: memref<4xf32>, %y: memref<2x4x8xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // CHECK: %[[T:.*]] = tile.load
  %t = tile.load %x[%c0] : memref<4xf32> -> tensor<4xf32>
  %same = tile.broadcast %t dims [0] : tensor<4xf32> -> tensor<4xf32>
  %two = tile.broadcast %same dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  // CHECK: %[[B:.*]] = tile.broadcast %[[T]] dims [1] : tensor<4xf32> -> tensor<2x4x8xf32>
  %three = tile.broadcast %two dims [1, 2] : tensor<4x8xf32> -> tensor<2x4x8xf32>
  // CHECK: tile.store %[[B]]
  tile.store %three, %y[%c0, %c0, %c0] : tensor<2x4x8xf32>, memref<2x4x8xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @splats
tile.kernel @splats(%wg: index, %y: memref<8x4xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // CHECK: %[[C:.*]] = arith.constant dense<2.000000e+00> : tensor<8x4xf32>
  %a = arith.constant dense<2.0> : tensor<4xf32>
  %b = tile.broadcast %a dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %t = tile.transpose %b : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK: tile.store %[[C]]
  tile.store %t, %y[%c0, %c0] : tensor<8x4xf32>, memref<8x4xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @constant_valid
// CHECK-SAME: (%{{[^:]+}}: index, %[[X:[^:]+]]: memref<4x8xf32>, %[[Y:[^:]+]]: memref<4x8xf32>)
tile.kernel @constant_valid(%wg: index, %x: memref<4x8xf32>, %y: memref<4x8xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<4x8xf32>
  // CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
  // CHECK: %[[ALL:.*]] = tile.load %[[X]][%{{.*}}, %{{.*}}] : memref
  %all = tile.load %x[%c0, %c0] valid %c4 : memref<4x8xf32> -> tensor<4x8xf32>
  // CHECK: %[[ROWS:.*]] = tile.load %[[X]][%{{.*}}, %{{.*}}] : memref
  %rows = tile.load %x[%c0, %c0] valid %c4 rest_unspecified : memref<4x8xf32> -> tensor<4x8xf32>
  // CHECK: %[[SOME:.*]] = tile.load %[[X]][%{{.*}}, %{{.*}}] valid %[[C3]]
  %some = tile.load %x[%c0, %c0] valid %c3 : memref<4x8xf32> -> tensor<4x8xf32>
  %none = tile.load %x[%c0, %c0] valid %c0 : memref<4x8xf32> -> tensor<4x8xf32>
  // CHECK-NEXT: tile.store %[[ROWS]], %[[Y]]
  tile.store %rows, %y[%c0, %c0] : tensor<4x8xf32>, memref<4x8xf32>
  // CHECK-NEXT: tile.store %[[ALL]], %[[Y]][%{{.*}}, %{{.*}}] : tensor
  tile.store %all, %y[%c0, %c0] valid %c4 : tensor<4x8xf32>, memref<4x8xf32>
  // CHECK-NEXT: tile.store %[[SOME]], %[[Y]][%{{.*}}, %{{.*}}] valid %[[C3]]
  tile.store %some, %y[%c0, %c0] valid %c3 : tensor<4x8xf32>, memref<4x8xf32>
  // CHECK-NEXT: tile.store %[[ZERO]], %[[Y]][%{{.*}}, %{{.*}}] : tensor
  tile.store %none, %y[%c0, %c0] : tensor<4x8xf32>, memref<4x8xf32>
  // CHECK-NEXT: tile.return
  tile.store %all, %y[%c0, %c0] valid %c0 : tensor<4x8xf32>, memref<4x8xf32>
  tile.return
}
