// RUN: dsv4-test-opt %s --fp8-verify-target=target-format=fnuz --split-input-file --verify-diagnostics

func.func @target_c1_arith(%x: vector<4xf8E4M3FN>) -> vector<4xf8E4M3FNUZ> {
  // expected-error @+1 {{[target_c1] reinterprets e4m3 ocp (bias 7) as e4m3 fnuz (bias 8); fp8.recast changes the dialect of scaled values, fp8.extend and fp8.truncate convert numbers}}
  %0 = arith.bitcast %x : vector<4xf8E4M3FN> to vector<4xf8E4M3FNUZ>
  return %0 : vector<4xf8E4M3FNUZ>
}

// -----

func.func @target_c1_bytes(%x: i8) -> f8E4M3FNUZ {
  // expected-error @+1 {{[target_c1] reinterprets i8 as e4m3 fnuz (bias 8)}}
  %0 = arith.bitcast %x : i8 to f8E4M3FNUZ
  return %0 : f8E4M3FNUZ
}

// -----

func.func @target_c1_vector(%x: vector<4xf8E5M2>) -> vector<1xi32> {
  // expected-error @+1 {{[target_c1] reinterprets e5m2 ocp (bias 15) as vector<1xi32>}}
  %0 = vector.bitcast %x : vector<4xf8E5M2> to vector<1xi32>
  return %0 : vector<1xi32>
}

// -----

func.func @target_c1_tensor(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ> {
  // expected-error @+1 {{[target_c1] reinterprets e4m3 ocp (bias 7) as e4m3 fnuz (bias 8)}}
  %0 = tensor.bitcast %x : tensor<4xf8E4M3FN> to tensor<4xf8E4M3FNUZ>
  return %0 : tensor<4xf8E4M3FNUZ>
}

// -----

func.func @target_c1_memref(%x: memref<64xi8>, %i: index) -> memref<64xf8E4M3FN> {
  // expected-error @+1 {{[target_c1] reinterprets memref<64xi8> as e4m3 ocp (bias 7)}}
  %0 = memref.view %x[%i][] : memref<64xi8> to memref<64xf8E4M3FN>
  return %0 : memref<64xf8E4M3FN>
}

// -----

func.func @target_c1_cast(%x: !fp8.scaled<1x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>) {
  // expected-error @+1 {{[target_c1] reinterprets scaled e4m3 ocp (bias 7) as scaled e4m3 fnuz (bias 8)}}
  %0 = builtin.unrealized_conversion_cast %x : !fp8.scaled<1x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major> to !fp8.scaled<1x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
  return
}

// -----

func.func @target_c1_scale(%x: tensor<4xf8E8M0FNU>) -> tensor<4xi8> {
  // expected-error @+1 {{[target_c1] reinterprets e8m0 (bias 127) as tensor<4xi8>}}
  %0 = tensor.bitcast %x : tensor<4xf8E8M0FNU> to tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @target_c2_add(%x: f8E4M3FNUZ) -> f8E4M3FNUZ {
  // expected-error @+1 {{[target_c2] computes on e4m3 fnuz (bias 8); fp8.extend it to f32 first}}
  %0 = arith.addf %x, %x : f8E4M3FNUZ
  return %0 : f8E4M3FNUZ
}

// -----

// E8M0 bytes read as numbers.
func.func @target_c2_convert(%x: i8) -> f8E8M0FNU {
  // expected-error @+1 {{[target_c2] computes on e8m0 (bias 127)}}
  %0 = arith.uitofp %x : i8 to f8E8M0FNU
  return %0 : f8E8M0FNU
}

// -----

func.func @target_c3_mfma(%a: vector<8xf8E4M3FNUZ>, %b: vector<8xf8E4M3FN>, %c: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c3] mixes FP8 dialects: e4m3 fnuz (bias 8) and e4m3 ocp (bias 7); fp8.recast one of them}}
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FN>, vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

func.func @target_c3_mfma_e5m2(%a: vector<8xf8E5M2>, %b: vector<8xf8E5M2FNUZ>, %c: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c3] mixes FP8 dialects: e5m2 ocp (bias 15) and e5m2 fnuz (bias 16)}}
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E5M2>, vector<8xf8E5M2FNUZ>, vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

func.func @target_c4_extf(%x: vector<4xf8E4M3FN>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8); fp8.recast scaled values, or convert in software with fp8.extend or fp8.truncate}}
  %0 = arith.extf %x : vector<4xf8E4M3FN> to vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

func.func @target_c4_truncf(%x: vector<4xf32>) -> vector<4xf8E4M3FN> {
  // expected-error @+1 {{[target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)}}
  %0 = arith.truncf %x : vector<4xf32> to vector<4xf8E4M3FN>
  return %0 : vector<4xf8E4M3FN>
}

// -----

func.func @target_c4_mfma(%a: vector<8xf8E4M3FN>, %c: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)}}
  %0 = amdgpu.mfma 16x16x32 %a * %a + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>, vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

// An OCP pack on gfx942 would crash in the conversion to ROCDL.
func.func @target_c4_pack(%x: f32) -> vector<4xf8E5M2> {
  // expected-error @+1 {{[target_c4] needs e5m2 ocp (bias 15), the target computes in e5m2 fnuz (bias 16)}}
  %0 = amdgpu.packed_trunc_2xfp8 %x, undef into undef[word 0] : f32 to vector<4xf8E5M2>
  return %0 : vector<4xf8E5M2>
}

// -----

func.func @target_c5_quantize(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[target_c5] uses a value in e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8); fp8-legalize moves the module there}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
  return
}

// -----

func.func @target_c5_weight() {
  %0 = "test_fp8.weight"() : () -> !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
  // expected-error @+1 {{[target_c5] uses a value in e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)}}
  %1 = fp8.dequantize %0 : !fp8.scaled<128x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major> to tensor<128x128xbf16>
  return
}
