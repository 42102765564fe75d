// RUN: dsv4-opt %s --dsv4-specialize-programs=buckets=1,16,256 | FileCheck %s
// RUN: dsv4-opt %s --dsv4-specialize-programs=buckets=32 | FileCheck %s --check-prefix=ONE

// CHECK-DAG: dsv4.program @step.t1(%{{.*}} attributes {dsv4.bucket = 1 : i64, dsv4.entry = "step"}
// CHECK-DAG: dsv4.program @step.t16(%{{.*}} attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"}
// CHECK-DAG: dsv4.program @step.t256(%{{.*}} attributes {dsv4.bucket = 256 : i64, dsv4.entry = "step"}
// ONE: dsv4.program @step.t32
// ONE-NOT: @step.
dsv4.program @step(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  %0 = dsv4.scale %x {factor = 0.5 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  dsv4.return %0 : tensor<?x256xbf16>
}

// What only verification runs has the largest bucket alone.
// CHECK-NOT: @layers.0.ffn.t1
// CHECK-DAG: dsv4.program @layers.0.ffn.t256(%{{.*}} attributes {dsv4.bucket = 256 : i64, dsv4.entry = "layers.0.ffn"}
// ONE: dsv4.program @layers.0.ffn.t32
dsv4.program @layers.0.ffn(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x256xbf16> {dsv4.name = "x"})
    -> (tensor<?x256xbf16> {dsv4.name = "y"}) {
  %0 = dsv4.scale %x {factor = 2.0 : f32} : tensor<?x256xbf16> -> tensor<?x256xbf16>
  dsv4.return %0 : tensor<?x256xbf16>
}
