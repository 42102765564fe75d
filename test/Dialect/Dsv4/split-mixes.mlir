// RUN: dsv4-opt %s --split-input-file --pass-pipeline='builtin.module(dsv4.program(dsv4-split-mixes{min-tokens=16}))' | FileCheck %s

// One product of all tokens, which the mix takes instead of its matrix's rows.
// CHECK-LABEL: dsv4.program @step.t16(
// CHECK-SAME: %[[S:[a-z0-9]+]]: tensor<?x4x256xbf16>
// CHECK: %[[FN:.*]] = dsv4.weight "fn"
// CHECK: %[[P:.*]] = dsv4.linear %[[S]], %[[FN]] : tensor<?x4x256xbf16>, tensor<24x1024xf32> -> tensor<?x24xf32>
// CHECK: dsv4.hc_mix %[[S]], %[[FN]], %{{.*}}, %{{.*}} product %[[P]] {eps = 9.99999997E-7 : f32, hc_eps = 9.99999997E-7 : f32, iterations = 20 : i64}
// CHECK-SAME: tensor<3xf32>, tensor<?x24xf32> -> tensor<?x256xbf16>
// CHECK: %[[Q:.*]] = dsv4.linear %[[S]], %{{.*}} : tensor<?x4x256xbf16>, tensor<4x1024xf32> -> tensor<?x4xf32>
// CHECK: dsv4.hc_collapse %[[S]], %{{.*}}, %{{.*}}, %{{.*}} product %[[Q]] {{.*}} tensor<1xf32>, tensor<?x4xf32> -> tensor<?x256xbf16>
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %s: tensor<?x4x256xbf16> {dsv4.name = "s"})
    -> (tensor<?x256xbf16> {dsv4.name = "x"}, tensor<?x256xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 16 : i64} {
  %fn = dsv4.weight "fn" : tensor<24x1024xf32>
  %base = dsv4.weight "base" : tensor<24xf32>
  %scale = dsv4.weight "scale" : tensor<3xf32>
  %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  %cfn = dsv4.weight "head_fn" : tensor<4x1024xf32>
  %cbase = dsv4.weight "head_base" : tensor<4xf32>
  %cscale = dsv4.weight "head_scale" : tensor<1xf32>
  %y = dsv4.hc_collapse %s, %cfn, %cbase, %cscale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32}
    : tensor<?x4x256xbf16>, tensor<4x1024xf32>, tensor<4xf32>, tensor<1xf32> -> tensor<?x256xbf16>
  dsv4.return %x, %y : tensor<?x256xbf16>, tensor<?x256xbf16>
}

// -----

// Few tokens share the product among workgroups of the mix's launch.
// CHECK-LABEL: dsv4.program @step.t4(
// CHECK-NOT: dsv4.linear
// CHECK: dsv4.hc_mix
// CHECK-NOT: product
dsv4.program @step.t4(%t: !dsv4.tokens {dsv4.name = "tokens"}, %s: tensor<?x4x256xbf16> {dsv4.name = "s"})
    -> (tensor<?x256xbf16> {dsv4.name = "x"}) attributes {dsv4.bucket = 4 : i64} {
  %fn = dsv4.weight "fn" : tensor<24x1024xf32>
  %base = dsv4.weight "base" : tensor<24xf32>
  %scale = dsv4.weight "scale" : tensor<3xf32>
  %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale {eps = 1.0e-6 : f32, hc_eps = 1.0e-6 : f32, iterations = 20 : i64}
    : tensor<?x4x256xbf16>, tensor<24x1024xf32>, tensor<24xf32>, tensor<3xf32> -> tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>
  dsv4.return %x : tensor<?x256xbf16>
}
