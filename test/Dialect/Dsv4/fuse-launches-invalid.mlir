// RUN: dsv4-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(dsv4.program(dsv4-fuse-launches))'

// expected-error @+1 {{[fuse_launches_c1] has no 'dsv4.bucket'; run dsv4-specialize-programs first}}
dsv4.program @fuse_launches_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  dsv4.return %0 : tensor<?x256xbf16>
}

// -----

!x = !fp8.scaled<?x256, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>

dsv4.program @fuse_launches_c2(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 1 : i64} {
  %q = fp8.quantize %x : tensor<?x256xbf16> to !x
  // expected-error @+1 {{[fuse_launches_c2] has no rule to become part of a launch}}
  %0 = fp8.dequantize %q : !x to tensor<?x256xbf16>
  dsv4.return %0 : tensor<?x256xbf16>
}
