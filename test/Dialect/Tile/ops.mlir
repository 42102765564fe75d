// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s
// RUN: dsv4-opt %s --mlir-print-op-generic | dsv4-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @memory
// CHECK-SAME: (%[[WG:.*]]: index, %[[X:.*]]: memref<?x64xf32>, %[[Y:.*]]: memref<?x64xbf16>)
// CHECK-SAME: attributes {workgroups = 8 : i64}
tile.kernel @memory(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xbf16>) attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  // CHECK: tile.load %[[X]][%[[WG]], %{{.*}}] : memref<?x64xf32> -> tensor<64xf32>
  %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
  // CHECK: tile.load %[[X]][%[[WG]], %{{.*}}] valid %[[WG]] : memref<?x64xf32> -> tensor<4x64xf32>
  %b = tile.load %x[%wg, %c0] valid %wg : memref<?x64xf32> -> tensor<4x64xf32>
  // CHECK: tile.load %[[X]][%[[WG]], %{{.*}}] valid %[[WG]] rest_unspecified : memref<?x64xf32> -> tensor<4x64xf32>
  %any = tile.load %x[%wg, %c0] valid %wg rest_unspecified : memref<?x64xf32> -> tensor<4x64xf32>
  // CHECK: %[[ROWS:.*]] = tile.iota : tensor<4xindex>
  %rows = tile.iota : tensor<4xindex>
  // CHECK: tile.gather %[[Y]][%[[ROWS]], %{{.*}}] : memref<?x64xbf16>, tensor<4xindex> -> tensor<4x64xbf16>
  %g = tile.gather %y[%rows, %c0] : memref<?x64xbf16>, tensor<4xindex> -> tensor<4x64xbf16>
  // CHECK: tile.scatter %{{.*}}, %[[Y]][%[[ROWS]], %{{.*}}] : tensor<4x64xbf16>, memref<?x64xbf16>, tensor<4xindex>
  tile.scatter %g, %y[%rows, %c0] : tensor<4x64xbf16>, memref<?x64xbf16>, tensor<4xindex>
  // CHECK: tile.store %{{.*}}, %[[X]][%[[WG]], %{{.*}}] valid %[[WG]] : tensor<4x64xf32>, memref<?x64xf32>
  tile.store %b, %x[%wg, %c0] valid %wg : tensor<4x64xf32>, memref<?x64xf32>
  // CHECK: tile.top_k %[[X]][%[[WG]]] count %[[WG]] : memref<?x64xf32> -> tensor<8xi32>
  %k = tile.top_k %x[%wg] count %wg : memref<?x64xf32> -> tensor<8xi32>
  // CHECK: tile.return
  tile.return
}

// CHECK-LABEL: tile.kernel @arithmetic
tile.kernel @arithmetic(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x32xf32>
  // CHECK: %[[T:.*]] = tile.transpose %{{.*}} : tensor<4x32xf32> -> tensor<32x4xf32>
  %t = tile.transpose %a : tensor<4x32xf32> -> tensor<32x4xf32>
  // CHECK: %[[D:.*]] = tile.dot %{{.*}}, %[[T]] : tensor<4x32xf32>, tensor<32x4xf32> -> tensor<4x4xf32>
  %d = tile.dot %a, %t : tensor<4x32xf32>, tensor<32x4xf32> -> tensor<4x4xf32>
  // CHECK: %[[R:.*]] = tile.reduce max %[[D]] dim 1 : tensor<4x4xf32> -> tensor<4xf32>
  %r = tile.reduce max %d dim 1 : tensor<4x4xf32> -> tensor<4xf32>
  // CHECK: tile.broadcast %[[R]] dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %b = tile.broadcast %r dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  // CHECK: %[[M:.*]] = arith.cmpf
  %m = arith.cmpf oeq, %r, %r : tensor<4xf32>
  // CHECK: %{{.*}}, %{{.*}} = tile.compact %[[M]] : tensor<4xi1> -> tensor<4xindex>
  %p, %n = tile.compact %m : tensor<4xi1> -> tensor<4xindex>
  // CHECK: %{{.*}}, %{{.*}} = tile.compact %[[M]] from %{{.*}} : tensor<4xi1> -> tensor<2xindex>
  %q, %o = tile.compact %m from %n : tensor<4xi1> -> tensor<2xindex>
  tile.return
}
