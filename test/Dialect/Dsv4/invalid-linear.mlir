// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @linear_c1(%x: tensor<?x256xf32>, %w: !w) {
  // expected-error @+1 {{[linear_c1] input must be [T, G K] or [T, H, d] bf16, got 'tensor<?x256xf32>'}}
  %0 = dsv4.linear %x, %w {groups = 2 : i64} : tensor<?x256xf32>, !w -> tensor<?x256xbf16>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x256xbf16>, %w: tensor<256x128xi32>) {
  // expected-error @+1 {{[linear_c2] weight must be [G N, K], a bf16 or f32 tensor or scaled, got 'tensor<256x128xi32>'}}
  %0 = dsv4.linear %x, %w {groups = 2 : i64} : tensor<?x256xbf16>, tensor<256x128xi32> -> tensor<?x256xbf16>
  return
}

// -----

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @linear_c3(%x: tensor<?x256xbf16>, %w: !w) {
  // expected-error @+1 {{[linear_c3] groups must divide the weight's 256 rows, got 3}}
  %0 = dsv4.linear %x, %w {groups = 3 : i64} : tensor<?x256xbf16>, !w -> tensor<?x256xbf16>
  return
}

// -----

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @linear_c3_width(%x: tensor<?x256xbf16>, %w: !w) {
  // expected-error @+1 {{[linear_c3] input must have 1 * 128 channels per token, got 256}}
  %0 = dsv4.linear %x, %w {groups = 1 : i64} : tensor<?x256xbf16>, !w -> tensor<?x256xbf16>
  return
}

// -----

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @linear_c3_heads(%x: tensor<?x4x128xbf16>, %w: !w) {
  // expected-error @+1 {{[linear_c3] input must have 2 * 128 channels per token, got 512}}
  %0 = dsv4.linear %x, %w {groups = 2 : i64} : tensor<?x4x128xbf16>, !w -> tensor<?x256xbf16>
  return
}

// -----

!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @linear_c4(%x: tensor<?x256xbf16>, %w: !w) {
  // expected-error @+1 {{[linear_c4] result must be [T, G N] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0 = dsv4.linear %x, %w {groups = 2 : i64} : tensor<?x256xbf16>, !w -> tensor<?x128xbf16>
  return
}

// -----

func.func @scale_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{[scale_c1] input must be [T, ...] bf16, got 'tensor<?x4xf32>'}}
  %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x4xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @scale_c2(%x: tensor<?x4xbf16>) {
  // expected-error @+1 {{[scale_c2] factor must be finite}}
  %0 = dsv4.scale %x {factor = 0x7FC00000 : f32} : tensor<?x4xbf16> -> tensor<?x4xbf16>
  return
}

// -----

func.func @heads_c1(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[heads_c1] input and result must be [T, H d] and [T, H, d]}}
  %0 = dsv4.heads %x : tensor<?x256xbf16> -> tensor<?x2x64xbf16>
  return
}

// -----

func.func @heads_c1_rank(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[heads_c1] input and result must be [T, H d] and [T, H, d]}}
  %0 = dsv4.heads %x : tensor<?x256xbf16> -> tensor<?x256xbf16>
  return
}
