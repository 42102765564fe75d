//===- SampleManifest.h - A small manifest with one of everything ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_BUNDLE_SAMPLEMANIFEST_H
#define DSV4RUN_UNITTEST_BUNDLE_SAMPLEMANIFEST_H

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "dsv4run/Bundle/BundleSchema.h"
#include "dsv4run/Bundle/WriteBundle.h"

namespace dsv4run::testing {

/// Positions of the sample's buffers.
enum SampleBuffer : uint32_t {
  kCodes,
  kScales,
  kNorm,
  kIdTable,
  kRope,
  kHidden,
  kGate,
  kKeys,
  kKeyScales,
  kKeyTail,
  kU,
  kS,
  kCounts,
  kWindowPages,
  kStreams,
  kLogits,
};

inline std::unique_ptr<schema::BufferT>
MakeBuffer(std::string name, schema::Space space, std::string element,
           std::vector<uint64_t> shape, uint64_t bytes, std::string holds,
           schema::Part part = schema::Part::Whole, uint64_t offset = 0) {
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->name = std::move(name);
  buffer->space = space;
  buffer->part = part;
  buffer->offset = offset;
  buffer->bytes = bytes;
  buffer->element = std::move(element);
  buffer->shape = std::move(shape);
  buffer->holds = std::move(holds);
  return buffer;
}

inline std::unique_ptr<schema::CheckpointTensorT>
MakeTensor(std::string name, std::string dtype, std::vector<uint64_t> shape) {
  auto tensor = std::make_unique<schema::CheckpointTensorT>();
  tensor->name = std::move(name);
  tensor->dtype = std::move(dtype);
  tensor->shape = std::move(shape);
  return tensor;
}

inline std::unique_ptr<schema::PackProgramT>
MakePack(schema::PackKind kind, uint32_t buffer, uint64_t rows,
         uint64_t columns, uint32_t panel = 0) {
  auto pack = std::make_unique<schema::PackProgramT>();
  pack->kind = kind;
  pack->buffer = buffer;
  pack->rows = rows;
  pack->columns = columns;
  pack->panel = panel;
  return pack;
}

inline std::unique_ptr<schema::KernelT>
MakeKernel(std::string name, const schema::ManifestT &manifest,
           std::vector<uint32_t> reads, std::vector<uint32_t> writes) {
  auto kernel = std::make_unique<schema::KernelT>();
  kernel->name = std::move(name);
  kernel->workgroups = 4;
  auto add = [&](uint32_t index, bool write) {
    const schema::BufferT &buffer = *manifest.buffers[index];
    auto parameter = std::make_unique<schema::KernelParameterT>();
    parameter->element = buffer.element;
    parameter->bytes = buffer.bytes;
    parameter->holds = buffer.holds;
    parameter->part = buffer.part;
    parameter->writes = write;
    kernel->parameters.push_back(std::move(parameter));
  };
  for (uint32_t index : reads)
    add(index, false);
  for (uint32_t index : writes)
    add(index, true);
  return kernel;
}

inline std::unique_ptr<schema::LaunchT>
MakeLaunch(uint32_t kernel, std::vector<uint32_t> buffers, std::string label) {
  auto launch = std::make_unique<schema::LaunchT>();
  launch->kernel = kernel;
  launch->buffers = std::move(buffers);
  launch->label = std::move(label);
  return launch;
}

/// Model and pool; no buffers, packs, states or programs.
inline schema::ManifestT EmptyManifest() {
  schema::ManifestT manifest;
  manifest.producer = "test";
  manifest.model = std::make_unique<schema::ModelT>();
  manifest.model->name = "sample";
  manifest.model->config = "{}";
  manifest.model->vocab = 512;
  manifest.model->hidden = 64;
  manifest.model->layers = 2;
  manifest.model->streams = 4;
  manifest.model->bos = 0;
  manifest.model->eos = 1;
  manifest.model->hash_layers = 1;
  manifest.pool = std::make_unique<schema::PoolT>();
  manifest.pool->max_batch = 2;
  manifest.pool->max_context = 64;
  manifest.pool->page = 8;
  manifest.pool->window = 8;
  manifest.pool->window_pages = 4;
  manifest.pool->window_pages_per_sequence = 2;
  manifest.pool->entry_pages = 16;
  manifest.pool->entry_pages_per_sequence = 8;
  return manifest;
}

/// A weight of each kind, a cache, open rows, and one step of two launches, the
/// second of which chooses its kernel.
inline schema::ManifestT SampleManifest() {
  using schema::Part;
  using schema::Space;
  schema::ManifestT m = EmptyManifest();
  const std::string w = "!fp8.scaled<16x128, e4m3 ocp bias 7>";
  const std::string keys = "!dsv4.cache<window, e4m3 ocp bias 7>";
  const std::string open = "!dsv4.open_rows<8 x 32>";
  auto add = [&](auto &&...arguments) {
    m.buffers.push_back(MakeBuffer(arguments...));
  };
  add("w", Space::Weights, "i8", std::vector<uint64_t>{1, 128, 16}, 2048, w,
      Part::Codes);
  add("w.scales", Space::Weights, "i8", std::vector<uint64_t>{1, 1}, 1, w,
      Part::Scales, 2048);
  add("norm", Space::Weights, "bf16", std::vector<uint64_t>{64}, 128,
      "tensor<64xbf16>", Part::Whole, 2304);
  add("tid", Space::Weights, "i32", std::vector<uint64_t>{512, 6}, 12288,
      "tensor<512x6xi32>", Part::Whole, 2560);
  add("rope", Space::Weights, "f32", std::vector<uint64_t>{64, 4}, 1024,
      "tensor<64x4xf32>", Part::Whole, 14848);
  m.weights_bytes = 15872;
  add("hidden", Space::Arena, "bf16", std::vector<uint64_t>{4, 64}, 512,
      "tensor<?x64xbf16>");
  add("gate", Space::Arena, "f32", std::vector<uint64_t>{4, 16}, 256,
      "tensor<?x16xf32>", Part::Whole, 512);
  add("keys", Space::State, "i8", std::vector<uint64_t>{32, 64}, 2048, keys,
      Part::Codes);
  add("keys.scales", Space::State, "i8", std::vector<uint64_t>{32, 1}, 32, keys,
      Part::Scales);
  add("keys.tail", Space::State, "bf16", std::vector<uint64_t>{32, 8}, 512,
      keys, Part::Tail);
  add("open.u", Space::State, "f32", std::vector<uint64_t>{2, 8, 32}, 2048,
      open, Part::U);
  add("open.s", Space::State, "f32", std::vector<uint64_t>{2, 8, 32}, 2048,
      open, Part::S);
  add("step.counts", Space::Input, "i32", std::vector<uint64_t>{16}, 64,
      "!dsv4.tokens");
  add("step.window_pages", Space::Input, "i32", std::vector<uint64_t>{2, 2}, 16,
      "!dsv4.tokens");
  add("streams", Space::Input, "bf16", std::vector<uint64_t>{4, 64}, 512,
      "tensor<?x64xbf16>");
  add("logits", Space::Output, "f32", std::vector<uint64_t>{4, 512}, 8192,
      "tensor<?x512xf32>");

  auto scaled = MakePack(schema::PackKind::Scaled, kCodes, 16, 128, 16);
  scaled->scales = kScales;
  scaled->block_rows = scaled->block_columns = 128;
  scaled->tensors.push_back(MakeTensor("w.weight", "F8_E4M3", {16, 128}));
  scaled->scale_tensors.push_back(MakeTensor("w.scale", "F8_E8M0", {1, 1}));
  m.packs.push_back(std::move(scaled));
  m.packs.push_back(MakePack(schema::PackKind::Tensor, kNorm, 1, 64));
  m.packs.back()->tensors.push_back(MakeTensor("norm.weight", "BF16", {64}));
  m.packs.push_back(MakePack(schema::PackKind::IdTable, kIdTable, 512, 6));
  m.packs.back()->limit = 8;
  m.packs.back()->tensors.push_back(MakeTensor("tid2eid", "I64", {512, 6}));
  m.packs.push_back(MakePack(schema::PackKind::RopeTable, kRope, 64, 4));
  m.packs.back()->frequencies = {1.0f, 0.5f};

  m.kernels.push_back(MakeKernel("attend", m,
                                 {kCounts, kWindowPages, kStreams, kNorm},
                                 {kHidden, kGate, kKeys, kKeyScales}));
  m.kernels.push_back(
      MakeKernel("head", m, {kHidden, kGate, kCodes, kScales}, {kLogits}));
  m.kernels.push_back(
      MakeKernel("head_wide", m, {kHidden, kGate, kCodes, kScales}, {kLogits}));

  auto window = std::make_unique<schema::StateT>();
  window->name = "layers.0.window";
  window->kind = schema::CacheKind::Window;
  window->ratio = 1;
  window->width = 64;
  window->tail = 8;
  window->block = 64;
  window->buffers = {kKeys, kKeyScales, kKeyTail};
  m.states.push_back(std::move(window));
  auto rows = std::make_unique<schema::StateT>();
  rows->name = "layers.0.open";
  rows->kind = schema::CacheKind::OpenRows;
  rows->slots = 8;
  rows->width = 32;
  rows->buffers = {kU, kS};
  m.states.push_back(std::move(rows));

  auto program = std::make_unique<schema::ProgramT>();
  program->name = "step";
  program->tokens = 4;
  program->output_rows = 4;
  program->arena_bytes = 768;
  program->inputs = {kStreams};
  program->outputs = {kLogits};
  program->launches.push_back(
      MakeLaunch(0,
                 {kCounts, kWindowPages, kStreams, kNorm, kHidden, kGate, kKeys,
                  kKeyScales},
                 "layers.0 attend"));
  program->launches.push_back(
      MakeLaunch(1, {kHidden, kGate, kCodes, kScales, kLogits}, "head"));
  auto condition = std::make_unique<schema::ConditionT>();
  condition->pack = 0;
  condition->fact = schema::Fact::ScaleSpread;
  condition->max = 12;
  program->launches.back()->conditions.push_back(std::move(condition));
  program->launches.back()->otherwise = 2;
  m.programs.push_back(std::move(program));

  auto object = std::make_unique<schema::CodeObjectT>();
  object->target = "host";
  object->level = "x86-64-v3";
  object->format = "ocp";
  m.code_objects.push_back(std::move(object));
  return m;
}

inline std::vector<std::byte> ToBytes(const schema::ManifestT &manifest) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Manifest::Pack(builder, &manifest));
  auto *data = reinterpret_cast<const std::byte *>(builder.GetBufferPointer());
  return {data, data + builder.GetSize()};
}

/// A file with one image, as the writer would write it without looking.
inline absl::StatusOr<std::vector<std::byte>>
SerializeOne(const schema::ManifestT &manifest,
             std::vector<absl::Span<const std::byte>> sections) {
  std::vector<std::byte> bytes = ToBytes(manifest);
  BundleImage image{bytes, std::move(sections)};
  return internal::SerializeUnchecked({&image, 1});
}

/// A manifest in the form that the runtime reads.
class PackedManifest {
public:
  explicit PackedManifest(const schema::ManifestT &manifest) {
    builder_.Finish(schema::Manifest::Pack(builder_, &manifest));
  }
  const schema::Manifest &operator*() const {
    return *schema::GetManifest(builder_.GetBufferPointer());
  }
  const schema::Manifest *operator->() const { return &**this; }

private:
  flatbuffers::FlatBufferBuilder builder_;
};

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_BUNDLE_SAMPLEMANIFEST_H
