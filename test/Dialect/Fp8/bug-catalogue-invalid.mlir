// RUN: dsv4-opt %s --fp8-verify-target=target-format=fnuz --split-input-file --verify-diagnostics

// Each function is a bug that some public bring-up on FNUZ hardware shipped, as
// a program; docs/Fp8Bugs.md tells the stories. None of them gets through.

// OCP weights as operands of a FNUZ product: every dot is wrong by a factor.
func.func @weights_wrong_by_two(%a: !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, %w: !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[scaled_matmul_c2] mixes FP8 dialects: lhs is e4m3 fnuz (bias 8), rhs is e4m3 ocp (bias 7)}}
  %0 = fp8.scaled_matmul %a, %w : !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> -> tensor<?x128xbf16>
  return
}

// -----

// The bytes were recast, the exponent was forgotten.
func.func @scale_never_doubled(%a: !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, %w: !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  %v = fp8.recast %w : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major>
  // expected-error @+1 {{[scaled_matmul_c3] rhs in e4m3 fnuz (bias 8) has an unpaid shift of 1; fp8.recast pays it}}
  %0 = fp8.scaled_matmul %a, %v : !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>, !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 1, largest 224, row_major> -> tensor<?x128xbf16>
  return
}

// -----

// A second recast of the same value: its type says that it is FNUZ already.
// expected-note @+2 {{prior use here}}
func.func @scale_doubled_twice(%w: !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>) {
  %v = fp8.recast %w : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
  // expected-error @+1 {{use of value '%v' expects different type than prior uses: '!fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>' vs '!fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>'}}
  %x = fp8.recast %v : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
  return
}

// -----

// `.view(fnuz)`: the bytes change their name, the scale does not change.
func.func @viewed_instead_of_recast(%w: tensor<128x128xf8E4M3FN>) {
  // expected-error @+1 {{[target_c1] reinterprets e4m3 ocp (bias 7) as e4m3 fnuz (bias 8)}}
  %0 = tensor.bitcast %w : tensor<128x128xf8E4M3FN> to tensor<128x128xf8E4M3FNUZ>
  return
}

// -----

// A byte 7F, NaN in OCP, laundered into the finite 240 of FNUZ.
func.func @nan_laundered(%x: f8E4M3FN) {
  // expected-error @+1 {{[target_c1] reinterprets e4m3 ocp (bias 7) as e4m3 fnuz (bias 8)}}
  %0 = arith.bitcast %x : f8E4M3FN to f8E4M3FNUZ
  return
}

// -----

// Scale computed for one maximum, values clamped at another.
func.func @clamp_at_240(%x: vector<4xf32>) {
  // expected-error @+1 {{[truncate_c1] largest 240 is above 224, the most that a writer of e4m3 fnuz (bias 8) may produce: beyond it the bytes differ from those of e4m3 ocp (bias 7) and may be its NaN}}
  %0 = fp8.truncate %x largest 240 : vector<4xf32> to vector<4xf8E4M3FNUZ>
  return
}

// -----

func.func @scale_for_448_clamp_at_224(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[quantize_c4] the scale is computed for largest 448 of e4m3 ocp (bias 7), the clamp would be at 224}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 224, row_major>
  return
}

// -----

// The convention of one engine for its window cache: FNUZ up to 240.
// expected-error @+1 {{[scaled_c3] largest 240 is above 224, the most that a writer of e4m3 fnuz (bias 8) may produce: beyond it the bytes differ from those of e4m3 ocp (bias 7) and may be its NaN}}
func.func private @cache_up_to_240(!fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 240, row_major>)

// -----

// One flag for two caches: written in FNUZ, read in OCP.
func.func private @read_cache(!fp8.scaled<?x448, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>)
func.func @writer_is_not_reader(%x: tensor<?x448xbf16>) {
  %0 = fp8.quantize %x : tensor<?x448xbf16> to !fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>
  // expected-error @+1 {{operand type mismatch: expected operand type '!fp8.scaled<?x448, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>', but provided '!fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>'}}
  func.call @read_cache(%0) : (!fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>) -> ()
  return
}

// -----

// Keys stored in panels and read row-major.
func.func private @read_rows(!fp8.scaled<64x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>)
func.func @layout_lost(%k: !fp8.scaled<64x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>) {
  // expected-error @+1 {{operand type mismatch: expected operand type '!fp8.scaled<64x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>', but provided '!fp8.scaled<64x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>'}}
  func.call @read_rows(%k) : (!fp8.scaled<64x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>) -> ()
  return
}

// -----

// Mixed operands of a matrix instruction; upstream's verifier accepts them.
func.func @mixed_operands(%a: vector<8xf8E4M3FNUZ>, %b: vector<8xf8E4M3FN>, %c: vector<4xf32>) {
  // expected-error @+1 {{[target_c3] mixes FP8 dialects: e4m3 fnuz (bias 8) and e4m3 ocp (bias 7)}}
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FN>, vector<4xf32>
  return
}

// -----

// The native instruction for the wrong dialect.
func.func @native_path_of_the_wrong_dialect(%x: vector<4xf8E4M3FN>) {
  // expected-error @+1 {{[target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)}}
  %0 = arith.extf %x : vector<4xf8E4M3FN> to vector<4xf32>
  return
}

// -----

// UE8M0 bytes that lose their label and are read as numbers.
func.func @scale_label_lost(%s: tensor<8xf8E8M0FNU>) {
  // expected-error @+1 {{[target_c1] reinterprets e8m0 (bias 127) as tensor<8xi8>}}
  %0 = tensor.bitcast %s : tensor<8xf8E8M0FNU> to tensor<8xi8>
  return
}

// -----

func.func private @read_f32_scales(!fp8.scaled<?x128, e4m3 fnuz bias 8, f32 1x128, shift 0, largest 224, row_major>)
func.func @scale_format_mixed_up(%x: !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>) {
  // expected-error @+1 {{operand type mismatch: expected operand type '!fp8.scaled<?x128, e4m3 fnuz bias 8, f32 1x128, shift 0, largest 224, row_major>', but provided '!fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>'}}
  func.call @read_f32_scales(%x) : (!fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>) -> ()
  return
}

// -----

// FP4 weights declared FP8: lossless only if the scales of a block lie close
// together, which no type can promise.
func.func @fp4_to_fp8(%w: !fp8.scaled<128x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>) {
  // expected-error @+1 {{[recast_c1] may change the dialect and the shift, not format e2m1 (bias 1) and e4m3 fnuz (bias 8), block 1x32 and 128x128, largest 6 and 224}}
  %0 = fp8.recast %w : !fp8.scaled<128x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major> to !fp8.scaled<128x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
  return
}

// -----

// E5M2 FNUZ with the bias of OCP.
// expected-error @+1 {{[scaled_c9] e5m2 fnuz has bias 16, got 15}}
func.func private @bf8_bias(!fp8.scaled<128x128, e5m2 fnuz bias 15, e8m0 128x128, shift 0, largest 28672, row_major>)

// -----

// A name that one dialect's type got from another's.
// expected-error @+1 {{[scaled_c9] e4m3 ocp has bias 7, got 8}}
func.func private @name_mapped_to_the_other_dialect(!fp8.scaled<128x128, e4m3 ocp bias 8, e8m0 128x128, shift 0, largest 448, row_major>)

// -----

// A path that is gated on OCP types and silently skipped for FNUZ ones: the
// module still holds OCP values.
func.func @gate_skipped(%x: !fp8.scaled<4x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[target_c5] uses a value in e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)}}
  %0 = fp8.dequantize %x : !fp8.scaled<4x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to tensor<4x128xbf16>
  return
}

// -----

// A scale derived from the format's own maximum, as amax / 240.
func.func @scale_from_240(%amax: f32) {
  // expected-error @+1 {{[scale_exponent_c1] the divisor is 448 (e4m3) or 6 (e2m1), got 240}}
  %0 = fp8.scale_exponent %amax divisor 240 : f32 to i32
  return
}

// -----

// E4M3 scales of FP4 keys taken for FNUZ ones.
// expected-error @+1 {{[scaled_c2] scales are f8E8M0FNU (e8m0), f32 or f8E4M3FN (e4m3 ocp), got 'f8E4M3FNUZ'}}
func.func private @fnuz_scales(!fp8.scaled<?x512, e2m1 bias 1, e4m3 fnuz 1x16, shift 0, largest 6, row_major>)
