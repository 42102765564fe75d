//===- StepCost.cpp - A lower bound of a step's time ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/StepCost.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Pipelines/Pipelines.h"
#include "dsv4c/Target/Amdgpu/AmdgpuObject.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;

StringRef cost::stringifyResource(Resource resource) {
  static constexpr StringLiteral names[kResources] = {
      "HBM", "cache", "MFMA", "VALU", "LDS", "latency"};
  return names[static_cast<int>(resource)];
}

Resource LaunchCost::bound() const {
  return static_cast<Resource>(llvm::max_element(seconds) - seconds.begin());
}

exec::ProgramOp cost::findStepProgram(ModuleOp module, int64_t tokens) {
  exec::ProgramOp best;
  for (auto program : module.getOps<exec::ProgramOp>())
    if (program.getEntry() == "step" &&
        static_cast<int64_t>(program.getTokens()) >= tokens &&
        (!best || program.getTokens() < best.getTokens()))
      best = program;
  return best;
}

std::vector<StepShape> cost::getReportedShapes(ModuleOp module) {
  auto pool = module->getAttrOfType<DictionaryAttr>("exec.pool");
  auto get = [&](StringRef name) {
    auto number = pool ? pool.getAs<IntegerAttr>(name) : IntegerAttr();
    return number ? number.getInt() : 0;
  };
  int64_t maxContext = get("max_context"), maxBatch = get("max_batch");
  std::vector<int64_t> contexts;
  for (int64_t context : kReportedContexts)
    if (context <= maxContext)
      contexts.push_back(context);
  if (contexts.empty())
    contexts.push_back(maxContext);
  std::vector<StepShape> shapes;
  for (int64_t tokens : kReportedTokens) {
    int64_t sequences =
        tokens <= kLargestDecode && tokens <= maxBatch ? tokens : 1;
    for (int64_t context : contexts)
      if (findStepProgram(module, tokens) && tokens / sequences <= context)
        shapes.push_back({tokens, sequences, context});
  }
  return shapes;
}

FailureOr<std::unique_ptr<StepModel>>
StepModel::create(ModuleOp module, const tile::TargetFacts &target,
                  ArrayRef<exec::ProgramOp> programs, bool code,
                  unsigned numThreads) {
  const tile::TargetCosts *costs = tile::findTargetCosts(target.name);
  // [step_model_c1]
  if (!costs)
    return module.emitError("[step_model_c1] no costs are known of target ")
           << target.name;
  std::unique_ptr<StepModel> model(new StepModel(module, target, *costs));
  if (code && failed(model->generateCode(programs, numThreads)))
    return failure();
  return model;
}

LogicalResult StepModel::generateCode(ArrayRef<exec::ProgramOp> programs,
                                      unsigned numThreads) {
  llvm::SetVector<Operation *> unique;
  for (exec::ProgramOp program : programs)
    program.walk([&](exec::LaunchOp launch) {
      unique.insert(symbols.lookup(launch.getKernel()));
    });
  SmallVector<tile::KernelOp> kernels;
  for (Operation *op : unique)
    kernels.push_back(cast<tile::KernelOp>(op));
  NumberedKernels numbered(kernels);
  PassManager manager(module.getContext());
  buildGpuPipeline(manager, target);
  if (failed(manager.run(numbered.getModule())))
    return failure();
  regions = numbered.labelRegions();

  amdgcn::AmdgpuOptions options;
  options.target = &target;
  options.numThreads = numThreads;
  options.nameBlocks = true;
  auto objects = amdgcn::compileAmdgpuKernels(
      numbered.getModule(), options,
      [&](amdgcn::AmdgpuStage stage, StringRef text) {
        if (stage == amdgcn::AmdgpuStage::Assembly)
          blocks.merge(amdgcn::readMachineBlocks(text));
      });
  return success(succeeded(objects));
}

/// All weights, and of the state what the sequences of the step have.
static int64_t residentBytes(ModuleOp module, StepShape shape, int64_t window) {
  int64_t bytes = 0;
  for (auto buffer : module.getOps<exec::BufferOp>())
    if (buffer.getSpace() == exec::Space::Weights)
      bytes += buffer.getBytes();
  for (auto state : module.getOps<exec::StateOp>()) {
    if (auto rows = dyn_cast<dsv4::OpenRowsType>(state.getType())) {
      bytes += shape.sequences * rows.getSlots() * rows.getWidth() * 8;
      continue;
    }
    auto cache = cast<dsv4::CacheType>(state.getType());
    int64_t row = *cache.getKeys().getCodesBytes(1) +
                  *cache.getKeys().getScaleBytes(1) + 2 * cache.getTail();
    int64_t rows = cache.getKind() == dsv4::CacheKind::Window
                       ? std::min(window, shape.context)
                       : shape.context / cache.getRatio();
    bytes += shape.sequences * rows * row;
  }
  return bytes;
}

FailureOr<StepCost> StepModel::getCost(exec::ProgramOp program,
                                       StepShape shape) {
  llvm::Expected<StepInputs> inputs =
      StepInputs::create(module, program, shape);
  // [step_model_c2]
  if (!inputs)
    return program.emitError("[step_model_c2] ")
           << llvm::toString(inputs.takeError());
  StepCost step;
  step.shape = shape;
  step.program = program.getSymName().str();
  auto pool = module->getAttrOfType<DictionaryAttr>("exec.pool");
  step.residentBytes =
      residentBytes(module, shape, pool.getAs<IntegerAttr>("window").getInt());
  // Launches of one kernel differ only in which weights and values they have.
  std::map<std::string, LaunchCost> known;
  for (auto launch : program.getBody().getOps<exec::LaunchOp>()) {
    std::string key = launch.getKernel().str();
    for (auto name : launch.getBuffers().getAsRange<FlatSymbolRefAttr>()) {
      auto buffer = symbols.lookup<exec::BufferOp>(name.getAttr());
      key += buffer.getSpace() == exec::Space::Input
                 ? " " + name.getValue().str()
                 : " " + std::to_string(static_cast<int>(buffer.getSpace()));
    }
    auto it = known.find(key);
    if (it == known.end()) {
      FailureOr<LaunchCost> cost = getCost(launch, *inputs);
      if (failed(cost))
        return failure();
      it = known.emplace(key, std::move(*cost)).first;
    }
    step.launches.push_back(it->second);
    step.launches.back().label = launch.getLabel().value_or("").str();
  }
  return step;
}

FailureOr<LaunchCost> StepModel::getCost(exec::LaunchOp launch,
                                         const StepInputs &inputs) {
  auto kernel = symbols.lookup<tile::KernelOp>(launch.getKernel());
  std::vector<exec::BufferOp> buffers;
  std::vector<Contents> contents;
  for (auto name : launch.getBuffers().getAsRange<FlatSymbolRefAttr>()) {
    buffers.push_back(symbols.lookup<exec::BufferOp>(name.getAttr()));
    contents.push_back(inputs.contentsOf(buffers.back()));
  }
  FailureOr<KernelRun> run = runKernel(kernel, contents, costs.lineBytes);
  if (failed(run))
    return failure();

  LaunchCost cost;
  cost.kernel = launch.getKernel().str();
  cost.workgroups = run->workgroups;
  auto region = regions.find(cost.kernel);
  cost.threads =
      region == regions.end() ? target.workgroupSize : region->second.threads;
  cost.parameters = buffers.size();
  // A buffer may be bound to several parameters.
  llvm::MapVector<Operation *, BufferTraffic> traffic;
  for (auto [buffer, part] : llvm::zip(buffers, run->buffers)) {
    auto [it, isNew] = traffic.insert({buffer, part});
    cost.bytes.requested += part.requested;
    if (isNew)
      continue;
    it->second.read.add(part.read);
    it->second.written.add(part.written);
  }
  for (auto &[op, part] : traffic) {
    int64_t read = part.read.bytes();
    exec::Space space = cast<exec::BufferOp>(op).getSpace();
    (space == exec::Space::Weights ? cost.bytes.weights
     : space == exec::Space::State ? cost.bytes.state
                                   : cost.bytes.values) += read;
    cost.bytes.written += part.written.bytes();
    part.read.add(part.written);
    cost.bytes.touched += part.read.bytes();
  }
  KernelCost instructions;
  if (auto it = blocks.find(cost.kernel); it != blocks.end())
    instructions = costOf(it->second, regions[cost.kernel], *run, cost.threads,
                          target, costs);
  cost.instructions = instructions.sum();
  setSeconds(cost, instructions);
  return cost;
}

void StepModel::setSeconds(LaunchCost &launch, const KernelCost &kernel) {
  auto &seconds = launch.seconds;
  auto at = [&](Resource resource) -> double & {
    return seconds[static_cast<int>(resource)];
  };
  // What launches hand to each other can stay in the memory-side cache, and
  // what they write is written back once.
  at(Resource::Hbm) =
      (launch.bytes.weights + launch.bytes.state) / costs.hbmRate;
  at(Resource::Cache) =
      (launch.bytes.touched + launch.bytes.written) / costs.cacheRate;
  // Workgroups are dealt to compute units one by one; the last round counts in
  // full.
  auto secondsOf = [&](const InstructionCost &all, int64_t workgroups) {
    double groups = workgroups;
    double rounds = llvm::divideCeil(workgroups, target.computeUnits);
    double busiest = rounds / groups / costs.clock;
    double waves = groups * launch.threads / target.waveSize;
    std::array<double, kResources> result{};
    auto set = [&](Resource resource, double value) {
      result[static_cast<int>(resource)] = value;
    };
    set(Resource::Mfma, all.mfmaCycles / target.simds * busiest);
    set(Resource::Valu, all.valuCycles / target.simds * busiest);
    set(Resource::Lds, all.ldsCycles * busiest);
    set(Resource::Latency, all.loadRounds / waves * costs.loadSeconds);
    return result;
  };
  std::array<double, kResources> last{};
  for (const KernelCost::Last &part : kernel.last)
    for (auto [most, alone] :
         llvm::zip_equal(last, secondsOf(part.instructions, part.workgroups)))
      most = std::max(most, alone);
  std::array<double, kResources> each =
      secondsOf(kernel.each, launch.workgroups);
  for (int i = 0; i < kResources; ++i)
    seconds[i] += each[i] + last[i];
}
