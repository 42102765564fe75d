//===- Pipelines.h - Every pipeline of the compiler -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stages between an imported model and an exec schedule with kernels, each
// registered by name for dsv4-opt. What follows them is the target's own
// (dsv4c/Target). docs/Pipeline.md explains the order.

#ifndef DSV4C_PIPELINES_PIPELINES_H
#define DSV4C_PIPELINES_PIPELINES_H

#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/TargetFacts.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace dsv4c {

struct PipelineOptions : public mlir::PassPipelineOptions<PipelineOptions> {
  Option<fp8::FloatDialect> format{
      *this, "format", llvm::cl::desc("FP8 dialect that the target reads"),
      llvm::cl::values(
          clEnumValN(fp8::FloatDialect::Ocp, "ocp", "OCP: bias 7, 448"),
          clEnumValN(fp8::FloatDialect::Fnuz, "fnuz",
                     "FNUZ: bias 8, 224 at most")),
      llvm::cl::init(fp8::FloatDialect::Ocp)};
  Option<int64_t> panel{*this, "panel",
                        llvm::cl::desc("Rows of a weight panel"),
                        llvm::cl::init(64)};
  Option<int64_t> tileRows{
      *this, "tile-rows",
      llvm::cl::desc("Rows of a product in one workgroup at most"),
      llvm::cl::init(64)};
  Option<bool> fragments{
      *this, "fragments",
      llvm::cl::desc("Operands of matrix instructions inside weight panels"),
      llvm::cl::init(false)};
  Option<tile::ScaleFolding> foldScales{
      *this, "fold-scales", llvm::cl::desc("Where scales of e2m1 weights go"),
      llvm::cl::values(
          clEnumValN(tile::ScaleFolding::None, "none", "Numbers of their own"),
          clEnumValN(tile::ScaleFolding::Codes, "codes", "Decoded codes"),
          clEnumValN(tile::ScaleFolding::Sums, "sums", "Sums of their blocks")),
      llvm::cl::init(tile::ScaleFolding::Codes)};
  Option<int64_t> splitTokens{
      *this, "split-tokens",
      llvm::cl::desc("Tokens up to which workgroups share sums of products"),
      llvm::cl::init(16)};
  Option<int64_t> keyTile{
      *this, "key-tile",
      llvm::cl::desc("Keys of attention in one workgroup at a time"),
      llvm::cl::init(128)};
  Option<int64_t> meeting{
      *this, "meeting",
      llvm::cl::desc("Neighbouring workgroups that run at the same time"),
      llvm::cl::init(0)};
  ListOption<int64_t> buckets{
      *this, "buckets", llvm::cl::desc("Largest numbers of tokens, increasing"),
      llvm::cl::list_init<int64_t>({1, 16, 256})};
  Option<int64_t> maxBatch{*this, "max-batch",
                           llvm::cl::desc("Sequences at a time"),
                           llvm::cl::init(8)};
  Option<int64_t> outputRows{*this, "output-rows",
                             llvm::cl::desc("Rows of logits of a step at most"),
                             llvm::cl::init(32)};

  /// What follows from the target, but for `format`: the host computes in
  /// either.
  void setTarget(const tile::TargetFacts &target);
};

/// Numbers in the target's FP8 dialect, weights in its layout.
void buildGraphPipeline(mlir::OpPassManager &manager,
                        const PipelineOptions &options);
/// Programs per bucket, launches, tile kernels and an exec schedule.
void buildTilePipeline(mlir::OpPassManager &manager,
                       const PipelineOptions &options);
/// Addresses of everything.
void buildExecPipeline(mlir::OpPassManager &manager,
                       const PipelineOptions &options);

/// Tile kernels to a gpu.module for the target.
void buildGpuPipeline(mlir::OpPassManager &manager,
                      const tile::TargetFacts &target);

/// Registers all dialects' passes and the pipelines `dsv4-graph-pipeline`,
/// `dsv4-tile-pipeline`, `dsv4-exec-pipeline` and the targets' own.
void registerPassesAndPipelines();

/// All dialects that modules of the compiler use.
void registerDialects(mlir::DialectRegistry &registry);

} // namespace dsv4c

#endif // DSV4C_PIPELINES_PIPELINES_H
