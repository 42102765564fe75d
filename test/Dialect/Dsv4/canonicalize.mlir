// RUN: dsv4-opt %s --canonicalize | FileCheck %s

// Splitting into heads and merging again leaves nothing.
// CHECK-LABEL: func @heads_of_heads
// CHECK-SAME: (%[[X:.*]]: tensor<?x256xbf16>)
// CHECK-NEXT: return %[[X]]
func.func @heads_of_heads(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %0 = dsv4.heads %x : tensor<?x256xbf16> -> tensor<?x4x64xbf16>
  %1 = dsv4.heads %0 : tensor<?x4x64xbf16> -> tensor<?x256xbf16>
  return %1 : tensor<?x256xbf16>
}

// Another number of heads is another view.
// CHECK-LABEL: func @other_heads
// CHECK-COUNT-2: dsv4.heads
func.func @other_heads(%x: tensor<?x4x64xbf16>) -> tensor<?x2x128xbf16> {
  %0 = dsv4.heads %x : tensor<?x4x64xbf16> -> tensor<?x256xbf16>
  %1 = dsv4.heads %0 : tensor<?x256xbf16> -> tensor<?x2x128xbf16>
  return %1 : tensor<?x2x128xbf16>
}

// Ops on tensors are pure, an observed value is not lost.
// CHECK-LABEL: func @unused
// CHECK-NOT: dsv4.scale
// CHECK: dsv4.observe "x"
func.func @unused(%x: tensor<?x256xbf16>) {
  %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  dsv4.observe "x" %x : tensor<?x256xbf16>
  return
}
