// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s
// RUN: dsv4-opt %s --mlir-print-op-generic | dsv4-opt | FileCheck %s

!keys = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
!codes = !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!window = !dsv4.cache<window, ratio 1, page 128, keys !keys, tail 64>
!entries = !dsv4.cache<entries, ratio 4, page 128, keys !keys, tail 64>
!index = !dsv4.cache<index, ratio 4, page 128, keys !codes, tail 0>
!rows = !dsv4.open_rows<8 x 256>
!query = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!inner = !fp8.scaled<?x2x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!experts = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!down = !fp8.scaled<8x256x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!grouped = !fp8.scaled<256x512, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>

// CHECK-LABEL: dsv4.program @step
// CHECK-SAME: %[[T:[^:]*]]: !dsv4.tokens {dsv4.name = "tokens"}
// CHECK-SAME: !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64> {dsv4.name = "w"}
dsv4.program @step(%t: !dsv4.tokens {dsv4.name = "tokens"},
                   %kv: tensor<?x128xbf16> {dsv4.name = "kv"},
                   %w: !window {dsv4.name = "w"})
    -> (tensor<?x4x256xbf16> {dsv4.name = "streams"}, !window {dsv4.name = "w"}) {
  // CHECK: dsv4.weight "embed.weight" : tensor<512x256xbf16>
  %table = dsv4.weight "embed.weight" : tensor<512x256xbf16>
  // CHECK: dsv4.weight "ffn.experts.*.w1.weight" experts 8 : !fp8.scaled<8x128x256,
  %many = dsv4.weight "ffn.experts.*.w1.weight" experts 8 : !experts
  // CHECK: dsv4.embed %[[T]] ids, %{{.*}} : tensor<512x256xbf16> -> tensor<?x256xbf16>
  %e = dsv4.embed %t ids, %table : tensor<512x256xbf16> -> tensor<?x256xbf16>
  // CHECK: dsv4.embed %[[T]] next_ids,
  %n = dsv4.embed %t next_ids, %table : tensor<512x256xbf16> -> tensor<?x256xbf16>
  // CHECK: dsv4.replicate %{{.*}} : tensor<?x256xbf16> -> tensor<?x4x256xbf16>
  %s = dsv4.replicate %e : tensor<?x256xbf16> -> tensor<?x4x256xbf16>
  // CHECK: dsv4.add %{{.*}}, %{{.*}} : tensor<?x256xbf16>, tensor<?x4x256xbf16> -> tensor<?x4x256xbf16>
  %a = dsv4.add %n, %s : tensor<?x256xbf16>, tensor<?x4x256xbf16> -> tensor<?x4x256xbf16>
  // CHECK: dsv4.observe "a" %{{.*}} : tensor<?x4x256xbf16>
  dsv4.observe "a" %a : tensor<?x4x256xbf16>
  // CHECK: dsv4.output_rows %[[T]], %{{.*}} : tensor<?x4x256xbf16> -> tensor<?x4x256xbf16>
  %r = dsv4.output_rows %t, %a : tensor<?x4x256xbf16> -> tensor<?x4x256xbf16>
  // CHECK: %[[W:.*]] = dsv4.insert_keys %[[T]], %{{.*}}, %{{.*}} : tensor<?x128xbf16>, <window,
  %w1 = dsv4.insert_keys %t, %kv, %w : tensor<?x128xbf16>, !window -> !window
  // CHECK: dsv4.return %{{.*}}, %[[W]] : tensor<?x4x256xbf16>, !dsv4.cache<window,
  dsv4.return %r, %w1 : tensor<?x4x256xbf16>, !window
}

// CHECK-LABEL: func @streams
func.func @streams(%s: tensor<?x4x256xbf16>, %fn: tensor<24x1024xf32>, %base: tensor<24xf32>,
                   %scale: tensor<3xf32>, %cfn: tensor<4x1024xf32>, %cbase: tensor<4xf32>,
                   %cscale: tensor<1xf32>, %w: tensor<256xbf16>, %h: tensor<?x8x128xbf16>) {
  // CHECK: dsv4.hc_mix %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {eps = 9.99999997E-7 : f32, hc_eps = 9.99999997E-7 : f32, iterations = 20 : i64}
  %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32>
    -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  // CHECK: %[[P:.*]] = dsv4.linear %{{.*}}, %{{.*}} : tensor<?x4x256xbf16>, tensor<24x1024xf32> -> tensor<?x24xf32>
  %p = dsv4.linear %s, %fn : tensor<?x4x256xbf16>, tensor<24x1024xf32> -> tensor<?x24xf32>
  // CHECK: dsv4.hc_mix %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} product %[[P]] {
  // CHECK-SAME: tensor<3xf32>, tensor<?x24xf32> -> tensor<?x256xbf16>
  %px, %ppost, %pcomb = dsv4.hc_mix %s, %fn, %base, %scale product %p {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32>, tensor<?x24xf32>
    -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  // CHECK: dsv4.rmsnorm %{{.*}}, %{{.*}} {eps = 9.99999997E-7 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  %n = dsv4.rmsnorm %x, %w {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  // CHECK: dsv4.rmsnorm {{.*}} : tensor<?x4x256xbf16>, tensor<256xbf16> -> tensor<?x4x256xbf16>
  %each = dsv4.rmsnorm %s, %w {eps = 1.0e-6 : f32} : tensor<?x4x256xbf16>, tensor<256xbf16> -> tensor<?x4x256xbf16>
  // CHECK: dsv4.hc_merge %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32> -> tensor<?x4x256xbf16>
  %m = dsv4.hc_merge %n, %s, %post, %comb : tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32> -> tensor<?x4x256xbf16>
  // CHECK: dsv4.hc_collapse
  %c = dsv4.hc_collapse %m, %cfn, %cbase, %cscale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32}
    : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x256xbf16>
  // CHECK: %[[Q:.*]] = dsv4.linear
  %q = dsv4.linear %m, %cfn : tensor<?x4x256xbf16>, tensor<4x1024xf32> -> tensor<?x4xf32>
  // CHECK: dsv4.hc_collapse {{.*}} product %[[Q]] {{.*}} tensor<1xf32>, tensor<?x4xf32> -> tensor<?x256xbf16>
  %pc = dsv4.hc_collapse %m, %cfn, %cbase, %cscale product %q {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32}
    : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32>, tensor<?x4xf32> -> tensor<?x256xbf16>
  // CHECK: dsv4.head_norm %{{.*}} {eps = 9.99999997E-7 : f32} : tensor<?x8x128xbf16> -> tensor<?x8x128xbf16>
  %hn = dsv4.head_norm %h {eps = 1.0e-6 : f32} : tensor<?x8x128xbf16> -> tensor<?x8x128xbf16>
  return
}

// CHECK-LABEL: func @products
func.func @products(%x: tensor<?x256xbf16>, %o: tensor<?x8x128xbf16>, %w: tensor<8x256xbf16>, %g: !grouped) {
  // CHECK: dsv4.linear %{{.*}}, %{{.*}} : tensor<?x256xbf16>, tensor<8x256xbf16> -> tensor<?x8xf32>
  %router = dsv4.linear %x, %w : tensor<?x256xbf16>, tensor<8x256xbf16> -> tensor<?x8xf32>
  // CHECK: dsv4.linear %{{.*}}, %{{.*}} {groups = 2 : i64} : tensor<?x8x128xbf16>, !fp8.scaled<256x512,
  %heads = dsv4.linear %o, %g {groups = 2 : i64} : tensor<?x8x128xbf16>, !grouped -> tensor<?x256xbf16>
  // CHECK: dsv4.scale %{{.*}} {factor = 5.000000e-01 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  %s = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  // CHECK: dsv4.heads %{{.*}} : tensor<?x256xbf16> -> tensor<?x2x128xbf16>
  %h = dsv4.heads %s : tensor<?x256xbf16> -> tensor<?x2x128xbf16>
  return
}

// CHECK-LABEL: func @attention
func.func @attention(%t: !dsv4.tokens, %q: tensor<?x8x128xbf16>, %iq: !query, %weights: tensor<?x4xbf16>,
                     %window: !window, %entries: !entries, %index: !index, %sink: tensor<8xf32>) {
  // CHECK: dsv4.rope_table compressed dense<[1.000000e+00, 0.749894201]> : tensor<2xf32> : tensor<64x4xf32>
  %table = dsv4.rope_table compressed dense<[1.0, 0.749894201]> : tensor<2xf32> : tensor<64x4xf32>
  // CHECK: dsv4.rope %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8x128xbf16>, tensor<64x4xf32> -> tensor<?x8x128xbf16>
  %r = dsv4.rope %t, %q, %table : tensor<?x8x128xbf16>, tensor<64x4xf32> -> tensor<?x8x128xbf16>
  // CHECK: dsv4.rope %{{.*}}, %{{.*}}, %{{.*}} inverse : tensor<?x8x128xbf16>
  %i = dsv4.rope %t, %q, %table inverse : tensor<?x8x128xbf16>, tensor<64x4xf32> -> tensor<?x8x128xbf16>
  // CHECK: dsv4.hadamard %{{.*}} : tensor<?x8x128xbf16> -> tensor<?x8x128xbf16>
  %h = dsv4.hadamard %r : tensor<?x8x128xbf16> -> tensor<?x8x128xbf16>
  // CHECK: dsv4.index_scores %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {heads = 4 : i64} : !fp8.scaled<?x512,
  %s = dsv4.index_scores %t, %iq, %weights, %index {heads = 4 : i64} : !query, tensor<?x4xbf16>, !index -> tensor<?x?xbf16>
  // CHECK: dsv4.select %{{.*}}, %{{.*}} {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
  %k = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
  // CHECK: dsv4.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} sink %{{[^ ]*}} {scale = 5.000000e-01 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, <window,
  %o0 = dsv4.attention %t, %q, %window sink %sink {scale = 0.5 : f32, window = 48 : i64}
    : tensor<?x8x128xbf16>, !window, tensor<8xf32> -> tensor<?x8x128xbf16>
  // CHECK: dsv4.attention {{.*}} entries %{{[^ ]*}} : !dsv4.cache<entries, {{.*}}, tail 64> sink
  %o1 = dsv4.attention %t, %q, %window entries %entries : !entries sink %sink {scale = 0.5 : f32, window = 48 : i64}
    : tensor<?x8x128xbf16>, !window, tensor<8xf32> -> tensor<?x8x128xbf16>
  // CHECK: dsv4.attention {{.*}} selection %{{[^ ]*}} : tensor<?x24xi32> sink
  %o2 = dsv4.attention %t, %q, %window entries %entries : !entries selection %k : tensor<?x24xi32> sink %sink
    {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !window, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// CHECK-LABEL: func @compressor
func.func @compressor(%t: !dsv4.tokens, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %ape: tensor<4x256xf32>,
                      %norm: tensor<128xbf16>, %table: tensor<64x64xf32>, %rows: !rows, %entries: !entries) {
  // CHECK: %[[E:.*]] = dsv4.compress {{.*}} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, <8 x 256>, <entries,
  %e = dsv4.compress %t, %u, %s, %ape, %norm, %table, %rows, %entries {eps = 1.0e-6 : f32}
    : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !entries -> !entries
  // CHECK: dsv4.commit_rows {{.*}} after %[[E]] : {{.*}} -> <8 x 256>
  %r = dsv4.commit_rows %t, %u, %s, %ape, %rows after %e
    : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, !rows, !entries -> !rows
  return
}

// CHECK-LABEL: func @experts
func.func @experts(%t: !dsv4.tokens, %logits: tensor<?x8xf32>, %bias: tensor<8xf32>, %table: tensor<512x2xi64>,
                   %x: !x, %inner: !inner, %up: !experts, %down: !down, %shared: tensor<?x256xbf16>) {
  // CHECK: dsv4.route %{{.*}}, %{{.*}} bias %{{.*}} : tensor<8xf32> {scale = 1.500000e+00 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %w, %e = dsv4.route %t, %logits bias %bias : tensor<8xf32> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  // CHECK: dsv4.route %{{.*}}, %{{.*}} table %{{.*}} : tensor<512x2xi64> {scale
  %w1, %e1 = dsv4.route %t, %logits table %table : tensor<512x2xi64> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  // CHECK: dsv4.expert_linear {{.*}} -> tensor<?x2x128xbf16>
  %g = dsv4.expert_linear %x, %up, %e : !x, !experts, tensor<?x2xi32> -> tensor<?x2x128xbf16>
  // CHECK: dsv4.swiglu %{{.*}}, %{{.*}} weights %{{.*}} : tensor<?x2xf32> {limit = 1.000000e+01 : f32}
  %h = dsv4.swiglu %g, %g weights %w : tensor<?x2xf32> {limit = 10.0 : f32} : tensor<?x2x128xbf16>, tensor<?x2x128xbf16> -> tensor<?x2x128xbf16>
  // CHECK: dsv4.swiglu %{{.*}}, %{{.*}} {limit = 1.000000e+01 : f32} : tensor<?x256xbf16>
  %hs = dsv4.swiglu %shared, %shared {limit = 10.0 : f32} : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  // CHECK: dsv4.expert_linear {{.*}} : !fp8.scaled<?x2x128, {{.*}} -> tensor<?x2x256xbf16>
  %d = dsv4.expert_linear %inner, %down, %e : !inner, !down, tensor<?x2xi32> -> tensor<?x2x256xbf16>
  // CHECK: dsv4.combine %{{.*}}, %{{.*}} : tensor<?x2x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  %c = dsv4.combine %d, %shared : tensor<?x2x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  return
}

// CHECK-LABEL: func @launch
func.func @launch(%x: tensor<?x4xbf16>) -> tensor<?x4xbf16> {
  // CHECK: dsv4.launch -> tensor<?x4xbf16> {
  // CHECK: dsv4.yield %{{.*}} : tensor<?x4xbf16>
  %0 = dsv4.launch -> tensor<?x4xbf16> {
    %1 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x4xbf16> -> tensor<?x4xbf16>
    dsv4.yield %1 : tensor<?x4xbf16>
  }
  return %0 : tensor<?x4xbf16>
}
