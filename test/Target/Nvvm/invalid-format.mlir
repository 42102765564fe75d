// RUN: not dsv4-opt %s --nvvm-pipeline=target=sm_90 2>&1 | FileCheck %s
// RUN: not dsv4-opt %s --nvvm-pipeline=target=gfx942 2>&1 | FileCheck %s --check-prefix=TARGET

// TARGET: nvvm-pipeline: no NVIDIA target 'gfx942'

// A program that mixes FP8 dialects, or asks an instruction for the other one,
// fails before upstream's conversions, which would accept it or crash.
// CHECK: 'arith.extf' op [target_c4] needs e4m3 fnuz (bias 8), the target computes in e4m3 ocp (bias 7)
// CHECK: 'amdgpu.mfma' op [target_c3] mixes FP8 dialects: e4m3 fnuz (bias 8) and e4m3 ocp (bias 7)
gpu.module @kernels {
  gpu.func @fnuz(%x: memref<64xf8E4M3FNUZ>, %y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %a = memref.load %x[%t] : memref<64xf8E4M3FNUZ>
    %b = arith.extf %a : f8E4M3FNUZ to f32
    memref.store %b, %y[%t] : memref<64xf32>
    gpu.return
  }
  gpu.func @mixed(%x: memref<512xf8E4M3FNUZ>, %w: memref<512xf8E4M3FN>, %y: memref<256xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    %a = vector.load %x[%c0] : memref<512xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
    %b = vector.load %w[%c0] : memref<512xf8E4M3FN>, vector<8xf8E4M3FN>
    %z = arith.constant dense<0.0> : vector<4xf32>
    %d = amdgpu.mfma 16x16x32 %a * %b + %z { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FN>, vector<4xf32>
    vector.store %d, %y[%c0] : memref<256xf32>, vector<4xf32>
    gpu.return
  }
}
