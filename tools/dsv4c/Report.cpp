//===- Report.cpp - dsv4c report ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "dsv4c/CostModel/CostReport.h"
#include "dsv4c/Import/ImportModel.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace dsv4c;
namespace cl = llvm::cl;

namespace {
struct Request {
  std::string input, json;
  const tile::TargetFacts *target;
  std::vector<int64_t> tokens, contexts, buckets;
  int64_t sequences, maxContext, maxBatch;
  cost::Routing routing;
  bool kernels, code;
  unsigned jobs;
};

} // namespace

static int complain(const Twine &message) {
  llvm::errs() << "dsv4c report: " << message << '\n';
  return kBadUsage;
}

static int64_t sequencesOf(const Request &request, int64_t tokens) {
  if (request.sequences)
    return request.sequences;
  return tokens <= cost::kLargestDecode ? tokens : 1;
}

static OwningOpRef<ModuleOp> compile(MLIRContext &context,
                                     const ModelConfig &config,
                                     const Request &request) {
  ImportOptions import;
  import.maxContext = request.maxContext;
  OwningOpRef<ModuleOp> module = importModel(context, config, import);
  if (!module)
    return {};
  PipelineOptions options;
  options.setTarget(*request.target);
  if (!request.buckets.empty())
    options.buckets = ArrayRef(request.buckets);
  options.format = request.target->format;
  options.maxBatch = request.maxBatch;
  options.outputRows = std::max<int64_t>(32, request.maxBatch);
  for (auto build :
       {buildGraphPipeline, buildTilePipeline, buildExecPipeline}) {
    PassManager manager(&context);
    build(manager, options);
    if (failed(manager.run(*module)))
      return {};
  }
  return module;
}

static FailureOr<std::vector<cost::StepCost>>
getSteps(cost::StepModel &model, ModuleOp module, const Request &request) {
  std::vector<cost::StepCost> steps;
  for (int64_t tokens : request.tokens)
    for (int64_t context : request.contexts) {
      auto step = model.getCost(
          cost::findStepProgram(module, tokens),
          {tokens, sequencesOf(request, tokens), context, request.routing});
      if (failed(step))
        return failure();
      steps.push_back(std::move(*step));
    }
  return steps;
}

static LogicalResult write(ArrayRef<cost::StepCost> steps,
                           const cost::StepModel &model,
                           const Request &request) {
  cost::printSteps(steps, model, llvm::outs());
  if (request.kernels)
    for (const cost::StepCost &step : steps) {
      llvm::outs() << "\nT = " << step.shape.tokens << ", "
                   << step.shape.sequences << " sequences, context "
                   << step.shape.context << ":\n\n";
      cost::printKernels(step, model, llvm::outs());
    }
  if (request.json.empty())
    return success();
  std::string message;
  auto file = openOutputFile(request.json, &message);
  if (!file) {
    llvm::errs() << "dsv4c report: --json: " << message << '\n';
    return failure();
  }
  llvm::json::OStream json(file->os(), /*IndentSize=*/1);
  cost::writeSteps(steps, model, /*everyLaunch=*/true, json);
  file->os() << '\n';
  file->keep();
  return success();
}

/// The reported contexts that the model has, unless others are asked for.
static void setContexts(Request &request, int64_t longest) {
  if (request.contexts.empty())
    for (int64_t context : cost::kReportedContexts)
      if (context <= longest)
        request.contexts.push_back(context);
  if (request.contexts.empty())
    request.contexts.push_back(longest);
  if (request.maxContext == 0)
    request.maxContext = *llvm::max_element(request.contexts);
}

static int run(Request request) {
  llvm::Expected<ModelConfig> config = readModelConfig(request.input);
  if (!config) {
    llvm::errs() << "dsv4c report: " << llvm::toString(config.takeError())
                 << '\n';
    return kFailure;
  }
  setContexts(request, config->maxPosition);
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  // Kernels are large; a message needn't show them.
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  OwningOpRef<ModuleOp> module = compile(context, *config, request);
  if (!module)
    return kFailure;
  llvm::SetVector<exec::ProgramOp> programs;
  for (int64_t tokens : request.tokens) {
    exec::ProgramOp program = cost::findStepProgram(*module, tokens);
    if (!program)
      return complain("--tokens=" + Twine(tokens) +
                      ": more than the largest program takes");
    programs.insert(program);
  }
  auto model =
      cost::StepModel::create(*module, *request.target, programs.getArrayRef(),
                              request.code, request.jobs);
  if (failed(model))
    return kFailure;
  auto steps = getSteps(**model, *module, request);
  return succeeded(steps) && succeeded(write(*steps, **model, request))
             ? kSuccess
             : kFailure;
}

int dsv4c::runReport(int argc, char **argv) {
  registerPassesAndPipelines();
  registerPassManagerCLOptions();
  cl::OptionCategory category("dsv4c report");
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model-dir | config.json>"));
  cl::opt<std::string> target("target", cl::cat(category), cl::init("gfx942"),
                              cl::desc("What the step runs on (gfx942)"));
  cl::list<int64_t> tokens("tokens", cl::CommaSeparated, cl::cat(category),
                           cl::desc("Tokens of a step (1,16,64,1024)"));
  cl::list<int64_t> contexts(
      "contexts", cl::CommaSeparated, cl::cat(category),
      cl::desc("Lengths of its sequences (4096,32768,1048576)"));
  cl::list<int64_t> buckets("buckets", cl::CommaSeparated, cl::cat(category),
                            cl::desc("As of dsv4c compile (1,16,64,1024)"));
  cl::opt<int64_t> sequences(
      "sequences", cl::cat(category), cl::init(0),
      cl::desc("Of a step (as many as tokens up to 64, else 1)"));
  cl::opt<int64_t> maxContext(
      "max-context", cl::cat(category), cl::init(0),
      cl::desc("As of dsv4c compile (0: the longest of --contexts)"));
  cl::opt<int64_t> maxBatch("max-batch", cl::cat(category), cl::init(64),
                            cl::desc("As of dsv4c compile (64)"));
  cl::opt<cost::Routing> routing(
      "routing", cl::cat(category), cl::init(cost::Routing::Uniform),
      cl::desc("How tokens choose experts"),
      cl::values(clEnumValN(cost::Routing::Uniform, "uniform",
                            "drawn, each as likely as any other (default)"),
                 clEnumValN(cost::Routing::InTurn, "in-turn",
                            "dealt out, as even as can be")));
  cl::opt<bool> kernels("kernels", cl::cat(category),
                        cl::desc("A table of kernels for each step"));
  cl::opt<std::string> json("json", cl::cat(category), cl::value_desc("file"),
                            cl::desc("Write every launch as JSON"));
  cl::opt<bool> noCode("no-code", cl::cat(category),
                       cl::desc("Bytes and launches only: generate no code"));
  cl::opt<unsigned> jobs("j", cl::cat(category), cl::init(0),
                         cl::desc("Threads (one per core)"));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(argc, argv,
                                   "dsv4c report: what a step costs at least\n",
                                   &llvm::errs()))
    return kBadUsage;
  Request request{input,     json,       tile::findTarget(target),
                  {},        {},         {},
                  sequences, maxContext, maxBatch,
                  routing,   kernels,    !noCode,
                  jobs};
  request.tokens.assign(tokens.begin(), tokens.end());
  request.contexts.assign(contexts.begin(), contexts.end());
  request.buckets.assign(buckets.begin(), buckets.end());
  if (request.tokens.empty())
    request.tokens = {std::begin(cost::kReportedTokens),
                      std::end(cost::kReportedTokens)};
  if (!request.target || request.target->kind != tile::TargetKind::AmdGpu)
    return complain("--target=" + Twine(target) + ": expected gfx942");
  for (int64_t number : request.tokens)
    if (number < 1)
      return complain("--tokens=" + Twine(number) + ": expected at least 1");
  for (int64_t number : request.contexts)
    if (number < 1)
      return complain("--contexts=" + Twine(number) + ": expected at least 1");
  if (request.maxBatch < 1 || request.maxBatch > 4096)
    return complain("--max-batch=" + Twine(request.maxBatch) +
                    ": expected 1 to 4096");
  for (size_t i = 0; i < request.buckets.size(); ++i)
    if (request.buckets[i] <= (i ? request.buckets[i - 1] : 0))
      return complain("--buckets: expected increasing numbers");
  if (request.maxContext < 0 || request.sequences < 0)
    return complain("--max-context and --sequences: expected at least 0");
  return run(std::move(request));
}
