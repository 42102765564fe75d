//===- Pipelines.cpp - What the pipelines of targets share ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Target/Support/Pipelines.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "dsv4c/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace dsv4c;

void dsv4c::addInstructionChecks(OpPassManager &modules,
                                 const tile::TargetFacts &target) {
  fp8::Fp8VerifyTargetOptions verify;
  verify.targetFormat = target.format;
  verify.instructionsOnly = true;
  modules.addPass(fp8::createFp8VerifyTarget(verify));
}

void dsv4c::addSoftwareArithmetic(OpPassManager &functions) {
  functions.addPass(fp8::createFp8ExpandConversions());
  functions.addPass(tile::createExpandMath());
  functions.addPass(tile::createExpandBf16());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  functions.addPass(arith::createArithExpandOpsPass(expand));
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
}

void dsv4c::addFlatControlFlow(OpPassManager &functions) {
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  functions.addPass(createSCFToControlFlowPass());
}
