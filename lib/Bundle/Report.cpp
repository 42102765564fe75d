//===- Report.cpp - What a schedule costs ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Bundle/Report.h"
#include "WeightReport.h"
#include "dsv4c/Bundle/BuildManifest.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::bundle;

namespace {

/// Contexts of spec 2.6 and 5.4.
constexpr int64_t kContexts[] = {4096, 32768, 131072, 1048576};

int64_t bytesOf(MemRefType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

class Reporter {
public:
  Reporter(ModuleOp module, DictionaryAttr config, raw_ostream &os)
      : module(module), symbols(module), config(config),
        json(os, /*IndentSize=*/2) {}

  void write(llvm::function_ref<void(llvm::json::OStream &)> writeMore);

private:
  void writePrograms();
  void writeWeights();
  void writeStep();
  void writeState();
  void writeGroups(StringRef name,
                   const llvm::MapVector<StringRef, int64_t> &groups);
  int64_t spaceBytes(exec::Space space, exec::ProgramOp user = {});
  int64_t symbol(StringRef name) {
    return config.getAs<IntegerAttr>(name).getInt();
  }

  ModuleOp module;
  SymbolTable symbols;
  DictionaryAttr config;
  llvm::json::OStream json;
};

/// Bytes of a row of a cache: codes, scales, tail.
int64_t rowBytes(dsv4::CacheType cache) {
  return *cache.getKeys().getCodesBytes(1) + *cache.getKeys().getScaleBytes(1) +
         2 * cache.getTail();
}

/// What a sequence of `context` tokens keeps, without the draft block.
struct SequenceBytes {
  int64_t window = 0, entries = 0, index = 0, openRows = 0;
  int64_t total() const { return window + entries + index + openRows; }
};

bool isDraft(exec::StateOp state) {
  return state.getSymName().starts_with("mtp.");
}

SequenceBytes sequenceBytes(ModuleOp module, int64_t context, int64_t window,
                            bool draft) {
  SequenceBytes bytes;
  for (auto state : module.getOps<exec::StateOp>()) {
    if (isDraft(state) != draft)
      continue;
    if (auto rows = dyn_cast<dsv4::OpenRowsType>(state.getType())) {
      // u and s, f32.
      bytes.openRows += rows.getSlots() * rows.getWidth() * 8;
      continue;
    }
    auto cache = cast<dsv4::CacheType>(state.getType());
    int64_t row = rowBytes(cache);
    switch (cache.getKind()) {
    case dsv4::CacheKind::Window:
      bytes.window += window * row;
      break;
    case dsv4::CacheKind::Entries:
      bytes.entries += context / cache.getRatio() * row;
      break;
    case dsv4::CacheKind::Index:
      bytes.index += context / cache.getRatio() * row;
      break;
    }
  }
  return bytes;
}

} // namespace

/// Bytes of a space; for the arena, of the buffers that `user` launches with.
int64_t Reporter::spaceBytes(exec::Space space, exec::ProgramOp user) {
  int64_t end = 0, sum = 0;
  auto count = [&](exec::BufferOp buffer) {
    if (buffer.getSpace() != space)
      return;
    int64_t bytes = bytesOf(cast<MemRefType>(buffer.getType()));
    sum += bytes;
    end = std::max<int64_t>(end, buffer.getOffset().value_or(0) + bytes);
  };
  if (!user) {
    for (auto buffer : module.getOps<exec::BufferOp>())
      count(buffer);
  } else {
    for (auto launch : user.getBody().getOps<exec::LaunchOp>())
      for (auto name : launch.getBuffers().getAsRange<FlatSymbolRefAttr>())
        count(symbols.lookup<exec::BufferOp>(name.getAttr()));
  }
  return space == exec::Space::Arena || space == exec::Space::Weights ? end
                                                                      : sum;
}

void Reporter::writePrograms() {
  json.attributeArray("programs", [&] {
    for (auto program : module.getOps<exec::ProgramOp>())
      json.object([&] {
        int64_t launches = 0;
        llvm::MapVector<StringRef, int64_t> perLayer;
        for (auto launch : program.getBody().getOps<exec::LaunchOp>()) {
          ++launches;
          StringRef label = launch.getLabel().value_or("");
          perLayer[label.contains(": ") ? label.split(": ").first : "other"]++;
        }
        json.attribute("name", program.getSymName());
        json.attribute("entry", program.getEntry());
        json.attribute("tokens", int64_t(program.getTokens()));
        json.attribute("launches", launches);
        writeGroups("launches_per_layer", perLayer);
        json.attribute("arena", spaceBytes(exec::Space::Arena, program));
      });
  });
}

void Reporter::writeGroups(StringRef name,
                           const llvm::MapVector<StringRef, int64_t> &groups) {
  json.attributeObject(name, [&] {
    int64_t total = 0;
    for (auto [group, value] : groups) {
      json.attribute(group, value);
      total += value;
    }
    json.attribute("total", total);
  });
}

void Reporter::writeWeights() {
  json.attributeObject("weights", [&] {
    json.attribute("packed", spaceBytes(exec::Space::Weights));
    writeGroups("checkpoint", countWeights(module, {}, 0).checkpoint);
  });
}

void Reporter::writeStep() {
  exec::ProgramOp smallest;
  for (auto program : module.getOps<exec::ProgramOp>())
    if (program.getEntry() == "step" &&
        (!smallest || program.getTokens() < smallest.getTokens()))
      smallest = program;
  llvm::StringSet<> read;
  for (auto launch : smallest.getBody().getOps<exec::LaunchOp>())
    for (auto name : launch.getBuffers().getAsRange<FlatSymbolRefAttr>())
      read.insert(name.getValue());
  int64_t window = symbol("window");
  int64_t topK = symbol("index_top_k");
  json.attributeObject("step", [&] {
    writeGroups(
        "weights_read_by_one_token",
        countWeights(module, read, symbol("experts_per_token")).oneToken);
    json.attributeArray("state_read_by_one_token", [&] {
      for (int64_t context : kContexts)
        json.object([&] {
          int64_t bytes = sequenceBytes(module, 0, window, false).window;
          for (auto state : module.getOps<exec::StateOp>()) {
            auto cache = dyn_cast<dsv4::CacheType>(state.getType());
            if (!cache || isDraft(state) ||
                cache.getKind() == dsv4::CacheKind::Window)
              continue;
            // Only layers with an index select among their entries.
            StringRef layer = state.getSymName().rsplit('.').first;
            bool selects = symbols.lookup((layer + ".index").str()) &&
                           cache.getKind() == dsv4::CacheKind::Entries;
            int64_t rows = context / cache.getRatio();
            bytes += (selects ? std::min(topK, rows) : rows) * rowBytes(cache);
          }
          json.attribute("context", context);
          json.attribute("bytes", bytes);
        });
    });
  });
}

void Reporter::writeState() {
  int64_t window = symbol("window");
  json.attributeObject("state", [&] {
    json.attributeArray("one_sequence", [&] {
      for (int64_t context : kContexts)
        json.object([&] {
          SequenceBytes bytes =
              sequenceBytes(module, context, window, /*draft=*/false);
          json.attribute("context", context);
          json.attribute("window", bytes.window);
          json.attribute("entries", bytes.entries);
          json.attribute("index", bytes.index);
          json.attribute("open_rows", bytes.openRows);
          json.attribute("total", bytes.total());
        });
    });
    json.attribute("draft_block_window",
                   sequenceBytes(module, 0, window, /*draft=*/true).window);
    json.attribute("pool", spaceBytes(exec::Space::State));
  });
}

void Reporter::write(
    llvm::function_ref<void(llvm::json::OStream &)> writeMore) {
  json.object([&] {
    json.attribute("model", config.getAs<StringAttr>("name").getValue());
    writePrograms();
    writeWeights();
    writeStep();
    writeState();
    if (writeMore)
      writeMore(json);
  });
}

LogicalResult dsv4c::bundle::writeReport(
    ModuleOp module, raw_ostream &os,
    llvm::function_ref<void(llvm::json::OStream &)> writeMore) {
  auto config = module->getAttrOfType<DictionaryAttr>(kConfigAttrName);
  if (!config)
    return module.emitError("report: the module has no '")
           << kConfigAttrName << "'";
  Reporter(module, config, os).write(writeMore);
  os << '\n';
  return success();
}
