//===- Dsv4ToTile.cpp - Launches to tile kernels and an exec schedule -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Parts.h"
#include "RowScope.h"
#include "Schedule.h"
#include "dsv4c/Conversion/Passes.h"
#include "dsv4run/Abi/StepAbi.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SetVector.h"

namespace dsv4c {
#define GEN_PASS_DEF_DSV4TOTILE
#include "Conversion/ConversionPasses.h.inc"
} // namespace dsv4c

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

namespace {

/// A kernel and the values that its parameters stand for, as positions in the
/// list of values that launches of the same structure have in common.
struct SharedKernel {
  tile::KernelOp kernel;
  /// With unfolded scales, for launches with e2m1 weights.
  tile::KernelOp exact;
  SmallVector<KernelWriter::Parameter> parameters;
  SmallVector<int64_t> positions; // -1: an input of the step
};

/// Storages of all values of a launch in a fixed order, and a text that is
/// equal for launches that can share a kernel.
struct Structure {
  llvm::SetVector<Value> values;
  std::string key;
};

Structure structureOf(LaunchOp launch, const StepSizes &sizes) {
  Structure structure;
  llvm::raw_string_ostream os(structure.key);
  os << sizes.tokens << ' ' << sizes.outputRows << '\n';
  auto number = [&](Value value) {
    Value storage = storageOf(value);
    structure.values.insert(storage);
    return std::distance(structure.values.begin(),
                         llvm::find(structure.values, storage));
  };
  for (Operation &op : launch.getBody().front().without_terminator()) {
    os << op.getName() << ' ' << op.getAttrDictionary();
    for (Value operand : op.getOperands())
      os << ' ' << number(operand) << ':' << operand.getType()
         << (RowScope::isOutputRow(operand) ? "*" : "");
    os << " ->";
    for (Value result : op.getResults())
      os << ' ' << number(result) << ':' << result.getType()
         << (isYielded(result) ? "!" : "");
    os << '\n';
  }
  return structure;
}

/// Connected groups of the launch's ops, in program order.
SmallVector<SmallVector<Operation *>> connectedParts(LaunchOp launch) {
  llvm::EquivalenceClasses<Operation *> classes;
  llvm::MapVector<Operation *, SmallVector<Operation *>> parts;
  auto ops = launch.getBody().front().without_terminator();
  for (Operation &op : ops) {
    classes.insert(&op);
    for (Value operand : op.getOperands())
      if (Operation *producer = operand.getDefiningOp();
          producer && producer->getParentOp() == launch)
        classes.unionSets(&op, producer);
  }
  for (Operation &op : ops)
    parts[classes.getLeaderValue(&op)].push_back(&op);
  return llvm::map_to_vector(parts, [](auto &entry) { return entry.second; });
}

/// Puts the products of a part in the order of their roles: gate, up; routed,
/// shared.
void orderProducts(SmallVector<Operation *> &ops) {
  auto order = [&](Value first, Value second, Operation *consumer) {
    Operation *a = first.getDefiningOp();
    Operation *b = second.getDefiningOp();
    if (!llvm::is_contained(ops, a) || !llvm::is_contained(ops, b))
      return;
    llvm::erase_if(ops, [&](Operation *op) {
      return op == a || op == b || op == consumer;
    });
    ops.insert(ops.begin(), {a, b, consumer});
  };
  for (Operation *op : SmallVector<Operation *>(ops)) {
    if (auto swiglu = dyn_cast<SwigluOp>(op))
      return order(swiglu.getGate(), swiglu.getUp(), op);
    if (auto combine = dyn_cast<CombineOp>(op))
      return order(combine.getRouted(), combine.getShared(), op);
  }
}

FailureOr<Part> makePart(SmallVector<Operation *> ops, const StepSizes &sizes,
                         const PoolGeometry &pool) {
  auto contains = [&](auto predicate) { return llvm::any_of(ops, predicate); };
  if (contains([](Operation *op) { return isa<ExpertLinearOp>(op); })) {
    orderProducts(ops);
    return makeExpertPart(ops, sizes);
  }
  if (contains([](Operation *op) {
        return isa<fp8::ScaledMatmulOp, LinearOp>(op);
      })) {
    orderProducts(ops);
    return makeProductPart(ops, sizes);
  }
  if (isa<AttentionOp>(ops.front()))
    return makeAttentionPart(ops, sizes);
  if (isa<IndexScoresOp>(ops.front()))
    return makeIndexPart(ops, sizes, pool);
  return makeRowPart(ops, sizes);
}

class Converter {
public:
  Converter(ModuleOp module, const PoolGeometry &pool, int64_t outputRows,
            const Dsv4ToTileOptions &options)
      : module(module), pool(pool), outputRows(outputRows), options(options),
        schedule(module) {}

  LogicalResult convert(ProgramOp program);
  int64_t kernels = 0;
  int64_t launches = 0;

private:
  LogicalResult convert(LaunchOp launch, const StepSizes &sizes);
  LogicalResult writeKernels(LaunchOp launch, const StepSizes &sizes,
                             const Structure &structure, SharedKernel &shared);
  std::string kernelName(LaunchOp launch, const StepSizes &sizes);
  std::string labelOf(LaunchOp launch);

  ModuleOp module;
  PoolGeometry pool;
  int64_t outputRows;
  Dsv4ToTileOptions options;
  Schedule schedule;
  llvm::StringMap<SharedKernel> byKey;
  llvm::StringMap<int64_t> nameCounts;
  std::string lastLayer;
  OpBuilder body = OpBuilder(module.getContext());
};

/// Marks ops whose rows are output rows; RowScope::isOutputRow asks for it.
void markOutputRows(ProgramOp program) {
  UnitAttr mark = UnitAttr::get(program.getContext());
  program.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<LaunchOp, ProgramOp, YieldOp>(op))
      return;
    bool marked = isa<OutputRowsOp>(op) ||
                  llvm::any_of(op->getOperands(), [](Value operand) {
                    return RowScope::isOutputRow(operand);
                  });
    if (marked)
      op->setAttr(RowScope::kOutputRows, mark);
  });
}

} // namespace

/// First layer that the weights of a launch belong to, and the ops.
std::string Converter::labelOf(LaunchOp launch) {
  std::string layer, ops;
  for (Operation &op : launch.getBody().front().without_terminator()) {
    if (!ops.empty())
      ops += ' ';
    ops += op.getName().stripDialect().str();
    for (Value operand : op.getOperands()) {
      Operation *source = operand.getDefiningOp();
      while (isa_and_nonnull<fp8::RecastOp, fp8::ShuffleOp, dsv4::ShuffleOp>(
          source))
        source = source->getOperand(0).getDefiningOp();
      auto weight = dyn_cast_or_null<WeightOp>(source);
      if (!weight || !layer.empty())
        continue;
      auto [kind, rest] = weight.getTensor().split('.');
      StringRef number = rest.split('.').first;
      bool numbered = !number.empty() && llvm::all_of(number, llvm::isDigit);
      layer = numbered ? (kind + "." + number).str() : kind.str();
    }
  }
  // Launches without weights belong to the layer before them.
  if (layer.empty())
    layer = lastLayer;
  lastLayer = layer;
  return layer.empty() ? ops : layer + ": " + ops;
}

std::string Converter::kernelName(LaunchOp launch, const StepSizes &sizes) {
  SmallVector<StringRef> names;
  for (Operation &op : launch.getBody().front().without_terminator()) {
    StringRef name = op.getName().stripDialect();
    if (!isa<HeadsOp>(op) && (names.empty() || names.back() != name))
      names.push_back(name);
  }
  // Long launches are known by their first and last ops.
  if (names.size() > 4)
    names.erase(names.begin() + 2, names.end() - 2);
  std::string name =
      llvm::join(names, "_") + ".t" + std::to_string(sizes.tokens);
  int64_t count = nameCounts[name]++;
  return count ? name + "." + std::to_string(count) : name;
}

/// Writes what the workgroups of each part do.
static void writeParts(KernelWriter &w, ArrayRef<Part> parts) {
  // Each part runs on the next range of workgroups.
  int64_t first = 0;
  std::function<void(size_t)> write = [&](size_t index) {
    const Part &part = parts[index];
    Value local =
        first ? w.b.subIndex(w.workgroup(), w.b.index(first)) : w.workgroup();
    if (index + 1 == parts.size())
      return part.write(w, local);
    first += part.workgroups;
    Value mine =
        w.b.cmp(arith::CmpIPredicate::slt, w.workgroup(), w.b.index(first));
    w.b.whenElse(
        mine, [&] { part.write(w, local); }, [&] { write(index + 1); });
  };
  write(0);
}

static bool hasE2M1Weight(LaunchOp launch) {
  return llvm::any_of(launch.getBody().front(), [](Operation &op) {
    auto linear = dyn_cast<ExpertLinearOp>(op);
    return linear && isa<Float4E2M1FNType>(
                         cast<fp8::ScaledType>(linear.getWeight().getType())
                             .getElementType());
  });
}

LogicalResult Converter::writeKernels(LaunchOp launch, const StepSizes &sizes,
                                      const Structure &structure,
                                      SharedKernel &shared) {
  SmallVector<Part> parts;
  int64_t total = 0;
  for (SmallVector<Operation *> &ops : connectedParts(launch)) {
    FailureOr<Part> part = makePart(ops, sizes, pool);
    if (failed(part))
      return failure();
    total += part->workgroups;
    parts.push_back(std::move(*part));
  }
  std::string name = kernelName(launch, sizes);
  KernelWriter w(module, name, launch.getLoc(), pool, sizes,
                 sizes.scaleFolding);
  writeParts(w, parts);
  // [dsv4_to_tile_c3]
  if (w.counters() > dsv4run::abi::kArrivalsSize)
    return launch.emitOpError("[dsv4_to_tile_c3] has ")
           << w.counters()
           << " groups of workgroups that share a sum, expected "
           << "at most " << dsv4run::abi::kArrivalsSize;
  shared.kernel = w.finish(total);
  shared.parameters = w.parameters;
  for (const KernelWriter::Parameter &parameter : w.parameters) {
    auto it = llvm::find(structure.values, parameter.value);
    shared.positions.push_back(
        parameter.value ? std::distance(structure.values.begin(), it) : -1);
  }
  ++kernels;
  if (sizes.scaleFolding != tile::ScaleFolding::None && hasE2M1Weight(launch)) {
    KernelWriter exact(module, name + ".exact", launch.getLoc(), pool, sizes,
                       tile::ScaleFolding::None);
    writeParts(exact, parts);
    shared.exact = exact.finish(total);
    assert(exact.parameters.size() == w.parameters.size() &&
           "both kernels ask for their buffers in the same order");
    ++kernels;
  }
  return success();
}

LogicalResult Converter::convert(LaunchOp launch, const StepSizes &sizes) {
  Structure structure = structureOf(launch, sizes);
  SharedKernel &shared = byKey[structure.key];
  if (!shared.kernel && failed(writeKernels(launch, sizes, structure, shared)))
    return failure();
  SmallVector<Attribute> buffers;
  SmallVector<KernelWriter::Parameter> actuals;
  ArrayRef<Type> types = shared.kernel.getArgumentTypes().drop_front();
  for (auto [parameter, position, type] :
       llvm::zip_equal(shared.parameters, shared.positions, types)) {
    KernelWriter::Parameter actual = parameter;
    Type holds = parameter.scratch >= 0 ? scratchType(module.getContext())
                                        : inputType(module.getContext());
    if (position >= 0) {
      actual.value = structure.values[position];
      holds = heldType(actual.value);
    }
    FailureOr<FlatSymbolRefAttr> buffer =
        schedule.buffer(actual, cast<MemRefType>(type), holds);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
    actuals.push_back(actual);
  }
  FlatSymbolRefAttr exact;
  ArrayAttr conditions;
  if (shared.exact) {
    exact = FlatSymbolRefAttr::get(shared.exact.getSymNameAttr());
    conditions = schedule.foldConditions(sizes.scaleFolding, actuals, buffers);
  }
  exec::LaunchOp::create(body, launch.getLoc(),
                         FlatSymbolRefAttr::get(shared.kernel.getSymNameAttr()),
                         body.getArrayAttr(buffers), conditions, exact,
                         body.getStringAttr(labelOf(launch)));
  ++launches;
  return success();
}

LogicalResult Converter::convert(ProgramOp program) {
  auto entry = program->getAttrOfType<StringAttr>("dsv4.entry");
  auto bucket = program->getAttrOfType<IntegerAttr>("dsv4.bucket");
  if (!entry || !bucket)
    // [dsv4_to_tile_c2]
    return program.emitOpError(
        "[dsv4_to_tile_c2] has no 'dsv4.entry' and 'dsv4.bucket'; run "
        "dsv4-specialize-programs first");
  StepSizes sizes{bucket.getInt(),     std::min(bucket.getInt(), outputRows),
                  options.tileRows,    options.foldScales,
                  options.splitTokens, options.keyTile,
                  options.meeting};
  lastLayer.clear();
  markOutputRows(program);
  if (failed(schedule.beginProgram(program, sizes)))
    return failure();
  body.setInsertionPointToEnd(module.getBody());
  auto execProgram =
      exec::ProgramOp::create(body, program.getLoc(), program.getSymName(),
                              entry.getValue(), sizes.tokens, sizes.outputRows,
                              body.getArrayAttr({}), body.getArrayAttr({}));
  body.setInsertionPointToStart(&execProgram.getBody().emplaceBlock());
  for (auto launch : program.getBody().front().getOps<LaunchOp>())
    if (failed(convert(launch, sizes)))
      return failure();
  execProgram.setInputsAttr(schedule.inputs());
  execProgram.setOutputsAttr(schedule.outputs());
  return success();
}

namespace {

struct Dsv4ToTile : public dsv4c::impl::Dsv4ToTileBase<Dsv4ToTile> {
  using Dsv4ToTileBase::Dsv4ToTileBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto attribute = module->getAttrOfType<DictionaryAttr>("exec.pool");
    // [dsv4_to_tile_c1]
    if (!attribute) {
      module.emitError("[dsv4_to_tile_c1] the module has no 'exec.pool'");
      return signalPassFailure();
    }
    std::optional<StringRef> missing;
    auto number = [&](StringRef name) -> int64_t {
      if (auto value = attribute.getAs<IntegerAttr>(name))
        return value.getInt();
      missing = name;
      return 0;
    };
    PoolGeometry pool{number("max_batch"),
                      number("max_context"),
                      number("page"),
                      number("window_pages"),
                      number("window_pages_per_sequence"),
                      number("entry_pages"),
                      number("entry_pages_per_sequence")};
    int64_t outputRows = number("output_rows");
    // [dsv4_to_tile_c1]
    if (missing) {
      module.emitError("[dsv4_to_tile_c1] 'exec.pool' lacks the integer '")
          << *missing << "'";
      return signalPassFailure();
    }
    Converter converter(module, pool, outputRows,
                        {tileRows, foldScales, splitTokens, keyTile, meeting});
    SmallVector<ProgramOp> programs(module.getOps<ProgramOp>());
    // The exec program takes the name over.
    for (ProgramOp program : programs)
      program->remove();
    LogicalResult result = success();
    for (ProgramOp program : programs) {
      if (succeeded(result))
        result = converter.convert(program);
    }
    for (ProgramOp program : programs)
      program->erase();
    kernels += converter.kernels;
    launches += converter.launches;
    if (failed(result))
      signalPassFailure();
  }
};

} // namespace
