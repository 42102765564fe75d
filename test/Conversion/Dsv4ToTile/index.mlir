// RUN: dsv4-opt %s --dsv4-to-tile --split-input-file | FileCheck %s

!codes = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!query = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!index = !dsv4.cache<index, ratio 4, page 128, keys !codes, tail 0>

// CHECK: exec.launch @quantize.t1
// CHECK: exec.launch @index_scores.t1({{.*}}@step.entry_pages, @index.codes, @index.scales])
// CHECK: exec.launch @select.t1({{.*}}@selection])
// CHECK: tile.kernel @quantize.t1
// CHECK: fp8.scale_exponent %{{.*}} divisor 6
// CHECK: fp8.truncate_fp4
// Even and odd channels apart, as they lie in the nibbles; dot, product and sum are
// rounded to bf16 each, the dot behind the maximum, which commutes. Keys are columns.
// CHECK: tile.kernel @index_scores.t1
// CHECK: scf.for
// CHECK: tile.gather {{.*}} : memref<8xi32>
// CHECK: tile.gather {{.*}} : memref<256x64xi8>
// CHECK: tile.gather {{.*}} : memref<256x4xf8E8M0FNU>
// CHECK: %[[KEYS:.*]] = tile.transpose
// CHECK: %[[EVEN:.*]] = tile.dot %{{.*}}, %[[KEYS]] : tensor<4x64xf32>, tensor<64x64xf32> -> tensor<4x64xf32>
// CHECK: %[[ODD:.*]] = tile.dot
// CHECK: arith.addf %[[EVEN]], %[[ODD]]
// CHECK: arith.maxnumf
// CHECK: arith.truncf
// CHECK: arith.truncf
// CHECK: tile.reduce add %{{.*}} dim 0 : tensor<4x64xf32>
// CHECK: arith.truncf
// CHECK: tile.store {{.*}} memref<1x128xbf16>
// CHECK: exec.state @index : {{.*}} in [@index.codes, @index.scales]
// Of (position + 1) / 4 visible entries.
// CHECK: tile.kernel @select.t1
// CHECK: %[[VISIBLE:.*]] = arith.divui %{{.*}}, %c4
// CHECK: tile.top_k %{{.*}} count %[[VISIBLE]] : memref<1x128xbf16> -> tensor<24xi32>
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x512xbf16> {dsv4.name = "x"},
                      %w: tensor<?x4xbf16> {dsv4.name = "weights"}, %index: !index {dsv4.name = "index"})
    -> (tensor<?x24xi32> {dsv4.name = "selection"}, !index {dsv4.name = "index"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %q = dsv4.launch -> !query {
    %0 = fp8.quantize %x : tensor<?x512xbf16> to !query
    dsv4.yield %0 : !query
  }
  %s = dsv4.launch -> tensor<?x?xbf16> {
    %0 = dsv4.index_scores %t, %q, %w, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
    dsv4.yield %0 : tensor<?x?xbf16>
  }
  %k = dsv4.launch -> tensor<?x24xi32> {
    %0 = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
    dsv4.yield %0 : tensor<?x24xi32>
  }
  dsv4.return %k, %index : tensor<?x24xi32>, !index
}
}

// -----

!codes = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!query = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!index = !dsv4.cache<index, ratio 4, page 128, keys !codes, tail 0>

// All workgroups of a token arrive, with keys or without; the last one selects
// among the scores. Rows beyond the step's tokens have none.
// CHECK: exec.launch @index_scores_select.t16({{.*}}@step.arrivals, @selection])
// CHECK: tile.kernel @index_scores_select.t16(%[[WG:[^:]*]]: index
// CHECK-SAME: workgroups = 32
// CHECK: %[[ROW:.*]] = arith.divui %[[WG]], %c2
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[ROW]]
// CHECK: scf.if %[[EXISTS]] {
// CHECK: %[[VISIBLE:.*]] = arith.divui %{{.*}}, %c4
// CHECK: scf.if
// CHECK: scf.for
// CHECK: tile.store {{.*}}, %[[SCORES:.*]][%[[ROW]], %{{.*}}] : tensor<1x64xbf16>, memref<16x128xbf16>
// CHECK: %[[AT:.*]] = arith.addi %[[ROW]]
// CHECK: %[[LAST:.*]] = tile.arrive %{{.*}}[%[[AT]]] of 2
// CHECK: scf.if %[[LAST]] {
// CHECK: tile.top_k %[[SCORES]][%[[ROW]]] count %{{.*}} : memref<16x128xbf16> -> tensor<24xi32>
// CHECK: tile.store {{.*}} : tensor<1x24xi32>, memref<16x24xi32>
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x512xbf16> {dsv4.name = "x"},
                       %w: tensor<?x4xbf16> {dsv4.name = "weights"}, %index: !index {dsv4.name = "index"})
    -> (tensor<?x24xi32> {dsv4.name = "selection"}, !index {dsv4.name = "index"})
    attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %q = dsv4.launch -> !query {
    %0 = fp8.quantize %x : tensor<?x512xbf16> to !query
    dsv4.yield %0 : !query
  }
  %k = dsv4.launch -> tensor<?x24xi32> {
    %0 = dsv4.index_scores %t, %q, %w, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
    %1 = dsv4.select %t, %0 {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
    dsv4.yield %1 : tensor<?x24xi32>
  }
  dsv4.return %k, %index : tensor<?x24xi32>, !index
}
}

// -----

!codes = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!query = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!index = !dsv4.cache<index, ratio 4, page 128, keys !codes, tail 0>

// One tile of keys at most: a second workgroup, so that there is an arrival, which
// makes the scores visible to all threads of the last one.
// CHECK: tile.kernel @index_scores_select.t1(%[[WG:[^:]*]]: index
// CHECK-SAME: workgroups = 2
// CHECK: tile.arrive {{.*}} of 2
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 256 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x512xbf16> {dsv4.name = "x"},
                      %w: tensor<?x4xbf16> {dsv4.name = "weights"}, %index: !index {dsv4.name = "index"})
    -> (tensor<?x24xi32> {dsv4.name = "selection"}, !index {dsv4.name = "index"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %q = dsv4.launch -> !query {
    %0 = fp8.quantize %x : tensor<?x512xbf16> to !query
    dsv4.yield %0 : !query
  }
  %k = dsv4.launch -> tensor<?x24xi32> {
    %0 = dsv4.index_scores %t, %q, %w, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
    %1 = dsv4.select %t, %0 {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
    dsv4.yield %1 : tensor<?x24xi32>
  }
  dsv4.return %k, %index : tensor<?x24xi32>, !index
}
}
