// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

func.func @weight_c1() {
  // expected-error @+1 {{[weight_c1] must be a tensor of bf16, f32 or i64, or scaled, of static shape}}
  %0 = dsv4.weight "norm.weight" : tensor<?xbf16>
  return
}

// -----

func.func @weight_c1_element() {
  // expected-error @+1 {{[weight_c1] must be a tensor of bf16, f32 or i64, or scaled, of static shape}}
  %0 = dsv4.weight "norm.weight" : tensor<8xi32>
  return
}

// -----

!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @weight_c2() {
  // expected-error @+1 {{[weight_c2] the name must contain no '*', got 'experts.*.w1.weight'}}
  %0 = dsv4.weight "experts.*.w1.weight" : !w4
  return
}

// -----

!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @weight_c2_none() {
  // expected-error @+1 {{[weight_c2] the name must contain one '*', got 'experts.w1.weight'}}
  %0 = dsv4.weight "experts.w1.weight" experts 8 : !w4
  return
}

// -----

!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @weight_c3() {
  // expected-error @+1 {{[weight_c3] the weights of 4 experts must be [4, N, K]}}
  %0 = dsv4.weight "experts.*.w1.weight" experts 4 : !w4
  return
}

// -----

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @weight_c4() {
  // expected-error @+1 {{[weight_c4] the name of a scaled weight must end in '.weight'}}
  %0 = dsv4.weight "attn.wq_a" : !w
  return
}

// -----

!w_fnuz = !fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
func.func @weight_c4_dialect() {
  // expected-error @+1 {{[weight_c4] a checkpoint holds OCP or e2m1 codes with e8m0 scales, shift 0, row-major}}
  %0 = dsv4.weight "attn.wq_a.weight" : !w_fnuz
  return
}

// -----

!t = !dsv4.tokens
func.func @embed_c1(%t: !t, %w: tensor<512x256xf32>) {
  // expected-error @+1 {{[embed_c1] table must be [V, D] bf16, got 'tensor<512x256xf32>'}}
  %0 = dsv4.embed %t ids, %w : tensor<512x256xf32> -> tensor<?x256xbf16>
  return
}

// -----

!t = !dsv4.tokens
func.func @embed_c2(%t: !t, %w: tensor<512x256xbf16>) {
  // expected-error @+1 {{[embed_c2] result must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0 = dsv4.embed %t next_ids, %w : tensor<512x256xbf16> -> tensor<?x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
func.func @output_rows_c1(%t: !t, %x: tensor<?x4x256xbf16>) {
  // expected-error @+1 {{[output_rows_c1] input and result must differ in the first dimension only}}
  %0 = dsv4.output_rows %t, %x : tensor<?x4x256xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @observe_c1(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[observe_c1] the name must not be empty}}
  dsv4.observe "" %x : tensor<?x256xbf16>
  return
}

// -----

func.func @observe_c1_unique(%x: tensor<?x256xbf16>) {
  dsv4.observe "x" %x : tensor<?x256xbf16>
  // expected-error @+1 {{[observe_c1] the name must be unique, got 'x' again}}
  dsv4.observe "x" %x : tensor<?x256xbf16>
  return
}
