// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{[scaled_c1] elements are f8E4M3FN, f8E4M3FNUZ, f8E5M2, f8E5M2FNUZ or f4E2M1FN, got 'f8E8M0FNU'}}
func.func private @scaled_c1(!fp8.scaled<128x128, e8m0 bias 127, e8m0 128x128, shift 0, largest 1, row_major>)

// -----

// expected-error @+1 {{[scaled_c2] scales are f8E8M0FNU (e8m0), f32 or f8E4M3FN (e4m3 ocp), got 'f8E4M3FNUZ'}}
func.func private @scaled_c2(!fp8.scaled<128x128, e4m3 ocp bias 7, e4m3 fnuz 128x128, shift 0, largest 448, row_major>)

// -----

// expected-error @+1 {{[scaled_c3] largest 240 is above 224, the most that a writer of e4m3 fnuz (bias 8) may produce: beyond it the bytes differ from those of e4m3 ocp (bias 7) and may be its NaN}}
func.func private @scaled_c3_240(!fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 240, row_major>)

// -----

// expected-error @+1 {{[scaled_c3] largest 480 is above 448, the most that a writer of e4m3 ocp (bias 7) may produce}}
func.func private @scaled_c3_above(!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 480, row_major>)

// -----

// expected-error @+1 {{[scaled_c3] largest 447 is not a positive value of e4m3 ocp (bias 7)}}
func.func private @scaled_c3_rounded(!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 447, row_major>)

// -----

// expected-error @+1 {{[scaled_c3] largest 5 is not a positive value of e2m1 (bias 1)}}
func.func private @scaled_c3_e2m1(!fp8.scaled<128x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 5, row_major>)

// -----

// expected-error @+1 {{[scaled_c3] largest 15 of e4m3 ocp (bias 7) has no counterpart in e4m3 fnuz (bias 8)}}
func.func private @scaled_c3_odd(!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 15, row_major>)

// -----

// expected-error @+1 {{[scaled_c4] 3 block sizes for a shape of rank 2}}
func.func private @scaled_c4_rank(!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 1x1x128, shift 0, largest 448, row_major>)

// -----

// expected-error @+1 {{[scaled_c4] sizes must be positive, got shape 128x128 and block 1x0}}
func.func private @scaled_c4_zero(!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 1x0, shift 0, largest 448, row_major>)

// -----

// expected-error @+1 {{[scaled_c5] a block has one element along the dynamic dimension 0, got 128}}
func.func private @scaled_c5(!fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>)

// -----

// expected-error @+1 {{[scaled_c6] block size 128 does not divide dimension 1 of size 192; only row_major may end in a partial block, got panel 16}}
func.func private @scaled_c6(!fp8.scaled<128x192, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, panel 16>)

// -----

// expected-error @+1 {{[scaled_c7] e2m1 packs pairs along the last dimension, which must be static and even, got 4x33}}
func.func private @scaled_c7(!fp8.scaled<4x33, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>)

// -----

// expected-error @+1 {{[scaled_c8] panel 16 does not divide 24 rows}}
func.func private @scaled_c8_rows(!fp8.scaled<24x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>)

// -----

// expected-error @+1 {{[scaled_c8] panel 16 needs a static matrix, got ?x128}}
func.func private @scaled_c8_dynamic(!fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16>)

// -----

// expected-error @+1 {{[scaled_c8] panels of e2m1 need a multiple of 32 columns, got 48}}
func.func private @scaled_c8_columns(!fp8.scaled<16x48, e2m1 bias 1, e8m0 1x16, shift 0, largest 6, panel 16>)

// -----

// 96 columns of e2m1 are 48 bytes.
// expected-error @+1 {{[scaled_c8] panel 16 fragment 4 needs rows of a multiple of 64 bytes, got 48}}
func.func private @scaled_c8_fragment(!fp8.scaled<16x96, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16 fragment 4>)

// -----

// expected-error @+1 {{[layout_c2] a fragment is 4 or 8 bytes, got 16}}
func.func private @layout_c2(!fp8.scaled<16x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, panel 16 fragment 16>)

// -----

// expected-error @+1 {{[layout_c2] a panel of fragments has a multiple of 16 rows, got 24}}
func.func private @layout_c2_rows() attributes {l = #fp8.layout<panel 24 fragment 8>}

// -----

// expected-error @+1 {{expected '>'}}
func.func private @layout_row_major() attributes {l = #fp8.layout<row_major fragment 8>}

// -----

// expected-error @+1 {{[scaled_c9] e4m3 fnuz has bias 8, got 7}}
func.func private @scaled_c9_fnuz(!fp8.scaled<128x128, e4m3 fnuz bias 7, e8m0 128x128, shift 0, largest 224, row_major>)

// -----

// The bias of BF8 FNUZ is 16.
// expected-error @+1 {{[scaled_c9] e5m2 fnuz has bias 16, got 15}}
func.func private @scaled_c9_e5m2(!fp8.scaled<128x128, e5m2 fnuz bias 15, e8m0 128x128, shift 0, largest 28672, row_major>)

// -----

// Public names such as fp8e4b15 are no formats.
// expected-error @+1 {{expected e4m3, e5m2, e2m1 or e8m0, got 'e4b15'}}
func.func private @name(!fp8.scaled<128x128, e4b15 bias 15, e8m0 128x128, shift 0, largest 448, row_major>)
