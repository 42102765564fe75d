// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942})' | FileCheck %s --check-prefixes=CHECK,DIES
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=sm_90})' | FileCheck %s --check-prefixes=CHECK,ONE

// Of 72 workgroups the first 64 are dealt to eight dies in runs of four: number 9 is
// the second one of die 1 and gets the second piece of its first run, piece 5.
// CHECK-LABEL: gpu.func @runs
// DIES-DAG: %[[WG:.*]] = arith.index_cast %block_id_x
// DIES-DAG: %[[ON_DIE:.*]] = arith.divui %[[WG]], %c8_i32
// DIES-DAG: %[[ROUND:.*]] = arith.divui %[[ON_DIE]], %c4_i32
// DIES-DAG: %[[DIE:.*]] = arith.remui %[[WG]], %c8_i32
// DIES-DAG: %[[FIRST:.*]] = arith.muli %[[ROUND]], %c8_i32
// DIES-DAG: %[[CHUNK:.*]] = arith.addi %[[FIRST]], %[[DIE]]
// DIES-DAG: %[[IN_CHUNK:.*]] = arith.remui %[[ON_DIE]], %c4_i32
// DIES-DAG: %[[START:.*]] = arith.muli %[[CHUNK]], %c4_i32
// DIES-DAG: %[[PIECE:.*]] = arith.addi %[[START]], %[[IN_CHUNK]]
// The last eight would be two runs, for two of the dies.
// DIES: %[[DEALT:.*]] = arith.cmpi ult, %[[WG]], %c64_i32
// DIES: arith.select %[[DEALT]], %[[PIECE]], %[[WG]]
// ONE-NOT: arith.remui
tile.kernel @runs(%wg: index, %a: memref<72x256xf32>, %o: memref<72x256xf32>) attributes {workgroups = 72 : i64} {
  %c0 = arith.constant 0 : index
  %piece = tile.deal %wg of 72 together 4
  %t = tile.load %a[%piece, %c0] : memref<72x256xf32> -> tensor<256xf32>
  tile.store %t, %o[%piece, %c0] : tensor<256xf32>, memref<72x256xf32>
  tile.return
}

// Too few for a run on every die.
// CHECK-LABEL: gpu.func @few
// CHECK-NOT: arith.remui
tile.kernel @few(%wg: index, %a: memref<31x256xf32>, %o: memref<31x256xf32>) attributes {workgroups = 31 : i64} {
  %c0 = arith.constant 0 : index
  %piece = tile.deal %wg of 31 together 4
  %t = tile.load %a[%piece, %c0] : memref<31x256xf32> -> tensor<256xf32>
  tile.store %t, %o[%piece, %c0] : tensor<256xf32>, memref<31x256xf32>
  tile.return
}
