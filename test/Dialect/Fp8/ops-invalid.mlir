// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

func.func @quantize_c1(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[quantize_c1] shapes differ}}
  %0 = fp8.quantize %x : tensor<?x256xbf16> to !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
  return
}

// -----

func.func @quantize_c2(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[quantize_c2] the rule gives e4m3 or e2m1 with e8m0 or f32 scales, got}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e5m2 ocp bias 15, e8m0 1x128, shift 0, largest 57344, row_major>
  return
}

// -----

func.func @quantize_c3(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[quantize_c3] a writer leaves no shift, got 1}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 1, largest 224, row_major>
  return
}

// -----

func.func @quantize_c4(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[quantize_c4] the scale is computed for largest 448 of e4m3 ocp (bias 7), the clamp would be at 240}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 240, row_major>
  return
}

// -----

func.func @quantize_c5(%x: tensor<16x128xbf16>) {
  // expected-error @+1 {{[quantize_c5] expected row_major, got panel 16; fp8.shuffle changes layouts}}
  %0 = fp8.quantize %x : tensor<16x128xbf16> to !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>
  return
}

// -----

func.func @dequantize_c1(%x: !fp8.scaled<4x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[dequantize_c1] shapes differ}}
  %0 = fp8.dequantize %x : !fp8.scaled<4x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to tensor<?x128xbf16>
  return
}

// -----

func.func @dequantize_c2(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>) {
  // expected-error @+1 {{[dequantize_c2] expected row_major, got panel 16}}
  %0 = fp8.dequantize %x : !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16> to tensor<16x128xbf16>
  return
}

// -----

func.func @dequantize_c3(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, f32 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[dequantize_c3] f32 scales need an f32 result}}
  %0 = fp8.dequantize %x : !fp8.scaled<16x128, e4m3 ocp bias 7, f32 1x128, shift 0, largest 448, row_major> to tensor<16x128xbf16>
  return
}

// -----

func.func @recast_c1(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[recast_c1] may change the dialect and the shift, not block 1x128 and 1x64, layout row_major and panel 16}}
  %0 = fp8.recast %x : !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to !fp8.scaled<16x128, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, panel 16>
  return
}

// -----

func.func @recast_c1_encoding(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[recast_c1] may change the dialect and the shift, not format e4m3 fnuz (bias 8) and e5m2 fnuz (bias 16)}}
  %0 = fp8.recast %x : !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to !fp8.scaled<16x128, e5m2 fnuz bias 16, e8m0 1x128, shift 0, largest 224, row_major>
  return
}

// -----

func.func @recast_c2(%x: !fp8.scaled<16x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>) {
  // expected-error @+1 {{[recast_c2] largest 224 of e4m3 fnuz (bias 8) is 448 in e4m3 ocp (bias 7), got 224}}
  %0 = fp8.recast %x : !fp8.scaled<16x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major> to !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 224, row_major>
  return
}

// -----

func.func @recast_c3(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, e4m3 ocp 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[recast_c3] e4m3 scales can't take the factor 2^1 between e4m3 ocp (bias 7) and e4m3 fnuz (bias 8); leave it in the shift}}
  %0 = fp8.recast %x : !fp8.scaled<16x128, e4m3 ocp bias 7, e4m3 ocp 1x128, shift 0, largest 448, row_major> to !fp8.scaled<16x128, e4m3 fnuz bias 8, e4m3 ocp 1x128, shift 0, largest 224, row_major>
  return
}

// -----

func.func @shuffle_c1(%x: !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[shuffle_c1] changes nothing but the layout; types also differ in format e4m3 ocp (bias 7) and e4m3 fnuz (bias 8), largest 448 and 224}}
  %0 = fp8.shuffle %x : !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to !fp8.scaled<16x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, panel 16>
  return
}

// -----

func.func @scaled_matmul_c1(%a: !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>, %w: !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c1] expected [.., M, K] and [N, K] -> [.., M, N] with a static K}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>, !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c2(%a: !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, %w: !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c2] mixes FP8 dialects: lhs is e4m3 fnuz (bias 8), rhs is e4m3 ocp (bias 7); fp8.recast one of them}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c3(%a: !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, %w: !fp8.scaled<384x128, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c3] rhs in e4m3 fnuz (bias 8) has an unpaid shift of 1; fp8.recast pays it}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, !fp8.scaled<384x128, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c4_format(%a: !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x128, shift 0, largest 6, row_major>, %w: !fp8.scaled<384x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c4] expected e4m3 times e4m3 or e2m1, got e2m1 (bias 1) times e4m3 fnuz (bias 8)}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e2m1 bias 1, e8m0 1x128, shift 0, largest 6, row_major>, !fp8.scaled<384x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c4_scale(%a: !fp8.scaled<?x128, e4m3 ocp bias 7, e4m3 ocp 1x128, shift 0, largest 448, row_major>, %w: !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c4] scales must be e8m0 or f32}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e4m3 ocp bias 7, e4m3 ocp 1x128, shift 0, largest 448, row_major>, !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c5(%a: !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, %w: !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c5] expected blocks 1xA and RxB with B dividing A, got 1x64 and 128x128}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<?x384xbf16>
  return
}

// -----

func.func @scaled_matmul_c6(%a: !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>, %w: !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c6] expected row_major, got panel 16}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>, !fp8.scaled<384x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<16x384xbf16>
  return
}
