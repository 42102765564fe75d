// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

func.func @replicate_c1(%x: tensor<?x256xf32>) {
  // expected-error @+1 {{[replicate_c1] input must be [T, D] bf16, got 'tensor<?x256xf32>'}}
  %0 = dsv4.replicate %x : tensor<?x256xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @replicate_c2(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[replicate_c2] result must be [T, n, D] bf16 with sizes [?, ?, 256], got 'tensor<?x4x128xbf16>'}}
  %0 = dsv4.replicate %x : tensor<?x256xbf16> -> tensor<?x4x128xbf16>
  return
}

// -----

func.func @hc_mix_c1(%s: tensor<?x1024xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c1] streams must be [T, n, D] bf16, got 'tensor<?x1024xbf16>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x1024xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c2(%s: tensor<?x4x256xbf16>, %f: tensor<8x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c2] fn must be [(2 + n) n, n D] f32 with sizes [24, 1024], got 'tensor<8x1024xf32>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<8x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c3_base(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<4xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c3] base must be [(2 + n) n] f32 with sizes [24], got 'tensor<4xf32>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<4xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c3_scale(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<1xf32>) {
  // expected-error @+1 {{[hc_mix_c3] scale must be [3] f32 with sizes [3], got 'tensor<1xf32>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<1xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c4_input(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c4] input must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x128xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c4_post(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c4] post must be [T, n] f32 with sizes [?, 4], got 'tensor<?x4xbf16>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xbf16>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c4_comb(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c4] comb must be [T, n, n] f32 with sizes [?, 4, 4], got 'tensor<?x4x4xbf16>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xbf16>
  return
}

// -----

func.func @hc_mix_c5(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c5] iterations must be at least 1, got 0}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 0 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c5_eps(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_mix_c5] eps must be positive and finite, got 0}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c {eps = 0.0 : f32, hc_eps = 1.0e-6 : f32, iterations = 1 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_mix_c6(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<24xf32>, %c: tensor<3xf32>, %p: tensor<?x16xf32>) {
  // expected-error @+1 {{[hc_mix_c6] product must be [T, (2 + n) n] f32 with sizes [?, 24], got 'tensor<?x16xf32>'}}
  %0:3 = dsv4.hc_mix %s, %f, %b, %c product %p {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 1 : i64} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32>, tensor<?x16xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  return
}

// -----

func.func @hc_merge_c1_result(%o: tensor<?x256xbf16>, %s: tensor<?x4x256xbf16>, %p: tensor<?x4xf32>, %m: tensor<?x4x4xf32>) {
  // expected-error @+1 {{[hc_merge_c1] result must have the type of streams}}
  %0 = dsv4.hc_merge %o, %s, %p, %m : tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32> -> tensor<?x4x128xbf16>
  return
}

// -----

func.func @hc_merge_c1(%o: tensor<?x256xbf16>, %s: tensor<?x4x256xf32>, %p: tensor<?x4xf32>, %m: tensor<?x4x4xf32>) {
  // expected-error @+1 {{[hc_merge_c1] streams must be [T, n, D] bf16, got 'tensor<?x4x256xf32>'}}
  %0 = dsv4.hc_merge %o, %s, %p, %m : tensor<?x256xbf16>, tensor<?x4x256xf32>, tensor<?x4xf32>, tensor<?x4x4xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @hc_merge_c2(%o: tensor<?x128xbf16>, %s: tensor<?x4x256xbf16>, %p: tensor<?x4xf32>, %m: tensor<?x4x4xf32>) {
  // expected-error @+1 {{[hc_merge_c2] output must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0 = dsv4.hc_merge %o, %s, %p, %m : tensor<?x128xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @hc_merge_c3(%o: tensor<?x256xbf16>, %s: tensor<?x4x256xbf16>, %p: tensor<?x4xbf16>, %m: tensor<?x4x4xf32>) {
  // expected-error @+1 {{[hc_merge_c3] post must be [T, n] f32 with sizes [?, 4], got 'tensor<?x4xbf16>'}}
  %0 = dsv4.hc_merge %o, %s, %p, %m : tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xbf16>, tensor<?x4x4xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @hc_merge_c3_comb(%o: tensor<?x256xbf16>, %s: tensor<?x4x256xbf16>, %p: tensor<?x4xf32>, %m: tensor<?x4x3xf32>) {
  // expected-error @+1 {{[hc_merge_c3] comb must be [T, n, n] f32 with sizes [?, 4, 4], got 'tensor<?x4x3xf32>'}}
  %0 = dsv4.hc_merge %o, %s, %p, %m : tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x3xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @hc_collapse_c1(%s: tensor<?x256xbf16>, %f: tensor<4x1024xf32>, %b: tensor<4xf32>, %c: tensor<1xf32>) {
  // expected-error @+1 {{[hc_collapse_c1] streams must be [T, n, D] bf16, got 'tensor<?x256xbf16>'}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x256xbf16>
  return
}

// -----

func.func @hc_collapse_c1_result(%s: tensor<?x4x256xbf16>, %f: tensor<4x1024xf32>, %b: tensor<4xf32>, %c: tensor<1xf32>) {
  // expected-error @+1 {{[hc_collapse_c1] result must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x4x256xbf16>'}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32} : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x4x256xbf16>
  return
}

// -----

func.func @hc_collapse_c2(%s: tensor<?x4x256xbf16>, %f: tensor<24x1024xf32>, %b: tensor<4xf32>, %c: tensor<1xf32>) {
  // expected-error @+1 {{[hc_collapse_c2] fn must be [n, n D] f32 with sizes [4, 1024], got 'tensor<24x1024xf32>'}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32} : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x256xbf16>
  return
}

// -----

func.func @hc_collapse_c2_scale(%s: tensor<?x4x256xbf16>, %f: tensor<4x1024xf32>, %b: tensor<4xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{[hc_collapse_c2] scale must be [1] f32 with sizes [1], got 'tensor<3xf32>'}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32} : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<3xf32> -> tensor<?x256xbf16>
  return
}

// -----

func.func @hc_collapse_c3(%s: tensor<?x4x256xbf16>, %f: tensor<4x1024xf32>, %b: tensor<4xf32>, %c: tensor<1xf32>) {
  // expected-error @+1 {{[hc_collapse_c3] hc_eps must be positive and finite, got -1}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c {eps = 1.0e-6 : f32, hc_eps = -1.0 : f32} : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x256xbf16>
  return
}

// -----

func.func @hc_collapse_c4(%s: tensor<?x4x256xbf16>, %f: tensor<4x1024xf32>, %b: tensor<4xf32>, %c: tensor<1xf32>, %p: tensor<?x4xbf16>) {
  // expected-error @+1 {{[hc_collapse_c4] product must be [T, n] f32 with sizes [?, 4], got 'tensor<?x4xbf16>'}}
  %0 = dsv4.hc_collapse %s, %f, %b, %c product %p {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32} : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32>, tensor<?x4xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @rmsnorm_c1(%x: tensor<?x256xf32>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{[rmsnorm_c1] input must be [T, ..., d] bf16, got 'tensor<?x256xf32>'}}
  %0 = dsv4.rmsnorm %x, %w {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<256xbf16> -> tensor<?x256xf32>
  return
}

// -----

func.func @rmsnorm_c1_result(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{[rmsnorm_c1] result must have the type of input}}
  %0 = dsv4.rmsnorm %x, %w {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xf32>
  return
}

// -----

func.func @rmsnorm_c2(%x: tensor<?x256xbf16>, %w: tensor<128xbf16>) {
  // expected-error @+1 {{[rmsnorm_c2] weight must be [d] bf16 with sizes [256], got 'tensor<128xbf16>'}}
  %0 = dsv4.rmsnorm %x, %w {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<128xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @rmsnorm_c3(%x: tensor<?x256xbf16>, %w: tensor<256xbf16>) {
  // expected-error @+1 {{[rmsnorm_c3] eps must be positive and finite, got 0}}
  %0 = dsv4.rmsnorm %x, %w {eps = 0.0 : f32} : tensor<?x256xbf16>, tensor<256xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @head_norm_c1(%x: tensor<?x1024xbf16>) {
  // expected-error @+1 {{[head_norm_c1] input must be [T, H, d] bf16, got 'tensor<?x1024xbf16>'}}
  %0 = dsv4.head_norm %x {eps = 1.0e-6 : f32} : tensor<?x1024xbf16> -> tensor<?x1024xbf16>
  return
}

// -----

func.func @head_norm_c2(%x: tensor<?x8x128xbf16>) {
  // expected-error @+1 {{[head_norm_c2] eps must be positive and finite, got +Inf}}
  %0 = dsv4.head_norm %x {eps = 0x7F800000 : f32} : tensor<?x8x128xbf16> -> tensor<?x8x128xbf16>
  return
}

// -----

func.func @add_c1(%a: tensor<?x256xbf16>, %b: tensor<?x256xbf16>) {
  // expected-error @+1 {{[add_c1] b must be [T, n, D] bf16, got 'tensor<?x256xbf16>'}}
  %0 = dsv4.add %a, %b : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @add_c2(%a: tensor<?x128xbf16>, %b: tensor<?x4x256xbf16>) {
  // expected-error @+1 {{[add_c2] a must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0 = dsv4.add %a, %b : tensor<?x128xbf16>, tensor<?x4x256xbf16> -> tensor<?x4x256xbf16>
  return
}
