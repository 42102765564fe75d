//===- TinyBundle.cpp - A hand-made bundle with host kernels --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Executor/TinyBundle.h"

#include "Device/OpaqueDevice.h"
#include "Executor/ManifestBuilder.h"
#include "Support/TestFiles.h"
#include "dsv4run/Abi/StepAbi.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::testing {
namespace {

constexpr uint64_t kBucket = 6, kRows = 2, kVocab = 16;

} // namespace

std::string TinyGpuCode() { return ReadFile(DSV4RUN_TINY_GPU_KERNELS); }

std::string TinyCode() { return ReadFile(DSV4RUN_TINY_KERNELS); }

absl::StatusOr<Bundle> MakeTinyBundle(const TinyPool &sizes,
                                      std::vector<std::byte> *file) {
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
      b.Buffer("draft.streams.in", Space::Input, "f32", 4, {kBucket, 2}, "X");
  uint32_t draft_logits = b.Buffer("draft.logits", Space::Output, "f32", 4,
                                   {kRows, kVocab}, "logits");
  uint32_t x =
      b.Buffer("double.x.in", Space::Input, "f32", 4, {kBucket, 3}, "x");
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
  uint32_t insert = b.Kernel(sizes.insert_kernel, kBucket, step);
  uint32_t head = b.Kernel("tiny_logits", kRows, step);
  uint32_t draft_head = b.Kernel("tiny_draft", kRows, draft);
  uint32_t twice = b.Kernel("tiny_double", kBucket, {counts, x, y});
  for (auto [tokens, rows] : {std::pair(kBucket, kRows), {1, 1}}) {
    b.Program("step", tokens, rows, {insert, head}, step, {},
              {logits, streams});
    b.Program("draft", tokens, rows, {draft_head}, draft, {draft_streams},
              {draft_logits});
  }
  for (auto &program : m.programs)
    if (program->name == "step")
      program->launches[0]->label = sizes.label;
  b.Program("double", kBucket, 0, {twice}, {counts, x, y}, {x}, {y});

  const bool gpu = sizes.target == "gfx942";
  auto bundle = b.Finish("tiny.dsv4", gpu ? TinyGpuCode() : TinyCode(),
                         gpu ? sizes.target : sizes.level, sizes.target,
                         sizes.format, sizes.hip_source);
  if (file)
    *file = b.bytes;
  return bundle;
}

absl::StatusOr<TinyModel> TinyModel::Create(const TinyPool &sizes,
                                            const EmulatorOptions &emulator) {
  TinyModel tiny;
  DSV4RUN_ASSIGN_OR_RETURN(Bundle bundle, MakeTinyBundle(sizes));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.pool, ThreadPool::Create({3}));
  if (sizes.target == "gfx942") {
    DSV4RUN_ASSIGN_OR_RETURN(tiny.device, EmulatorDevice::Create(emulator));
  } else {
    tiny.device = CreateOpaqueDevice(*tiny.pool);
  }
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<DeviceMemory> weights,
                           tiny.device->Allocate(1, "weights"));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.model,
                           Model::Create(std::move(bundle), *tiny.device,
                                         std::move(weights), /*facts=*/{}));
  DSV4RUN_ASSIGN_OR_RETURN(tiny.session, Session::Create(*tiny.model));
  return tiny;
}

} // namespace dsv4run::testing
