// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c1(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !win) {
  // expected-error @+1 {{[compress_c1] cache must hold entries or an index}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !win -> !win
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent_fnuz = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c1_dialect(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c1] result must have the type of cache}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent_fnuz
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c2(%t: !t, %u: tensor<?x256xbf16>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c2] u must be [T, w] f32 with sizes [?, 256], got 'tensor<?x256xbf16>'}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xbf16>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c2_s(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x128xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c2] s must be [T, w] f32 with sizes [?, 256], got 'tensor<?x128xf32>'}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x128xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c3(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<256xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c3] norm must be [c] bf16 with sizes [128], got 'tensor<256xbf16>'}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<256xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows4 = !dsv4.open_rows<4 x 256>
func.func @compress_c4(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows4, %c: !ent) {
  // expected-error @+1 {{[compress_c4] rows must be 4 x 128, or, overlapping, 8 x 256, got}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows4, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c5(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<8x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c5] ape must be [ratio, w] f32 with sizes [4, 256], got 'tensor<8x256xf32>'}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<8x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c6(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x192xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c6] table must be of an even width of at most 128, got 192}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 1.0e-6 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x192xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @compress_c7(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %n: tensor<128xbf16>, %tb: tensor<64x64xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[compress_c7] eps must be positive and finite, got 0}}
  %0 = dsv4.compress %t, %u, %s, %a, %n, %tb, %ro, %c {eps = 0.0 : f32} : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, tensor<128xbf16>, tensor<64x64xf32>, !rows, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @commit_rows_c1(%t: !t, %u: tensor<?x128xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[commit_rows_c1] u must be [T, w] f32 with sizes [?, 256], got 'tensor<?x128xf32>'}}
  %0 = dsv4.commit_rows %t, %u, %s, %a, %ro after %c : tensor<?x128xf32>, tensor<?x256xf32>, tensor<4x256xf32>, !rows, !ent -> !rows
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
!rows4 = !dsv4.open_rows<4 x 256>
func.func @commit_rows_c1_result(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[commit_rows_c1] result must have the type of rows}}
  %0 = dsv4.commit_rows %t, %u, %s, %a, %ro after %c : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, !rows, !ent -> !rows4
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows = !dsv4.open_rows<8 x 256>
func.func @commit_rows_c2(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x128xf32>, %ro: !rows, %c: !ent) {
  // expected-error @+1 {{[commit_rows_c2] ape must be [ratio, w] f32 with sizes [4, 256], got 'tensor<4x128xf32>'}}
  %0 = dsv4.commit_rows %t, %u, %s, %a, %ro after %c : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x128xf32>, !rows, !ent -> !rows
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!rows2 = !dsv4.open_rows<2 x 256>
func.func @commit_rows_c2_slots(%t: !t, %u: tensor<?x256xf32>, %s: tensor<?x256xf32>, %a: tensor<4x256xf32>, %ro: !rows2, %c: !ent) {
  // expected-error @+1 {{[commit_rows_c2] rows must have 4 or 8 slots, got 2}}
  %0 = dsv4.commit_rows %t, %u, %s, %a, %ro after %c : tensor<?x256xf32>, tensor<?x256xf32>, tensor<4x256xf32>, !rows2, !ent -> !rows2
  return
}
