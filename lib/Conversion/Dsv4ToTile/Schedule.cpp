//===- Schedule.cpp - Buffers, weights and state of the schedule ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Schedule.h"
#include "RowScope.h"
#include "dsv4run/Abi/StepAbi.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::dsv4;

namespace {

StringAttr nameOf(ProgramOp program, unsigned argument) {
  return program.getArgAttrOfType<StringAttr>(argument, "dsv4.name");
}

/// The checkpoint's tensor behind recasts and shuffles.
WeightOp sourceOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto weight = dyn_cast<WeightOp>(op))
      return weight;
    if (!isa<fp8::RecastOp, fp8::ShuffleOp, dsv4::ShuffleOp>(op))
      break;
    value = op->getOperand(0);
  }
  return {};
}

/// `name` with the number of an expert for its `*`, for every expert.
SmallVector<std::string> expandExperts(StringRef name,
                                       std::optional<int64_t> experts) {
  if (!experts)
    return {name.str()};
  auto [before, after] = name.split('*');
  SmallVector<std::string> names;
  for (int64_t i = 0; i < *experts; ++i)
    names.push_back((before + Twine(i) + after).str());
  return names;
}

std::string scaleName(StringRef weight) {
  weight.consume_back(".weight");
  return (weight + ".scale").str();
}

int64_t bytesOf(MemRefType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// Largest id + 1 of a table of ids: the number of logits of its router.
std::optional<int64_t> idLimit(WeightOp weight) {
  for (Operation *user : weight->getUsers())
    if (auto route = dyn_cast<RouteOp>(user))
      return cast<RankedTensorType>(route.getLogits().getType()).getDimSize(1);
  return std::nullopt;
}

} // namespace

Schedule::Schedule(ModuleOp module)
    : module(module), builder(module.getContext()) {}

LogicalResult Schedule::beginProgram(ProgramOp op, const StepSizes &stepSizes) {
  program = op;
  sizes = stepSizes;
  outputNames.clear();
  stepValues.clear();
  inputBuffers.clear();
  outputBuffers.clear();
  auto add = [&](Operation *by, Value value, StringAttr name) -> LogicalResult {
    Value storage = storageOf(value);
    // [schedule_c1]
    if (isa<BlockArgument>(storage))
      return by->emitOpError("[schedule_c1] output '")
             << name.getValue() << "' is an input of the program";
    // [schedule_c2]
    if (!outputNames.insert({storage, name}).second)
      return by->emitOpError("[schedule_c2] value of output '")
             << name.getValue() << "' is already output '"
             << outputNames.lookup(storage).getValue() << "'";
    return success();
  };
  for (OpOperand &operand :
       op.getBody().front().getTerminator()->getOpOperands()) {
    auto name = op.getResultAttrOfType<StringAttr>(operand.getOperandNumber(),
                                                   "dsv4.name");
    if (isa<RankedTensorType>(operand.get().getType()) &&
        failed(add(operand.getOwner(), operand.get(), name)))
      return failure();
  }
  // An output may be observed as well: it already is visible.
  for (auto observe : op.getBody().front().getOps<ObserveOp>())
    if (!outputNames.contains(storageOf(observe.getValue())) &&
        failed(add(observe, observe.getValue(), observe.getNameAttr())))
      return failure();
  return success();
}

FlatSymbolRefAttr Schedule::define(StringRef name, exec::Space space,
                                   MemRefType type, Type holds,
                                   exec::Part part) {
  exec::BufferOp &buffer = buffers[name];
  if (!buffer) {
    builder.setInsertionPointToEnd(module.getBody());
    buffer = exec::BufferOp::create(builder, module.getLoc(), name, space, type,
                                    holds, part,
                                    /*offset=*/IntegerAttr());
  } else if (bytesOf(cast<MemRefType>(buffer.getType())) < bytesOf(type)) {
    // Programs of larger buckets share the buffer.
    buffer.setType(type);
    buffer.setHolds(holds);
  }
  return FlatSymbolRefAttr::get(buffer.getSymNameAttr());
}

FailureOr<FlatSymbolRefAttr> Schedule::weight(Value value, exec::Part part,
                                              MemRefType type) {
  WeightOp source = sourceOf(value);
  auto scaled = dyn_cast<fp8::ScaledType>(source.getResult().getType());
  std::string scales = scaleName(source.getTensor());
  StringRef name =
      part == exec::Part::Scales ? StringRef(scales) : source.getTensor();
  FlatSymbolRefAttr symbol =
      define(name, exec::Space::Weights, type, heldType(value), part);

  exec::PackOp &pack = packs[source.getTensor()];
  if (!pack) {
    auto strings = [&](StringRef pattern) {
      SmallVector<std::string> names =
          expandExperts(pattern, source.getExperts());
      SmallVector<StringRef> refs(names.begin(), names.end());
      return builder.getStrArrayAttr(refs);
    };
    exec::PackKind kind = exec::PackKind::Tensor;
    IntegerAttr limit;
    if (scaled) {
      kind = exec::PackKind::Scaled;
    } else if (cast<RankedTensorType>(source.getResult().getType())
                   .getElementType()
                   .isInteger(64)) {
      kind = exec::PackKind::IdTable;
      std::optional<int64_t> experts = idLimit(source);
      // [schedule_c3]
      if (!experts)
        return source.emitOpError(
            "[schedule_c3] holds ids, but no router uses it");
      limit = builder.getI64IntegerAttr(*experts);
    }
    builder.setInsertionPointToEnd(module.getBody());
    pack = exec::PackOp::create(
        builder, source.getLoc(), kind, source.getTensor(),
        scaled ? FlatSymbolRefAttr::get(builder.getContext(), scales)
               : FlatSymbolRefAttr(),
        strings(source.getTensor()), scaled ? strings(scales) : ArrayAttr(),
        TypeAttr::get(source.getResult().getType()), limit,
        DenseF32ArrayAttr());
  }
  return symbol;
}

FlatSymbolRefAttr Schedule::ropeTable(RopeTableOp table, MemRefType type) {
  std::string name = ("rope." + stringifyRopeKind(table.getKind())).str();
  FlatSymbolRefAttr symbol =
      define(name, exec::Space::Weights, type, table.getResult().getType(),
             exec::Part::Whole);
  exec::PackOp &pack = packs[name];
  if (!pack) {
    SmallVector<float> frequencies;
    for (APFloat value : table.getFrequencies().getValues<APFloat>())
      frequencies.push_back(value.convertToFloat());
    builder.setInsertionPointToEnd(module.getBody());
    pack = exec::PackOp::create(
        builder, table.getLoc(), exec::PackKind::RopeTable, name,
        FlatSymbolRefAttr(), builder.getStrArrayAttr({}), ArrayAttr(),
        TypeAttr(), IntegerAttr(), builder.getDenseF32ArrayAttr(frequencies));
  }
  return symbol;
}

FlatSymbolRefAttr Schedule::state(BlockArgument argument, exec::Part part,
                                  MemRefType type) {
  StringRef name = nameOf(program, argument.getArgNumber()).getValue();
  std::string bufferName = (name + "." + exec::stringifyPart(part)).str();
  FlatSymbolRefAttr symbol =
      define(bufferName, exec::Space::State, type, argument.getType(), part);
  exec::StateOp &state = states[name];
  if (!state) {
    SmallVector<exec::Part> parts = {exec::Part::U, exec::Part::S};
    if (auto cache = dyn_cast<CacheType>(argument.getType())) {
      parts = {exec::Part::Codes, exec::Part::Scales};
      if (cache.getTail() > 0)
        parts.push_back(exec::Part::Tail);
    }
    SmallVector<Attribute> symbols;
    for (exec::Part each : parts)
      symbols.push_back(FlatSymbolRefAttr::get(
          builder.getContext(),
          (name + "." + exec::stringifyPart(each)).str()));
    builder.setInsertionPointToEnd(module.getBody());
    state = exec::StateOp::create(builder, program.getLoc(), name,
                                  argument.getType(),
                                  builder.getArrayAttr(symbols));
  }
  return symbol;
}

MemRefType Schedule::perToken(Value value, MemRefType type) const {
  int64_t rows = RowScope::isOutputRow(value) ? sizes.outputRows : sizes.tokens;
  return MemRefType::get({rows, type.getNumElements() / rows},
                         type.getElementType());
}

FlatSymbolRefAttr Schedule::stepValue(Value value, exec::Part part,
                                      MemRefType type) {
  type = perToken(value, type);
  if (StringAttr output = outputNames.lookup(value)) {
    auto symbol = define(output.getValue(), exec::Space::Output, type,
                         value.getType(), part);
    outputBuffers.insert({value, symbol});
    return symbol;
  }
  FlatSymbolRefAttr &symbol = stepValues[{value, part}];
  if (!symbol) {
    std::string name =
        ("values." + program.getSymName() + "." + Twine(stepValues.size() - 1))
            .str();
    symbol = define(name, exec::Space::Arena, type, value.getType(), part);
  }
  return symbol;
}

FailureOr<FlatSymbolRefAttr>
Schedule::buffer(const KernelWriter::Parameter &parameter, MemRefType type,
                 Type holds) {
  Value value = parameter.value;
  if (parameter.scratch >= 0)
    return define((dsv4run::abi::kScratchPrefix + program.getSymName() + "." +
                   Twine(parameter.scratch))
                      .str(),
                  exec::Space::Arena,
                  MemRefType::get({type.getNumElements()},
                                  type.getElementType()),
                  holds, parameter.part);
  if (!value)
    return define(parameter.input, exec::Space::Input, type, holds,
                  parameter.part);
  if (sourceOf(value))
    return weight(value, parameter.part, type);
  if (auto table = value.getDefiningOp<RopeTableOp>())
    return ropeTable(table, type);
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return stepValue(value, parameter.part, type);
  if (isa<CacheType, OpenRowsType>(value.getType()))
    return state(argument, parameter.part, type);
  std::string name = (nameOf(program, argument.getArgNumber()).getValue() +
                      dsv4run::abi::kInputSuffix)
                         .str();
  FlatSymbolRefAttr symbol =
      define(name, exec::Space::Input, perToken(value, type), value.getType(),
             parameter.part);
  inputBuffers.insert({value, symbol});
  return symbol;
}

ArrayAttr Schedule::foldConditions(tile::ScaleFolding folding,
                                   ArrayRef<KernelWriter::Parameter> parameters,
                                   ArrayRef<Attribute> buffers) {
  // With a scale in 2^-63 ... 2^63 and the activations' in 2^-22 ... 2^119, no
  // product of a code, a code and both scales leaves the normal numbers, and no
  // sum of them overflows.
  constexpr int64_t kLeast = 64, kMost = 190, kByteMax = 255;
  constexpr int64_t kMostSpread =
      fp8::WidenFp4Op::kMostExponent - fp8::WidenFp4Op::kLeastExponent;
  SmallVector<Attribute> conditions;
  for (auto [parameter, buffer] : llvm::zip_equal(parameters, buffers)) {
    if (!parameter.value || parameter.part != exec::Part::Codes ||
        !sourceOf(parameter.value))
      continue;
    auto scaled = dyn_cast<fp8::ScaledType>(parameter.value.getType());
    if (!scaled || !isa<Float4E2M1FNType>(scaled.getElementType()))
      continue;
    auto symbol = cast<FlatSymbolRefAttr>(buffer);
    MLIRContext *context = builder.getContext();
    conditions.push_back(exec::ConditionAttr::get(
        context, symbol, exec::Fact::ScaleMin, kLeast, kByteMax));
    conditions.push_back(exec::ConditionAttr::get(
        context, symbol, exec::Fact::ScaleMax, 0, kMost));
    if (folding == tile::ScaleFolding::Codes)
      conditions.push_back(exec::ConditionAttr::get(
          context, symbol, exec::Fact::LocalSpread, 0, kMostSpread));
  }
  return conditions.empty() ? ArrayAttr() : builder.getArrayAttr(conditions);
}

static ArrayAttr
values(Builder &builder,
       const llvm::MapVector<Value, FlatSymbolRefAttr> &symbols) {
  SmallVector<Attribute> list;
  for (auto [value, symbol] : symbols)
    list.push_back(symbol);
  return builder.getArrayAttr(list);
}

ArrayAttr Schedule::inputs() { return values(builder, inputBuffers); }
ArrayAttr Schedule::outputs() { return values(builder, outputBuffers); }
