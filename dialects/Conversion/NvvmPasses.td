//===- NvvmPasses.td - From gpu.func to what LLVM compiles to PTX ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_NVVM_PASSES
#define DSV4C_NVVM_PASSES

include "mlir/Pass/PassBase.td"

def NvvmFp8Conversions : Pass<"nvvm-fp8-conversions"> {
  let summary = "Elementwise fp8 conversions to instructions that are exact";
  let description = [{
    What the hardware converts exactly becomes an instruction; what is left over,
    such as FNUZ or a largest code other than 448, is for
    `fp8-expand-conversions`.

    | op | becomes |
    |---|---|
    | `fp8.extend` of f8E4M3FN | `cvt.rn.f16x2.e4m3x2` and f16 to f32: two elements each |
    | `fp8.truncate` to f8E4M3FN with largest 448 | `cvt.rn.satfinite.e4m3x2.f32`: two elements each |
    | `fp8.extend_fp4` | bytes of f16 from a table by `prmt`, f16 to f32 |

    ```mlir
    %y = fp8.extend %x : vector<2xf8E4M3FN> to vector<2xf32>
    ==>
    %0 = llvm.call_intrinsic "llvm.nvvm.e4m3x2.to.f16x2.rn"(%pair) : (i16) -> vector<2xf16>
    %y = arith.extf %0 : vector<2xf16> to vector<2xf32>
    ```
  }];
  let options = [Option<"target", "target", "std::string", "\"sm_90\"",
                        "Name of the target, one of the table's">];
  let statistics = [
    Statistic<"numConverted", "conversions", "Conversions that became instructions">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def NvvmKeepIntrinsics : Pass<"nvvm-keep-intrinsics"> {
  let summary = "Math intrinsics as calls of intrinsics";
  let description = [{
    Upstream's `convert-gpu-to-nvvm` would have functions of CUDA's device library
    in the place of LLVM's intrinsics for square roots, absolute values and the like,
    and refuses the operations. PTX has instructions for those that kernels
    use, correctly rounded.

    ```mlir
    %y = llvm.intr.sqrt(%x) : (f32) -> f32
    ==>
    %y = llvm.call_intrinsic "llvm.sqrt"(%x) : (f32) -> f32
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // DSV4C_NVVM_PASSES
