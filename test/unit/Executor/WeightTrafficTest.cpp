//===- WeightTrafficTest.cpp ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Executor/WeightTraffic.h"

#include "Executor/ManifestBuilder.h"
#include "Executor/TinyBundle.h"
#include "Support/StatusMatchers.h"
#include "dsv4run/Device/HostDevice.h"

namespace dsv4run {
namespace {

using ::testing::ElementsAre;
using testing::ManifestBuilder;

class TrafficModel {
public:
  absl::Status Create() {
    schema::ManifestT &m = b_.manifest;
    m.producer = "unit test";
    m.model = std::make_unique<schema::ModelT>();
    m.model->name = "traffic";
    m.model->config = "{}";
    m.model->vocab = 10;
    m.model->hidden = m.model->layers = m.model->streams = 1;
    m.pool = std::make_unique<schema::PoolT>();
    m.pool->max_batch = 1;
    m.pool->max_context = 8;
    m.pool->page = m.pool->window = 4;
    m.pool->window_pages = m.pool->window_pages_per_sequence = 2;
    uint32_t counts = b_.Input("step.counts", {16});
    uint32_t embedding = Weight("embed.weight", 10, 4, 1);
    uint32_t matrix = Weight("a.weight", 6, 4, 1);
    uint32_t experts = Weight("experts", 3, 4, 8);
    uint32_t out = b_.Buffer("out", schema::Space::Output, "f32", 4, {4, 1});
    std::vector<std::vector<uint32_t>> launches = {
        {counts, embedding, out}, {counts, matrix, matrix, experts, out}};
    auto program = std::make_unique<schema::ProgramT>();
    program->name = "step";
    program->tokens = 4;
    for (const auto &buffers : launches) {
      auto launch = std::make_unique<schema::LaunchT>();
      launch->kernel = b_.Kernel(
          m.kernels.empty() ? "tiny_count" : "tiny_double", 1, buffers);
      for (auto &parameter : m.kernels.back()->parameters)
        parameter->writes = parameter->element == "f32";
      launch->buffers = buffers;
      program->launches.push_back(std::move(launch));
    }
    program->outputs = {out};
    m.programs.push_back(std::move(program));
    m.weights_bytes = offset_;

    DSV4RUN_ASSIGN_OR_RETURN(
        Bundle bundle,
        b_.Finish("traffic.dsv4", testing::TinyCode(), "x86-64"));
    DSV4RUN_ASSIGN_OR_RETURN(pool_, ThreadPool::Create({1}));
    device_ = CreateHostDevice(*pool_);
    DSV4RUN_ASSIGN_OR_RETURN(auto memory,
                             device_->Allocate(offset_, "weights"));
    std::vector<PackFacts> facts(bundle.manifest().packs()->size());
    DSV4RUN_ASSIGN_OR_RETURN(model, Model::Create(std::move(bundle), *device_,
                                                  std::move(memory), facts));
    return absl::OkStatus();
  }

private:
  /// bf16 matrices of one or more experts, row-major.
  uint32_t Weight(const std::string &name, uint64_t rows, uint64_t columns,
                  uint64_t experts) {
    uint32_t index = b_.Buffer(name, schema::Space::Weights, "bf16", 2,
                               {experts, rows, columns});
    b_.manifest.buffers[index]->offset = offset_;
    offset_ += (b_.manifest.buffers[index]->bytes + 255) / 256 * 256;
    auto pack = std::make_unique<schema::PackProgramT>();
    pack->kind = schema::PackKind::Tensor;
    pack->buffer = index;
    pack->rows = rows;
    pack->columns = columns;
    for (uint64_t i = 0; i < experts; ++i) {
      auto tensor = std::make_unique<schema::CheckpointTensorT>();
      tensor->name = experts > 1 ? absl::StrCat(name, i) : name;
      tensor->dtype = "BF16";
      tensor->shape = {rows, columns};
      pack->tensors.push_back(std::move(tensor));
    }
    b_.manifest.packs.push_back(std::move(pack));
    return index;
  }

  ManifestBuilder b_;
  uint64_t offset_ = 0;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Device> device_;

public:
  std::unique_ptr<Model> model;
};

TEST(WeightTraffic, CountsRowsAndExpertsThatTokensSelect) {
  TrafficModel traffic;
  ASSERT_OK(traffic.Create());
  const uint64_t row = 8, matrix = 6 * row, expert = 3 * row;
  EXPECT_THAT(WeightBytesOfLaunches(*traffic.model, 0, 1, 2),
              ElementsAre(row, matrix + 2 * expert));
  EXPECT_THAT(WeightBytesOfLaunches(*traffic.model, 0, 3, 2),
              ElementsAre(3 * row, matrix + 6 * expert));
  // No more experts than there are.
  EXPECT_THAT(WeightBytesOfLaunches(*traffic.model, 0, 4, 3),
              ElementsAre(4 * row, matrix + 8 * expert));
}

} // namespace
} // namespace dsv4run
