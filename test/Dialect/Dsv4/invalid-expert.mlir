// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

!t = !dsv4.tokens
func.func @route_c1(%t: !t, %l: tensor<?x8xbf16>, %b: tensor<8xf32>) {
  // expected-error @+1 {{[route_c1] logits must be [T, E] f32, got 'tensor<?x8xbf16>'}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> {scale = 1.5 : f32} : tensor<?x8xbf16> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c2(%t: !t, %l: tensor<?x8xf32>) {
  // expected-error @+1 {{[route_c2] either bias or table must be given, got neither}}
  %0:2 = dsv4.route %t, %l {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c2_both(%t: !t, %l: tensor<?x8xf32>, %b: tensor<8xf32>, %h: tensor<512x2xi64>) {
  // expected-error @+1 {{[route_c2] either bias or table must be given, got both}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> table %h : tensor<512x2xi64> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c2_bias(%t: !t, %l: tensor<?x8xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{[route_c2] bias must be [E] f32 with sizes [8], got 'tensor<4xf32>'}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<4xf32> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c2_table(%t: !t, %l: tensor<?x8xf32>, %h: tensor<512x3xi64>) {
  // expected-error @+1 {{[route_c2] table must be [V, k] i64 with sizes [?, 2], got 'tensor<512x3xi64>'}}
  %0:2 = dsv4.route %t, %l table %h : tensor<512x3xi64> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c3(%t: !t, %l: tensor<?x8xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{[route_c3] weights must be [T, k] f32, got 'tensor<?x2xbf16>'}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xbf16>, tensor<?x2xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c3_experts(%t: !t, %l: tensor<?x8xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{[route_c3] experts must be [T, k] i32 with sizes [?, 2], got 'tensor<?x3xi32>'}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x3xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c3_count(%t: !t, %l: tensor<?x8xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{[route_c3] k must be at most 8 experts, got 9}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> {scale = 1.5 : f32} : tensor<?x8xf32> -> tensor<?x9xf32>, tensor<?x9xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @route_c4(%t: !t, %l: tensor<?x8xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{[route_c4] scale must be positive and finite, got 0}}
  %0:2 = dsv4.route %t, %l bias %b : tensor<8xf32> {scale = 0.0 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @expert_linear_c1(%x: !x, %w: !w, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{[expert_linear_c1] weight must be scaled [E, N, K]}}
  %0 = dsv4.expert_linear %x, %w, %e : !x, !w, tensor<?x2xi32> -> tensor<?x2x128xbf16>
  return
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @expert_linear_c2(%x: !x, %w: !w4, %e: tensor<?x2xi64>) {
  // expected-error @+1 {{[expert_linear_c2] experts must be [T, k] i32, got 'tensor<?x2xi64>'}}
  %0 = dsv4.expert_linear %x, %w, %e : !x, !w4, tensor<?x2xi64> -> tensor<?x2x128xbf16>
  return
}

// -----

!x3 = !fp8.scaled<?x3x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @expert_linear_c3(%x: !x3, %w: !w4, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{[expert_linear_c3] input must be scaled [T, K] or [T, k, K] with k = 2, K = 256}}
  %0 = dsv4.expert_linear %x, %w, %e : !x3, !w4, tensor<?x2xi32> -> tensor<?x2x128xbf16>
  return
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w4 = !fp8.scaled<8x128x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @expert_linear_c4(%x: !x, %w: !w4, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{[expert_linear_c4] result must be [T, k, N] bf16 with sizes [?, 2, 128], got 'tensor<?x2x256xbf16>'}}
  %0 = dsv4.expert_linear %x, %w, %e : !x, !w4, tensor<?x2xi32> -> tensor<?x2x256xbf16>
  return
}

// -----

!x_fnuz = !fp8.scaled<?x256, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
!w8 = !fp8.scaled<8x128x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
func.func @expert_linear_c5(%x: !x_fnuz, %w: !w8, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{[expert_linear_c5] input and weight must be FP8 of one dialect}}
  %0 = dsv4.expert_linear %x, %w, %e : !x_fnuz, !w8, tensor<?x2xi32> -> tensor<?x2x128xbf16>
  return
}

// -----

func.func @swiglu_c1(%g: tensor<?x2x128xf32>, %u: tensor<?x2x128xf32>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{[swiglu_c1] gate must be [T, I] or [T, k, I] bf16, got 'tensor<?x2x128xf32>'}}
  %0 = dsv4.swiglu %g, %u weights %w : tensor<?x2xf32> {limit = 10.0 : f32} : tensor<?x2x128xf32>, tensor<?x2x128xf32> -> tensor<?x2x128xf32>
  return
}

// -----

func.func @swiglu_c1_up(%g: tensor<?x2x128xbf16>, %u: tensor<?x2x64xbf16>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{[swiglu_c1] up must have the type of gate}}
  %0 = dsv4.swiglu %g, %u weights %w : tensor<?x2xf32> {limit = 10.0 : f32} : tensor<?x2x128xbf16>, tensor<?x2x64xbf16> -> tensor<?x2x128xbf16>
  return
}

// -----

func.func @swiglu_c2(%g: tensor<?x2x128xbf16>, %u: tensor<?x2x128xbf16>) {
  // expected-error @+1 {{[swiglu_c2] weights must be given if and only if gate is [T, k, I]}}
  %0 = dsv4.swiglu %g, %u {limit = 10.0 : f32} : tensor<?x2x128xbf16>, tensor<?x2x128xbf16> -> tensor<?x2x128xbf16>
  return
}

// -----

func.func @swiglu_c2_shared(%g: tensor<?x128xbf16>, %u: tensor<?x128xbf16>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{[swiglu_c2] weights must be given if and only if gate is [T, k, I]}}
  %0 = dsv4.swiglu %g, %u weights %w : tensor<?x2xf32> {limit = 10.0 : f32} : tensor<?x128xbf16>, tensor<?x128xbf16> -> tensor<?x128xbf16>
  return
}

// -----

func.func @swiglu_c3(%g: tensor<?x2x128xbf16>, %u: tensor<?x2x128xbf16>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{[swiglu_c3] limit must be positive and finite, got -1}}
  %0 = dsv4.swiglu %g, %u weights %w : tensor<?x2xf32> {limit = -1.0 : f32} : tensor<?x2x128xbf16>, tensor<?x2x128xbf16> -> tensor<?x2x128xbf16>
  return
}

// -----

func.func @combine_c1(%x: tensor<?x256xbf16>, %s: tensor<?x256xbf16>) {
  // expected-error @+1 {{[combine_c1] routed must be [T, k, D] bf16, got 'tensor<?x256xbf16>'}}
  %0 = dsv4.combine %x, %s : tensor<?x256xbf16>, tensor<?x256xbf16> -> tensor<?x256xbf16>
  return
}

// -----

func.func @combine_c2(%x: tensor<?x2x256xbf16>, %s: tensor<?x128xbf16>) {
  // expected-error @+1 {{[combine_c2] shared must be [T, D] bf16 with sizes [?, 256], got 'tensor<?x128xbf16>'}}
  %0 = dsv4.combine %x, %s : tensor<?x2x256xbf16>, tensor<?x128xbf16> -> tensor<?x128xbf16>
  return
}
