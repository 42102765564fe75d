//===- Dsv4Passes.td - Passes on the model's graph ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_DSV4_PASSES
#define DSV4C_DSV4_PASSES

include "mlir/Pass/PassBase.td"

def AssignLayouts : Pass<"dsv4-assign-layouts", "::mlir::ModuleOp"> {
  let summary = "Shuffle the weights of products into the target's layout";
  let description = [{
    Puts an `fp8.shuffle` (`dsv4.shuffle` if it isn't quantised) behind every weight that a
    product reads. A weight W[N, K]
    becomes panels of min(N, `panel`) rows; other weights stay row-major. With `fragments`,
    panels whose rows and bytes divide into fragments of matrix instructions (16 rows, 64
    bytes) hold those: 8 bytes for e4m3 and bf16, 4 for f32 and e2m1; others stay plain.

    Constraints: `[assign_layouts_c1]` N is a multiple of the width of a panel.

    ```mlir
    %w = dsv4.weight "layers.0.attn.wq_a.weight" : !fp8.scaled<1024x4096, ..., row_major>
    %y = fp8.scaled_matmul %x, %w
    ```
    ==>
    ```mlir
    %w = dsv4.weight "layers.0.attn.wq_a.weight" : !fp8.scaled<1024x4096, ..., row_major>
    %p = fp8.shuffle %w : ... to !fp8.scaled<1024x4096, ..., panel 64>
    %y = fp8.scaled_matmul %x, %p
    ```
  }];
  let dependentDialects = ["::dsv4c::fp8::Fp8Dialect"];
  let options = [
    Option<"panel", "panel", "int64_t", /*default=*/"64", "Rows of a panel">,
    Option<"fragments", "fragments", "bool", /*default=*/"false",
           "Operands of matrix instructions inside panels">
  ];
  let statistics = [
    Statistic<"shuffled", "weights-shuffled", "Weights put into panels">
  ];
}

def PlanPool : Pass<"dsv4-plan-pool", "::mlir::ModuleOp"> {
  let summary = "Size the paged pool of the sequences' state";
  let description = [{
    Sets the module attribute `exec.pool` from `dsv4.config` and the options. Window keys need
    pages for window - 1 carried positions and the step's own tokens of every
    sequence; entries a page for every `page` positions up to the context limit.

    Constraints: `[plan_pool_c1]` the module has a `dsv4.config`; `[plan_pool_c2]` every option
    is at least 1; `[plan_pool_c3]` `page`, `window` and `max_context` of the configuration
    are positive integers.
  }];
  let options = [
    Option<"maxBatch", "max-batch", "int64_t", /*default=*/"8", "Sequences at a time">,
    Option<"maxTokens", "max-tokens", "int64_t", /*default=*/"256", "Tokens of a step at most">,
    Option<"outputRows", "output-rows", "int64_t", /*default=*/"32",
           "Tokens of a step at most whose logits can be asked for">
  ];
}

def SpecializePrograms : Pass<"dsv4-specialize-programs", "::mlir::ModuleOp"> {
  let summary = "One program per entry and token bucket";
  let description = [{
    `@step` and `@draft` become `@step.t1`, `@step.t16`, ...; a program that exists only to
    be observed keeps the largest bucket. Each gets the attributes `dsv4.entry`, the
    original name, and `dsv4.bucket`, the largest number of tokens.

    Constraints: `[specialize_programs_c1]` buckets are positive and increase.
  }];
  let options = [
    ListOption<"buckets", "buckets", "int64_t", "Largest numbers of tokens, increasing">
  ];
}

def SplitMixes : Pass<"dsv4-split-mixes", "::dsv4c::dsv4::ProgramOp"> {
  let summary = "One product of all tokens in front of a mix of streams";
  let description = [{
    A mix multiplies a token's streams by a matrix of a few rows, `fn`. In a step of few
    tokens the workgroups of a token share that, in the launch of all that follows. With
    many, each token would read all of `fn` for a product of one row, which fills a sixteenth
    of a matrix instruction; so a `linear` of all tokens computes it in front. The order of
    each sum is the same, and so are the bits.

    ```mlir
    %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale
    ```
    ==>
    ```mlir
    %p = dsv4.linear %s, %fn : tensor<?x4x4096xbf16>, tensor<24x16384xf32> -> tensor<?x24xf32>
    %x, %post, %comb = dsv4.hc_mix %s, %fn, %base, %scale product %p
    ```

    Constraints: `[split_mixes_c1]` the program has a `dsv4.bucket`.
  }];
  let options = [
    Option<"minTokens", "min-tokens", "int64_t", /*default=*/"16",
           "Buckets of fewer tokens keep mixes whole">
  ];
  let statistics = [
    Statistic<"split", "mixes-split", "Mixes whose product is an op of its own">
  ];
}

def FuseLaunches : Pass<"dsv4-fuse-launches", "::dsv4c::dsv4::ProgramOp"> {
  let summary = "Group ops into launches by data dependence";
  let description = [{
    First, products absorb what can run on a tile of their result: head norm, rotary
    embedding, Hadamard and quantisation behind a product whose tiles are heads;
    quantisation behind tiles of whole blocks; SwiGLU and quantisation behind gate and
    up; the merge into the residual streams behind the last product of a sub-layer; for one
    token also the sum over the experts, and the choice of experts behind the router's
    logits. The selection among an indexer's scores joins them for up to 16 tokens. These
    two need a whole row of what several workgroups compute: the last one to arrive does
    them. With more tokens, a workgroup for each token in a launch of its own is
    faster. Then ops that only look at their own token
    (norms, quantisation, stream mixing, cache insertion, routing) join those they
    depend on. What remains are parts that need a whole earlier result; all parts at
    the same depth run in one launch, so that the number of launches is the length of
    the longest dependence chain.

    ```mlir
    %a, %p, %c = dsv4.hc_mix %x, ...
    %n = dsv4.rmsnorm %a, %w
    %q = fp8.quantize %n
    %y = fp8.scaled_matmul %q, %w1
    %z = fp8.scaled_matmul %q, %w2
    ```
    ==>
    ```mlir
    %p, %c, %q = dsv4.launch { hc_mix, rmsnorm, quantize }
    %y, %z = dsv4.launch { scaled_matmul, scaled_matmul }
    ```

    Constraints: `[fuse_launches_c1]` the program has a `dsv4.bucket`; `[fuse_launches_c2]`
    every op is a product, attention, index scores or works row by row.
  }];
  let statistics = [
    Statistic<"launches", "launches", "Launches formed">,
    Statistic<"absorbed", "ops-absorbed", "Ops absorbed into the tiles of a product">
  ];
}

#endif // DSV4C_DSV4_PASSES
