//===- TilePasses.td - Passes on kernels ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_TILE_PASSES
#define DSV4C_TILE_PASSES

include "mlir/Pass/PassBase.td"

def TileToHost : Pass<"tile-to-host", "::mlir::ModuleOp"> {
  let summary = "Lower kernels to functions of loops and 1-D vectors";
  let description = [{
    Replaces every `tile.kernel` by a `func.func` of the same name that takes the
    kernel's buffers and a range of workgroups, and loops over the range:

    ```mlir
    tile.kernel @double(%wg: index, %x: memref<?x64xf32>, %y: memref<?x64xf32>)
        attributes {workgroups = 8 : i64} {
      %a = tile.load %x[%wg, %c0] : memref<?x64xf32> -> tensor<64xf32>
      %b = arith.addf %a, %a : tensor<64xf32>
      tile.store %b, %y[%wg, %c0] : tensor<64xf32>, memref<?x64xf32>
      tile.return
    }
    ==>
    func.func @double(%x: memref<?x64xf32>, %y: memref<?x64xf32>,
                      %first: index, %last: index) {
      scf.for %wg = %first to %last step %c1 {
        scf.for %i = %c0 to %c64 step %c16 {
          %a = vector.load %x[%wg, %i] : memref<?x64xf32>, vector<16xf32>
          %b = arith.addf %a, %a : vector<16xf32>
          vector.store %b, %y[%wg, %i] : memref<?x64xf32>, vector<16xf32>
        }
      }
      return
    }
    ```

    Code is generated from the consumers: elementwise operations, broadcasts,
    slices and constants are emitted inside the loop that needs them. Only what
    an elementwise loop cannot produce, what is expensive and needed more than
    once, and what a loop carries gets a buffer on the stack, allocated in the
    entry block. No vector is wider than `vector-width` elements, whatever the
    shape of a tile.

    Two buffer arguments must not overlap unless neither is written.

    Constraints: `[tile_to_host_c1]` every op has a lowering; `[tile_to_host_c2]` constants
    of more than one value have dense elements; `[tile_to_host_c3]` `vector-width` is a power
    of two of at least 4; `[tile_to_host_c4]` no buffer has fragments.
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", "16",
           "f32 lanes per vector: 16 for AVX-512, 8 for AVX2">,
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Kernels lowered">,
    Statistic<"numBuffers", "buffers", "Tiles that got a stack buffer">,
    Statistic<"numBufferBytes", "buffer-bytes", "Bytes of all stack buffers">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::ub::UBDialect", "::mlir::vector::VectorDialect"
  ];
}

def PackStackBuffers : Pass<"pack-stack-buffers", "::mlir::func::FuncOp"> {
  let summary = "Let stack buffers that are never in use together share memory";
  let description = [{
    Buffers whose uses don't overlap become views of one allocation, so that a
    kernel's tiles stay in the first caches:

    ```mlir
    %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
    %b = memref.alloca() {alignment = 64 : i64} : memref<32xf32>
    // all uses of %a, then all uses of %b
    ==>
    %0 = memref.alloca() {alignment = 64 : i64} : memref<256xi8>
    %a = memref.view %0[%c0][] : memref<256xi8> to memref<64xf32>
    %b = memref.view %0[%c0][] : memref<256xi8> to memref<32xf32>
    ```

    A buffer is in use from its first to its last use in the innermost block that
    has them all. Buffers in use together stay different allocations, which alias
    analysis can tell apart. Only for the output of `tile-to-host`: a buffer that
    is used in a loop only must not carry values between iterations.

    A frame larger than `max-bytes` is an error, `[pack_stack_buffers_c1]`: threads
    have stacks of 8 MiB as a rule.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "uint64_t", "4 << 20",
           "Largest frame that a kernel may have">,
  ];
  let statistics = [
    Statistic<"numBytesBefore", "bytes-before", "Bytes of all buffers">,
    Statistic<"numBytesAfter", "bytes-after", "Bytes after sharing">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"
  ];
}

def HostKernelABI : Pass<"host-kernel-abi", "::mlir::ModuleOp"> {
  let summary = "Give kernels one C signature";
  let description = [{
    Turns each function of `tile-to-host` into the form that the runtime calls,
    `void name(void *const *buffers, int64_t first, int64_t last)`:

    ```mlir
    func.func @double(%x: memref<?x64xf32>, %first: index, %last: index)
    ==>
    func.func @double(%buffers: !llvm.ptr, %first: i64, %last: i64)
    ```

    Buffer i is the pointer at `buffers[i]`, aligned to 64 bytes. Leading
    dimensions that are dynamic have no size: nothing may ask for it.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect"
  ];
}

def ExpandBf16 : Pass<"expand-bf16"> {
  let summary = "Round f32 to bf16 by integer arithmetic";
  let description = [{
        bits(bf16(x)) = (bits(x) + 0x7FFF + (bits(x) >> 16 & 1)) >> 16, 0x7FC0 for NaN

    Round to nearest even, exact. Unlike upstream's expansion it never selects between
    bf16 values, for which x86 without AVX512-BF16 would call a library.

    ```mlir
    %y = arith.truncf %x : vector<16xf32> to vector<16xbf16>
    ```
    ==>
    ```mlir
    %bits = arith.bitcast %x : vector<16xf32> to vector<16xi32>
    ...
    %y = arith.bitcast %half : vector<16xi16> to vector<16xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ExpandMath : Pass<"expand-math"> {
  let summary = "Replace math functions by arithmetic that needs no libm";
  let description = [{
    exp and log1p become polynomials with fused multiply-adds, rsqrt becomes
    1 / sqrt with both operations correctly rounded, every other function takes
    upstream's approximation. What has an instruction stays: sqrt, abs, fma,
    roundeven, floor, ceil, trunc, copysign. Anything left over would become a call
    into libm and is an error, `[expand_math_c1]`.

    | function | largest error over all f32 inputs | special values |
    |---|---|---|
    | exp | 1.02 ulp, subnormal results included | -inf -> 0, > 88.72 -> inf, NaN |
    | log1p | 0.84 ulp | -0 -> -0, -1 -> -inf, < -1 -> NaN, inf |
    | rsqrt | 1.5 ulp | 0 -> inf, inf -> 0, < 0 -> NaN |

    The bounds are against the exact value and the test suite checks them over
    all 2^32 inputs. softplus(z) = max(z, 0) + log1p(exp(-|z|)) stays accurate
    down to the smallest subnormal number.
  }];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Math functions replaced">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // DSV4C_TILE_PASSES
