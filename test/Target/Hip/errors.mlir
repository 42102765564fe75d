// What has no translation is an error at the op, never left out. Which chip and which arithmetic a source is for is
// checked by the source itself.

// RUN: split-file %s %t

// RUN: not dsv4c kernels %t/op.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=OP
// OP: op.mlir:5:10: error: 'math.ctpop' op [hip_source_c1] has no translation to HIP C++
// RUN: not dsv4c kernels %t/intrinsic.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=INTRINSIC
// INTRINSIC: intrinsic.mlir:5:10: error: 'llvm.call_intrinsic' op [hip_source_c1] has no translation to HIP C++
// RUN: not dsv4c kernels %t/type.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: type.mlir:3:10: error: 'llvm.load' op [hip_source_c2] has a value of type 'i24', which has no HIP C++ type
// RUN: not dsv4c kernels %t/parameter.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=PARAMETER
// PARAMETER: error: 'gpu.func' op [hip_source_c2] parameter #0 is of type '!llvm.ptr'; expected a pointer to global memory or a memref
// RUN: not dsv4c kernels %t/fast.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=FAST
// FAST: fast.mlir:4:10: error: 'arith.addf' op [hip_source_c3] has fast-math flags; the source promises exact results
// RUN: not dsv4c kernels %t/volatile.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=VOLATILE
// VOLATILE: volatile.mlir:3:10: error: 'llvm.load' op [hip_source_c3] is volatile or atomic, which the source has no word for
// RUN: not dsv4c kernels %t/attribute.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=ATTRIBUTE
// ATTRIBUTE: error: 'gpu.func' op [hip_source_c3] has the attribute 'rocdl.max_flat_work_group_size', which HIP C++ lacks
// RUN: not dsv4c kernels %t/block.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=BLOCK
// BLOCK: error: 'gpu.func' op [hip_source_c4] has no known_block_size
// RUN: not ls %t/out

// An FP8 dialect that the chip doesn't compute in is refused before there is a source.
// RUN: not dsv4c kernels %t/ocp.mlir --target=gfx942 --emit=hip -o %t/out 2>&1 | FileCheck %s --check-prefix=DIALECT
// DIALECT: ocp.mlir:7:10: error: 'amdgpu.ext_packed_fp8' op [target_c4] needs e4m3 ocp (bias 7), the target computes in e4m3 fnuz (bias 8)

// RUN: dsv4c kernels %t/fnuz.mlir --target=gfx942 --emit=hip -o %t/fnuz.hip
// RUN: clang++-22 -x hip --offload-arch=gfx942 --cuda-device-only -nogpuinc -nogpulib -fsyntax-only %t/fnuz.hip
// RUN: not clang++-22 -x hip --offload-arch=gfx950 --cuda-device-only -nogpuinc -nogpulib -fsyntax-only %t/fnuz.hip 2>&1 | FileCheck %s --check-prefix=CHIP
// CHIP: error: "these kernels are for gfx942 and its FP8 dialect, fnuz; compile them for gfx942"
// CHIP-NEXT: #error
// CHIP: 1 error generated
// RUN: not clang++-22 -x c++ --target=amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib -ffast-math -fsyntax-only %t/fnuz.hip 2>&1 | FileCheck %s --check-prefix=MATH
// MATH: error: "these kernels have exact results; compile them without fast math"

// The same kernel for the other chip is another source, and compiles there.
// RUN: sed s/f8E4M3FNUZ/f8E4M3FN/ %t/fnuz.mlir > %t/for950.mlir
// RUN: dsv4c kernels %t/for950.mlir --target=gfx950 --emit=hip -o %t/ocp.hip
// RUN: clang++-22 -x hip --offload-arch=gfx950 --cuda-device-only --no-gpu-bundle-output -nogpuinc -nogpulib -Wall -Werror %t/ocp.hip -o %t/ocp.hsaco
// RUN: llvm-objdump -d %t/ocp.hsaco | FileCheck %s --check-prefix=CODE950
// CODE950: v_cvt_pk_f32_fp8
// RUN: not clang++-22 -x hip --offload-arch=gfx942 --cuda-device-only -nogpuinc -nogpulib -fsyntax-only %t/ocp.hip 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: "these kernels are for gfx950 and its FP8 dialect, ocp; compile them for gfx950"

//--- op.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: memref<64xi32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xi32>
    %w = math.ctpop %v : i32
    memref.store %w, %x[%t] : memref<64xi32>
    gpu.return
  }
}

//--- intrinsic.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: memref<64xi32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xi32>
    %w = llvm.call_intrinsic "llvm.amdgcn.permlane64"(%v) : (i32) -> i32
    memref.store %w, %x[%t] : memref<64xi32>
    gpu.return
  }
}

//--- type.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %v = llvm.load %x : !llvm.ptr<1> -> i24
    llvm.store %v, %x : i24, !llvm.ptr<1>
    gpu.return
  }
}

//--- parameter.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}

//--- fast.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %v = llvm.load %x : !llvm.ptr<1> -> f32
    %w = arith.addf %v, %v fastmath<fast> : f32
    llvm.store %w, %x : f32, !llvm.ptr<1>
    gpu.return
  }
}

//--- volatile.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %v = llvm.load volatile %x : !llvm.ptr<1> -> f32
    llvm.store %v, %x : f32, !llvm.ptr<1>
    gpu.return
  }
}

//--- attribute.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, rocdl.max_flat_work_group_size = 64 : i32} {
    gpu.return
  }
}

//--- block.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel {
    gpu.return
  }
}

//--- ocp.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %word = llvm.load %x : !llvm.ptr<1> -> i32
    %codes = llvm.bitcast %word : i32 to vector<4xi8>
    %fp8 = arith.bitcast %codes : vector<4xi8> to vector<4xf8E4M3FN>
    %a = amdgpu.ext_packed_fp8 %fp8[0] : vector<4xf8E4M3FN> to f32
    llvm.store %a, %x : f32, !llvm.ptr<1>
    gpu.return
  }
}

//--- fnuz.mlir
gpu.module @kernels {
  gpu.func @kernel(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %word = llvm.load %x {alignment = 4 : i64} : !llvm.ptr<1> -> vector<4xi8>
    %fp8 = arith.bitcast %word : vector<4xi8> to vector<4xf8E4M3FNUZ>
    %a = fp8.extend finite %fp8 : vector<4xf8E4M3FNUZ> to vector<4xf32>
    llvm.store %a, %x {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}
