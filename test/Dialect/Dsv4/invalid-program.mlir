// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{[program_c1] the first argument must be !dsv4.tokens}}
dsv4.program @program_c1(%x: tensor<?x256xbf16> {dsv4.name = "x"}) {
  dsv4.return
}

// -----

// expected-error @+1 {{[program_c1] argument 1 must not be !dsv4.tokens; the first is}}
dsv4.program @program_c1_twice(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %u: !dsv4.tokens {dsv4.name = "more"}) {
  dsv4.return
}

// -----

// expected-error @+1 {{[program_c2] argument 1 must be a tensor, a cache or open rows}}
dsv4.program @program_c2(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %x: f32 {dsv4.name = "x"}) {
  dsv4.return
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
// expected-error @+1 {{[program_c2] argument 2 is an input and must come before the state}}
dsv4.program @program_c2_order(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"},
                  %x: tensor<?x256xbf16> {dsv4.name = "x"}) -> (!win {dsv4.name = "layers.0.window"}) {
  dsv4.return %k : !win
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
// expected-error @+1 {{[program_c3] must return each of its 1 state arguments, got 0}}
dsv4.program @program_c3(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"}) {
  dsv4.return
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
!win_fnuz = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>
// expected-error @+1 {{[program_c3] must return the state 'layers.0.window' as it found it, '!dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>', got '!dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>, tail 64>'}}
dsv4.program @program_c3_dialect(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"}) -> (!win_fnuz {dsv4.name = "layers.0.window"}) {
  %0 = builtin.unrealized_conversion_cast %k : !win to !win_fnuz
  dsv4.return %0 : !win_fnuz
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
// expected-error @+1 {{[program_c3] result 0 must be a tensor that precedes all state}}
dsv4.program @program_c3_order(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"}) -> (!win {dsv4.name = "layers.0.window"}, f32 {dsv4.name = "x"}) {
  %0 = arith.constant 0.0 : f32
  dsv4.return %k, %0 : !win, f32
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
// expected-error @+1 {{[program_c4] argument 1 must have a 'dsv4.name'}}
dsv4.program @program_c4(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win) -> (!win {dsv4.name = "layers.0.window"}) {
  dsv4.return %k : !win
}

// -----

// expected-error @+1 {{[program_c4] arguments must have different names, got 'tokens' twice}}
dsv4.program @program_c4_unique(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %x: tensor<?x256xbf16> {dsv4.name = "tokens"}) {
  dsv4.return
}

// -----

// expected-error @+1 {{[program_c4] result 0 must have a 'dsv4.name'}}
dsv4.program @program_c4_result(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %x: tensor<?x256xbf16> {dsv4.name = "x"}) -> (tensor<?x256xbf16>) {
  dsv4.return %x : tensor<?x256xbf16>
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
// expected-error @+1 {{[program_c5] must return the state 'layers.0.window' under its name, got 'layers.1.window'}}
dsv4.program @program_c5(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"}) -> (!win {dsv4.name = "layers.1.window"}) {
  dsv4.return %k : !win
}

// -----

!win = !dsv4.cache<window, ratio 1, page 128, keys <?x64, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>, tail 64>
dsv4.program @return_c1(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %k: !win {dsv4.name = "layers.0.window"}) -> (!win {dsv4.name = "layers.0.window"}) {
  // expected-error @+1 {{[return_c1] must return 1 values, got 0}}
  dsv4.return
}

// -----

dsv4.program @return_c1_type(%t: !dsv4.tokens {dsv4.name = "tokens"},
                  %x: tensor<?x128xbf16> {dsv4.name = "x"}) -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  // expected-error @+1 {{[return_c1] must return 'y' as 'tensor<?x256xbf16>', got 'tensor<?x128xbf16>'}}
  dsv4.return %x : tensor<?x128xbf16>
}
