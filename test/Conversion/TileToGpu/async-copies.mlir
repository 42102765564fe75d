// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(async-copies)))' --split-input-file | FileCheck %s
// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(async-copies{copy-bytes=8})))' --split-input-file | FileCheck %s --check-prefix=NARROW

!shared = memref<1024xi16, #gpu.address_space<workgroup>>
!i16x8 = vector<8xi16>

// Two copies of 16 bytes make a group. Each reader's wait stands in front of the last barrier that its path
// has passed; behind both, those wait that have taken neither.
// CHECK-LABEL: gpu.func @copied(
// CHECK: gpu.barrier
// CHECK: %[[FIRST:.*]] = llvm.getelementptr %arg0[%{{.*}}]
// CHECK: %[[BASE:.*]] = memref.extract_aligned_pointer_as_index %[[TILE:.*]] : memref<1024xi16
// CHECK: %[[BYTES:.*]] = arith.muli %[[AT:.*]], %c2{{.*}} : index
// CHECK: %[[SUM:.*]] = arith.addi %[[BASE]], %[[BYTES]] : index
// CHECK: %[[ADDRESS:.*]] = arith.index_castui %[[SUM]] : index to i64
// CHECK: %[[TO:.*]] = llvm.inttoptr %[[ADDRESS]] : i64 to !llvm.ptr<3>
// CHECK: nvvm.cp.async.shared.global %[[TO]], %[[FIRST]], 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
// CHECK: nvvm.cp.async.shared.global
// CHECK-NEXT: nvvm.cp.async.commit.group
// CHECK-NEXT: gpu.barrier
// CHECK-NOT: nvvm.cp.async
// CHECK: llvm.load
// CHECK: scf.if
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: vector.load %[[TILE]]
// CHECK: } else {
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NOT: nvvm
// CHECK: nvgpu.ldmatrix %[[TILE]]
// CHECK: }
// CHECK: }
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NOT: nvvm.cp.async
// CHECK: gpu.return
// Another width than the loads have copies nothing.
// NARROW-LABEL: gpu.func @copied(
// NARROW-NOT: nvvm.cp.async
// NARROW-LABEL: gpu.func @first(
// NARROW: nvvm.cp.async.shared.global %{{.*}}, %arg0, 8, cache = ca : !llvm.ptr<3>, !llvm.ptr<1>
gpu.module @kernels {
gpu.func @copied(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index, %far: i64, %n: index) kernel {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c512 = arith.constant 512 : index
  %zero = arith.constant 0 : i32
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  gpu.barrier
  %p = llvm.getelementptr %in[%far] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i16
  %a = llvm.load %p {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  %q = llvm.getelementptr %p[512] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i16
  %b = llvm.load %q {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  %next = arith.addi %at, %c512 : index
  vector.store %b, %tile[%next] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  %some = arith.cmpi eq, %row, %zero : i32
  scf.if %some {
    gpu.barrier
    %x = vector.load %tile[%c0] : !shared, !i16x8
    llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  } else {
    gpu.barrier
    scf.for %i = %c0 to %n step %c1 {
      %m = nvgpu.ldmatrix %tile[%at] {numTiles = 4 : i32, transpose = false} : !shared -> vector<4x2xi16>
      %y = vector.shape_cast %m : vector<4x2xi16> to !i16x8
      llvm.store %y, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
    }
  }
  gpu.return
}
}

// -----

// Rows that may be missing are copied by no bytes, the rest are zeros. What the copy needs, the row's number among
// it, is read first, behind the barrier: the copy is under way while codes are loaded and stored.
// CHECK-LABEL: gpu.func @first(
// CHECK: gpu.barrier
// CHECK-NOT: llvm.load
// CHECK: memref.load
// CHECK-NOT: llvm.load
// CHECK: %[[BYTES:.*]] = arith.select %{{.*}}, %c16_i32{{.*}}, %c0_i32{{.*}} : i32
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[BYTES]] : !llvm.ptr<3>, !llvm.ptr<1>, i32
// CHECK-NEXT: nvvm.cp.async.commit.group
// CHECK: llvm.load %{{.*}} -> vector<8xi8>
// CHECK: vector.store
// CHECK-NOT: llvm.load
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: vector.load
// CHECK-NOT: nvvm.cp.async
// CHECK: gpu.return
!shared = memref<1024xi16, #gpu.address_space<workgroup>>
!numbers = memref<64xi32, #gpu.address_space<workgroup>>
!i16x8 = vector<8xi16>
gpu.module @kernels {
gpu.func @first(%codes: !llvm.ptr<1> {llvm.readonly}, %tails: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index, %v: i32) kernel {
  %zero = arith.constant 0 : i32
  %zeros = arith.constant dense<0> : vector<4xi32>
  %heads = memref.alloca() {alignment = 16 : i64} : memref<1024xi8, #gpu.address_space<workgroup>>
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %rows = memref.alloca() {alignment = 16 : i64} : !numbers
  memref.store %v, %rows[%at] : !numbers
  gpu.barrier
  %c = llvm.load %codes {alignment = 8 : i64} : !llvm.ptr<1> -> vector<8xi8>
  vector.store %c, %heads[%at] {alignment = 8 : i64} : memref<1024xi8, #gpu.address_space<workgroup>>, vector<8xi8>
  %row = memref.load %rows[%at] : !numbers
  %exists = arith.cmpi sge, %row, %zero : i32
  %safe = arith.maxsi %row, %zero : i32
  %p = llvm.getelementptr %tails[%safe] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, !llvm.array<64 x i16>
  %a = llvm.load %p {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  %words = llvm.bitcast %a : !i16x8 to vector<4xi32>
  %kept = arith.select %exists, %words, %zeros : vector<4xi32>
  %bits = llvm.bitcast %kept : vector<4xi32> to !i16x8
  vector.store %bits, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  %y = vector.load %heads[%at] : memref<1024xi8, #gpu.address_space<workgroup>>, vector<8xi8>
  llvm.store %y, %out {alignment = 8 : i64} : vector<8xi8>, !llvm.ptr<1>
  gpu.return
}
}

// -----

// What passes through registers all the same: what the kernel writes, what something else needs, what is not
// aligned, what is changed on its way, what has something other than zeros where rows are missing, what is written
// partly otherwise, what is read with nothing else to wait for, and what another iteration reads.
// CHECK-LABEL: gpu.module @left
// CHECK-NOT: nvvm.cp.async
!shared = memref<1024xi16, #gpu.address_space<workgroup>>
!i16x8 = vector<8xi16>
gpu.module @left {
gpu.func @written(%in: !llvm.ptr<1>, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index) kernel {
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @needed(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index) kernel {
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  llvm.store %a, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @unaligned(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index) kernel {
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 8 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @changed(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index) kernel {
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  %b = arith.addi %a, %a : !i16x8
  vector.store %b, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @filled(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index, %exists: i1) kernel {
  %ones = arith.constant dense<1> : !i16x8
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  %b = arith.select %exists, %a, %ones : !i16x8
  vector.store %b, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @partly(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index, %v: i16) kernel {
  %c0 = arith.constant 0 : index
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  memref.store %v, %tile[%c0] : !shared
  gpu.barrier
  %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @at_once(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index) kernel {
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
  vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
  gpu.barrier
  %x = vector.load %tile[%at] : !shared, !i16x8
  llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
  gpu.return
}
gpu.func @carried(%in: !llvm.ptr<1> {llvm.readonly}, %rows: !llvm.ptr<1> {llvm.readonly}, %out: !llvm.ptr<1>, %at: index, %n: index) kernel {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %tile = memref.alloca() {alignment = 16 : i64} : !shared
  scf.for %i = %c0 to %n step %c1 {
    %row = llvm.load %rows {alignment = 4 : i64} : !llvm.ptr<1> -> i32
    llvm.store %row, %out {alignment = 4 : i64} : i32, !llvm.ptr<1>
    gpu.barrier
    %x = vector.load %tile[%at] : !shared, !i16x8
    llvm.store %x, %out {alignment = 16 : i64} : !i16x8, !llvm.ptr<1>
    gpu.barrier
    %a = llvm.load %in {alignment = 16 : i64} : !llvm.ptr<1> -> !i16x8
    vector.store %a, %tile[%at] {alignment = 16 : i64} : !shared, !i16x8
    gpu.barrier
  }
  gpu.return
}
}
