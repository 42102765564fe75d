// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{[kernel_c1] expects the workgroup's index as its first argument}}
tile.kernel @kernel_c1(%x: memref<4xf32>) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c1] expects buffer 0 to be a memref, found 'f32'}}
tile.kernel @kernel_c1_buffer(%wg: index, %x: f32) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c3] expects a positive number of workgroups, found 0}}
tile.kernel @kernel_c3(%wg: index) attributes {workgroups = 0 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c4] expects buffer 0 to have identity layout}}
tile.kernel @kernel_c4(%wg: index, %x: memref<4x?xf32>) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c4] expects buffer 0 to have identity layout}}
tile.kernel @kernel_c4_layout(%wg: index, %x: memref<4x4xf32, strided<[8, 1]>>) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c5] expects elements of whole bytes in buffer 0}}
tile.kernel @kernel_c5(%wg: index, %x: memref<4xi1>) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

tile.kernel @kernel_c6(%wg: index, %x: memref<4xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %f = arith.constant 1.0 : f32
  // expected-error@+1 {{[kernel_c6] is not allowed in a kernel}}
  memref.store %f, %x[%c0] : memref<4xf32>
  tile.return
}

// -----

tile.kernel @kernel_c6_call(%wg: index) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[kernel_c6] is not allowed in a kernel}}
  func.call @f() : () -> ()
  tile.return
}

// -----

tile.kernel @kernel_c7(%wg: index) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[kernel_c7] expects static shapes}}
  %t = tensor.empty(%wg) : tensor<?xf32>
  tile.return
}

// -----

tile.kernel @kernel_c8(%wg: index, %x: memref<4xf8E4M3FN>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] : memref<4xf8E4M3FN> -> tensor<4xf8E4M3FN>
  // expected-error@+1 {{[kernel_c8] mixes the FP8 dialects fn and fnuz}}
  %u = arith.bitcast %t : tensor<4xf8E4M3FN> to tensor<4xf8E4M3FNUZ>
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c9] expects tile.fragment of buffer 0 to be 4 or 8 : i64, found 16 : i64}}
tile.kernel @kernel_c9(%wg: index, %x: memref<2x128x64xi8> {tile.fragment = 16 : i64}) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c9] expects tile.fragment of buffer 1 to be 4 or 8 : i64, found 8 : i32}}
tile.kernel @kernel_c9_type(%wg: index, %x: memref<4xi8>, %y: memref<2x128x64xi8> {tile.fragment = 8 : i32}) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c9] expects buffer 0 of fragments to be panels x K x a multiple of 16 with rows of a multiple of 64 bytes, found 'memref<256x64xi8>'}}
tile.kernel @kernel_c9_rank(%wg: index, %x: memref<256x64xi8> {tile.fragment = 8 : i64}) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c9] expects buffer 0 of fragments to be panels x K x a multiple of 16 with rows of a multiple of 64 bytes, found 'memref<2x128x24xi8>'}}
tile.kernel @kernel_c9_panel(%wg: index, %x: memref<2x128x24xi8> {tile.fragment = 8 : i64}) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

// expected-error@+1 {{rows of a multiple of 64 bytes, found 'memref<2x24x16xbf16>'}}
tile.kernel @kernel_c9_bytes(%wg: index, %x: memref<2x24x16xbf16> {tile.fragment = 8 : i64}) attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

tile.kernel @load_c1(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[load_c1] expects 2 indices for 'memref<?x64xf32>', found 1}}
  %t = tile.load %x[%wg] : memref<?x64xf32> -> tensor<64xf32>
  tile.return
}

// -----

tile.kernel @load_c2(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{[load_c2] expects tile elements of type 'f32', found 'bf16'}}
  %t = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xbf16>
  tile.return
}

// -----

tile.kernel @load_c3(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{[load_c3] expects a tile of rank at most 2, found 3}}
  %t = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<1x1x64xf32>
  tile.return
}

// -----

tile.kernel @load_c4(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c32 = arith.constant 32 : index
  // expected-error@+1 {{[load_c4] expects the tile inside of dimension 1 of size 64, found elements 32 to 95}}
  %t = tile.load %x[%wg, %c32] : memref<?x64xf32> -> tensor<64xf32>
  tile.return
}

// -----

tile.kernel @load_c5(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{[load_c5] 'valid' counts rows, but the tile has rank 0}}
  %t = tile.load %x[%wg, %c0] valid %wg : memref<?x64xf32> -> tensor<f32>
  tile.return
}

// -----

tile.kernel @load_c6(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{[load_c6] 'rest_unspecified' is about rows from 'valid' on, which is not there}}
  %t = tile.load %x[%wg, %c0] rest_unspecified : memref<?x64xf32> -> tensor<4x64xf32>
  tile.return
}

// -----

tile.kernel @store_c1(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %t = arith.constant dense<1.0> : tensor<64xf32>
  // expected-error@+1 {{[store_c1] expects 2 indices}}
  tile.store %t, %x[%wg] : tensor<64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @store_c2(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1> : tensor<64xi32>
  // expected-error@+1 {{[store_c2] expects tile elements of type}}
  tile.store %t, %x[%wg, %c0] : tensor<64xi32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @store_c3(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<1x1x4xf32>
  // expected-error@+1 {{[store_c3] expects a tile of rank at most 2}}
  tile.store %t, %x[%wg, %c0] : tensor<1x1x4xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @store_c4(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<65xf32>
  // expected-error@+1 {{[store_c4] expects the tile inside of dimension 1}}
  tile.store %t, %x[%wg, %c0] : tensor<65xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @store_c5(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1.0> : tensor<f32>
  // expected-error@+1 {{[store_c5] 'valid' counts rows}}
  tile.store %t, %x[%wg, %c0] valid %wg : tensor<f32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @gather_c1(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  // expected-error@+1 {{[gather_c1] expects a tile of the memory's rank}}
  %t = tile.gather %x[%r, %c0] : memref<?x64xf32>, tensor<4xindex> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @gather_c2(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  // expected-error@+1 {{[gather_c2] expects one index for each of the 5 rows}}
  %t = tile.gather %x[%r, %c0] : memref<?x64xf32>, tensor<4xindex> -> tensor<5x64xf32>
  tile.return
}

// -----

tile.kernel @gather_c3(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %r = tile.iota : tensor<4xindex>
  // expected-error@+1 {{[gather_c3] expects 1 column indices, found 0}}
  %t = tile.gather %x[%r] : memref<?x64xf32>, tensor<4xindex> -> tensor<4x64xf32>
  tile.return
}

// -----

tile.kernel @gather_c4(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  // expected-error@+1 {{[gather_c4] expects tile elements of type}}
  %t = tile.gather %x[%r, %c0] : memref<?x64xf32>, tensor<4xindex> -> tensor<4x64xi32>
  tile.return
}

// -----

tile.kernel @gather_c5(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  // expected-error@+1 {{[gather_c5] expects the tile inside of dimension 1}}
  %t = tile.gather %x[%r, %c0] : memref<?x64xf32>, tensor<4xindex> -> tensor<4x65xf32>
  tile.return
}

// -----

tile.kernel @scatter_c1(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  %t = arith.constant dense<1.0> : tensor<4xf32>
  // expected-error@+1 {{[scatter_c1] expects a tile of the memory's rank}}
  tile.scatter %t, %x[%r, %c0] : tensor<4xf32>, memref<?x64xf32>, tensor<4xindex>
  tile.return
}

// -----

tile.kernel @scatter_c2(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  %t = arith.constant dense<1.0> : tensor<5x64xf32>
  // expected-error@+1 {{[scatter_c2] expects one index for each of the 5 rows}}
  tile.scatter %t, %x[%r, %c0] : tensor<5x64xf32>, memref<?x64xf32>, tensor<4xindex>
  tile.return
}

// -----

tile.kernel @scatter_c3(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %r = tile.iota : tensor<4xindex>
  %t = arith.constant dense<1.0> : tensor<4x64xf32>
  // expected-error@+1 {{[scatter_c3] expects 1 column indices, found 0}}
  tile.scatter %t, %x[%r] : tensor<4x64xf32>, memref<?x64xf32>, tensor<4xindex>
  tile.return
}

// -----

tile.kernel @scatter_c4(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c0 = arith.constant 0 : index
  %r = tile.iota : tensor<4xindex>
  %t = arith.constant dense<1> : tensor<4x64xi32>
  // expected-error@+1 {{[scatter_c4] expects tile elements of type}}
  tile.scatter %t, %x[%r, %c0] : tensor<4x64xi32>, memref<?x64xf32>, tensor<4xindex>
  tile.return
}

// -----

tile.kernel @scatter_c5(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  %c1 = arith.constant 1 : index
  %r = tile.iota : tensor<4xindex>
  %t = arith.constant dense<1.0> : tensor<4x64xf32>
  // expected-error@+1 {{[scatter_c5] expects the tile inside of dimension 1}}
  tile.scatter %t, %x[%r, %c1] : tensor<4x64xf32>, memref<?x64xf32>, tensor<4xindex>
  tile.return
}

// -----

tile.kernel @dot_c1(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8xf32>
  // expected-error@+1 {{[dot_c1] expects matrices}}
  %d = tile.dot %a, %b : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x1xf32>
  tile.return
}

// -----

tile.kernel @dot_c2(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x4xbf16>
  // expected-error@+1 {{[dot_c2] expects f32}}
  %d = tile.dot %a, %b : tensor<4x8xf32>, tensor<8x4xbf16> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @dot_c3(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[dot_c3] expects a's dimension 1 to equal b's dimension 0, found 8 and 4}}
  %d = tile.dot %a, %a : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @dot_c4(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x4xf32>
  // expected-error@+1 {{[dot_c4] expects a result of 4 x 4}}
  %d = tile.dot %a, %b : tensor<4x8xf32>, tensor<8x4xf32> -> tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @reduce_c1(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[reduce_c1] expects a dimension below 2, found 2}}
  %r = tile.reduce add %a dim 2 : tensor<4x8xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @reduce_c2(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[reduce_c2] expects the result 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %r = tile.reduce add %a dim 0 : tensor<4x8xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @reduce_c3(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xbf16>
  // expected-error@+1 {{[reduce_c3] expects f32, index or integers of whole bytes}}
  %r = tile.reduce add %a dim 1 : tensor<4x8xbf16> -> tensor<4xbf16>
  tile.return
}

// -----

tile.kernel @broadcast_c1(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[broadcast_c1] expects 2 dimensions, found 1}}
  %r = tile.broadcast %a dims [0] : tensor<4x8xf32> -> tensor<4x8x2xf32>
  tile.return
}

// -----

tile.kernel @broadcast_c2(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[broadcast_c2] expects increasing dimensions below 3, found 0 at position 1}}
  %r = tile.broadcast %a dims [1, 0] : tensor<4x8xf32> -> tensor<8x4x2xf32>
  tile.return
}

// -----

tile.kernel @broadcast_c3(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[broadcast_c3] expects dimension 1 of the result to have size 4, found 8}}
  %r = tile.broadcast %a dims [1, 2] : tensor<4x8xf32> -> tensor<4x8x8xf32>
  tile.return
}

// -----

tile.kernel @broadcast_c4(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[broadcast_c4] expects result elements of type}}
  %r = tile.broadcast %a dims [0, 1] : tensor<4x8xf32> -> tensor<4x8x2xbf16>
  tile.return
}

// -----

tile.kernel @transpose_c1(%wg: index) attributes {workgroups = 1 : i64} {
  %t = arith.constant dense<1.0> : tensor<64xf32>
  // expected-error@+1 {{[transpose_c1] expects matrices}}
  %r = tile.transpose %t : tensor<64xf32> -> tensor<64xf32>
  tile.return
}

// -----

tile.kernel @transpose_c2(%wg: index) attributes {workgroups = 1 : i64} {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@+1 {{[transpose_c2] expects the transposed shape}}
  %r = tile.transpose %a : tensor<4x8xf32> -> tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @iota_c1(%wg: index) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[iota_c1] expects rank 1}}
  %r = tile.iota : tensor<4x4xindex>
  tile.return
}

// -----

tile.kernel @iota_c2(%wg: index) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[iota_c2] expects elements of type index or i32}}
  %r = tile.iota : tensor<4xf32>
  tile.return
}

// -----

tile.kernel @compact_c1(%wg: index) attributes {workgroups = 1 : i64} {
  %m = arith.constant dense<true> : tensor<4xi1>
  // expected-error@+1 {{[compact_c1] expects static lengths and no more positions than elements}}
  %p, %n = tile.compact %m : tensor<4xi1> -> tensor<8xindex>
  tile.return
}

// -----

tile.kernel @top_k_c1(%wg: index, %x: memref<64xf32>) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[top_k_c1] expects a matrix}}
  %k = tile.top_k %x[%wg] count %wg : memref<64xf32> -> tensor<4xi32>
  tile.return
}

// -----

tile.kernel @top_k_c2(%wg: index, %x: memref<4x64xi32>) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[top_k_c2] expects elements of type bf16 or f32}}
  %k = tile.top_k %x[%wg] count %wg : memref<4x64xi32> -> tensor<4xi32>
  tile.return
}

// -----

tile.kernel @top_k_c3(%wg: index, %x: memref<?x64xf32>) attributes {workgroups = 1 : i64} {
  // expected-error@+1 {{[top_k_c3] expects a static k}}
  %k = tile.top_k %x[%wg] count %wg : memref<?x64xf32> -> tensor<?xi32>
  tile.return
}

// -----

// expected-error@+1 {{[kernel_c2] expects no results, found 1}}
tile.kernel @kernel_c2(%wg: index) -> f32 attributes {workgroups = 1 : i64} {
  tile.return
}

// -----

tile.kernel @arrive_c1(%wg: index, %c: memref<8xf32>) attributes {workgroups = 4 : i64} {
  // expected-error @+1 {{'tile.arrive' op [arrive_c1] expects counters of i32 in one dimension, found 'memref<8xf32>'}}
  %0 = tile.arrive %c[%wg] of 2 : memref<8xf32>
  tile.return
}

// -----

tile.kernel @arrive_c2_one(%wg: index, %c: memref<8xi32>) attributes {workgroups = 4 : i64} {
  // expected-error @+1 {{'tile.arrive' op [arrive_c2] expects at least two workgroups and no more than the kernel's 4, found 1}}
  %0 = tile.arrive %c[%wg] of 1 : memref<8xi32>
  tile.return
}

// -----

tile.kernel @meet_c1(%wg: index) attributes {workgroups = 4 : i64} {
  // expected-error @+1 {{'tile.meet' op [meet_c1] expects at least two workgroups, found 1}}
  tile.meet of 1
  tile.return
}

// -----

tile.kernel @meet_c2(%wg: index) attributes {workgroups = 12 : i64} {
  // expected-error @+1 {{'tile.meet' op [meet_c2] expects a multiple of 8 workgroups, found the kernel's 12}}
  tile.meet of 8
  tile.return
}

// -----

tile.kernel @meet_c3(%wg: index) attributes {workgroups = 8 : i64} {
  // expected-error @+1 {{'tile.meet' op [meet_c3] expects groups of one size in a kernel, found 4 and 8}}
  tile.meet of 4
  tile.meet of 8
  tile.return
}

// -----

tile.kernel @arrive_c2_many(%wg: index, %c: memref<8xi32>) attributes {workgroups = 4 : i64} {
  // expected-error @+1 {{'tile.arrive' op [arrive_c2] expects at least two workgroups and no more than the kernel's 4, found 5}}
  %0 = tile.arrive %c[%wg] of 5 : memref<8xi32>
  tile.return
}

// -----

tile.kernel @deal_c1(%wg: index) attributes {workgroups = 4 : i64} {
  // expected-error @+1 {{'tile.deal' op [deal_c1] expects at least one workgroup and one piece together, found 4 and 0}}
  %0 = tile.deal %wg of 4 together 0
  tile.return
}
