// RUN: dsv4-opt %s --verify-diagnostics --pass-pipeline='builtin.module(dsv4.program(dsv4-split-mixes))'

// expected-error @+1 {{[split_mixes_c1] has no 'dsv4.bucket'; run dsv4-specialize-programs first}}
dsv4.program @split_mixes_c1(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  dsv4.return %0 : tensor<?x256xbf16>
}
