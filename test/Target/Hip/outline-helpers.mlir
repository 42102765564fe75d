// What the expansions rewrite becomes a function of its own, once for each op with its attributes.

// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(hip-outline-helpers))' --split-input-file | FileCheck %s

// The same op of one element, as a scalar or as a vector, is one function.
// CHECK-LABEL: gpu.module @kernels
gpu.module @kernels {
  // CHECK: func.func private @exp_f32(%[[X:.*]]: f32) -> f32 {
  // CHECK-NEXT: %[[Y:.*]] = math.exp %[[X]] : f32
  // CHECK-NEXT: return %[[Y]]
  // CHECK-NOT: func.func
  // CHECK: gpu.func @scalars
  gpu.func @scalars(%p: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %a = llvm.load %p : !llvm.ptr<1> -> f32
    // CHECK: %[[A:.*]] = func.call @exp_f32(%{{.*}}) : (f32) -> f32
    %b = math.exp %a : f32
    llvm.store %b, %p : f32, !llvm.ptr<1>
    %v = llvm.load %p : !llvm.ptr<1> -> vector<1xf32>
    // CHECK: %[[E:.*]] = vector.extract %{{.*}}[0] : f32 from vector<1xf32>
    // CHECK: %[[B:.*]] = func.call @exp_f32(%[[E]])
    // CHECK: vector.broadcast %[[B]] : f32 to vector<1xf32>
    %w = math.exp %v : vector<1xf32>
    llvm.store %w, %p : vector<1xf32>, !llvm.ptr<1>
    // Instructions stay.
    // CHECK: math.sqrt
    // CHECK: math.fma
    %s = math.sqrt %a : f32
    %f = math.fma %s, %b, %a : f32
    llvm.store %f, %p : f32, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// Ops that differ in an attribute or a property only are different functions.
// CHECK-LABEL: gpu.module @conversions
gpu.module @conversions {
  // CHECK-DAG: func.func private @fp4_low_to_f32x4(%{{.*}}: vector<4xi8>)
  // CHECK-DAG: func.func private @fp4_high_to_f32x4(%{{.*}}: vector<4xi8>)
  // CHECK-DAG: func.func private @e4m3fnuz_to_f32x4_finite(
  // CHECK-DAG: func.func private @e4m3fnuz_to_f32x4(
  // CHECK-DAG: func.func private @f32_to_bf16x4(
  // CHECK-DAG: func.func private @scale_exponent_448_f32x4(
  // CHECK-DAG: func.func private @scale_exponent_6_f32x4(
  // CHECK-DAG: func.func private @minsi_i32(%{{.*}}: i32, %{{.*}}: i32) -> i32
  // CHECK: gpu.func @kernel
  gpu.func @kernel(%p: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %bytes = llvm.load %p : !llvm.ptr<1> -> vector<4xi8>
    %codes = arith.bitcast %bytes : vector<4xi8> to vector<4xf8E4M3FNUZ>
    %low = fp8.extend_fp4 low %bytes : vector<4xi8> to vector<4xf32>
    %high = fp8.extend_fp4 high %bytes : vector<4xi8> to vector<4xf32>
    %finite = fp8.extend finite %codes : vector<4xf8E4M3FNUZ> to vector<4xf32>
    %any = fp8.extend %codes : vector<4xf8E4M3FNUZ> to vector<4xf32>
    %large = fp8.scale_exponent %any divisor 448 : vector<4xf32> to vector<4xi32>
    %small = fp8.scale_exponent %any divisor 6 : vector<4xf32> to vector<4xi32>
    %half = arith.truncf %low : vector<4xf32> to vector<4xbf16>
    %bits = arith.bitcast %half : vector<4xbf16> to vector<4xi16>
    %n = llvm.load %p : !llvm.ptr<1> -> i32
    %m = arith.minsi %n, %n : i32
    llvm.store %high, %p : vector<4xf32>, !llvm.ptr<1>
    llvm.store %finite, %p : vector<4xf32>, !llvm.ptr<1>
    llvm.store %large, %p : vector<4xi32>, !llvm.ptr<1>
    llvm.store %small, %p : vector<4xi32>, !llvm.ptr<1>
    llvm.store %bits, %p : vector<4xi16>, !llvm.ptr<1>
    llvm.store %m, %p : i32, !llvm.ptr<1>
    gpu.return
  }
}
