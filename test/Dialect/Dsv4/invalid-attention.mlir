// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

func.func @rope_table_c1() {
  // expected-error @+1 {{[rope_table_c1] frequencies must be [P] f32}}
  %0 = dsv4.rope_table plain dense<1.0> : tensor<1x2xf32> : tensor<64x4xf32>
  return
}

// -----

func.func @rope_table_c1_zero() {
  // expected-error @+1 {{[rope_table_c1] each frequency must be positive and finite, got 0}}
  %0 = dsv4.rope_table plain dense<[1.0, 0.0]> : tensor<2xf32> : tensor<64x4xf32>
  return
}

// -----

func.func @rope_table_c2() {
  // expected-error @+1 {{[rope_table_c2] result must be [positions, 2 P] f32 with sizes [?, 4], got 'tensor<64x2xf32>'}}
  %0 = dsv4.rope_table plain dense<[1.0, 0.5]> : tensor<2xf32> : tensor<64x2xf32>
  return
}

// -----

func.func @rope_table_c2_static() {
  // expected-error @+1 {{[rope_table_c2] result must have a static shape}}
  %0 = dsv4.rope_table plain dense<[1.0, 0.5]> : tensor<2xf32> : tensor<?x4xf32>
  return
}

// -----

!t = !dsv4.tokens
func.func @rope_c1(%t: !t, %x: tensor<?x8x128xf32>, %tb: tensor<64x64xf32>) {
  // expected-error @+1 {{[rope_c1] input must be [T, d] or [T, H, d] bf16, got 'tensor<?x8x128xf32>'}}
  %0 = dsv4.rope %t, %x, %tb : tensor<?x8x128xf32>, tensor<64x64xf32> -> tensor<?x8x128xf32>
  return
}

// -----

!t = !dsv4.tokens
func.func @rope_c1_result(%t: !t, %x: tensor<?x8x128xbf16>, %tb: tensor<64x64xf32>) {
  // expected-error @+1 {{[rope_c1] result must have the type of input}}
  %0 = dsv4.rope %t, %x, %tb : tensor<?x8x128xbf16>, tensor<64x64xf32> -> tensor<?x8x64xbf16>
  return
}

// -----

!t = !dsv4.tokens
func.func @rope_c2(%t: !t, %x: tensor<?x8x128xbf16>, %tb: tensor<64x256xf32>) {
  // expected-error @+1 {{[rope_c2] table must be of an even width of at most 128, got 256}}
  %0 = dsv4.rope %t, %x, %tb : tensor<?x8x128xbf16>, tensor<64x256xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
func.func @rope_c2_odd(%t: !t, %x: tensor<?x8x128xbf16>, %tb: tensor<64x63xf32>) {
  // expected-error @+1 {{[rope_c2] table must be of an even width of at most 128, got 63}}
  %0 = dsv4.rope %t, %x, %tb : tensor<?x8x128xbf16>, tensor<64x63xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

func.func @hadamard_c1(%x: tensor<?x128xf32>) {
  // expected-error @+1 {{[hadamard_c1] input must be [T, ..., d] bf16, got 'tensor<?x128xf32>'}}
  %0 = dsv4.hadamard %x : tensor<?x128xf32> -> tensor<?x128xf32>
  return
}

// -----

func.func @hadamard_c2(%x: tensor<?x96xbf16>) {
  // expected-error @+1 {{[hadamard_c2] the last dimension must be a power of two, got 96}}
  %0 = dsv4.hadamard %x : tensor<?x96xbf16> -> tensor<?x96xbf16>
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @insert_keys_c1(%t: !t, %k: tensor<?x128xbf16>, %c: !ent) {
  // expected-error @+1 {{[insert_keys_c1] cache must be a cache of kind 'window'}}
  %0 = dsv4.insert_keys %t, %k, %c : tensor<?x128xbf16>, !ent -> !ent
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!win_fnuz = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>
func.func @insert_keys_c1_dialect(%t: !t, %k: tensor<?x128xbf16>, %c: !win) {
  // expected-error @+1 {{[insert_keys_c1] result must have the type of cache, '!dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>', got '!dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>'}}
  %0 = dsv4.insert_keys %t, %k, %c : tensor<?x128xbf16>, !win -> !win_fnuz
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @insert_keys_c2(%t: !t, %k: tensor<?x64xbf16>, %c: !win) {
  // expected-error @+1 {{[insert_keys_c2] keys must be [T, width + tail] bf16 with sizes [?, 128], got 'tensor<?x64xbf16>'}}
  %0 = dsv4.insert_keys %t, %k, %c : tensor<?x64xbf16>, !win -> !win
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!iq = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @index_scores_c1(%t: !t, %q: !iq, %w: tensor<?x4xbf16>, %k: !ent) {
  // expected-error @+1 {{[index_scores_c1] keys must be a cache of kind 'index'}}
  %0 = dsv4.index_scores %t, %q, %w, %k {heads = 4 : i64} : !iq, tensor<?x4xbf16>, !ent -> tensor<?x?xbf16>
  return
}

// -----

!t = !dsv4.tokens
!idx = !dsv4.cache<index, ratio 4, page 128, keys <?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>, tail 0>
!iq_short = !fp8.scaled<?x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @index_scores_c2(%t: !t, %q: !iq_short, %w: tensor<?x4xbf16>, %k: !idx) {
  // expected-error @+1 {{[index_scores_c2] query must be scaled [T, 4 * 128]}}
  %0 = dsv4.index_scores %t, %q, %w, %k {heads = 4 : i64} : !iq_short, tensor<?x4xbf16>, !idx -> tensor<?x?xbf16>
  return
}

// -----

!t = !dsv4.tokens
!idx = !dsv4.cache<index, ratio 4, page 128, keys <?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>, tail 0>
!fq = !fp8.scaled<?x512, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
func.func @index_scores_c2_format(%t: !t, %q: !fq, %w: tensor<?x4xbf16>, %k: !idx) {
  // expected-error @+1 {{[index_scores_c2] query must have the number format of keys}}
  %0 = dsv4.index_scores %t, %q, %w, %k {heads = 4 : i64} : !fq, tensor<?x4xbf16>, !idx -> tensor<?x?xbf16>
  return
}

// -----

!t = !dsv4.tokens
!idx = !dsv4.cache<index, ratio 4, page 128, keys <?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>, tail 0>
!iq = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @index_scores_c3(%t: !t, %q: !iq, %w: tensor<?x8xbf16>, %k: !idx) {
  // expected-error @+1 {{[index_scores_c3] weights must be [T, H] bf16 with sizes [?, 4], got 'tensor<?x8xbf16>'}}
  %0 = dsv4.index_scores %t, %q, %w, %k {heads = 4 : i64} : !iq, tensor<?x8xbf16>, !idx -> tensor<?x?xbf16>
  return
}

// -----

!t = !dsv4.tokens
!idx = !dsv4.cache<index, ratio 4, page 128, keys <?x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>, tail 0>
!iq = !fp8.scaled<?x512, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
func.func @index_scores_c4(%t: !t, %q: !iq, %w: tensor<?x4xbf16>, %k: !idx) {
  // expected-error @+1 {{[index_scores_c4] result must be [T, ?] bf16, got 'tensor<?x?xf32>'}}
  %0 = dsv4.index_scores %t, %q, %w, %k {heads = 4 : i64} : !iq, tensor<?x4xbf16>, !idx -> tensor<?x?xf32>
  return
}

// -----

!t = !dsv4.tokens
func.func @select_c1(%t: !t, %s: tensor<?x?xf32>) {
  // expected-error @+1 {{[select_c1] scores must be [T, ?] bf16, got 'tensor<?x?xf32>'}}
  %0 = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xf32> -> tensor<?x24xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @select_c2(%t: !t, %s: tensor<?x?xbf16>) {
  // expected-error @+1 {{[select_c2] result must be [T, k] i32, got 'tensor<?x24xi64>'}}
  %0 = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x24xi64>
  return
}

// -----

!t = !dsv4.tokens
func.func @select_c2_static(%t: !t, %s: tensor<?x?xbf16>) {
  // expected-error @+1 {{[select_c2] result must have a static, positive k}}
  %0 = dsv4.select %t, %s {ratio = 4 : i64} : tensor<?x?xbf16> -> tensor<?x?xi32>
  return
}

// -----

!t = !dsv4.tokens
func.func @select_c3(%t: !t, %s: tensor<?x?xbf16>) {
  // expected-error @+1 {{[select_c3] ratio must be at least 2, got 1}}
  %0 = dsv4.select %t, %s {ratio = 1 : i64} : tensor<?x?xbf16> -> tensor<?x24xi32>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c1(%t: !t, %q: tensor<?x1024xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c1] query must be [T, H, d] bf16, got 'tensor<?x1024xbf16>'}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x1024xbf16>, !win, tensor<8xf32> -> tensor<?x1024xbf16>
  return
}

// -----

!t = !dsv4.tokens
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c2(%t: !t, %q: tensor<?x8x128xbf16>, %w: !ent, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c2] window_keys must be a cache of kind 'window'}}
  %0 = dsv4.attention %t, %q, %w sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !ent, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c2_width(%t: !t, %q: tensor<?x8x256xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c2] window_keys must have rows of 256 channels, got 128}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x256xbf16>, !win, tensor<8xf32> -> tensor<?x8x256xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c3(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !win, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c3] entries must be a cache of kind 'entries'}}
  %0 = dsv4.attention %t, %q, %w entries %e : !win selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent_fnuz = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>
func.func @attention_c3_dialect(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !ent_fnuz, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c3] entries must have rows as the window, '!fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>' and tail 64, got '!fp8.scaled<?x64, e4m3 fnuz bias 8,}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent_fnuz selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c4(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c4] selection must not be given without entries}}
  %0 = dsv4.attention %t, %q, %w selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c4_type(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi64>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c4] selection must be [T, k] i32, got 'tensor<?x24xi64>'}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi64> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c5(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi32>, %k: tensor<8xbf16>) {
  // expected-error @+1 {{[attention_c5] sink must be [H] f32 with sizes [8], got 'tensor<8xbf16>'}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xbf16> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c6(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c6] window must be at least 1, got 0}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi32> sink %k {scale = 0.5 : f32, window = 0 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}

// -----

!t = !dsv4.tokens
!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!ent = !dsv4.cache<entries, ratio 4, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
func.func @attention_c6_scale(%t: !t, %q: tensor<?x8x128xbf16>, %w: !win, %e: !ent, %s: tensor<?x24xi32>, %k: tensor<8xf32>) {
  // expected-error @+1 {{[attention_c6] scale must be positive and finite, got 0}}
  %0 = dsv4.attention %t, %q, %w entries %e : !ent selection %s : tensor<?x24xi32> sink %k {scale = 0.0 : f32, window = 48 : i64} : tensor<?x8x128xbf16>, !win, tensor<8xf32> -> tensor<?x8x128xbf16>
  return
}
