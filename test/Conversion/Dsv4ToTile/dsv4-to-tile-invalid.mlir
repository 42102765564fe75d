// RUN: dsv4-opt %s --dsv4-to-tile --split-input-file --verify-diagnostics

// expected-error @+1 {{[dsv4_to_tile_c1] the module has no 'exec.pool'}}
module @dsv4_to_tile_c1 {
}

// -----

// expected-error @+1 {{[dsv4_to_tile_c1] 'exec.pool' lacks the integer 'window_pages'}}
module @dsv4_to_tile_c1_integer attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
}

// -----

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
// expected-error @+1 {{[dsv4_to_tile_c2] has no 'dsv4.entry' and 'dsv4.bucket'; run dsv4-specialize-programs first}}
dsv4.program @dsv4_to_tile_c2(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  %0 = dsv4.launch -> tensor<?x256xbf16> {
    %1 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
    dsv4.yield %1 : tensor<?x256xbf16>
  }
  dsv4.return %0 : tensor<?x256xbf16>
}
}

// -----

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @product_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x192xbf16> {dsv4.name = "x"})
    -> (tensor<?x64xf32> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : tensor<64x192xbf16>
  %p = dsv4.shuffle %w : tensor<64x192xbf16> -> tensor<64x192xbf16, #fp8.layout<panel 64>>
  %y = dsv4.launch -> tensor<?x64xf32> {
    // expected-error @+1 {{[product_c1] sums over 192 columns, expected a multiple of 128}}
    %0 = dsv4.linear %x, %p : tensor<?x192xbf16>, tensor<64x192xbf16, #fp8.layout<panel 64>> -> tensor<?x64xf32>
    dsv4.yield %0 : tensor<?x64xf32>
  }
  dsv4.return %y : tensor<?x64xf32>
}
}

// -----

!w = !fp8.scaled<8x64x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!p = !fp8.scaled<8x64x64, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 64>
!y = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @experts_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x64xbf16> {dsv4.name = "x"},
                         %e: tensor<?x2xi32> {dsv4.name = "experts"})
    -> (tensor<?x2x64xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "experts.*.w1.weight" experts 8 : !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !y {
    %0 = fp8.quantize %x : tensor<?x64xbf16> to !y
    dsv4.yield %0 : !y
  }
  %y = dsv4.launch -> tensor<?x2x64xbf16> {
    // expected-error @+1 {{[experts_c1] sums over 64 columns, expected a multiple of 128}}
    %0 = dsv4.expert_linear %q, %p, %e : !y, !p, tensor<?x2xi32> -> tensor<?x2x64xbf16>
    dsv4.yield %0 : tensor<?x2x64xbf16>
  }
  dsv4.return %y : tensor<?x2x64xbf16>
}
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<8x64x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!p = !fp8.scaled<8x64x256, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 64>

// Gate and up in tiles of 128, whole blocks of the quantisation behind them.
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @experts_c2(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"},
                         %e: tensor<?x2xi32> {dsv4.name = "experts"}, %g: tensor<?x2xf32> {dsv4.name = "g"})
    -> (tensor<?x2x64xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w1 = dsv4.weight "experts.*.w1.weight" experts 8 : !w
  %p1 = fp8.shuffle %w1 : !w to !p
  %w3 = dsv4.weight "experts.*.w3.weight" experts 8 : !w
  %p3 = fp8.shuffle %w3 : !w to !p
  %q = dsv4.launch -> !x {
    %0 = fp8.quantize %x : tensor<?x256xbf16> to !x
    dsv4.yield %0 : !x
  }
  %y = dsv4.launch -> tensor<?x2x64xbf16> {
    // expected-error @+1 {{[experts_c2] has 64 columns, which tiles of 128 don't divide}}
    %0 = dsv4.expert_linear %q, %p1, %e : !x, !p, tensor<?x2xi32> -> tensor<?x2x64xbf16>
    %1 = dsv4.expert_linear %q, %p3, %e : !x, !p, tensor<?x2xi32> -> tensor<?x2x64xbf16>
    %2 = dsv4.swiglu %0, %1 weights %g : tensor<?x2xf32> {limit = 10.0 : f32} : tensor<?x2x64xbf16>, tensor<?x2x64xbf16> -> tensor<?x2x64xbf16>
    dsv4.yield %2 : tensor<?x2x64xbf16>
  }
  dsv4.return %y : tensor<?x2x64xbf16>
}
}

// -----

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @product_c2(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x96xf32> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %w = dsv4.weight "a.weight" : tensor<96x256xbf16>
  %p = dsv4.shuffle %w : tensor<96x256xbf16> -> tensor<96x256xbf16, #fp8.layout<panel 64>>
  %y = dsv4.launch -> tensor<?x96xf32> {
    // expected-error @+1 {{[product_c2] has 96 columns, which tiles of 64 don't divide}}
    %0 = dsv4.linear %x, %p : tensor<?x256xbf16>, tensor<96x256xbf16, #fp8.layout<panel 64>> -> tensor<?x96xf32>
    dsv4.yield %0 : tensor<?x96xf32>
  }
  dsv4.return %y : tensor<?x96xf32>
}
}

// -----

!keys = !fp8.scaled<?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>
!window = !dsv4.cache<window, ratio 1, page 128, keys !keys, tail 64>

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @attention_heads_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %q: tensor<?x24x128xbf16> {dsv4.name = "q"},
                                 %window: !window {dsv4.name = "window"})
    -> (tensor<?x24x128xbf16> {dsv4.name = "o"}, !window {dsv4.name = "window"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %sink = dsv4.weight "attn_sink" : tensor<24xf32>
  %o = dsv4.launch -> tensor<?x24x128xbf16> {
    // expected-error @+1 {{[attention_heads_c1] has 24 heads, which groups of 16 don't divide}}
    %0 = dsv4.attention %t, %q, %window sink %sink {scale = 0.5 : f32, window = 48 : i64}
      : tensor<?x24x128xbf16>, !window, tensor<24xf32> -> tensor<?x24x128xbf16>
    dsv4.yield %0 : tensor<?x24x128xbf16>
  }
  dsv4.return %o, %window : tensor<?x24x128xbf16>, !window
}
}

// -----

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @schedule_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  // expected-error @+1 {{[schedule_c1] output 'y' is an input of the program}}
  dsv4.return %x : tensor<?x256xbf16>
}
}

// -----

module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @schedule_c2(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}, tensor<?x256xbf16> {dsv4.name = "z"})
    attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"} {
  %0 = dsv4.launch -> tensor<?x256xbf16> {
    %1 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
    dsv4.yield %1 : tensor<?x256xbf16>
  }
  // expected-error @+1 {{[schedule_c2] value of output 'z' is already output 'y'}}
  dsv4.return %0, %0 : tensor<?x256xbf16>, tensor<?x256xbf16>
}
}
