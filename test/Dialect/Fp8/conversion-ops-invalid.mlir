// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// A scale computed for 224 and a clamp at 240 differ by one binade's top codes.
func.func @truncate_c1_fnuz_240(%x: f32) {
  // expected-error @+1 {{[truncate_c1] largest 240 is above 224, the most that a writer of e4m3 fnuz (bias 8) may produce: beyond it the bytes differ from those of e4m3 ocp (bias 7) and may be its NaN}}
  %0 = fp8.truncate %x largest 240 : f32 to f8E4M3FNUZ
  return
}

// -----

func.func @truncate_c1_fnuz_448(%x: f32) {
  // expected-error @+1 {{[truncate_c1] largest 448 is above 224}}
  %0 = fp8.truncate %x largest 448 : f32 to f8E4M3FNUZ
  return
}

// -----

func.func @truncate_c1_unrepresentable(%x: f32) {
  // expected-error @+1 {{[truncate_c1] largest 447 is not a positive value of e4m3 ocp (bias 7)}}
  %0 = fp8.truncate %x largest 447 : f32 to f8E4M3FN
  return
}

// -----

func.func @scale_exponent_c1(%x: f32) {
  // expected-error @+1 {{[scale_exponent_c1] the divisor is 448 (e4m3) or 6 (e2m1), got 240}}
  %0 = fp8.scale_exponent %x divisor 240 : f32 to i32
  return
}

// -----

func.func @extend_of_bytes(%x: i8) {
  // expected-error @+1 {{operand #0 must be fp8-like or e8m0-like}}
  %0 = fp8.extend %x : i8 to f32
  return
}

// -----

func.func @shapes_differ(%x: vector<16xf8E4M3FN>) {
  // expected-error @+1 {{requires the same shape for all operands and results}}
  %0 = fp8.extend %x : vector<16xf8E4M3FN> to vector<8xf32>
  return
}

// -----

// expected-error @+1 {{[format_c1] e2m1 exists in the ocp dialect only}}
func.func private @format_c1() attributes {format = #fp8.format<e2m1 fnuz>}

// -----

// expected-error @+1 {{expected the dialect of e4m3: ocp or fnuz}}
func.func private @unnamed_dialect() attributes {format = #fp8.format<e4m3>}

// -----

// expected-error @+1 {{[layout_c1] a panel has at least one row, got 0}}
func.func private @layout_c1() attributes {layout = #fp8.layout<panel 0>}
