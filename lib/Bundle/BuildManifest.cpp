//===- BuildManifest.cpp - From the exec dialect to a manifest ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/Bundle/BuildManifest.h"
#include "dsv4c/Dialect/Dsv4/IR/Dsv4.h"
#include "dsv4c/Dialect/Exec/IR/Exec.h"
#include "dsv4c/Dialect/Exec/IR/KernelParameter.h"
#include "dsv4c/Dialect/Exec/IR/PackGeometry.h"
#include "dsv4c/Dialect/Fp8/IR/Fp8.h"
#include "dsv4c/Dialect/Tile/IR/Tile.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Support/Sha256.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace dsv4c;
using namespace dsv4c::exec;
namespace schema = dsv4run::schema;

namespace {

std::string toText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// The dialect's enumerators and the schema's have the same numbers.
template <typename To, typename From>
To convertEnum(From value) {
  return static_cast<To>(value);
}
static_assert(int(Space::Output) == int(schema::Space::Output) &&
              int(Part::S) == int(schema::Part::S) &&
              int(Fact::LocalSpread) == int(schema::Fact::LocalSpread) &&
              int(PackKind::RopeTable) == int(schema::PackKind::RopeTable) &&
              int(dsv4::CacheKind::Index) == int(schema::CacheKind::Index));

class ManifestBuilder {
public:
  ManifestBuilder(ModuleOp module, const bundle::ManifestOptions &options)
      : module(module), symbols(module), threads(options.threads) {
    manifest.producer = options.producer;
    manifest.observed = options.observed;
  }

  LogicalResult build(ArrayRef<bundle::CodeObject> codeObjects) {
    if (failed(addModel()) || failed(addPool()) || failed(addBuffers()) ||
        failed(addPacks()) || failed(addStates()) || failed(addPrograms()))
      return failure();
    for (const bundle::CodeObject &object : codeObjects) {
      auto entry = std::make_unique<schema::CodeObjectT>();
      entry->target = object.target;
      entry->level = object.level;
      entry->format = object.format;
      if (!object.hipSource.empty()) {
        entry->hip = std::make_unique<schema::HipSourceT>();
        entry->hip->text = object.hipSource;
        entry->hip->target = object.target;
        entry->hip->format = object.format;
        entry->hip->sha256 = dsv4run::Sha256Hex(object.hipSource);
      }
      manifest.code_objects.push_back(std::move(entry));
    }
    return success();
  }

  std::vector<uint8_t> serialize() const {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Manifest::Pack(builder, &manifest));
    return {builder.GetBufferPointer(),
            builder.GetBufferPointer() + builder.GetSize()};
  }

private:
  FailureOr<DictionaryAttr> getFacts(StringRef name) {
    auto facts = module->getAttrOfType<DictionaryAttr>(name);
    if (!facts)
      return module.emitError()
             << "a bundle needs the module attribute '" << name << "'";
    return facts;
  }

  template <typename T>
  LogicalResult getInteger(DictionaryAttr facts, StringRef name, T &value) {
    auto attr = facts.getAs<IntegerAttr>(name);
    if (!attr || attr.getInt() < 0 ||
        uint64_t(attr.getInt()) > std::numeric_limits<T>::max())
      return module.emitError()
             << "expected a non-negative integer '" << name << "' in " << facts;
    value = attr.getInt();
    return success();
  }

  LogicalResult addModel() {
    FailureOr<DictionaryAttr> facts = getFacts(bundle::kConfigAttrName);
    if (failed(facts))
      return failure();
    manifest.model = std::make_unique<schema::ModelT>();
    schema::ModelT &model = *manifest.model;
    auto name = facts->getAs<StringAttr>("name");
    auto text = facts->getAs<StringAttr>("text");
    if (!name || !text)
      return module.emitError() << "expected the strings 'name' and 'text' in '"
                                << bundle::kConfigAttrName << "'";
    model.name = name.str();
    model.config = text.str();
    for (auto pack : module.getOps<PackOp>())
      model.hash_layers += pack.getKind() == PackKind::IdTable;
    return success(succeeded(getInteger(*facts, "vocab", model.vocab)) &&
                   succeeded(getInteger(*facts, "hidden", model.hidden)) &&
                   succeeded(getInteger(*facts, "layers", model.layers)) &&
                   succeeded(getInteger(*facts, "streams", model.streams)) &&
                   succeeded(getInteger(*facts, "bos", model.bos)) &&
                   succeeded(getInteger(*facts, "eos", model.eos)));
  }

  LogicalResult addPool() {
    FailureOr<DictionaryAttr> facts = getFacts(bundle::kPoolAttrName);
    if (failed(facts))
      return failure();
    manifest.pool = std::make_unique<schema::PoolT>();
    schema::PoolT &pool = *manifest.pool;
    auto get = [&](StringRef name, auto &value) {
      return succeeded(getInteger(*facts, name, value));
    };
    return success(
        get("max_batch", pool.max_batch) &&
        get("max_context", pool.max_context) && get("page", pool.page) &&
        get("window", pool.window) && get("window_pages", pool.window_pages) &&
        get("window_pages_per_sequence", pool.window_pages_per_sequence) &&
        get("entry_pages", pool.entry_pages) &&
        get("entry_pages_per_sequence", pool.entry_pages_per_sequence));
  }

  LogicalResult addBuffers() {
    for (auto op : module.getOps<BufferOp>()) {
      bool placed =
          op.getSpace() == Space::Arena || op.getSpace() == Space::Weights;
      if (placed && !op.getOffset())
        return op.emitError("has no offset: run exec-plan-memory first");
      auto buffer = std::make_unique<schema::BufferT>();
      MemRefType type = op.getMemRef();
      buffer->name = op.getSymName().str();
      buffer->space = convertEnum<schema::Space>(op.getSpace());
      buffer->part = convertEnum<schema::Part>(op.getPart());
      buffer->offset = op.getOffset().value_or(0);
      buffer->bytes = op.getBytes();
      buffer->element = toText(type.getElementType());
      buffer->shape.assign(type.getShape().begin(), type.getShape().end());
      buffer->holds = toText(op.getHolds());
      if (op.getSpace() == Space::Weights)
        manifest.weights_bytes =
            std::max(manifest.weights_bytes,
                     llvm::alignTo(buffer->offset + buffer->bytes,
                                   BufferOp::kAlignment));
      bufferIndices[op.getSymNameAttr()] = manifest.buffers.size();
      manifest.buffers.push_back(std::move(buffer));
    }
    return success();
  }

  std::vector<uint32_t> getIndices(ArrayAttr buffers) {
    std::vector<uint32_t> indices;
    for (auto name : buffers.getAsRange<FlatSymbolRefAttr>())
      indices.push_back(bufferIndices.lookup(name.getAttr()));
    return indices;
  }

  void
  addTensors(ArrayAttr names, StringRef dtype, ArrayRef<int64_t> shape,
             std::vector<std::unique_ptr<schema::CheckpointTensorT>> &tensors) {
    for (auto name : names.getAsRange<StringAttr>()) {
      auto tensor = std::make_unique<schema::CheckpointTensorT>();
      tensor->name = name.str();
      tensor->dtype = dtype.str();
      tensor->shape.assign(shape.begin(), shape.end());
      tensors.push_back(std::move(tensor));
    }
  }

  LogicalResult addPacks() {
    for (auto op : module.getOps<PackOp>()) {
      auto buffer = symbols.lookup<BufferOp>(op.getBuffer());
      FailureOr<PackGeometry> geometry = getPackGeometry(op, buffer.getHolds());
      if (failed(geometry))
        return failure();
      auto pack = std::make_unique<schema::PackProgramT>();
      pack->kind = convertEnum<schema::PackKind>(op.getKind());
      pack->buffer = bufferIndices.lookup(op.getBufferAttr().getAttr());
      if (auto scales = op.getScalesAttr())
        pack->scales = bufferIndices.lookup(scales.getAttr());
      pack->rows = geometry->rows;
      pack->columns = geometry->columns;
      pack->panel = geometry->panel;
      pack->fragment = geometry->fragment;
      pack->block_rows = geometry->blockRows;
      pack->block_columns = geometry->blockColumns;
      pack->recast = geometry->recast;
      pack->limit = op.getLimit().value_or(0);
      if (std::optional<ArrayRef<float>> frequencies = op.getFrequencies())
        pack->frequencies.assign(frequencies->begin(), frequencies->end());
      addTensors(op.getTensors(), geometry->dtype, geometry->shape,
                 pack->tensors);
      if (auto scales = op.getScaleTensorsAttr())
        addTensors(scales, "F8_E8M0", geometry->scaleShape,
                   pack->scale_tensors);
      packIndices[op.getBufferAttr().getAttr()] = manifest.packs.size();
      manifest.packs.push_back(std::move(pack));
    }
    return success();
  }

  LogicalResult addStates() {
    for (auto op : module.getOps<StateOp>()) {
      auto state = std::make_unique<schema::StateT>();
      state->name = op.getSymName().str();
      state->buffers = getIndices(op.getBuffers());
      if (auto rows = dyn_cast<dsv4::OpenRowsType>(op.getType())) {
        state->kind = schema::CacheKind::OpenRows;
        state->slots = rows.getSlots();
        state->width = rows.getWidth();
      } else {
        auto cache = cast<dsv4::CacheType>(op.getType());
        state->kind = convertEnum<schema::CacheKind>(cache.getKind());
        state->ratio = cache.getRatio();
        state->width = cache.getKeys().getShape().back();
        state->block = cache.getKeys().getBlock().back();
        state->tail = cache.getTail();
        if (cache.getPage() != manifest.pool->page)
          return op.emitError()
                 << "has pages of " << cache.getPage() << " positions, '"
                 << bundle::kPoolAttrName << "' of " << manifest.pool->page;
      }
      manifest.states.push_back(std::move(state));
    }
    return success();
  }

  FailureOr<uint32_t> getKernel(FlatSymbolRefAttr name) {
    auto [it, isNew] =
        kernelIndices.insert({name.getAttr(), manifest.kernels.size()});
    if (!isNew)
      return it->second;
    auto op = symbols.lookup<tile::KernelOp>(name.getValue());
    auto kernel = std::make_unique<schema::KernelT>();
    kernel->name = op.getSymName().str();
    kernel->workgroups = op.getWorkgroups();
    if (auto it = threads.find(op.getSymName()); it != threads.end())
      kernel->threads = it->second;
    for (unsigned i = 0, e = getNumParameters(op); i < e; ++i) {
      FailureOr<KernelParameter> parameter = getParameter(op, i);
      if (failed(parameter))
        return op.emitError() << "parameter #" << i
                              << " is no memref with exec.holds and exec.part";
      auto entry = std::make_unique<schema::KernelParameterT>();
      entry->element = toText(parameter->type.getElementType());
      entry->bytes = parameter->getLeastBytes();
      entry->holds = toText(parameter->holds);
      entry->part = convertEnum<schema::Part>(parameter->part);
      entry->writes = parameter->writes;
      kernel->parameters.push_back(std::move(entry));
    }
    manifest.kernels.push_back(std::move(kernel));
    return it->second;
  }

  FailureOr<std::unique_ptr<schema::LaunchT>> getLaunch(LaunchOp op) {
    auto launch = std::make_unique<schema::LaunchT>();
    FailureOr<uint32_t> kernel = getKernel(op.getKernelAttr());
    if (failed(kernel))
      return failure();
    launch->kernel = *kernel;
    launch->buffers = getIndices(op.getBuffers());
    launch->label = op.getLabel().value_or("").str();
    if (!op.getOtherwise())
      return launch;
    FailureOr<uint32_t> otherwise = getKernel(op.getOtherwiseAttr());
    if (failed(otherwise))
      return failure();
    launch->otherwise = *otherwise;
    for (auto attr : op.getConditions()->getAsRange<ConditionAttr>()) {
      auto pack = packIndices.find(attr.getBuffer().getAttr());
      if (pack == packIndices.end())
        return op.emitError() << "asks for a fact of " << attr.getBuffer()
                              << ", which no exec.pack fills";
      auto condition = std::make_unique<schema::ConditionT>();
      condition->pack = pack->second;
      condition->fact = convertEnum<schema::Fact>(attr.getFact());
      condition->min = attr.getMin();
      condition->max = attr.getMax();
      launch->conditions.push_back(std::move(condition));
    }
    return launch;
  }

  LogicalResult addPrograms() {
    for (auto op : module.getOps<ProgramOp>()) {
      auto program = std::make_unique<schema::ProgramT>();
      program->name = op.getEntry().str();
      program->tokens = op.getTokens();
      program->output_rows = op.getOutputRows();
      program->inputs = getIndices(op.getInputs());
      program->outputs = getIndices(op.getOutputs());
      for (auto launchOp : op.getBody().getOps<LaunchOp>()) {
        FailureOr<std::unique_ptr<schema::LaunchT>> launch =
            getLaunch(launchOp);
        if (failed(launch))
          return failure();
        for (uint32_t index : (*launch)->buffers) {
          const schema::BufferT &buffer = *manifest.buffers[index];
          if (buffer.space == schema::Space::Arena)
            program->arena_bytes =
                std::max(program->arena_bytes,
                         llvm::alignTo(buffer.offset + buffer.bytes,
                                       BufferOp::kAlignment));
        }
        program->launches.push_back(std::move(*launch));
      }
      manifest.programs.push_back(std::move(program));
    }
    return success();
  }

  ModuleOp module;
  SymbolTable symbols;
  const llvm::StringMap<uint32_t> &threads;
  schema::ManifestT manifest;
  llvm::DenseMap<StringAttr, uint32_t> bufferIndices;
  llvm::DenseMap<StringAttr, uint32_t> packIndices;
  llvm::DenseMap<StringAttr, uint32_t> kernelIndices;
};

} // namespace

FailureOr<std::vector<uint8_t>>
bundle::buildManifest(ModuleOp module, ArrayRef<CodeObject> codeObjects,
                      const ManifestOptions &options) {
  ManifestBuilder builder(module, options);
  if (failed(builder.build(codeObjects)))
    return failure();
  return builder.serialize();
}
