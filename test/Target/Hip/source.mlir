// The C++ of each kind of op. test/integration runs what clang makes of whole kernels.

// RUN: dsv4c kernels %s --target=gfx942 --emit=hip -o %t.hip
// RUN: FileCheck %s --input-file=%t.hip
// RUN: clang++-22 -x hip --offload-arch=gfx942 --cuda-device-only --no-gpu-bundle-output -nogpuinc -nogpulib -O1 -Wall -Werror %t.hip -o %t.hsaco
// RUN: llvm-readelf --notes %t.hsaco | FileCheck %s --check-prefix=ABI
// RUN: clang++-22 -x c++ --target=amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib -O1 -Wall -Werror %t.hip -o %t.hsaco
// RUN: llvm-readelf --notes %t.hsaco | FileCheck %s --check-prefix=ABI

// Names and arguments are those of the code object.
// ABI: .kernarg_segment_size: 16
// ABI: .max_flat_workgroup_size: 256
// ABI: .name: {{ *}}arith.t1

// CHECK: // Kernels of dsv4c for gfx942. FP8 dialect: fnuz (e4m3 of bias 8, NaN is 0x80).
// CHECK: #if !defined(__gfx942__)
// CHECK-NEXT: #error "these kernels are for gfx942 and its FP8 dialect, fnuz; compile them for gfx942"
// CHECK: #pragma clang fp contract(off)
// CHECK: constexpr char kTarget[] = "gfx942";
// CHECK-NEXT: constexpr char kFp8Dialect[] = "fnuz";
// CHECK: typedef f32 f32x4 __attribute__((ext_vector_type(4)));

gpu.module @kernels {
  // Expressions with one use are part of others; what is used twice has a name.
  // CHECK-LABEL: // arith.t1
  // CHECK: extern "C" __global__ void arith_t1(const GLOBAL u8 *, GLOBAL u8 *) __asm__("arith.t1");
  // CHECK-NEXT: extern "C" __global__ THREADS(256) void arith_t1(
  // CHECK-NEXT: const GLOBAL u8 *__restrict__ buffer_0,
  // CHECK-NEXT: GLOBAL u8 *__restrict__ buffer_1) {
  gpu.func @arith.t1(%x: !llvm.ptr<1> {llvm.noalias, llvm.readonly}, %y: !llvm.ptr<1> {llvm.noalias}) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
    %thread = gpu.thread_id x
    %block = gpu.block_id y
    %t = arith.index_cast %thread : index to i32
    %g = arith.index_cast %block : index to i32
    %c3 = arith.constant 3 : i32
    %minus = arith.constant -3 : i32
    // CHECK: const u32 [[T:n[0-9]+]] = (u32)__builtin_amdgcn_workitem_id_x();
    // CHECK-NEXT: const u32 [[G:n[0-9]+]] = [[T]] + (u32)__builtin_amdgcn_workgroup_id_y();
    // CHECK-NEXT: const u32 [[S:n[0-9]+]] = [[G]] * 3u;
    %sum = arith.addi %t, %g : i32
    %product = arith.muli %sum, %c3 : i32
    // CHECK-NEXT: const u32 [[X:n[0-9]+]] = (u32)((i32)[[S]] / (-3)) ^ (u32)((i32)[[T]] >> 3);
    %quotient = arith.divsi %product, %minus : i32
    %shifted = arith.shrsi %t, %c3 : i32
    %xor = arith.xori %quotient, %shifted : i32
    // CHECK-NEXT: const bool [[C:is[0-9]+]] = ((i32)[[S]] < 3) & ([[T]] >= 3u);
    // CHECK-NEXT: const u64 [[O:n[0-9]+]] = [[C]] ? (u64)[[X]] : 0ull;
    %less = arith.cmpi slt, %product, %c3 : i32
    %notLess = arith.cmpi uge, %t, %c3 : i32
    %both = arith.andi %less, %notLess : i1
    %offset = arith.extui %xor : i32 to i64
    %zero = arith.constant 0 : i64
    %safe = arith.select %both, %offset, %zero : i64
    // CHECK-NEXT: const u8 [[B:n[0-9]+]] = load<u8, 1>(buffer_0 + [[O]]);
    %p = llvm.getelementptr %x[%safe] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
    %byte = llvm.load %p {alignment = 1 : i64} : !llvm.ptr<1> -> i8
    // Bytes are computed as int and wrapped.
    %one = arith.constant 1 : i8
    // CHECK-NEXT: const u8 [[N:n[0-9]+]] = (u8)((u32)[[B]] + 1u);
    %next = arith.addi %byte, %one : i8
    // CHECK-NEXT: store<u8, 1>(buffer_1 + [[O]], [[N]]);
    // CHECK-NEXT: if ([[C]]) {
    // CHECK-NEXT: store<u8, 1>(buffer_1 + 12, [[N]]);
    %q = llvm.getelementptr %y[%safe] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
    llvm.store %next, %q {alignment = 1 : i64} : i8, !llvm.ptr<1>
    scf.if %both {
      %third = llvm.getelementptr %y[3] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i32
      llvm.store %next, %third {alignment = 1 : i64} : i8, !llvm.ptr<1>
    }
    gpu.return
  }

  // Comparisons of floats with and without NaN; masks of vectors.
  // CHECK-LABEL: // floats
  gpu.func @floats(%x: !llvm.ptr<1> {llvm.noalias}) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    // CHECK: const f32x4 [[A:x[0-9]+]] = load<f32x4, 16>(buffer_0);
    %a = llvm.load %x {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
    %nan = arith.constant dense<0x7FC00000> : vector<4xf32>
    %half = arith.constant dense<[0.5, 1.5, -2.0, 0.1]> : vector<4xf32>
    // CHECK: const f32x4 [[H:x[0-9]+]] = [[A]] * f32x4{0.5f, 1.5f, -2.0f, 0.100000001f};
    %b = arith.mulf %half, %a : vector<4xf32>
    // CHECK: const boolx4 [[M:is[0-9]+]] = __builtin_convertvector(~([[A]] <= [[H]]), boolx4);
    %m = arith.cmpf ugt, %a, %b : vector<4xf32>
    // CHECK: select([[M]], [[A]], f32x4(__builtin_bit_cast(f32, 0x7FC00000u)))
    %c = arith.select %m, %a, %nan : vector<4xi1>, vector<4xf32>
    %e = vector.extract %a[1] : f32 from vector<4xf32>
    %isNaN = arith.cmpf uno, %e, %e : f32
    // CHECK: __builtin_elementwise_sqrt(__builtin_elementwise_fma({{.*}}, [[H]], [[A]]));
    // CHECK: if ([[A]][1] != [[A]][1]) {
    %f = math.fma %c, %b, %a : vector<4xf32>
    %s = math.sqrt %f : vector<4xf32>
    scf.if %isNaN {
      llvm.store %s, %x {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<1>
    }
    gpu.return
  }

  // What a loop carries are variables, assigned together.
  // CHECK-LABEL: // loops
  gpu.func @loops(%x: !llvm.ptr<1> {llvm.noalias}, %y: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c8 = arith.constant 8 : i32
    %c1 = arith.constant 1 : i32
    %n = llvm.load %y {alignment = 4 : i64} : !llvm.ptr<1> -> i32
    // CHECK: u32 [[P:n[0-9]+]] = 0u;
    // CHECK-NEXT: u32 [[Q:n[0-9]+]] = 1u;
    // CHECK-NEXT: #pragma nounroll
    // CHECK-NEXT: for (u32 i = 0u; i < 8u; i += 1u) {
    %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%p = %c0, %q = %c1) -> (i32, i32) : i32 {
      // CHECK-NEXT: const u32 [[S:n[0-9]+]] = [[P]] + [[Q]];
      // CHECK-NEXT: const u32 [[N:next]] = [[Q]];
      // CHECK-NEXT: [[P]] = [[N]];
      // CHECK-NEXT: [[Q]] = [[S]];
      %s = arith.addi %p, %q : i32
      scf.yield %q, %s : i32, i32
    }
    // A bound that may be negative is compared as it is meant.
    // CHECK: for (u32 i = 0u; (i32)i < (i32){{n[0-9]+}}; i += 1u) {
    // CHECK-NOT: const
    %t = scf.for %i = %c0 to %n step %c1 iter_args(%p = %r#0) -> (i32) : i32 {
      %s = arith.addi %p, %r#1 : i32
      scf.yield %s : i32
    }
    // CHECK: u32 [[V:n[0-9]+]];
    // CHECK-NEXT: if ([[U:n[0-9]+]] == 0u) {
    // CHECK-NEXT: const u32 [[W:n[0-9]+]] = load<u32, 4>(buffer_1);
    // CHECK-NEXT: [[V]] = [[W]];
    // CHECK-NEXT: } else {
    // CHECK-NEXT: [[V]] = 8u;
    // CHECK-NEXT: }
    %z = arith.cmpi eq, %t, %c0 : i32
    %v = scf.if %z -> i32 {
      %w = llvm.load %y {alignment = 4 : i64} : !llvm.ptr<1> -> i32
      scf.yield %w : i32
    } else {
      scf.yield %c8 : i32
    }
    llvm.store %v, %x {alignment = 4 : i64} : i32, !llvm.ptr<1>
    gpu.return
  }

  // LDS, barriers and other lanes.
  // CHECK-LABEL: // lanes
  gpu.func @lanes(%x: memref<?x64xf32>) workgroup(%lds: memref<1088xi8, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    // CHECK: SHARED __attribute__((aligned(16))) u8 lds_bytes[1088];
    // CHECK: LOCAL u8 *const lds = (LOCAL u8 *)lds_bytes;
    %t = gpu.thread_id x
    %c64 = arith.constant 64 : index
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    // CHECK: LOCAL f32 *const [[TILE:tile[0-9]+]] = (LOCAL f32 *)(lds + 64ull);
    %tile = memref.view %lds[%c64][] : memref<1088xi8, #gpu.address_space<workgroup>> to memref<4x64xf32, #gpu.address_space<workgroup>>
    %counts = memref.view %lds[%c0][] : memref<1088xi8, #gpu.address_space<workgroup>> to memref<16xi32, #gpu.address_space<workgroup>>
    // CHECK: load<f32, 4>(buffer_0 + 2ull * 64 + [[T:n[0-9]+]]);
    %a = memref.load %x[%c2, %t] : memref<?x64xf32>
    // CHECK: store<f32, 4>([[TILE]] + 2ull * 64 + [[T]],
    memref.store %a, %tile[%c2, %t] : memref<4x64xf32, #gpu.address_space<workgroup>>
    // CHECK: lds_barrier();
    amdgpu.lds_barrier
    // CHECK: = load<f32x2, 4>([[TILE]] + 2ull);
    %v = vector.load %tile[%c0, %c2] : memref<4x64xf32, #gpu.address_space<workgroup>>, vector<2xf32>
    %b = vector.extract %v[1] : f32 from vector<2xf32>
    %c16 = arith.constant 16 : i32
    %width = arith.constant 64 : i32
    // CHECK: shuffle({{.*}}, lane_id() ^ 16u, 64u);
    %s, %ok = gpu.shuffle xor %b, %c16, %width : f32
    %one = arith.constant 1 : i32
    // CHECK: __scoped_atomic_fetch_add({{.*}}, 1u, __ATOMIC_ACQ_REL, __MEMORY_SCOPE_DEVICE);
    %before = memref.atomic_rmw addi %one, %counts[%c0] : (i32, memref<16xi32, #gpu.address_space<workgroup>>) -> i32
    // CHECK: workgroup_barrier();
    gpu.barrier
    memref.store %s, %x[%c2, %t] : memref<?x64xf32>
    gpu.return
  }

  // Workgroups that count themselves.
  // CHECK-LABEL: // device
  gpu.func @device(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c7 = arith.constant 7 : i32
    // CHECK: __builtin_amdgcn_fence(__ATOMIC_RELEASE, "agent");
    // CHECK: const u32 [[N:n[0-9]+]] = __builtin_amdgcn_atomic_inc32((GLOBAL u32 *)(buffer_0), 7u, __ATOMIC_RELAXED, "agent");
    // CHECK: __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "agent");
    llvm.fence syncscope("agent") release
    %n = llvm.atomicrmw uinc_wrap %x, %c7 syncscope("agent") monotonic : !llvm.ptr<1>, i32
    llvm.fence syncscope("agent") acquire
    // CHECK: = __builtin_amdgcn_readfirstlane([[N]]);
    %u = rocdl.readfirstlane %n : i32
    llvm.store %u, %x {alignment = 4 : i64} : i32, !llvm.ptr<1>
    gpu.return
  }

  // Matrix instructions and conversions are builtins; what LLVM calls nontemporal is too.
  // CHECK-LABEL: // matrix
  gpu.func @matrix(%x: !llvm.ptr<1> {llvm.noalias}) kernel attributes {known_block_size = array<i32: 64, 1, 1>, rocdl.waves_per_eu = 2 : i32} {
    // CHECK: THREADS(64) __attribute__((amdgpu_waves_per_eu(2))) void matrix(
    %c0 = arith.constant 0 : i32
    // CHECK: load_nontemporal<u8x8, 8>(buffer_0);
    %codes = llvm.load %x {alignment = 8 : i64, nontemporal} : !llvm.ptr<1> -> vector<8xi8>
    %word = llvm.bitcast %codes : vector<8xi8> to i64
    %zero = arith.constant dense<0.0> : vector<4xf32>
    // CHECK: = __builtin_amdgcn_mfma_f32_16x16x32_fp8_fp8({{.*}}, {{.*}}, f32x4(0.0f), 0u, 0u, 0u);
    %a = rocdl.mfma.f32.16x16x32.fp8.fp8 %word, %word, %zero, %c0, %c0, %c0 : (i64, i64, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
    // CHECK: = f32_to_bf16x4({{.*}});
    %halves = arith.truncf %a : vector<4xf32> to vector<4xbf16>
    %bits = arith.bitcast %halves : vector<4xbf16> to vector<4xi16>
    // CHECK: = __builtin_amdgcn_mfma_f32_16x16x16bf16_1k(__builtin_bit_cast(i16x4, {{.*}}), __builtin_bit_cast(i16x4, {{.*}}), {{.*}}, 0u, 0u, 0u);
    %b = rocdl.mfma.f32.16x16x16bf16.1k %bits, %bits, %a, %c0, %c0, %c0 : (vector<4xi16>, vector<4xi16>, vector<4xf32>, i32, i32, i32) -> vector<4xf32>
    // CHECK: = e4m3fnuz_to_f32x4_finite(
    %four = vector.extract_strided_slice %codes {offsets = [4], sizes = [4], strides = [1]} : vector<8xi8> to vector<4xi8>
    %fp8 = arith.bitcast %four : vector<4xi8> to vector<4xf8E4M3FNUZ>
    %c = fp8.extend finite %fp8 : vector<4xf8E4M3FNUZ> to vector<4xf32>
    // CHECK: __builtin_shufflevector(
    %d = vector.shuffle %b, %c [0, 5, 2, 7] : vector<4xf32>, vector<4xf32>
    // Vectors of other sizes lie in memory element by element.
    // CHECK: f32x3{load<f32, 4>(buffer_0 + 0), load<f32, 4>(buffer_0 + 4), load<f32, 4>(buffer_0 + 8)};
    %three = llvm.load %x {alignment = 4 : i64} : !llvm.ptr<1> -> vector<3xf32>
    %e = vector.extract %three[2] : f32 from vector<3xf32>
    %f = vector.broadcast %e : f32 to vector<4xf32>
    %sum = arith.addf %d, %f : vector<4xf32>
    llvm.store %sum, %x {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr<1>
    gpu.return
  }
}

// The prelude has what was used, and the helper its expansion, by instructions.
// RUN: FileCheck %s --input-file=%t.hip --check-prefix=HELPER
// HELPER: HELPER f32x4 e4m3fnuz_to_f32x4_finite(u8x4 x) {
// HELPER: __builtin_amdgcn_cvt_pk_f32_fp8({{.*}}, false)
// HELPER-NEXT: __builtin_amdgcn_cvt_pk_f32_fp8({{.*}}, true)
