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

    A launch that reads e2m1 weights gets two kernels: one that folds their scales into
    the decoded codes, where the packed scales' range allows it, and `.exact`.

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
    at most 16 for one token, 64 for more, or a multiple of that; `[schedule_c1]` outputs are
    made by the program; `[schedule_c2]` a value is one output only; `[schedule_c3]` a
    table of ids selects experts.
  }];
  let dependentDialects = [
    "::dsv4c::tile::TileDialect", "::dsv4c::exec::ExecDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"kernels", "kernels", "Kernels written">,
    Statistic<"launches", "launches", "Launches of all programs">
  ];
}

#endif // DSV4C_CONVERSION_PASSES
