//===- ConversionPasses.td - Passes between dialects ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_CONVERSION_PASSES
#define DSV4C_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def Dsv4ToTile : Pass<"dsv4-to-tile", "::mlir::ModuleOp"> {
  let summary = "Turn launches into tile kernels and an exec schedule";
  let description = [{
    Every `dsv4.launch` becomes an `exec.launch` of a `tile.kernel`. Each connected part
    of a launch is written by composing fragments (include/dsv4c/Kernels/Fragments.h)
    and gets a range of the kernel's workgroups. Launches with equal ops, types and
    sizes, those of other layers above all, share a kernel. Values that cross
    launches become `exec.buffer`s, weights `exec.pack`s, caches `exec.state`s.

    Unless `fold-scales` is `none`, a launch that reads e2m1 weights gets two kernels:
    one that folds their scales, where the packed scales' range allows it, into the decoded
    codes (`codes`) or into the sums of their blocks (`sums`), and `.exact`. With `none`, it
    gets the latter alone.

    Expects the module attribute `exec.pool`, the geometry of the paged pool, and
    programs that went through `dsv4-fuse-launches`.

    ```mlir
    dsv4.program @step.t1(...) {
      %q = dsv4.launch { dsv4.hc_mix; dsv4.rmsnorm; fp8.quantize }
      ...
    ```
    ==>
    ```mlir
    tile.kernel @hc_mix_rmsnorm_quantize.t1(...)
    exec.program @step.t1 "step" tokens 1 ... {
      exec.launch @hc_mix_rmsnorm_quantize.t1 ([@step.t1.0, ...])
    ```

    Constraints: `[dsv4_to_tile_c1]` the module has an `exec.pool` with all its integers;
    `[dsv4_to_tile_c2]` programs have a `dsv4.entry` and a `dsv4.bucket`; `[product_c1]`,
    `[experts_c1]` products sum over a multiple of 128 columns; `[product_c2]`,
    `[experts_c2]` their columns are a multiple of a tile's; `[attention_heads_c1]` heads are
    at most 16 for few tokens, 32 for many, or a multiple of that; `[schedule_c1]` outputs are
    made by the program; `[schedule_c2]` a value is one output only; `[schedule_c3]` a
    table of ids selects experts.
  }];
  let dependentDialects = [
    "::dsv4c::tile::TileDialect", "::dsv4c::exec::ExecDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let options = [
    Option<"tileRows", "tile-rows", "int64_t", "64",
           "Rows of a product that a workgroup computes at most">,
    Option<"foldScales", "fold-scales", "::dsv4c::tile::ScaleFolding",
           "::dsv4c::tile::ScaleFolding::Codes",
           "Where scales of e2m1 weights go if that is exact",
           [{::llvm::cl::values(
               clEnumValN(::dsv4c::tile::ScaleFolding::None, "none", "Numbers of their own"),
               clEnumValN(::dsv4c::tile::ScaleFolding::Codes, "codes", "Decoded codes"),
               clEnumValN(::dsv4c::tile::ScaleFolding::Sums, "sums",
                          "Sums of their blocks"))}]>,
    Option<"splitTokens", "split-tokens", "int64_t", "16",
           "Tokens of a step up to which workgroups share sums of products">,
    Option<"keyTile", "key-tile", "int64_t", "128",
           "Keys that a workgroup of attention holds at a time, a power of two from 32 on">,
    Option<"meeting", "meeting", "int64_t", "0",
           "Neighbouring workgroups that surely run at the same time; 0 for none">
  ];
  let statistics = [
    Statistic<"kernels", "kernels", "Kernels written">,
    Statistic<"launches", "launches", "Launches of all programs">
  ];
}

def TileToGpu : Pass<"tile-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Distribute kernels over the threads of a GPU";
  let description = [{
    Replaces the `tile.kernel`s of a module by the functions of a `gpu.module @kernels`.
    A workgroup of 256 threads, four waves, runs a kernel. Every tile that is stored has
    a distribution (`Distribution.h`): registers of threads, linear in the bits of the
    thread's number. Products are matrix instructions and dictate theirs; reductions and
    stores have natural ones; everything else is evaluated where it is needed. Tiles that
    are needed in another distribution pass through shared memory.

    Sums keep the order that `tile.dot` and `tile.reduce` prescribe.

    ```mlir
    tile.kernel @double(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>) ...
    ==>
    gpu.func @double(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>) kernel
        attributes {known_block_size = array<i32: 256, 1, 1>}
    ```

    Buffers are pointers into global memory. Indices are 32-bit numbers of rows and
    columns; addresses have 64 bits.

    Constraints: `[tile_to_gpu_c1]` an operation has a lowering; `[tile_to_gpu_c2]` slices are
    inserted at static places that threads can tell apart; `[tile_to_gpu_c3]` a matrix
    instruction of the target has a depth that divides that of a product; `[tile_to_gpu_c4]`
    top_k needs 256 threads; `[tile_to_gpu_c5]` the target is a GPU;
    `[tile_to_gpu_c6]` weights in fragments are read in the order of matrix operands;
    `[tile_to_gpu_c7]` no more workgroups meet than surely run at the same time.
  }];
  let options = [
    Option<"targetName", "target", "std::string", "\"gfx942\"", "Name in the table of targets">
  ];
  let statistics = [Statistic<"numKernels", "kernels", "Kernels lowered">];
  let dependentDialects = [
    "::mlir::amdgpu::AMDGPUDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::nvgpu::NVGPUDialect", "::mlir::ROCDL::ROCDLDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def PackSharedBuffers : Pass<"pack-shared-buffers", "::mlir::gpu::GPUFuncOp"> {
  let summary = "Give a kernel's tiles addresses in the memory that a workgroup shares";
  let description = [{
    Buffers whose uses don't overlap get overlapping addresses in one workgroup
    attribution:

    ```mlir
    %a = memref.alloca() : memref<64xf32, #gpu.address_space<workgroup>>
    ==>
    gpu.func @kernel(...) workgroup(%memory : memref<256xi8, #gpu.address_space<workgroup>>)
    %a = memref.view %memory[%c0][] : ... to memref<64xf32, ...>
    ```

    Only for the output of `tile-to-gpu`: between the last access to a buffer and the first
    write to another there is a barrier, and a buffer that is used in a loop only carries
    nothing from one iteration to the next. Where one barrier serves several tiles, a buffer is
    in use until the `gpu.barrier` behind its last access.

    Constraint: `[pack_shared_buffers_c1]` the memory is at most `max-bytes`.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "uint64_t", "65536",
           "Memory that a workgroup may have">,
  ];
  let statistics = [Statistic<"numBytes", "bytes", "Bytes of all kernels">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def GpuKernelAbi : Pass<"gpu-kernel-abi", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Give kernels global pointers for arguments";
  let description = [{
    Every buffer becomes one 8-byte pointer to global memory, in the order of the
    parameters; nothing else is passed, and leading dimensions that are dynamic
    have no size. Memrefs without a memory space are in global memory;
    memory spaces become LLVM's numbers.

    ```mlir
    gpu.func @double(%x: memref<?x64xf32>, %y: memref<?x64xf32>) kernel
    ==>
    gpu.func @double(%x: !llvm.ptr<1> {llvm.align = 256 : i64, llvm.noalias, llvm.nonnull, llvm.noundef}, ...) kernel
    ```

    Constraints: `[gpu_abi_c1]` parameters are memrefs with identity layout, of
    which only the leading dimension is dynamic, or such pointers; `[gpu_abi_c2]` nothing is
    allocated: private memory would be scratch; `[gpu_abi_c3]` nothing asks
    for the size of a dynamic dimension; `[gpu_abi_c4]` kernels state their
    `known_block_size`, which is a whole number of waves and at most what a
    workgroup may have.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"gfx942\"", "Name in the table of targets">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AsyncCopies : Pass<"async-copies", "::mlir::gpu::GPUFuncOp"> {
  let summary = "Copy to shared memory while the threads go on";
  let description = [{
    What a kernel loads from a buffer that it only reads, and stores in shared
    memory as it is, need not pass through registers: a thread asks for the copy
    and waits for it at the last barrier in front of the first reader, where it
    waits for the other threads anyway. Until then it computes what the readers
    need beside.

    ```mlir
    %x = llvm.load %p {alignment = 16} : !llvm.ptr<1> -> vector<8xi16>
    vector.store %x, %tile[%i] {alignment = 16}
    gpu.barrier
    ...
    gpu.barrier
    %y = vector.load %tile[%j]
    ==>
    nvvm.cp.async.shared.global ...[%tile, %i], %p, 16
    nvvm.cp.async.commit.group
    gpu.barrier
    ...
    nvvm.cp.async.wait.group 0
    gpu.barrier
    %y = vector.load %tile[%j]
    ```

    A tile is copied like that if all of its elements are, or are zeros where an
    i1 says so, which copies of no bytes become; and if something else is loaded
    before the wait. What the copies need moves in front of that, right behind
    the barrier before them. Readers that only some paths reach each have their
    wait; behind the last of them all paths wait, since then something else may
    be written to the same memory.

    Copies have 4, 8 or 16 bytes (`[async_copies_c1]`).
  }];
  let options = [
    Option<"copyBytes", "copy-bytes", "int64_t", "16",
           "Bytes that a thread copies with one instruction">,
  ];
  let statistics = [Statistic<"numTiles", "tiles", "Tiles that are copied asynchronously">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect"
  ];
}

def PipelineLoads : Pass<"pipeline-loads", "::mlir::gpu::GPUFuncOp"> {
  let summary = "Let the loads of a loop of matrix instructions run ahead";
  let description = [{
    Loads from buffers that the kernel only reads, at addresses that depend on
    the loop's counter alone, are issued one or more steps before their use:

    ```mlir
    scf.for %k = %c0 to %c1024 step %c128 iter_args(%sum = %zero) {
      %b = llvm.load ...[%k]
      %next = rocdl.mfma... %a, %b, %sum
    ==>
    %first = llvm.load ...[0]
    scf.for %k = %c0 to %c1024 step %c256 iter_args(%sum = %zero, %b = %first) {
      %other = llvm.load ...[%k + 128]
      %half = rocdl.mfma... %a, %b, %sum
      %ahead = llvm.load ...[%k + 256]   // the last time [%k + 128], unused
      %next = rocdl.mfma... %a, %other, %half
    ```

    The distance is as many steps as fit into `max-registers`, at most
    `max-distance`, or one where `nvvm.minctasm` has workgroups share a
    multiprocessor, and one less than a divisor of the number of steps; loops
    whose number of steps is unknown stay as they are.
  }];
  let options = [
    Option<"maxRegisters", "max-registers", "int64_t", "64",
           "Registers of a thread that loads ahead of their use may take">,
    Option<"maxDistance", "max-distance", "int64_t", "3",
           "Steps by which a load may run ahead">,
  ];
  let statistics = [Statistic<"numLoops", "loops", "Loops whose loads run ahead">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::ROCDL::ROCDLDialect",
    "::mlir::scf::SCFDialect"
  ];
}

#endif // DSV4C_CONVERSION_PASSES
