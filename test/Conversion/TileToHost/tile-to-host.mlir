// RUN: dsv4-opt %s --tile-to-host --canonicalize | FileCheck %s
// RUN: dsv4-opt %s --tile-to-host=vector-width=8 --canonicalize | FileCheck %s --check-prefix=NARROW

// Nothing of a tile is left, and no vector is wider than the option says.
// CHECK-NOT: tensor<
// CHECK-NOT: vector<{{32|64|[0-9]+x[0-9]+}}x
// NARROW-NOT: vector<16xf32>

// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: memref<?x64xf32>, %[[Y:.*]]: memref<?x64xf32>, %[[FIRST:.*]]: index, %[[LAST:.*]]: index)
// CHECK-NOT: memref.alloca
// CHECK: scf.for %[[WG:.*]] = %[[FIRST]] to %[[LAST]]
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[A:.*]] = vector.load %[[X]][%[[WG]], %[[I]]] : memref<?x64xf32>, vector<16xf32>
// CHECK: %[[B:.*]] = arith.addf %[[A]], %[[A]] : vector<16xf32>
// CHECK: vector.store %[[B]], %[[Y]][%[[WG]], %[[I]]]
// NARROW-LABEL: func.func @elementwise
// NARROW: arith.addf %{{.*}} : vector<8xf32>
tile.kernel @elementwise(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>) attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
  %b = arith.addf %a, %a : tensor<64xf32>
  tile.store %b, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
  tile.return
}

// The conversion of b is stored once for many rows. Buffers are in the entry
// block, aligned.
// CHECK-LABEL: func.func @dot
// CHECK-DAG: %[[B:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32x64xf32>
// CHECK-DAG: %[[R:.*]] = memref.alloca() {alignment = 64 : i64} : memref<8x64xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloca
// CHECK: arith.extf %{{.*}} : vector<16xbf16> to vector<16xf32>
// CHECK: vector.store %{{.*}}, %[[B]]
// CHECK: iter_args
// CHECK: vector.load %[[B]]
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: vector.store %{{.*}}, %[[R]]
tile.kernel @dot(%wg: index, %x: memref<8x32xf32>, %w: memref<32x64xbf16>, %y: memref<8x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] : memref<8x32xf32> -> tensor<8x32xf32>
  %b = tile.load %w[%c0, %c0] : memref<32x64xbf16> -> tensor<32x64xbf16>
  %bf = arith.extf %b : tensor<32x64xbf16> to tensor<32x64xf32>
  %d = tile.dot %a, %bf : tensor<8x32xf32>, tensor<32x64xf32> -> tensor<8x64xf32>
  tile.store %d, %y[%c0, %c0] : tensor<8x64xf32>, memref<8x64xf32>
  tile.return
}

// For one row it happens between load and use.
// CHECK-LABEL: func.func @fused_dot
// CHECK-NOT: memref<32x64xf32>
// CHECK: iter_args
// CHECK: %[[W:.*]] = vector.load %{{.*}} : memref<32x64xi16>, vector<16xi16>
// CHECK: %[[B:.*]] = arith.bitcast %[[W]] : vector<16xi16> to vector<16xbf16>
// CHECK: arith.extf %[[B]]
// CHECK: math.fma
tile.kernel @fused_dot(%wg: index, %x: memref<1x32xf32>, %w: memref<32x64xbf16>, %y: memref<1x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] : memref<1x32xf32> -> tensor<1x32xf32>
  %b = tile.load %w[%c0, %c0] : memref<32x64xbf16> -> tensor<32x64xbf16>
  %bf = arith.extf %b : tensor<32x64xbf16> to tensor<32x64xf32>
  %d = tile.dot %a, %bf : tensor<1x32xf32>, tensor<32x64xf32> -> tensor<1x64xf32>
  tile.store %d, %y[%c0, %c0] : tensor<1x64xf32>, memref<1x64xf32>
  tile.return
}

// A carried tile has one buffer, which is updated in place.
// CHECK-LABEL: func.func @loop
// CHECK: %[[ACC:.*]] = memref.alloca() {{.*}} : memref<64xf32>
// CHECK-NOT: memref.alloca
// CHECK: %[[OLD:.*]] = vector.load %[[ACC]]
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]]
// CHECK: vector.store %[[NEW]], %[[ACC]]
tile.kernel @loop(%wg: index, %x: memref<?x64xf32>, %y: memref<64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %sum = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %zero) -> (tensor<64xf32>) {
    %t = tile.load %x[%i, %c0] : memref<?x64xf32> -> tensor<64xf32>
    %next = arith.addf %acc, %t : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  }
  tile.store %sum, %y[%c0] : tensor<64xf32>, memref<64xf32>
  tile.return
}

// exp is expensive and used in two places, so it is evaluated once.
// CHECK-LABEL: func.func @shared
// CHECK: math.exp
// CHECK-NOT: math.exp
// CHECK: return
tile.kernel @shared(%wg: index, %x: memref<64xf32>, %y: memref<64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] : memref<64xf32> -> tensor<64xf32>
  %e = math.exp %t : tensor<64xf32>
  %s = tile.reduce add %e dim 0 : tensor<64xf32> -> tensor<f32>
  %b = tile.broadcast %s dims [] : tensor<f32> -> tensor<64xf32>
  %q = arith.divf %e, %b : tensor<64xf32>
  tile.store %q, %y[%c0] : tensor<64xf32>, memref<64xf32>
  tile.return
}
