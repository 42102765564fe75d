// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942})' | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942},canonicalize,cse,gpu.module(gpu.func(pack-shared-buffers)))' -o %t.mlir
// RUN: dsv4c kernels %t.mlir --target=gfx942 --emit=object -o %t.hsaco
// RUN: %python %S/CheckTopK.py %t.hsaco bf16 20000 37 | FileCheck %s --check-prefix=BF16
// RUN: %python %S/CheckTopK.py %t.hsaco f32 9998 37 | FileCheck %s --check-prefix=F32
// RUN: not %python %S/CheckTopK.py %t.hsaco f32 20000 37 2>&1 | FileCheck %s --check-prefix=OTHER

// Two bytes of a key are two histograms, looked through sixteen bytes at a time,
// four loads ahead. Neighbouring lanes add to histograms of their own.
// CHECK-LABEL: gpu.func @bf16
// CHECK: memref<2056xi32, #gpu.address_space<workgroup>>
// CHECK: scf.for
// CHECK-COUNT-4: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xi16>
// CHECK-COUNT-32: memref.atomic_rmw addi
// CHECK: gpu.shuffle xor
// CHECK: scf.for
// CHECK-COUNT-32: memref.atomic_rmw addi
// CHECK-NOT: memref.atomic_rmw

// BF16: 12 selections agree with a sort
// F32: 12 selections agree with a sort
// Rows of another length show that the comparison can fail.
// OTHER: f32: row 1 of 1001 elements: expected
tile.kernel @bf16(%wg: index, %x: memref<2x20000xbf16>, %n: memref<1xindex>, %y: memref<2x37xi32>)
    attributes {workgroups = 2 : i64} {
  %c0 = arith.constant 0 : index
  %count = memref.load %n[%c0] : memref<1xindex>
  %k = tile.top_k %x[%wg] count %count : memref<2x20000xbf16> -> tensor<37xi32>
  tile.store %k, %y[%wg, %c0] : tensor<37xi32>, memref<2x37xi32>
  tile.return
}

// Where rows are no multiple of sixteen bytes, loads are smaller.
// CHECK-LABEL: gpu.func @f32
// CHECK: scf.for
// CHECK-COUNT-4: llvm.load %{{.*}} : !llvm.ptr<1> -> vector<2xf32>
tile.kernel @f32(%wg: index, %x: memref<2x9998xf32>, %n: memref<1xindex>, %y: memref<2x37xi32>)
    attributes {workgroups = 2 : i64} {
  %c0 = arith.constant 0 : index
  %count = memref.load %n[%c0] : memref<1xindex>
  %k = tile.top_k %x[%wg] count %count : memref<2x9998xf32> -> tensor<37xi32>
  tile.store %k, %y[%wg, %c0] : tensor<37xi32>, memref<2x37xi32>
  tile.return
}
