// RUN: dsv4-opt %s --split-input-file --pass-pipeline='builtin.module(dsv4.program(dsv4-fuse-launches))' | FileCheck %s

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<256x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>

// Norm and quantisation look at their own token; products of one input share a
// launch; what hangs on a product through heads works on its tiles.
// CHECK-LABEL: dsv4.program @step
// CHECK: %[[Q:.*]] = dsv4.launch -> !fp8.scaled<?x256
// CHECK-NEXT: dsv4.rmsnorm
// CHECK-NEXT: fp8.quantize
// CHECK-NEXT: dsv4.yield
// CHECK: %[[BOTH:.*]]:2 = dsv4.launch
// CHECK-NEXT: fp8.scaled_matmul %[[Q]]
// CHECK-NEXT: dsv4.heads
// CHECK-NEXT: dsv4.head_norm
// CHECK-NEXT: dsv4.rope
// CHECK-NEXT: fp8.scaled_matmul %[[Q]]
// CHECK-NEXT: dsv4.yield
// CHECK-NOT: dsv4.launch
// CHECK: dsv4.return %[[BOTH]]#0, %[[BOTH]]#1
dsv4.program @step(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x2x128xbf16> {dsv4.name = "q"}, tensor<?x256xbf16> {dsv4.name = "y"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %norm = dsv4.weight "norm.weight" : tensor<256xbf16>
  %n = dsv4.rmsnorm %x, %norm {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %q = fp8.quantize %n : tensor<?x256xbf16> to !x
  %wa = dsv4.weight "a.weight" : !w
  %a = fp8.scaled_matmul %q, %wa : !x, !w -> tensor<?x256xbf16>
  %h = dsv4.heads %a : tensor<?x256xbf16> -> tensor<?x2x128xbf16>
  %hn = dsv4.head_norm %h {eps = 1.0e-6 : f32} : tensor<?x2x128xbf16> -> tensor<?x2x128xbf16>
  %table = dsv4.rope_table plain dense<[1.0, 0.5]> : tensor<2xf32> : tensor<64x4xf32>
  %r = dsv4.rope %t, %hn, %table : tensor<?x2x128xbf16>, tensor<64x4xf32> -> tensor<?x2x128xbf16>
  %wb = dsv4.weight "b.weight" : !w
  %b = fp8.scaled_matmul %q, %wb : !x, !w -> tensor<?x256xbf16>
  dsv4.return %r, %b : tensor<?x2x128xbf16>, tensor<?x256xbf16>
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<256x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>

// Rotation without heads needs a whole row of the product.
// CHECK-LABEL: dsv4.program @key
// CHECK: dsv4.launch
// CHECK-NEXT: fp8.quantize
// CHECK: dsv4.launch
// CHECK-NEXT: fp8.scaled_matmul
// CHECK-NEXT: dsv4.yield
// CHECK: dsv4.launch
// CHECK-NEXT: dsv4.rope
dsv4.program @key(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "k"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "key"} {
  %w = dsv4.weight "a.weight" : !w
  %q = fp8.quantize %x : tensor<?x256xbf16> to !x
  %a = fp8.scaled_matmul %q, %w : !x, !w -> tensor<?x256xbf16>
  %table = dsv4.rope_table plain dense<[1.0, 0.5]> : tensor<2xf32> : tensor<64x4xf32>
  %r = dsv4.rope %t, %a, %table : tensor<?x256xbf16>, tensor<64x4xf32> -> tensor<?x256xbf16>
  dsv4.return %r : tensor<?x256xbf16>
}

// -----

!w = tensor<16x256xbf16>

// The last workgroup of the router's logits chooses the experts of one token. With
// more tokens each has a workgroup of its own.
// CHECK-LABEL: dsv4.program @route_one
// CHECK: %[[CHOICE:.*]]:2 = dsv4.launch
// CHECK-NEXT: %[[LOGITS:.*]] = dsv4.linear
// CHECK-NEXT: dsv4.route %{{.*}}, %[[LOGITS]]
// CHECK-NEXT: dsv4.yield
// CHECK-NOT: dsv4.launch
// CHECK: dsv4.return %[[CHOICE]]#0, %[[CHOICE]]#1
dsv4.program @route_one(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x4xf32> {dsv4.name = "weights"}, tensor<?x4xi32> {dsv4.name = "experts"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "gate.weight" : !w
  %bias = dsv4.weight "gate.bias" : tensor<16xf32>
  %l = dsv4.linear %x, %w : tensor<?x256xbf16>, !w -> tensor<?x16xf32>
  %p, %e = dsv4.route %t, %l bias %bias : tensor<16xf32> {scale = 1.5 : f32} : tensor<?x16xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
  dsv4.return %p, %e : tensor<?x4xf32>, tensor<?x4xi32>
}
// CHECK-LABEL: dsv4.program @route_many
// CHECK: dsv4.launch
// CHECK-NEXT: dsv4.linear
// CHECK-NEXT: dsv4.yield
// CHECK: dsv4.launch
// CHECK-NEXT: dsv4.route
dsv4.program @route_many(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x4xf32> {dsv4.name = "weights"}, tensor<?x4xi32> {dsv4.name = "experts"})
    attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "gate.weight" : !w
  %bias = dsv4.weight "gate.bias" : tensor<16xf32>
  %l = dsv4.linear %x, %w : tensor<?x256xbf16>, !w -> tensor<?x16xf32>
  %p, %e = dsv4.route %t, %l bias %bias : tensor<16xf32> {scale = 1.5 : f32} : tensor<?x16xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
  dsv4.return %p, %e : tensor<?x4xf32>, tensor<?x4xi32>
}

// -----

!w = tensor<16x256xbf16>

// Logits that someone else reads have to be finished in memory.
// CHECK-LABEL: dsv4.program @logits_wanted
// CHECK: dsv4.launch
// CHECK-NEXT: dsv4.linear
// CHECK-NEXT: dsv4.yield
// CHECK: dsv4.launch
// CHECK-NEXT: dsv4.route
dsv4.program @logits_wanted(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x4xi32> {dsv4.name = "experts"}, tensor<?x16xf32> {dsv4.name = "logits"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "gate.weight" : !w
  %bias = dsv4.weight "gate.bias" : tensor<16xf32>
  %l = dsv4.linear %x, %w : tensor<?x256xbf16>, !w -> tensor<?x16xf32>
  %p, %e = dsv4.route %t, %l bias %bias : tensor<16xf32> {scale = 1.5 : f32} : tensor<?x16xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
  dsv4.return %e, %l : tensor<?x4xi32>, tensor<?x16xf32>
}

// -----

!codes = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!query = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!index = !dsv4.cache<index, ratio 4, page 128, keys !codes, tail 0>

// The last workgroup of a token's scores selects for it, up to 16 tokens.
// CHECK-LABEL: dsv4.program @select_16
// CHECK: dsv4.launch
// CHECK-NEXT: fp8.quantize
// CHECK: dsv4.launch -> tensor<?x24xi32>
// CHECK-NEXT: dsv4.index_scores
// CHECK-NEXT: dsv4.select
// CHECK-NEXT: dsv4.yield
dsv4.program @select_16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x512xbf16> {dsv4.name = "x"},
                        %w: tensor<?x4xbf16> {dsv4.name = "weights"}, %index: !index {dsv4.name = "index"})
    -> (tensor<?x24xi32> {dsv4.name = "selection"}, !index {dsv4.name = "index"})
    attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %q = fp8.quantize %x : tensor<?x512xbf16> to !query
  %s = dsv4.index_scores %t, %q, %w, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
  %k = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
  dsv4.return %k, %index : tensor<?x24xi32>, !index
}
// CHECK-LABEL: dsv4.program @select_64
// CHECK: dsv4.launch
// CHECK-NEXT: fp8.quantize
// CHECK: dsv4.launch -> tensor<?x?xbf16>
// CHECK-NEXT: dsv4.index_scores
// CHECK-NEXT: dsv4.yield
// CHECK: dsv4.launch -> tensor<?x24xi32>
// CHECK-NEXT: dsv4.select
dsv4.program @select_64(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x512xbf16> {dsv4.name = "x"},
                        %w: tensor<?x4xbf16> {dsv4.name = "weights"}, %index: !index {dsv4.name = "index"})
    -> (tensor<?x24xi32> {dsv4.name = "selection"}, !index {dsv4.name = "index"})
    attributes {dsv4.bucket = 64 : i64, dsv4.entry = "step"} {
  %q = fp8.quantize %x : tensor<?x512xbf16> to !query
  %s = dsv4.index_scores %t, %q, %w, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
  %k = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
  dsv4.return %k, %index : tensor<?x24xi32>, !index
}
