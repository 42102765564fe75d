//===- StepInputs.cpp - The integers that a modelled step reads -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/StepInputs.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4run/Abi/StepAbi.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::cost;
namespace abi = dsv4run::abi;

/// SplitMix64: the same numbers on every machine.
static uint64_t mix(uint64_t state) {
  state += 0x9e3779b97f4a7c15;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

/// Sorted: dsv4.route gives ids in increasing order.
static std::vector<int64_t> drawExperts(int64_t tokens, int64_t experts,
                                        int64_t perToken, Routing routing) {
  std::vector<int64_t> ids;
  for (int64_t token = 0; token < tokens; ++token) {
    std::vector<int64_t> all(experts);
    std::iota(all.begin(), all.end(), 0);
    for (int64_t i = 0; i < perToken; ++i) {
      int64_t number = token * perToken + i;
      if (routing == Routing::InTurn)
        all[i] = number % experts;
      else
        std::swap(all[i], all[i + mix(number) % (experts - i)]);
    }
    std::sort(all.begin(), all.begin() + perToken);
    ids.insert(ids.end(), all.begin(), all.begin() + perToken);
  }
  return ids;
}

llvm::Expected<StepInputs>
StepInputs::create(ModuleOp module, exec::ProgramOp program, StepShape shape) {
  auto fail = [](const Twine &message) {
    return llvm::createStringError(message);
  };
  auto pool = module->getAttrOfType<DictionaryAttr>("exec.pool");
  auto config = module->getAttrOfType<DictionaryAttr>("dsv4.config");
  if (!pool || !config)
    return fail("the module has no exec.pool or no dsv4.config");
  StepInputs inputs;
  inputs.shape = shape;
  std::string missing;
  auto get = [&](DictionaryAttr from, StringRef name) -> int64_t {
    auto number = from.getAs<IntegerAttr>(name);
    if (!number)
      missing = name.str();
    return number ? number.getInt() : 0;
  };
  inputs.window = get(pool, "window");
  inputs.page = get(pool, "page");
  inputs.windowColumns = get(pool, "window_pages_per_sequence");
  inputs.entryColumns = get(pool, "entry_pages_per_sequence");
  inputs.vocabulary = get(config, "vocab");
  inputs.experts = get(config, "experts");
  inputs.expertsPerToken = get(config, "experts_per_token");
  inputs.indexTopK = get(config, "index_top_k");
  int64_t maxBatch = get(pool, "max_batch");
  int64_t maxContext = get(pool, "max_context");
  if (!missing.empty())
    return fail("the module's facts lack '" + missing + "'");
  if (shape.sequences < 1 || shape.tokens % shape.sequences ||
      shape.sequences > maxBatch)
    return fail(Twine(shape.tokens) + " tokens of " + Twine(shape.sequences) +
                " sequences: expected 1 to " + Twine(maxBatch) +
                " sequences with as many tokens each");
  if (shape.context < shape.tokens / shape.sequences ||
      shape.context > maxContext)
    return fail("a context of " + Twine(shape.context) + ": expected " +
                Twine(shape.tokens / shape.sequences) + " to " +
                Twine(maxContext));
  if (shape.tokens > static_cast<int64_t>(program.getTokens()))
    return fail(Twine(shape.tokens) + " tokens don't fit program '" +
                program.getSymName() + "'");
  inputs.outputRows =
      std::min<int64_t>(shape.sequences, program.getOutputRows());
  for (auto state : module.getOps<exec::StateOp>())
    if (auto cache = dyn_cast<dsv4::CacheType>(state.getType());
        cache && cache.getKind() == dsv4::CacheKind::Index)
      inputs.indexRatio = cache.getRatio();

  SymbolTable symbols(module);
  for (auto launch : program.getBody().getOps<exec::LaunchOp>()) {
    auto kernel = symbols.lookup<tile::KernelOp>(launch.getKernel());
    SmallVector<StringRef> ops;
    launch.getLabel().value_or("").split(ops, ' ');
    for (auto [number, name] :
         llvm::enumerate(launch.getBuffers().getAsRange<FlatSymbolRefAttr>())) {
      auto type = cast<MemRefType>(kernel.getArgumentTypes()[number + 1]);
      if (!kernel.getArgAttr(number + 1, "exec.writes") ||
          !type.getElementType().isInteger(32) ||
          name.getValue() == abi::kArrivals)
        continue;
      if (llvm::is_contained(ops, "route"))
        inputs.routed[name.getValue()] = true;
      if (llvm::is_contained(ops, "select"))
        inputs.selected[name.getValue()] = true;
    }
  }
  inputs.expertIds = drawExperts(shape.tokens, inputs.experts,
                                 inputs.expertsPerToken, shape.routing);
  return inputs;
}

Contents StepInputs::contentsOf(exec::BufferOp buffer) const {
  StringRef name = buffer.getSymName();
  int64_t tokens = shape.tokens;
  int64_t each = tokens / shape.sequences;
  int64_t first = shape.context - each;
  auto perToken = [=](auto function) -> Contents {
    return [=](int64_t i) -> std::optional<int64_t> {
      if (i >= tokens)
        return std::nullopt;
      return function(i);
    };
  };
  if (name == abi::kCounts)
    return [=](int64_t i) -> std::optional<int64_t> {
      return i == 0 ? tokens : i == 1 ? outputRows : 0;
    };
  if (name == abi::kIds || name == abi::kNextIds)
    return perToken([=](int64_t i) { return (1 + 61 * i) % vocabulary; });
  if (name == abi::kSlots)
    return perToken([=](int64_t i) { return i / each; });
  if (name == abi::kPositions)
    return perToken([=](int64_t i) { return first + i % each; });
  if (name == abi::kFirstRows)
    return perToken([=](int64_t i) { return i / each * each; });
  if (name == abi::kFirstPositions)
    return perToken([=](int64_t) { return first; });
  if (name == abi::kLastPositions)
    return perToken([=](int64_t) { return shape.context - 1; });
  if (name == abi::kOutputRows)
    // The last token of each sequence.
    return [=](int64_t i) -> std::optional<int64_t> {
      if (i >= outputRows)
        return std::nullopt;
      return (i + 1) * each - 1;
    };
  if (name == abi::kEntryPages)
    return [](int64_t i) -> std::optional<int64_t> { return i; };
  if (name == abi::kWindowPages) {
    // Only pages of the window and of the step exist.
    int64_t oldest = std::max<int64_t>(0, first - window + 1) / page;
    int64_t live = (shape.context - 1) / page - oldest + 1;
    return [=](int64_t i) -> std::optional<int64_t> {
      int64_t slot = i / windowColumns, column = i % windowColumns;
      int64_t number =
          (column - oldest % windowColumns + windowColumns) % windowColumns;
      return slot * live + number;
    };
  }
  if (routed.contains(name))
    return [ids = expertIds](int64_t i) -> std::optional<int64_t> {
      if (i >= static_cast<int64_t>(ids.size()))
        return std::nullopt;
      return ids[i];
    };
  if (selected.contains(name))
    return [=](int64_t i) -> std::optional<int64_t> {
      int64_t row = i / indexTopK, place = i % indexTopK;
      if (row >= tokens)
        return std::nullopt;
      int64_t entries = (first + row % each + 1) / indexRatio;
      if (entries <= indexTopK)
        return place < entries ? place : -1;
      return place * entries / indexTopK;
    };
  return nullptr;
}
