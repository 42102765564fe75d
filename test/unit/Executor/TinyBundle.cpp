//===- TinyBundle.cpp - A hand-made bundle with host kernels --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Executor/TinyBundle.h"

#include "Support/TestFiles.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Bundle/WriteBundle.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::testing {
namespace {

constexpr uint64_t kBucket = 6, kRows = 2, kVocab = 16;

class ManifestBuilder {
public:
  schema::ManifestT manifest;

  uint32_t Buffer(std::string name, schema::Space space, std::string element,
                  uint64_t element_bytes, std::vector<uint64_t> shape,
                  std::string holds = "bytes",
                  schema::Part part = schema::Part::Whole) {
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->name = std::move(name);
    buffer->space = space;
    buffer->part = part;
    buffer->bytes = element_bytes;
    for (uint64_t size : shape)
      buffer->bytes *= size;
    buffer->element = std::move(element);
    buffer->shape = std::move(shape);
    buffer->holds = std::move(holds);
    manifest.buffers.push_back(std::move(buffer));
    return manifest.buffers.size() - 1;
  }

  uint32_t Input(std::string name, std::vector<uint64_t> shape) {
    return Buffer(std::move(name), schema::Space::Input, "i32", 4,
                  std::move(shape));
  }

  /// A kernel whose parameters fit the buffers; it may write those that are no
  /// inputs.
  uint32_t Kernel(std::string name, uint64_t workgroups,
                  const std::vector<uint32_t> &buffers) {
    auto kernel = std::make_unique<schema::KernelT>();
    kernel->name = std::move(name);
    kernel->workgroups = workgroups;
    for (uint32_t index : buffers) {
      const schema::BufferT &buffer = *manifest.buffers[index];
      auto parameter = std::make_unique<schema::KernelParameterT>();
      parameter->element = buffer.element;
      parameter->bytes = buffer.bytes;
      parameter->holds = buffer.holds;
      parameter->part = buffer.part;
      parameter->writes = buffer.space != schema::Space::Input;
      kernel->parameters.push_back(std::move(parameter));
    }
    manifest.kernels.push_back(std::move(kernel));
    return manifest.kernels.size() - 1;
  }

  void Program(std::string name, uint32_t tokens, uint32_t rows,
               const std::vector<uint32_t> &kernels,
               const std::vector<uint32_t> &buffers,
               std::vector<uint32_t> inputs, std::vector<uint32_t> outputs) {
    auto program = std::make_unique<schema::ProgramT>();
    program->name = std::move(name);
    program->tokens = tokens;
    program->output_rows = rows;
    program->arena_bytes = 4096;
    for (uint32_t kernel : kernels) {
      auto launch = std::make_unique<schema::LaunchT>();
      launch->kernel = kernel;
      launch->buffers = buffers;
      launch->label = manifest.kernels[kernel]->name;
      program->launches.push_back(std::move(launch));
    }
    program->inputs = std::move(inputs);
    program->outputs = std::move(outputs);
    manifest.programs.push_back(std::move(program));
  }

  void State(std::string name, schema::CacheKind kind, uint32_t ratio,
             uint32_t width, uint32_t tail, uint32_t block, uint32_t slots,
             std::vector<uint32_t> buffers) {
    auto state = std::make_unique<schema::StateT>();
    state->name = std::move(name);
    state->kind = kind;
    state->ratio = ratio;
    state->width = width;
    state->tail = tail;
    state->block = block;
    state->slots = slots;
    state->buffers = std::move(buffers);
    manifest.states.push_back(std::move(state));
  }
};

} // namespace

std::string TinyCode() { return ReadFile(DSV4RUN_TINY_KERNELS); }

absl::StatusOr<Bundle> MakeTinyBundle(const TinyPool &sizes) {
  using schema::Part;
  using schema::Space;
  ManifestBuilder b;
  schema::ManifestT &m = b.manifest;
  m.producer = "unit test";
  m.model = std::make_unique<schema::ModelT>();
  m.model->name = "tiny";
  m.model->config = "{}";
  m.model->vocab = kVocab;
  m.model->hidden = 1;
  m.model->layers = 1;
  m.model->streams = 2;
  m.model->eos = 1;
  m.pool = std::make_unique<schema::PoolT>();
  m.pool->max_batch = sizes.max_batch;
  m.pool->max_context = sizes.max_context;
  m.pool->page = 4;
  m.pool->window = 5;
  m.pool->window_pages = sizes.window_pages;
  m.pool->window_pages_per_sequence = 4;
  m.pool->entry_pages = sizes.entry_pages;
  m.pool->entry_pages_per_sequence = 8;

  const uint64_t batch = sizes.max_batch;
  const uint64_t keys = sizes.window_pages * 4, entries = sizes.entry_pages * 2;
  uint32_t counts = b.Input(abi::kCounts, {abi::kCountsSize});
  uint32_t ids = b.Input(abi::kIds, {kBucket});
  uint32_t next_ids = b.Input(abi::kNextIds, {kBucket});
  uint32_t slots = b.Input(abi::kSlots, {kBucket});
  uint32_t positions = b.Input(abi::kPositions, {kBucket});
  uint32_t first_rows = b.Input(abi::kFirstRows, {kBucket});
  uint32_t first_positions = b.Input(abi::kFirstPositions, {kBucket});
  uint32_t output_rows = b.Input(abi::kOutputRows, {kRows});
  uint32_t window_pages = b.Input(abi::kWindowPages, {batch, 4});
  uint32_t entry_pages = b.Input(abi::kEntryPages, {batch, 8});
  auto state = [&](std::string name, std::string element, uint64_t bytes,
                   std::vector<uint64_t> shape, std::string holds, Part part) {
    return b.Buffer(std::move(name), Space::State, std::move(element), bytes,
                    std::move(shape), std::move(holds), part);
  };
  uint32_t codes =
      state("window.codes", "f8E4M3FN", 1, {keys, 4}, "window", Part::Codes);
  uint32_t scales =
      state("window.scales", "i8", 1, {keys, 1}, "window", Part::Scales);
  uint32_t tails =
      state("window.tail", "bf16", 2, {keys, 2}, "window", Part::Tail);
  uint32_t entry_codes = state("entries.codes", "i8", 1, {entries, 2},
                               "entries of f4E2M1FN", Part::Codes);
  uint32_t entry_scales = state("entries.scales", "i8", 1, {entries, 1},
                                "entries of f4E2M1FN", Part::Scales);
  uint32_t u = state("rows.u", "f32", 4, {batch, 4, 3}, "rows", Part::U);
  uint32_t s = state("rows.s", "f32", 4, {batch, 4, 3}, "rows", Part::S);
  uint32_t arena =
      b.Buffer("values", Space::Arena, "f32", 4, {kBucket}, "values");
  uint32_t logits =
      b.Buffer("logits", Space::Output, "f32", 4, {kRows, kVocab}, "logits");
  uint32_t streams =
      b.Buffer("step.out.streams", Space::Output, "f32", 4, {kBucket, 2}, "X");
  uint32_t draft_streams =
      b.Buffer("draft.in.streams", Space::Input, "f32", 4, {kBucket, 2}, "X");
  uint32_t draft_logits = b.Buffer("draft.logits", Space::Output, "f32", 4,
                                   {kRows, kVocab}, "logits");
  uint32_t x = b.Buffer("double.x", Space::Input, "f32", 4, {kBucket, 3}, "x");
  uint32_t y = b.Buffer("double.y", Space::Output, "f32", 4, {kBucket, 3}, "x");
  // The validator reserves "step." for the ABI's inputs.
  m.buffers[streams]->name = "out.streams";

  b.State("layers.0.window", schema::CacheKind::Window, 1, 4, 2, 4, 0,
          {codes, scales, tails});
  b.State("layers.0.entries", schema::CacheKind::Entries, 2, 4, 0, 4, 0,
          {entry_codes, entry_scales});
  b.State("layers.0.rows", schema::CacheKind::OpenRows, 2, 3, 0, 0, 4, {u, s});

  std::vector<uint32_t> step = {counts,      ids,          slots,
                                positions,   first_rows,   first_positions,
                                output_rows, window_pages, entry_pages,
                                codes,       scales,       tails,
                                entry_codes, entry_scales, u,
                                s,           arena,        logits,
                                streams};
  std::vector<uint32_t> draft = {counts, next_ids, output_rows, draft_streams,
                                 draft_logits};
  uint32_t insert = b.Kernel("tiny_insert", kBucket, step);
  uint32_t head = b.Kernel("tiny_logits", kRows, step);
  uint32_t draft_head = b.Kernel("tiny_draft", kRows, draft);
  uint32_t twice = b.Kernel("tiny_double", kBucket, {counts, x, y});
  for (auto [tokens, rows] : {std::pair(kBucket, kRows), {1, 1}}) {
    b.Program("step", tokens, rows, {insert, head}, step, {},
              {logits, streams});
    b.Program("draft", tokens, rows, {draft_head}, draft, {draft_streams},
              {draft_logits});
  }
  b.Program("double", kBucket, 0, {twice}, {counts, x, y}, {x}, {y});

  auto object = std::make_unique<schema::CodeObjectT>();
  object->target = "host";
  object->level = sizes.level;
  object->format = "ocp";
  m.code_objects.push_back(std::move(object));
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Manifest::Pack(builder, &m));
  std::string code = TinyCode();
  absl::Span<const std::byte> section = AsBytes(code);
  DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> file,
                           SerializeBundle({reinterpret_cast<const std::byte *>(
                                                builder.GetBufferPointer()),
                                            builder.GetSize()},
                                           {&section, 1}));
  return Bundle::FromBytes("tiny.dsv4", file);
}

absl::StatusOr<TinyModel> TinyModel::Create(const TinyPool &sizes) {
  TinyModel tiny;
  DSV4RUN_ASSIGN_OR_RETURN(Bundle bundle, MakeTinyBundle(sizes));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.pool, ThreadPool::Create({3}));
  tiny.device = CreateHostDevice(*tiny.pool);
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> weights,
                           tiny.device->Allocate(1));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.model,
                           Model::Create(std::move(bundle), *tiny.device,
                                         std::move(weights), /*facts=*/{}));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.session, Session::Create(*tiny.model));
  return tiny;
}

} // namespace dsv4run::testing
