//===- Compile.cpp - dsv4c compile ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "dsv4c/Bundle/BuildManifest.h"
#include "dsv4c/Bundle/Report.h"

#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "dsv4c/Import/ImportModel.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Host/HostObject.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace mlir;
using namespace dsv4c;
namespace cl = llvm::cl;

namespace {

enum class Emit { Bundle, Graph, Tile, Exec, LLVM, Asm, Object, Hip };

struct CompileFlags {
  cl::OptionCategory category{"dsv4c compile"};
  cl::opt<std::string> input{cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model-dir | config.json>")};
  cl::opt<std::string> output{
      "o", cl::cat(category), cl::value_desc("file"),
      cl::desc("Output; '-' for standard output unless a bundle or object")};
  cl::list<std::string> targets{"target", cl::cat(category), cl::CommaSeparated,
                                cl::value_desc("host"),
                                cl::desc("What to compile for")};
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
      cl::desc("Token counts that programs are made for (default 1,16,256)")};
  cl::opt<bool> observe{"observe", cl::cat(category),
                        cl::desc("Add programs for op-by-op verification")};
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

/// The values of the flags. Linking resets LLVM's option parser, and with it
/// the flags themselves.
struct CompileRequest {
  explicit CompileRequest(const CompileFlags &flags)
      : input(flags.input), output(flags.output),
        targets(flags.targets.begin(), flags.targets.end()), emit(flags.emit),
        maxBatch(flags.maxBatch), maxContext(flags.maxContext),
        buckets(flags.buckets.begin(), flags.buckets.end()),
        observe(flags.observe), fp8(flags.fp8), march(flags.march),
        jobs(flags.jobs), dumpDir(flags.dumpDir), report(flags.report) {}

  std::string input, output;
  std::vector<std::string> targets;
  Emit emit;
  int64_t maxBatch, maxContext;
  std::vector<int64_t> buckets;
  bool observe;
  std::string fp8, march;
  unsigned jobs;
  std::string dumpDir, report;
};

class Compiler {
public:
  Compiler(CompileRequest request, MLIRContext &context, StageHook afterStage)
      : flags(std::move(request)), context(context),
        afterStage(std::move(afterStage)) {}

  int run();

private:
  bool checkFlags();
  bool checkOutput();
  /// Ends a stage: runs the hook and dumps the module.
  LogicalResult finishStage(StringRef name);
  LogicalResult runStage(
      StringRef name,
      llvm::function_ref<void(OpPassManager &, const PipelineOptions &)> build);
  LogicalResult dump(StringRef stage,
                     llvm::function_ref<void(raw_ostream &)> write);
  LogicalResult
  emitText(llvm::function_ref<LogicalResult(raw_ostream &)> write);
  LogicalResult emitKernels();
  LogicalResult writeReport();
  /// The tile kernels alone, in a module of their own.
  OwningOpRef<ModuleOp> kernels();

  const CompileRequest flags;
  MLIRContext &context;
  const StageHook afterStage;
  OwningOpRef<ModuleOp> module;
  PipelineOptions options;
  host::HostOptions hostOptions;
  int stage = 0;
};

/// The highest level this machine has, or empty.
std::string machineLevel() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto hasAll = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names,
                        [&](StringRef name) { return features.lookup(name); });
  };
  if (hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return "x86-64-v4";
  if (hasAll({"avx2", "fma", "f16c", "bmi2"}))
    return "x86-64-v3";
  return "";
}

} // namespace

/// Complains about flags that can't be; true if all is well.
bool Compiler::checkFlags() {
  auto complain = [](const Twine &message) {
    llvm::errs() << "dsv4c compile: " << message << '\n';
    return false;
  };
  if (flags.targets.empty())
    return complain("--target is missing; this build has: host");
  for (const std::string &target : flags.targets)
    if (target != "host")
      return complain("--target=" + target +
                      " is not a target of this build; it has: host");
  if (flags.emit == Emit::Hip)
    return complain("--emit=hip needs a GPU target; host kernels are emitted "
                    "as llvm or asm");
  if (flags.fp8 != "auto" && flags.fp8 != "ocp" && flags.fp8 != "fnuz")
    return complain("--fp8=" + flags.fp8 + ": expected auto, ocp or fnuz");
  if (flags.output.empty())
    return complain("-o is missing");
  if (flags.output == "-" &&
      (flags.emit == Emit::Bundle || flags.emit == Emit::Object))
    return complain("-o -: a bundle or object can't go to standard output");
  if (flags.maxBatch < 1 || flags.maxBatch > 4096)
    return complain("--max-batch=" + Twine(flags.maxBatch) +
                    ": expected 1 to 4096");
  if (flags.maxContext < 0)
    return complain("--max-context=" + Twine(flags.maxContext) +
                    ": expected at least 1, or 0");
  int64_t previous = 0;
  for (int64_t bucket : flags.buckets) {
    if (bucket <= previous || bucket > 65536)
      return complain("--buckets: " + Twine(bucket) + " after " +
                      Twine(previous) +
                      "; expected increasing numbers up to 65536");
    previous = bucket;
  }
  hostOptions.march = flags.march.empty() ? machineLevel() : flags.march;
  if (hostOptions.march != "x86-64-v3" && hostOptions.march != "x86-64-v4")
    return complain(
        flags.march.empty()
            ? Twine(
                  "this machine is below x86-64-v3; name a level with --march")
            : "--march=" + flags.march + ": expected x86-64-v3 or x86-64-v4");
  hostOptions.numThreads = flags.jobs;

  options.format =
      flags.fp8 == "fnuz" ? fp8::FloatDialect::Fnuz : fp8::FloatDialect::Ocp;
  options.maxBatch = flags.maxBatch;
  if (!flags.buckets.empty())
    options.buckets = ArrayRef(flags.buckets);
  options.outputRows = std::max<int64_t>(32, flags.maxBatch);
  return true;
}

/// Complains now about an output that could not be written in the end.
bool Compiler::checkOutput() {
  if (flags.output == "-")
    return true;
  SmallString<128> folder(llvm::sys::path::parent_path(flags.output));
  if (folder.empty())
    folder = ".";
  std::error_code error =
      llvm::sys::fs::is_directory(flags.output)
          ? std::make_error_code(std::errc::is_a_directory)
          : llvm::sys::fs::access(folder, llvm::sys::fs::AccessMode::Write);
  if (error)
    llvm::errs() << "dsv4c compile: can't write " << flags.output << ": "
                 << error.message() << '\n';
  return !error;
}

LogicalResult Compiler::dump(StringRef name,
                             llvm::function_ref<void(raw_ostream &)> write) {
  ++stage;
  if (flags.dumpDir.empty())
    return success();
  if (std::error_code error =
          llvm::sys::fs::create_directories(flags.dumpDir)) {
    llvm::errs() << "dsv4c compile: --dump-dir " << flags.dumpDir << ": "
                 << error.message() << '\n';
    return failure();
  }
  SmallString<128> path(flags.dumpDir);
  llvm::sys::path::append(path, llvm::formatv("{0}-{1}", stage, name).str());
  std::string message;
  auto file = openOutputFile(path, &message);
  if (!file) {
    llvm::errs() << "dsv4c compile: --dump-dir: " << message << '\n';
    return failure();
  }
  write(file->os());
  file->keep();
  return success();
}

LogicalResult Compiler::runStage(
    StringRef name,
    llvm::function_ref<void(OpPassManager &, const PipelineOptions &)> build) {
  PassManager manager(&context);
  if (failed(applyPassManagerCLOptions(manager)))
    return failure();
  build(manager, options);
  if (failed(manager.run(*module)))
    return failure();
  return finishStage(name);
}

LogicalResult Compiler::finishStage(StringRef name) {
  if (afterStage && failed(afterStage(name, *module)))
    return failure();
  return dump((name + ".mlir").str(),
              [&](raw_ostream &os) { module->print(os); });
}

LogicalResult
Compiler::emitText(llvm::function_ref<LogicalResult(raw_ostream &)> write) {
  std::string message;
  auto file = openOutputFile(flags.output, &message);
  if (!file) {
    llvm::errs() << "dsv4c compile: " << message << '\n';
    return failure();
  }
  if (failed(write(file->os())))
    return failure();
  file->keep();
  return success();
}

OwningOpRef<ModuleOp> Compiler::kernels() {
  OwningOpRef<ModuleOp> result = ModuleOp::create(module->getLoc());
  OpBuilder builder = OpBuilder::atBlockBegin(result->getBody());
  for (auto kernel : module->getOps<tile::KernelOp>())
    builder.clone(*kernel);
  return result;
}

LogicalResult Compiler::writeReport() {
  if (flags.report.empty())
    return success();
  std::string message;
  auto file = openOutputFile(flags.report, &message);
  if (!file) {
    llvm::errs() << "dsv4c compile: --report: " << message << '\n';
    return failure();
  }
  if (failed(bundle::writeReport(*module, file->os())))
    return failure();
  file->keep();
  return success();
}

LogicalResult Compiler::emitKernels() {
  OwningOpRef<ModuleOp> kernelModule = kernels();
  if (flags.emit == Emit::LLVM || flags.emit == Emit::Asm)
    return emitText([&](raw_ostream &os) {
      return host::emitHostStage(*kernelModule, hostOptions,
                                 flags.emit == Emit::LLVM
                                     ? host::HostStage::OptimizedLLVMIR
                                     : host::HostStage::Assembly,
                                 os);
    });
  LogicalResult dumped = success();
  auto dumpStage = [&](host::HostStage which, StringRef text) {
    StringRef name = which == host::HostStage::LLVMIR ? "kernels.ll"
                     : which == host::HostStage::OptimizedLLVMIR
                         ? "kernels.opt.ll"
                         : "kernels.s";
    if (failed(dump(name, [&](raw_ostream &os) { os << text; })))
      dumped = failure();
  };
  auto object =
      flags.dumpDir.empty()
          ? host::compileHostObject(*kernelModule, hostOptions)
          : host::compileHostObject(*kernelModule, hostOptions, dumpStage);
  if (failed(object) || failed(dumped))
    return failure();
  if (flags.emit == Emit::Object)
    return emitText([&](raw_ostream &os) {
      os.write(object->data(), object->size());
      return success();
    });
  bundle::CodeObject code{"host",
                          hostOptions.march,
                          options.format == fp8::FloatDialect::Fnuz ? "fnuz"
                                                                    : "ocp",
                          {object->begin(), object->end()}};
  bundle::ManifestOptions manifest;
  manifest.producer = "dsv4c " DSV4C_VERSION;
  manifest.observed = flags.observe;
  return bundle::writeBundle(*module, code, flags.output, manifest);
}

int Compiler::run() {
  if (!checkFlags())
    return kBadUsage;
  if (!checkOutput())
    return kFailure;
  llvm::Expected<ModelConfig> config = readModelConfig(flags.input);
  if (!config) {
    llvm::errs() << "dsv4c compile: " << llvm::toString(config.takeError())
                 << '\n';
    return kFailure;
  }
  ImportOptions import;
  import.maxContext = flags.maxContext;
  import.observe = flags.observe;
  module = importModel(context, *config, import);
  if (!module || failed(finishStage("import")) ||
      failed(runStage("graph", buildGraphPipeline)))
    return kFailure;
  auto print = [&](ModuleOp op) {
    LogicalResult result = emitText([&](raw_ostream &os) {
      op->print(os);
      os << '\n';
      return success();
    });
    return succeeded(result) ? kSuccess : kFailure;
  };
  if (flags.emit == Emit::Graph)
    return print(*module);
  if (failed(runStage("tile", buildTilePipeline)))
    return kFailure;
  if (flags.emit == Emit::Tile)
    return print(*kernels());
  if (failed(runStage("exec", buildExecPipeline)) || failed(writeReport()))
    return kFailure;
  if (flags.emit == Emit::Exec)
    return print(*module);
  return succeeded(emitKernels()) ? kSuccess : kFailure;
}

int dsv4c::runCompile(int argc, char **argv, StageHook afterStage) {
  // Flags such as --mlir-print-ir-after name passes.
  registerAllPasses();
  registerPassesAndPipelines();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  CompileFlags flags;
  if (!cl::ParseCommandLineOptions(
          argc, argv, "dsv4c compile: a model to a bundle\n", &llvm::errs()))
    return kBadUsage;
  // lld registers an option of this name when it links.
  flags.march.removeArgument();
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  return Compiler(CompileRequest(flags), context, std::move(afterStage)).run();
}
