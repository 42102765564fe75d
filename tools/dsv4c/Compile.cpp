//===- Compile.cpp - dsv4c compile ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "Compiler.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/IR/AsmState.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace dsv4c;
namespace cl = llvm::cl;

namespace {

struct CompileFlags {
  cl::OptionCategory category{"dsv4c compile"};
  cl::opt<std::string> input{cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model-dir | config.json>")};
  cl::opt<std::string> output{
      "o", cl::cat(category), cl::value_desc("file"),
      cl::desc("Output; '-' for standard output unless a bundle or object")};
  cl::list<std::string> targets{"target", cl::cat(category), cl::CommaSeparated,
                                cl::value_desc("gfx942|gfx950|sm_90|host"),
                                cl::desc("What to compile for: one or more")};
  cl::opt<Emit> emit{
      "emit", cl::cat(category), cl::desc("Stage to stop at"),
      cl::init(Emit::Bundle),
      cl::values(
          clEnumValN(Emit::Bundle, "bundle", "the .dsv4 bundle (default)"),
          clEnumValN(Emit::Graph, "graph",
                     "dsv4 programs in the target's formats"),
          clEnumValN(Emit::Tile, "tile", "tile kernels"),
          clEnumValN(Emit::Exec, "exec", "schedule with planned memory"),
          clEnumValN(Emit::LLVM, "llvm", "LLVM IR of the kernels"),
          clEnumValN(Emit::Asm, "asm", "assembly of the kernels"),
          clEnumValN(Emit::Object, "object", "code object of the kernels"),
          clEnumValN(Emit::Hip, "hip",
                     "HIP C++ of the kernels (GPU targets)"))};
  cl::opt<int64_t> maxBatch{"max-batch", cl::cat(category), cl::init(8),
                            cl::desc("Sequences at a time (default 8)")};
  cl::opt<int64_t> maxContext{
      "max-context", cl::cat(category), cl::init(4096),
      cl::desc("Positions of a sequence (default 4096, 0: the model's)")};
  cl::list<int64_t> buckets{
      "buckets", cl::cat(category), cl::CommaSeparated,
      cl::desc(
          "Token counts that programs are made for (default: 1,16,256 for the "
          "host, 1,16,64,1024 for GPUs)")};
  cl::opt<bool> observe{"observe", cl::cat(category),
                        cl::desc("Add programs for op-by-op verification")};
  cl::opt<bool> ignoreGates{
      "ignore-gates", cl::cat(category),
      cl::desc("Only warn of kernels that spill or use scratch (GPU targets)")};
  cl::opt<bool> noHipSource{
      "no-hip-source", cl::cat(category),
      cl::desc("Keep no HIP C++ of the kernels in the bundle (GPU targets)")};
  cl::opt<std::string> fp8{
      "fp8", cl::cat(category), cl::init("auto"),
      cl::value_desc("auto|ocp|fnuz"),
      cl::desc("FP8 dialect of a host bundle (default auto: ocp)")};
  cl::opt<std::string> march{
      "march", cl::cat(category), cl::value_desc("x86-64-v3|x86-64-v4"),
      cl::desc("Level of a host bundle (default: of this machine)")};
  cl::opt<unsigned> jobs{"j", cl::cat(category), cl::init(0),
                         cl::desc("Threads (default: one per core)")};
  cl::opt<std::string> dumpDir{
      "dump-dir", cl::cat(category), cl::value_desc("dir"),
      cl::desc("Write the IR after every stage into this folder")};
  cl::opt<std::string> report{
      "report", cl::cat(category), cl::value_desc("file"),
      cl::desc("Write launches and bytes per step; '-': standard output")};
};

/// Linking resets LLVM's option parser, and with it the flags themselves.
CompileRequest getRequest(const CompileFlags &flags) {
  CompileRequest request;
  request.input = flags.input;
  request.output = flags.output;
  request.targets.assign(flags.targets.begin(), flags.targets.end());
  request.emit = flags.emit;
  request.maxBatch = flags.maxBatch;
  request.maxContext = flags.maxContext;
  request.buckets.assign(flags.buckets.begin(), flags.buckets.end());
  request.observe = flags.observe;
  request.ignoreGates = flags.ignoreGates;
  request.hipSource = !flags.noHipSource;
  request.fp8 = flags.fp8;
  request.march = flags.march;
  request.jobs = flags.jobs;
  request.dumpDir = flags.dumpDir;
  request.report = flags.report;
  return request;
}

} // namespace

int dsv4c::runCompile(int argc, char **argv, StageHook afterStage) {
  // Flags such as --mlir-print-ir-after name passes.
  registerAllPasses();
  registerPassesAndPipelines();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  CompileFlags flags;
  cl::HideUnrelatedOptions(flags.category);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "dsv4c compile: a model to a bundle\n\nFlags of MLIR's pass manager, "
          "such as --mlir-print-ir-after-all, work too.\n",
          &llvm::errs()))
    return kBadUsage;
  // lld registers an option of this name when it links.
  flags.march.removeArgument();
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  return Compiler(getRequest(flags), context, std::move(afterStage)).run();
}
