// RUN: dsv4-opt %s --fp8-lower-to-linalg --split-input-file --verify-diagnostics

!w = !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 16x128, shift 0, largest 448, panel 16>

func.func @from_a_panel(%w: !w) {
  // expected-error @+1 {{failed to legalize operation 'fp8.shuffle'}}
  %0 = fp8.shuffle %w : !w to !fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 16x128, shift 0, largest 448, panel 8>
  return
}

// -----

!a = !fp8.scaled<4x192, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<16x192, e4m3 ocp bias 7, e8m0 16x128, shift 0, largest 448, row_major>

func.func @partial_block(%a: !a, %w: !w) {
  // expected-error @+1 {{failed to legalize operation 'fp8.scaled_matmul'}}
  %0 = fp8.scaled_matmul %a, %w : !a, !w -> tensor<4x16xbf16>
  return
}
