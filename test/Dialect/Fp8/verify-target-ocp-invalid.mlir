// RUN: dsv4-opt %s --fp8-verify-target=target-format=ocp --split-input-file --verify-diagnostics

// The same constraints with the target's roles exchanged: a path that is gated
// on one dialect must not fall through silently on the other.

func.func @target_c4_extf(%x: vector<4xf8E4M3FNUZ>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c4] needs e4m3 fnuz (bias 8), the target computes in e4m3 ocp (bias 7)}}
  %0 = arith.extf %x : vector<4xf8E4M3FNUZ> to vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

func.func @target_c4_mfma(%a: vector<8xf8E4M3FNUZ>, %c: vector<4xf32>) -> vector<4xf32> {
  // expected-error @+1 {{[target_c4] needs e4m3 fnuz (bias 8), the target computes in e4m3 ocp (bias 7)}}
  %0 = amdgpu.mfma 16x16x32 %a * %a + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
  return %0 : vector<4xf32>
}

// -----

func.func @target_c5_quantize(%x: tensor<?x128xbf16>) {
  // expected-error @+1 {{[target_c5] uses a value in e4m3 fnuz (bias 8), the target computes in e4m3 ocp (bias 7); fp8-legalize moves the module there}}
  %0 = fp8.quantize %x : tensor<?x128xbf16> to !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
  return
}

// -----

// Accepted: the dialect of the target.
func.func @native(%a: vector<8xf8E4M3FN>, %c: vector<4xf32>) -> vector<4xf32> {
  %0 = amdgpu.mfma 16x16x32 %a * %a + %c { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>, vector<4xf32>
  return %0 : vector<4xf32>
}
