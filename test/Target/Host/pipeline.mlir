// RUN: dsv4-opt %s --tile-host-pipeline | FileCheck %s
// RUN: dsv4-opt %s --tile-host-pipeline=march=x86-64-v4 | FileCheck %s --check-prefix=V4

// Everything is in the LLVM dialect, and nothing asks for libm.
// CHECK-NOT: {{math|scf|memref|tile|arith|fp8}}.
// CHECK-NOT: llvm.intr.exp
// CHECK-LABEL: llvm.func @softmax_step
// CHECK-SAME: (%{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: llvm.intr.fma(%{{.*}}) : (vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-NOT: bf16
// V4: llvm.intr.fma(%{{.*}}) : (vector<16xf32>, vector<16xf32>, vector<16xf32>)
tile.kernel @softmax_step(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xbf16>) attributes {workgroups = 8 : i64} {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
  %e = math.exp %a : tensor<64xf32>
  %b = arith.truncf %e : tensor<64xf32> to tensor<64xbf16>
  tile.store %b, %y[%wg, %c0] : tensor<64xbf16>, memref<?x64xbf16>
  tile.return
}
