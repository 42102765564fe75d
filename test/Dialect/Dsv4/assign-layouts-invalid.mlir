// RUN: dsv4-opt %s --dsv4-assign-layouts=panel=64 --split-input-file --verify-diagnostics

func.func @assign_layouts_c1(%x: tensor<?x256xbf16>, %w: tensor<100x256xbf16>) -> tensor<?x100xf32> {
  // expected-error @+1 {{[assign_layouts_c1] weight has 100 rows, which is not a multiple of the panel width 64}}
  %0 = dsv4.linear %x, %w : tensor<?x256xbf16>, tensor<100x256xbf16> -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<96x256, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>

func.func @assign_layouts_c1_scaled(%x: !x, %w: !w) -> tensor<?x96xbf16> {
  // expected-error @+1 {{[assign_layouts_c1] weight has 96 rows}}
  %0 = fp8.scaled_matmul %x, %w : !x, !w -> tensor<?x96xbf16>
  return %0 : tensor<?x96xbf16>
}
