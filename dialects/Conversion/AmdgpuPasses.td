//===- AmdgpuPasses.td - From gpu.func to what LLVM compiles --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_AMDGPU_PASSES
#define DSV4C_AMDGPU_PASSES

include "mlir/Pass/PassBase.td"

class Amdgpu_TargetOption<string defaultTarget = "gfx942">
    : Option<"target", "target", "std::string", "\"" # defaultTarget # "\"",
             "Name of the target, one of the table's">;

def AmdgpuFp8Conversions : Pass<"amdgpu-fp8-conversions"> {
  let summary = "Elementwise fp8 conversions to instructions that are exact";
  let description = [{
    What the hardware converts exactly becomes an instruction; what is left over,
    such as the other FP8 dialect, is for `fp8-expand-conversions`.

    | op | becomes |
    |---|---|
    | `fp8.extend` of e4m3, e5m2 | `v_cvt_pk_f32_fp8`, `v_cvt_pk_f32_bf8`: two elements each |
    | `fp8.truncate` to e4m3 | `v_med3_f32` against the largest code, a select for NaN, `v_cvt_pk_fp8_f32`: two elements each |
    | `fp8.extend_fp4` | gfx950: `v_cvt_scalef32_pk_f32_fp4`; gfx942: the two upper bytes of the f32 from tables by `v_perm_b32`, 2.25 instructions an element |

    Only the dialect that the target computes in is touched: the same byte in the
    instruction of the other one would be off by a factor of two.

    ```mlir
    %y = fp8.extend finite %x : vector<4xf8E4M3FNUZ> to vector<4xf32>
    ==>
    %b = arith.bitcast %x : vector<4xf8E4M3FNUZ> to vector<4xi8>
    %w = vector.bitcast %b : vector<4xi8> to vector<1xi32>
    %0 = rocdl.cvt.pk.f32.fp8 %w[0][false] : vector<2xf32>
    %1 = rocdl.cvt.pk.f32.fp8 %w[0][true] : vector<2xf32>
    ```
  }];
  let options = [Amdgpu_TargetOption<>];
  let statistics = [
    Statistic<"numConverted", "conversions", "Conversions that became instructions">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::ROCDL::ROCDLDialect", "::mlir::vector::VectorDialect"
  ];
}

def AmdgpuPairSplats : Pass<"amdgpu-pair-splats", "::mlir::gpu::GPUFuncOp"> {
  let summary = "Registers of their own for factors that a vector repeats";
  let description = [{
    `v_pk_mul_f32` and `v_pk_fma_f32` read pairs of registers, even if they take
    one number for both of their elements. LLVM then leaves the other register of
    the pair to something else; if that is the target of a load in flight, the
    instruction waits for the load. In loops whose loads run ahead
    (`pipeline-loads`) such a number is therefore put into both registers, at the
    price of one move.

    ```mlir
    %s = vector.broadcast %scale : f32 to vector<4xf32>
    %y = math.fma %x, %s, %z : vector<4xf32>
    ==>
    %2 = vector.broadcast %scale : f32 to vector<2xf32>
    %pair = llvm.inline_asm "", "=v,0" %2 : (vector<2xf32>) -> vector<2xf32>
    %s = vector.shuffle %pair, %pair [0, 1, 0, 1] : vector<2xf32>, vector<2xf32>
    %y = math.fma %x, %s, %z : vector<4xf32>
    ```
  }];
  let statistics = [Statistic<"numPairs", "pairs", "Factors put into both registers">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect"];
}

#endif // DSV4C_AMDGPU_PASSES
