// RUN: dsv4-opt %s --dsv4-to-tile -o %t.tile.mlir
// RUN: FileCheck %s < %t.tile.mlir
// RUN: sed -n '/tile.kernel @rmsnorm_quantize.t16(/,/^  }/p' %t.tile.mlir \
// RUN:   | dsv4-opt --pass-pipeline='builtin.module(tile-to-gpu{target=gfx942},gpu.module(gpu.func(pack-shared-buffers{max-bytes=65536})))' \
// RUN:   | FileCheck %s --check-prefix=GPU

// The blocks of a token's rows are not put into one dimension: with 56 in a row, a
// thread would have to divide to find its row again, or the workgroup to keep all
// rows, 112 KiB of f32, in shared memory.

!x = !fp8.scaled<?x4x7168, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
!c = !fp8.scaled<128x7168, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!w = !fp8.scaled<128x7168, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
!p = !fp8.scaled<128x7168, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 64 fragment 8>

// CHECK-LABEL: tile.kernel @rmsnorm_quantize.t16
// CHECK: tile.reduce max %{{.*}} dim 2 : tensor<4x56x128xf32> -> tensor<4x56xf32>
// GPU-LABEL: gpu.func @rmsnorm_quantize.t16
// GPU-SAME: workgroup(%{{.*}} : memref<4096xi8, #gpu.address_space<workgroup>>)
module attributes {exec.pool = {max_batch = 2 : i64, max_context = 512 : i64, page = 128 : i64, window_pages = 9 : i64, window_pages_per_sequence = 4 : i64, entry_pages = 8 : i64, entry_pages_per_sequence = 4 : i64, output_rows = 4 : i64}} {
dsv4.program @step.t16(%t: !dsv4.tokens {dsv4.name = "tokens"}, %x: tensor<?x4x7168xbf16> {dsv4.name = "x"})
    -> (tensor<?x4x128xbf16> {dsv4.name = "y"}) attributes {dsv4.bucket = 16 : i64, dsv4.entry = "step"} {
  %norm = dsv4.weight "norm.weight" : tensor<7168xbf16>
  %c = dsv4.weight "a.weight" : !c
  %w = fp8.recast %c : !c to !w
  %p = fp8.shuffle %w : !w to !p
  %q = dsv4.launch -> !x {
    %0 = dsv4.rmsnorm %x, %norm {eps = 1.0e-6 : f32} : tensor<?x4x7168xbf16>, tensor<7168xbf16> -> tensor<?x4x7168xbf16>
    %1 = fp8.quantize %0 : tensor<?x4x7168xbf16> to !x
    dsv4.yield %1 : !x
  }
  %y = dsv4.launch -> tensor<?x4x128xbf16> {
    %0 = fp8.scaled_matmul %q, %p : !x, !p -> tensor<?x4x128xbf16>
    dsv4.yield %0 : tensor<?x4x128xbf16>
  }
  dsv4.return %y : tensor<?x4x128xbf16>
}
}
