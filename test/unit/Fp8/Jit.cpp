//===- Jit.cpp - Run elementwise fp8 ops on arrays ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Jit.h"
#include "dsv4c/Dialect/Fp8/Transforms/Passes.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/TargetSelect.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace dsv4c::test {

MLIRContext &context() {
  static MLIRContext *instance = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    DialectRegistry registry;
    registerAllDialects(registry);
    registerAllExtensions(registry);
    registerAllToLLVMIRTranslations(registry);
    registerAllPasses();
    fp8::registerFp8Passes();
    registry.insert<fp8::Fp8Dialect>();
    auto *context = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    context->loadDialect<fp8::Fp8Dialect>();
    return context;
  }();
  return *instance;
}

std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

static std::string moduleText(const std::string &in, const std::string &out,
                              const std::string &body, int lanes) {
  std::string text = R"(
    func.func @run(%in: memref<?x@IN@>, %out: memref<?x@OUT@>)
        attributes {llvm.emit_c_interface} {
      %c0 = arith.constant 0 : index
      %step = arith.constant @LANES@ : index
      %n = memref.dim %in, %c0 : memref<?x@IN@>
      scf.for %i = %c0 to %n step %step {
        %x = @LOAD@ %in[%i] : memref<?x@IN@>@LOADED@
        @BODY@
        @STORE@ %y, %out[%i] : memref<?x@OUT@>@STORED@
      }
      return
    })";
  bool vector = lanes > 1;
  text = replaceAll(text, "@BODY@", body);
  text = replaceAll(text, "@LOADED@", vector ? ", @S@@IN@@E@" : "");
  text = replaceAll(text, "@STORED@", vector ? ", @S@@OUT@@E@" : "");
  text = replaceAll(text, "@IN@", in);
  text = replaceAll(text, "@OUT@", out);
  text = replaceAll(text, "@LOAD@", vector ? "vector.load" : "memref.load");
  text = replaceAll(text, "@STORE@", vector ? "vector.store" : "memref.store");
  std::string count = std::to_string(lanes);
  text = replaceAll(text, "@LANES@", count);
  text = replaceAll(text, "@S@", vector ? "vector<" + count + "x" : "");
  return replaceAll(text, "@E@", vector ? ">" : "");
}

ElementwiseJit::ElementwiseJit(const std::string &inputType,
                               const std::string &outputType,
                               const std::string &body, int lanes)
    : lanes(lanes), jit(moduleText(inputType, outputType, body, lanes)) {}

/// Steps that do nothing for kernels without tensors are harmless there.
static constexpr const char *kPipeline =
    "fp8-lower-to-linalg, reconcile-unrealized-casts, "
    "fp8-expand-conversions, canonicalize, one-shot-bufferize, "
    "convert-linalg-to-loops, lower-affine, convert-scf-to-cf, "
    "expand-strided-metadata, lower-affine, "
    "func.func(arith-expand{include-bf16=true}), convert-to-llvm, "
    "reconcile-unrealized-casts";

ModuleJit::ModuleJit(const std::string &text) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context());
  if (!module) {
    ADD_FAILURE() << "does not parse: " << text;
    return;
  }
  PassManager passes(&context(), ModuleOp::getOperationName());
  if (failed(parsePassPipeline(kPipeline, passes)) ||
      failed(passes.run(*module))) {
    ADD_FAILURE() << "does not lower: " << text;
    return;
  }
  ExecutionEngineOptions options;
  auto transformer = makeOptimizingTransformer(2, 0, nullptr);
  options.transformer = transformer;
  llvm::Expected<std::unique_ptr<ExecutionEngine>> created =
      ExecutionEngine::create(*module, options);
  if (!created) {
    ADD_FAILURE() << llvm::toString(created.takeError());
    return;
  }
  engine = std::move(*created);
}

void ModuleJit::invoke(void **memrefs, size_t count) const {
  ASSERT_TRUE(engine);
  // Packed arguments are pointers to the function's own, which are pointers.
  std::vector<void *> packed;
  for (size_t i = 0; i < count; ++i)
    packed.push_back(&memrefs[i]);
  llvm::Error error = engine->invokePacked("_mlir_ciface_run", packed);
  if (error)
    ADD_FAILURE() << llvm::toString(std::move(error));
}

} // namespace dsv4c::test
