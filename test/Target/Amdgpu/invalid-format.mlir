// RUN: not dsv4-opt %s --amdgpu-pipeline=target=gfx942 2>&1 | FileCheck %s --check-prefix=GFX942
// RUN: not dsv4-opt %s --amdgpu-pipeline=target=gfx950 2>&1 | FileCheck %s --check-prefix=GFX950

// A program that mixes FP8 dialects, or asks an instruction for the other one,
// fails before upstream's conversions, which would accept it or crash.
// GFX942: 'arith.extf' op [target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)
// GFX942: 'amdgpu.mfma' op [target_c3] mixes FP8 dialects: e4m3 fnuz (bias 8) and e4m3 ocp (bias 7)
// GFX942-NOT: @fnuz
// GFX950: 'amdgpu.mfma' op [target_c3] mixes FP8 dialects: e4m3 fnuz (bias 8) and e4m3 ocp (bias 7)
// GFX950: 'amdgpu.packed_trunc_2xfp8' op [target_c4] needs e4m3 fnuz (bias 8), the target computes in e4m3 ocp (bias 7)
gpu.module @kernels {
  gpu.func @ocp(%x: memref<64xf8E4M3FN>, %y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %a = memref.load %x[%t] : memref<64xf8E4M3FN>
    %b = arith.extf %a : f8E4M3FN to f32
    memref.store %b, %y[%t] : memref<64xf32>
    gpu.return
  }
  gpu.func @mixed(%x: memref<512xf8E4M3FNUZ>, %w: memref<512xf8E4M3FN>, %y: memref<256xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %i = arith.muli %t, %c8 : index
    %o = arith.muli %t, %c4 : index
    %a = vector.load %x[%i] : memref<512xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
    %b = vector.load %w[%i] : memref<512xf8E4M3FN>, vector<8xf8E4M3FN>
    %z = arith.constant dense<0.0> : vector<4xf32>
    %d = amdgpu.mfma 16x16x32 %a * %b + %z { abid = 0 : i32, cbsz = 0 : i32 } blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FN>, vector<4xf32>
    vector.store %d, %y[%o] : memref<256xf32>, vector<4xf32>
    gpu.return
  }
  gpu.func @fnuz(%x: memref<64xf32>, %y: memref<256xf8E4M3FNUZ>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %c4 = arith.constant 4 : index
    %o = arith.muli %t, %c4 : index
    %a = memref.load %x[%t] : memref<64xf32>
    %b = amdgpu.packed_trunc_2xfp8 %a, %a into undef[word 0] : f32 to vector<4xf8E4M3FNUZ>
    vector.store %b, %y[%o] : memref<256xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
    gpu.return
  }
}
