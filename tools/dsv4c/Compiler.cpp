//===- Compiler.cpp - A model to a bundle, stage by stage -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Compiler.h"
#include "dsv4c/Bundle/Report.h"
#include "dsv4c/CostModel/CostReport.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "dsv4c/Import/ImportModel.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace dsv4c;

LogicalResult Compiler::dump(Target &target, StringRef name,
                             llvm::function_ref<void(raw_ostream &)> write) {
  ++target.stages;
  if (request.dumpDir.empty())
    return success();
  SmallString<128> path(request.dumpDir);
  if (targets.size() > 1)
    llvm::sys::path::append(path, target.facts->name);
  if (std::error_code error = llvm::sys::fs::create_directories(path)) {
    llvm::errs() << "dsv4c compile: --dump-dir " << path << ": "
                 << error.message() << '\n';
    return failure();
  }
  llvm::sys::path::append(path,
                          llvm::formatv("{0}-{1}", target.stages, name).str());
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
    Target &target, StringRef name,
    llvm::function_ref<void(OpPassManager &, const PipelineOptions &)> build) {
  PassManager manager(&context);
  if (failed(applyPassManagerCLOptions(manager)))
    return failure();
  build(manager, *target.options);
  if (failed(manager.run(*target.module)))
    return failure();
  return finishStage(target, name);
}

LogicalResult Compiler::finishStage(Target &target, StringRef name) {
  if (afterStage && failed(afterStage(name, *target.module)))
    return failure();
  return dump(target, (name + ".mlir").str(),
              [&](raw_ostream &os) { target.module->print(os); });
}

LogicalResult
Compiler::emitText(llvm::function_ref<LogicalResult(raw_ostream &)> write) {
  std::string message;
  auto file = openOutputFile(request.output, &message);
  if (!file) {
    llvm::errs() << "dsv4c compile: " << message << '\n';
    return failure();
  }
  if (failed(write(file->os())))
    return failure();
  file->keep();
  return success();
}

/// The tile kernels alone, in a module of their own.
static OwningOpRef<ModuleOp> cloneKernels(ModuleOp module) {
  OwningOpRef<ModuleOp> result = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockBegin(result->getBody());
  for (auto kernel : module.getOps<tile::KernelOp>())
    builder.clone(*kernel);
  return result;
}

/// What is written instead of objects, if anything is.
static std::optional<KernelStage> textStage(Emit emit) {
  switch (emit) {
  case Emit::LLVM:
    return KernelStage::OptimizedLLVMIR;
  case Emit::Asm:
    return KernelStage::Assembly;
  case Emit::Hip:
    return KernelStage::Hip;
  default:
    return std::nullopt;
  }
}

LogicalResult Compiler::compileKernels(Target &target) {
  OwningOpRef<ModuleOp> kernels = cloneKernels(*target.module);
  if (std::optional<KernelStage> stage = textStage(request.emit))
    return emitText([&](raw_ostream &os) {
      return target.backend->emit(*kernels, *stage, os);
    });
  if (request.dumpDir.empty())
    return target.backend->compile(*kernels, nullptr);
  LogicalResult dumped = success();
  LogicalResult compiled =
      target.backend->compile(*kernels, [&](KernelStage stage, StringRef text) {
        StringRef name = stage == KernelStage::LLVMIR ? "kernels.ll"
                         : stage == KernelStage::OptimizedLLVMIR
                             ? "kernels.opt.ll"
                         : stage == KernelStage::Hip ? "kernels.hip"
                                                     : "kernels.s";
        if (failed(dump(target, name, [&](raw_ostream &os) { os << text; })))
          dumped = failure();
      });
  return success(succeeded(compiled) && succeeded(dumped));
}

LogicalResult Compiler::compile(Target &target) {
  auto print = [&](ModuleOp op) {
    return emitText([&](raw_ostream &os) {
      op->print(os);
      os << '\n';
      return success();
    });
  };
  if (failed(finishStage(target, "import")) ||
      failed(runStage(target, "graph", buildGraphPipeline)))
    return failure();
  if (request.emit == Emit::Graph)
    return print(*target.module);
  if (failed(runStage(target, "tile", buildTilePipeline)))
    return failure();
  if (request.emit == Emit::Tile)
    return print(*cloneKernels(*target.module));
  if (failed(runStage(target, "exec", buildExecPipeline)))
    return failure();
  if (request.emit == Emit::Exec)
    return print(*target.module);
  return compileKernels(target);
}

/// What steps cost at least on a GPU, from machine code if there is some.
LogicalResult Compiler::writeReport(Target &target, raw_ostream &os) {
  if (!tile::findTargetCosts(target.facts->name))
    return bundle::writeReport(*target.module, os);
  std::vector<cost::StepShape> shapes = cost::getReportedShapes(*target.module);
  llvm::SetVector<exec::ProgramOp> programs;
  for (const cost::StepShape &shape : shapes)
    programs.insert(cost::findStepProgram(*target.module, shape.tokens));
  auto model = cost::StepModel::create(
      *target.module, *target.facts, programs.getArrayRef(),
      /*code=*/request.emit != Emit::Exec, request.jobs);
  if (failed(model))
    return failure();
  std::vector<cost::StepCost> steps;
  for (const cost::StepShape &shape : shapes) {
    auto step = (*model)->getCost(
        cost::findStepProgram(*target.module, shape.tokens), shape);
    if (failed(step))
      return failure();
    steps.push_back(std::move(*step));
  }
  return bundle::writeReport(
      *target.module, os, [&](llvm::json::OStream &json) {
        json.attributeBegin("roofline");
        cost::writeSteps(steps, **model, /*everyLaunch=*/false, json);
        json.attributeEnd();
      });
}

/// One target's report, or an object with one for each.
LogicalResult Compiler::writeReports() {
  if (request.report.empty() || request.emit == Emit::Graph ||
      request.emit == Emit::Tile)
    return success();
  std::string message;
  auto file = openOutputFile(request.report, &message);
  if (!file) {
    llvm::errs() << "dsv4c compile: --report: " << message << '\n';
    return failure();
  }
  bool several = targets.size() > 1;
  for (Target &target : targets) {
    if (several)
      file->os() << (&target == &targets.front() ? "{\n\"" : ",\n\"")
                 << target.facts->name << "\": ";
    if (failed(writeReport(target, file->os())))
      return failure();
  }
  if (several)
    file->os() << "}\n";
  file->keep();
  return success();
}

/// The host's shared object as it is; anything else as an offload bundle.
LogicalResult Compiler::writeObjects(ArrayRef<bundle::CodeObject> objects) {
  ArrayRef<char> bytes = objects.front().bytes;
  std::vector<std::byte> offload;
  if (objects.size() > 1) {
    std::vector<dsv4run::OffloadEntry> entries;
    for (const bundle::CodeObject &object : objects) {
      absl::Span<const std::byte> code(
          reinterpret_cast<const std::byte *>(object.bytes.data()),
          object.bytes.size());
      if (object.target != "host")
        code = *dsv4run::FindOffloadEntry(code, object.target);
      entries.push_back({dsv4run::OffloadEntryId(object.target), code});
    }
    offload = dsv4run::WriteOffloadBundle(std::move(entries));
    bytes = {reinterpret_cast<const char *>(offload.data()), offload.size()};
  }
  return emitText([&](raw_ostream &os) {
    os.write(bytes.data(), bytes.size());
    return success();
  });
}

LogicalResult Compiler::finish() {
  std::vector<bundle::Image> images;
  std::vector<bundle::CodeObject> objects;
  Location location = targets.front().module->getLoc();
  for (Target &target : targets) {
    FailureOr<bundle::CodeObject> object =
        target.backend->link(target.module->getLoc());
    if (failed(object))
      return failure();
    if (request.emit == Emit::Object) {
      objects.push_back(std::move(*object));
      continue;
    }
    bundle::ManifestOptions options;
    options.producer = "dsv4c " DSV4C_VERSION;
    options.observed = request.observe;
    options.threads = target.backend->getThreads();
    bundle::Image image;
    image.codeObjects.push_back(std::move(*object));
    FailureOr<std::vector<uint8_t>> manifest =
        bundle::buildManifest(*target.module, image.codeObjects, options);
    if (failed(manifest))
      return failure();
    image.manifest = std::move(*manifest);
    images.push_back(std::move(image));
  }
  return request.emit == Emit::Object
             ? writeObjects(objects)
             : bundle::writeBundle(images, request.output, location);
}

int Compiler::run() {
  if (!checkFlags())
    return kBadUsage;
  if (!checkOutput())
    return kFailure;
  llvm::Expected<ModelConfig> config = readModelConfig(request.input);
  if (!config) {
    llvm::errs() << "dsv4c compile: " << llvm::toString(config.takeError())
                 << '\n';
    return kFailure;
  }
  ImportOptions import;
  import.maxContext = request.maxContext;
  import.observe = request.observe;
  OwningOpRef<ModuleOp> model = importModel(context, *config, import);
  if (!model)
    return kFailure;
  for (Target &target : targets) {
    target.module = model->clone();
    if (failed(compile(target)))
      return kFailure;
  }
  if (failed(writeReports()))
    return kFailure;
  bool isLinked = request.emit == Emit::Bundle || request.emit == Emit::Object;
  return isLinked && failed(finish()) ? kFailure : kSuccess;
}
