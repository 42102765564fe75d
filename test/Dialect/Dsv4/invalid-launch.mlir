// RUN: dsv4-opt %s --split-input-file --verify-diagnostics

func.func @launch_c1(%x: tensor<?x256xbf16>) {
  // expected-error @+1 {{[launch_c1] must have the types that it yields, ('tensor<?x256xbf16>'), got ('tensor<?x128xbf16>')}}
  %0 = dsv4.launch -> tensor<?x128xbf16> {
    dsv4.yield %x : tensor<?x256xbf16>
  }
  return
}

// -----

func.func @launch_c1_end(%x: tensor<?x4xbf16>) {
  // expected-error @+1 {{[launch_c1] the body must end in a dsv4.yield}}
  dsv4.launch {
    %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x4xbf16> -> tensor<?x4xbf16>
  }
  return
}
