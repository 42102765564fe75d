//===- ValidateTest.cpp - One test per rule of a manifest -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each case changes the sample manifest in one way and writes it with correct
// checksums, so that only the rule in question can refuse it.

#include "dsv4run/Bundle/Validate.h"

#include <cmath>
#include <functional>

#include "Bundle/SampleManifest.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Bundle/Bundle.h"

namespace dsv4run {
namespace {

using namespace testing;
using schema::ManifestT;
using schema::Part;
using schema::Space;

struct Case {
  const char *name;
  std::function<void(ManifestT &)> change;
  const char *message;
};

absl::Status Open(const ManifestT &manifest) {
  std::vector<std::byte> code(100, std::byte{1});
  std::vector<absl::Span<const std::byte>> sections(
      manifest.code_objects.size(), code);
  absl::StatusOr<std::vector<std::byte>> file =
      SerializeOne(manifest, sections);
  if (!file.ok())
    return file.status();
  return Bundle::FromBytes("b", *file).status();
}

template <typename T>
void Swap(std::vector<T> &values, size_t a, size_t b) {
  std::swap(values[a], values[b]);
}

schema::LaunchT &Launch(ManifestT &m, int index) {
  return *m.programs[0]->launches[index];
}

class ValidateTest : public ::testing::TestWithParam<Case> {};

TEST_P(ValidateTest, IsRefused) {
  ManifestT manifest = SampleManifest();
  ASSERT_OK(Open(manifest));
  GetParam().change(manifest);
  EXPECT_THAT(Open(manifest), IsInvalid(GetParam().message));
}

const Case kModelCases[] = {
    {"ModelName", [](ManifestT &m) { m.model->name = ""; }, "model.name"},
    {"ModelNameText", [](ManifestT &m) { m.model->name = "a\nb"; },
     "model.name: expected printable ASCII, found byte 10 at index 1"},
    {"ModelConfig", [](ManifestT &m) { m.model->config = ""; }, "model.config"},
    {"ModelVocab", [](ManifestT &m) { m.model->vocab = 0; }, "model.vocab"},
    {"ModelHidden", [](ManifestT &m) { m.model->hidden = 0; }, "model.hidden"},
    {"ModelLayers", [](ManifestT &m) { m.model->layers = 0; }, "model.layers"},
    {"ModelStreams", [](ManifestT &m) { m.model->streams = 0; },
     "model.streams"},
    {"ModelHashLayers", [](ManifestT &m) { m.model->hash_layers = 3; },
     "model.hash_layers: expected 0 to 2, found 3"},
    {"ModelBos", [](ManifestT &m) { m.model->bos = 512; },
     "model.bos: expected one of 512 tokens, found index 512"},
    {"ModelEos", [](ManifestT &m) { m.model->eos = 512; }, "model.eos"},
    {"CodeFormat", [](ManifestT &m) { m.code_objects[0]->format = "fp8"; },
     "code_objects[0].format: expected ocp or fnuz, found fp8"},
    {"CodeTarget", [](ManifestT &m) { m.code_objects[0]->target = ""; },
     "code_objects[0].target"},
    {"CodeLevel", [](ManifestT &m) { m.code_objects[0]->level = ""; },
     "code_objects[0].level"},
};

const Case kBufferCases[] = {
    {"Name", [](ManifestT &m) { m.buffers[kNorm]->name = ""; },
     "buffers[2].name"},
    {"NameTwice", [](ManifestT &m) { m.buffers[kNorm]->name = "w"; },
     "buffers[2].name: expected a name of its own, found w"},
    {"SpaceEnum", [](ManifestT &m) { m.buffers[kNorm]->space = Space(5); },
     "buffers[2].space: expected 0 to 4, found 5"},
    {"PartEnum", [](ManifestT &m) { m.buffers[kNorm]->part = Part(6); },
     "buffers[2].part: expected 0 to 5, found 6"},
    {"Element", [](ManifestT &m) { m.buffers[kNorm]->element = "f8"; },
     "buffers[2].element: expected an element type, found f8"},
    {"Holds", [](ManifestT &m) { m.buffers[kNorm]->holds = ""; },
     "buffers[2].holds"},
    {"ShapeZero", [](ManifestT &m) { m.buffers[kNorm]->shape = {0}; },
     "buffers[2].shape"},
    {"ShapeOverflow",
     [](ManifestT &m) {
       m.buffers[kNorm]->shape = {1ull << 40, 1ull << 40};
     },
     "buffers[2].shape"},
    {"Bytes", [](ManifestT &m) { m.buffers[kNorm]->bytes = 127; },
     "buffers[2].bytes: expected 128 for shape [64] of bf16, found 127"},
    {"OffsetAlignment", [](ManifestT &m) { m.buffers[kNorm]->offset += 128; },
     "buffers[2].offset: expected a multiple of 256"},
    {"OffsetSpace", [](ManifestT &m) { m.buffers[kKeys]->offset = 256; },
     "buffers[7].offset: expected 0"},
    {"OffsetOverflow",
     [](ManifestT &m) { m.buffers[kCodes]->offset = UINT64_MAX - 255; },
     "buffers[0].offset: expected an end below 2^64"},
    {"OffsetEnd", [](ManifestT &m) { m.weights_bytes = 15871; },
     "buffers[4].offset: expected an end within the weights' 15871 bytes"},
    {"Overlap", [](ManifestT &m) { m.buffers[kScales]->offset = 1792; },
     "buffers[1].offset: expected at least 2048, the end of buffers[0]"},
    {"StepName", [](ManifestT &m) { m.buffers[kCounts]->name = "step.x"; },
     "buffers[12].name: expected an input of the step's ABI, found step.x"},
    {"StepSpace", [](ManifestT &m) { m.buffers[kHidden]->name = "step.ids"; },
     "buffers[5].space: expected Input, found Arena"},
    {"StepElement",
     [](ManifestT &m) { m.buffers[kStreams]->name = "step.ids"; },
     "buffers[14].element: expected i32, found bf16"},
    {"StepBytes",
     [](ManifestT &m) {
       m.buffers[kWindowPages]->shape = {2, 3};
       m.buffers[kWindowPages]->bytes = 24;
     },
     "buffers[13].bytes: expected 16 for step.window_pages, found 24"},
};

const Case kPackCases[] = {
    {"Kind", [](ManifestT &m) { m.packs[1]->kind = schema::PackKind(4); },
     "packs[1].kind: expected 0 to 3, found 4"},
    {"Buffer", [](ManifestT &m) { m.packs[1]->buffer = 99; },
     "packs[1].buffer: expected one of 16 buffers, found index 99"},
    {"BufferSpace", [](ManifestT &m) { m.packs[1]->buffer = kHidden; },
     "packs[1].buffer: expected a buffer among the weights, found Arena"},
    {"BufferTwice", [](ManifestT &m) { m.packs[1]->buffer = kCodes; },
     "packs[1].buffer: expected a buffer that no other pack fills"},
    {"BufferMissing", [](ManifestT &m) { m.packs.pop_back(); },
     "buffers[4]: expected a pack that fills every weight buffer"},
    {"BufferBytes",
     [](ManifestT &m) {
       m.buffers[kNorm]->shape = {63};
       m.buffers[kNorm]->bytes = 126;
     },
     "packs[1].buffer: expected a buffer of 128 bytes, found 126"},
    {"BufferElement",
     [](ManifestT &m) {
       m.buffers[kNorm]->element = "f32";
       m.buffers[kNorm]->shape = {32};
     },
     "packs[1].buffer: expected elements of 2 bytes, found f32"},
    {"BufferPart", [](ManifestT &m) { m.buffers[kNorm]->part = Part::Codes; },
     "packs[1].buffer: expected a buffer for the part Whole, found Codes"},
    {"Rows", [](ManifestT &m) { m.packs[0]->rows = 0; }, "packs[0].rows"},
    {"RowsTooMany", [](ManifestT &m) { m.packs[0]->rows = 1ull << 63; },
     "packs[0].rows"},
    {"Columns", [](ManifestT &m) { m.packs[0]->columns = 0; },
     "packs[0].columns"},
    {"Scales", [](ManifestT &m) { m.packs[0]->scales = -1; },
     "packs[0].scales: expected a buffer, found -1"},
    {"ScalesIndex", [](ManifestT &m) { m.packs[0]->scales = 99; },
     "packs[0].scales: expected one of 16 buffers"},
    {"ScalesHolds",
     [](ManifestT &m) { m.buffers[kScales]->holds = "!fp8.scaled<fnuz>"; },
     "packs[0].scales: expected a buffer that holds !fp8.scaled<16x128, e4m3 "
     "ocp bias 7>, found !fp8.scaled<fnuz>"},
    {"ScalesOfTensor", [](ManifestT &m) { m.packs[1]->scales = kScales; },
     "packs[1].scales: expected -1"},
    {"Block", [](ManifestT &m) { m.packs[0]->block_columns = 0; },
     "packs[0].block_rows, block_columns"},
    {"BlockOfTensor", [](ManifestT &m) { m.packs[1]->block_rows = 1; },
     "packs[1].block_rows, block_columns: expected 0, 0"},
    {"RecastOfTensor", [](ManifestT &m) { m.packs[1]->recast = true; },
     "packs[1].recast"},
    {"PanelOfTable", [](ManifestT &m) { m.packs[2]->panel = 16; },
     "packs[2].panel: expected 0, found 16"},
    {"FragmentOfTable", [](ManifestT &m) { m.packs[3]->fragment = 8; },
     "packs[3].fragment: expected 0, found 8"},
    {"FragmentBytes", [](ManifestT &m) { m.packs[0]->fragment = 16; },
     "packs[0].fragment: expected 0, 4 or 8, found 16"},
    {"FragmentOfRowMajor", [](ManifestT &m) { m.packs[1]->fragment = 8; },
     "packs[1].panel: expected a multiple of 16 for fragments, found 0"},
    {"FragmentOfPanel",
     [](ManifestT &m) {
       m.packs[0]->fragment = 8;
       m.packs[0]->panel = 8;
     },
     "packs[0].panel: expected a multiple of 16 for fragments, found 8"},
    {"FragmentColumns",
     [](ManifestT &m) {
       m.packs[1]->columns = 16;
       m.packs[1]->rows = 4;
       m.packs[1]->panel = 16;
       m.packs[1]->fragment = 4;
     },
     "packs[1].columns: expected rows of a multiple of 64 bytes for fragments, "
     "found 32 bytes a row"},
    {"LimitOfTensor", [](ManifestT &m) { m.packs[1]->limit = 1; },
     "packs[1].limit: expected 0"},
    {"Limit", [](ManifestT &m) { m.packs[2]->limit = 0; },
     "packs[2].limit: expected 1 to 2^31, found 0"},
    {"Tensors", [](ManifestT &m) { m.packs[1]->tensors.clear(); },
     "packs[1].tensors: expected at least one"},
    {"TensorName", [](ManifestT &m) { m.packs[1]->tensors[0]->name = ""; },
     "packs[1].tensors[0].name"},
    {"TensorDtype", [](ManifestT &m) { m.packs[1]->tensors[0]->dtype = "F7"; },
     "packs[1].tensors[0].dtype"},
    {"TensorShape", [](ManifestT &m) { m.packs[1]->tensors[0]->shape = {32}; },
     "packs[1].tensors[0].shape: expected rows x columns = 64 elements, found "
     "[32]"},
    {"CodesDtype", [](ManifestT &m) { m.packs[0]->tensors[0]->dtype = "BF16"; },
     "packs[0].tensors[0].dtype: expected F8_E4M3 or I8"},
    {"CodesShape",
     [](ManifestT &m) {
       m.packs[0]->tensors[0]->shape = {128, 16};
     },
     "packs[0].tensors[0].shape: expected [16, 128], found [128, 16]"},
    {"ScaleTensors", [](ManifestT &m) { m.packs[0]->scale_tensors.clear(); },
     "packs[0].scale_tensors: expected 1 tensors, found 0"},
    {"ScaleDtype",
     [](ManifestT &m) { m.packs[0]->scale_tensors[0]->dtype = "U8"; },
     "packs[0].scale_tensors[0].dtype: expected F8_E8M0, found U8"},
    {"ScaleShape",
     [](ManifestT &m) {
       m.packs[0]->scale_tensors[0]->shape = {1, 2};
     },
     "packs[0].scale_tensors[0].shape: expected [1, 1], found [1, 2]"},
    {"ScaleTensorsOfTensor",
     [](ManifestT &m) {
       m.packs[1]->scale_tensors.push_back(MakeTensor("s", "F8_E8M0", {1}));
     },
     "packs[1].scale_tensors: expected none"},
    {"TensorsOfRope",
     [](ManifestT &m) {
       m.packs[3]->tensors.push_back(MakeTensor("s", "F32", {1}));
     },
     "packs[3].tensors: expected none"},
    {"Frequencies", [](ManifestT &m) { m.packs[3]->frequencies.pop_back(); },
     "packs[3].columns: expected 2 x 1 frequencies, found 4"},
    {"FrequencyNaN", [](ManifestT &m) { m.packs[3]->frequencies[1] = NAN; },
     "packs[3].frequencies[1]: expected 0 to 1e6, found nan"},
    {"FrequenciesOfTensor",
     [](ManifestT &m) { m.packs[1]->frequencies = {1.0f}; },
     "packs[1].frequencies: expected none"},
    {"RopeRows", [](ManifestT &m) { m.packs[3]->rows = (1ull << 29) + 1; },
     "packs[3].rows: expected at most 2^29 positions"},
    {"Fp4Columns",
     [](ManifestT &m) {
       m.packs[0]->tensors[0]->dtype = "I8";
       m.packs[0]->columns = 48;
     },
     "packs[0].columns: expected a multiple of 32 for FP4, found 48"},
    {"Fp4Recast",
     [](ManifestT &m) {
       m.packs[0]->tensors[0]->dtype = "I8";
       m.packs[0]->recast = true;
     },
     "packs[0].recast: expected false for FP4"},
};

const Case kProgramCases[] = {
    {"KernelName", [](ManifestT &m) { m.kernels[0]->name = ""; },
     "kernels[0].name"},
    {"KernelNameTwice", [](ManifestT &m) { m.kernels[1]->name = "attend"; },
     "kernels[1].name: expected a name of its own"},
    {"KernelWorkgroups", [](ManifestT &m) { m.kernels[0]->workgroups = 0; },
     "kernels[0].workgroups"},
    {"KernelGridTooLarge",
     [](ManifestT &m) { m.kernels[0]->workgroups = 1ull << 31; },
     "kernels[0].workgroups"},
    {"ParameterElement",
     [](ManifestT &m) { m.kernels[0]->parameters[1]->element = "int"; },
     "kernels[0].parameters[1].element"},
    {"ParameterHolds",
     [](ManifestT &m) { m.kernels[0]->parameters[1]->holds = ""; },
     "kernels[0].parameters[1].holds"},
    {"ParameterPart",
     [](ManifestT &m) { m.kernels[0]->parameters[1]->part = Part(9); },
     "kernels[0].parameters[1].part"},
    {"Programs", [](ManifestT &m) { m.programs.clear(); },
     "programs: expected at least one"},
    {"ProgramName", [](ManifestT &m) { m.programs[0]->name = ""; },
     "programs[0].name"},
    {"ProgramTokens", [](ManifestT &m) { m.programs[0]->tokens = 0; },
     "programs[0].tokens: expected 1 to"},
    {"ProgramRows", [](ManifestT &m) { m.programs[0]->output_rows = 5; },
     "programs[0].output_rows: expected 0 to 4, found 5"},
    {"ProgramTwice",
     [](ManifestT &m) {
       m.programs.push_back(std::make_unique<schema::ProgramT>());
       ManifestT other = SampleManifest();
       m.programs.back() = std::move(other.programs[0]);
     },
     "programs[1].tokens: expected a bucket of its own"},
    {"ProgramInputs", [](ManifestT &m) { m.programs[0]->inputs = {kLogits}; },
     "programs[0].inputs[0]: expected a buffer of space Input, found Output"},
    {"ProgramInputIndex", [](ManifestT &m) { m.programs[0]->inputs = {99}; },
     "programs[0].inputs[0]: expected one of 16 buffers"},
    {"ProgramOutputs", [](ManifestT &m) { m.programs[0]->outputs = {kHidden}; },
     "programs[0].outputs[0]: expected a buffer of space Output"},
    {"ProgramOutputNeverWritten",
     [](ManifestT &m) { m.kernels[2]->parameters[4]->writes = false; },
     "programs[0].outputs[0]: expected a buffer that a launch writes"},
    {"ProgramInputNotListed",
     [](ManifestT &m) { m.programs[0]->inputs.clear(); },
     "programs[0].launches[0].buffers[2]: expected an input that the program "
     "lists, found streams"},
    {"ProgramEmpty", [](ManifestT &m) { m.programs[0]->launches.clear(); },
     "programs[0].launches: expected at least one"},
    {"ArenaBytes", [](ManifestT &m) { m.programs[0]->arena_bytes = 767; },
     "programs[0].launches[0].buffers[5]: expected a buffer within the arena's "
     "767 bytes, found end 768 (gate)"},
    {"ArenaOverlap", [](ManifestT &m) { m.buffers[kGate]->offset = 256; },
     "programs[0].launches[0]: the arena buffers gate and hidden overlap"},
    {"ArenaUnwritten",
     [](ManifestT &m) { m.kernels[0]->parameters[4]->writes = false; },
     "programs[0].launches[0].buffers[4]: expected an arena buffer that this "
     "or "
     "an earlier launch writes, found hidden"},
    {"LaunchKernel", [](ManifestT &m) { Launch(m, 0).kernel = 3; },
     "launches[0].kernel: expected one of 3 kernels, found index 3"},
    {"LaunchBufferIndex", [](ManifestT &m) { Launch(m, 0).buffers[0] = 16; },
     "launches[0].buffers[0]: expected one of 16 buffers"},
    {"LaunchBufferCount", [](ManifestT &m) { Launch(m, 0).buffers.pop_back(); },
     "launches[0].buffers: expected 8, the parameters of attend, found 7"},
    {"LaunchElement", [](ManifestT &m) { Launch(m, 0).buffers[2] = kGate; },
     "launches[0].buffers[2]: expected bf16 for attend, found f32 (gate)"},
    {"LaunchBytes",
     [](ManifestT &m) { m.kernels[0]->parameters[2]->bytes = 513; },
     "launches[0].buffers[2]: expected at least 513 bytes for attend, found "
     "512 (streams)"},
    {"LaunchPart",
     [](ManifestT &m) { m.kernels[0]->parameters[6]->part = Part::Tail; },
     "launches[0].buffers[6]: expected part Tail for attend, found Codes"},
    {"LaunchHolds",
     [](ManifestT &m) {
       m.kernels[0]->parameters[6]->holds =
           "!dsv4.cache<window, e4m3 fnuz bias 8>";
     },
     "launches[0].buffers[6]: expected !dsv4.cache<window, e4m3 fnuz bias 8> "
     "for attend, found !dsv4.cache<window, e4m3 ocp bias 7> (keys)"},
    {"LaunchWritesWeight",
     [](ManifestT &m) { m.kernels[0]->parameters[3]->writes = true; },
     "launches[0].buffers[3]: expected a buffer that may be written for "
     "attend, "
     "found a weight (norm)"},
    {"OtherwiseMissing", [](ManifestT &m) { Launch(m, 1).otherwise = -1; },
     "launches[1].otherwise: expected a kernel, there are conditions"},
    {"OtherwiseIndex", [](ManifestT &m) { Launch(m, 1).otherwise = 3; },
     "launches[1].otherwise: expected one of 3 kernels"},
    {"OtherwiseUnconditional", [](ManifestT &m) { Launch(m, 0).otherwise = 1; },
     "launches[0].otherwise: expected -1, found 1"},
    {"OtherwiseParameters",
     [](ManifestT &m) { m.kernels[2]->parameters[0]->element = "f32"; },
     "launches[1].buffers[0]: expected f32 for head_wide, found bf16"},
    {"ConditionPack",
     [](ManifestT &m) { Launch(m, 1).conditions[0]->pack = 4; },
     "launches[1].conditions[0].pack: expected one of 4 packs"},
    {"ConditionPackKind",
     [](ManifestT &m) { Launch(m, 1).conditions[0]->pack = 1; },
     "launches[1].conditions[0].pack: expected the pack of a scaled weight"},
    {"ConditionFact",
     [](ManifestT &m) {
       Launch(m, 1).conditions[0]->fact =
           schema::Fact(int(schema::Fact::MAX) + 1);
     },
     "launches[1].conditions[0].fact"},
    {"ConditionRange",
     [](ManifestT &m) { Launch(m, 1).conditions[0]->min = 13; },
     "launches[1].conditions[0].max: expected at least min = 13, found 12"},
    {"StepInputTooSmall",
     [](ManifestT &m) {
       m.buffers[kCounts]->name = "step.positions";
       m.programs[0]->tokens = 17;
     },
     "launches[0].buffers[0]: expected 17 elements of step.positions"},
};

const Case kStateCases[] = {
    {"MaxBatch", [](ManifestT &m) { m.pool->max_batch = 0; }, "pool.max_batch"},
    {"MaxContext", [](ManifestT &m) { m.pool->max_context = 1ull << 31; },
     "pool.max_context"},
    {"Page", [](ManifestT &m) { m.pool->page = 0; }, "pool.page"},
    {"Window", [](ManifestT &m) { m.pool->window = 0; }, "pool.window"},
    {"WindowPages", [](ManifestT &m) { m.pool->window_pages = 0; },
     "pool.window_pages"},
    {"EntryPages", [](ManifestT &m) { m.pool->entry_pages = 1u << 30; },
     "pool.entry_pages"},
    {"WindowPagesPerSequence",
     [](ManifestT &m) { m.pool->window_pages_per_sequence = 1; },
     "pool.window_pages_per_sequence: expected 2 to"},
    {"EntryPagesPerSequence",
     [](ManifestT &m) { m.pool->entry_pages_per_sequence = 7; },
     "pool.entry_pages_per_sequence: expected 8 to"},
    {"Name", [](ManifestT &m) { m.states[0]->name = ""; }, "states[0].name"},
    {"NameTwice", [](ManifestT &m) { m.states[1]->name = "layers.0.window"; },
     "states[1].name: expected a name of its own"},
    {"Kind", [](ManifestT &m) { m.states[0]->kind = schema::CacheKind(4); },
     "states[0].kind"},
    {"Width", [](ManifestT &m) { m.states[0]->width = 0; }, "states[0].width"},
    {"WindowRatio", [](ManifestT &m) { m.states[0]->ratio = 2; },
     "states[0].ratio: expected 1, found 2"},
    {"PageRatio",
     [](ManifestT &m) {
       m.states[0]->kind = schema::CacheKind::Entries;
       m.states[0]->ratio = 3;
     },
     "states[0].ratio: expected a divisor of the page of 8, found 3"},
    {"Block", [](ManifestT &m) { m.states[0]->block = 48; },
     "states[0].block: expected a divisor of the width 64, found 48"},
    {"CacheSlots", [](ManifestT &m) { m.states[0]->slots = 1; },
     "states[0].slots: expected 0"},
    {"NoPages",
     [](ManifestT &m) {
       m.states[0]->kind = schema::CacheKind::Entries;
       m.pool->entry_pages = 0;
     },
     "states[0].kind: expected a cache whose pool has pages, found Entries"},
    {"OpenSlots", [](ManifestT &m) { m.states[1]->slots = 0; },
     "states[1].slots"},
    {"OpenTail", [](ManifestT &m) { m.states[1]->tail = 8; },
     "states[1].tail, block: expected 0, 0, found 8, 0"},
    {"BufferCount", [](ManifestT &m) { m.states[0]->buffers.pop_back(); },
     "states[0].buffers: expected 3, found 2"},
    {"BufferIndex", [](ManifestT &m) { m.states[0]->buffers[0] = 16; },
     "states[0].buffers[0]: expected one of 16 buffers"},
    {"BufferSpace", [](ManifestT &m) { m.states[0]->buffers[0] = kHidden; },
     "states[0].buffers[0]: expected a buffer of space State, found Arena"},
    {"BufferOrder", [](ManifestT &m) { Swap(m.states[0]->buffers, 0, 1); },
     "states[0].buffers[0]: expected Codes, found Scales"},
    {"BufferTwice", [](ManifestT &m) { m.states[1]->buffers[1] = kU; },
     "states[1].buffers[1]: expected a buffer of no other state"},
    {"BufferHolds", [](ManifestT &m) { m.buffers[kKeyTail]->holds = "x"; },
     "states[0].buffers[2]: expected a part of"},
    {"BufferBytes", [](ManifestT &m) { m.pool->window_pages = 5; },
     "states[0].buffers[0]: expected 2560 or 1280 bytes, found 2048"},
    {"BufferUnused", [](ManifestT &m) { m.states.pop_back(); },
     "buffers[10].space: expected a state that it belongs to"},
};

std::string CaseName(const ::testing::TestParamInfo<Case> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Model, ValidateTest, ::testing::ValuesIn(kModelCases),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Buffer, ValidateTest,
                         ::testing::ValuesIn(kBufferCases), CaseName);
INSTANTIATE_TEST_SUITE_P(Pack, ValidateTest, ::testing::ValuesIn(kPackCases),
                         CaseName);
INSTANTIATE_TEST_SUITE_P(Program, ValidateTest,
                         ::testing::ValuesIn(kProgramCases), CaseName);
INSTANTIATE_TEST_SUITE_P(State, ValidateTest, ::testing::ValuesIn(kStateCases),
                         CaseName);

} // namespace
} // namespace dsv4run
