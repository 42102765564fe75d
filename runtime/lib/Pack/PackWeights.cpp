//===- PackWeights.cpp - Run the pack programs of a bundle ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Pack/PackWeights.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "PackTask.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run {

PackTarget::~PackTarget() = default;

namespace {

using pack::PackJob;
using pack::PackTask;

/// Facts of no rows at all, to which tasks add.
PackFacts NoFacts() {
  PackFacts facts;
  facts.scale_min = 255;
  return facts;
}

void Merge(const PackFacts &from, PackFacts &into) {
  into.scale_min = std::min(into.scale_min, from.scale_min);
  into.scale_max = std::max(into.scale_max, from.scale_max);
  into.local_spread = std::max(into.local_spread, from.local_spread);
  into.negative_zeros += from.negative_zeros;
}

class Packer {
public:
  Packer(std::vector<PackJob> jobs, const TensorSource &source,
         PackTarget &target, const PackOptions &options)
      : jobs_(std::move(jobs)), source_(source), target_(target),
        options_(options), facts_(jobs_.size(), NoFacts()) {
    for (uint32_t i = 0; i < jobs_.size(); ++i)
      pack::AppendTasks(i, jobs_[i], tasks_);
    for (const PackTask &task : tasks_)
      total_ += task.bytes;
  }

  absl::StatusOr<std::vector<PackFacts>> Run() {
    size_t threads = options_.threads > 0 ? options_.threads
                                          : std::thread::hardware_concurrency();
    threads =
        std::clamp<size_t>(threads, 1, std::max<size_t>(tasks_.size(), 1));
    uint64_t largest = 0;
    for (const PackTask &task : tasks_)
      largest = std::max(largest, task.bytes);
    DSV4RUN_RETURN_IF_ERROR(target_.Begin(largest, threads));
    std::vector<std::thread> workers;
    for (size_t i = 1; i < threads; ++i)
      workers.emplace_back([this] { Work(); });
    Work();
    for (std::thread &worker : workers)
      worker.join();
    DSV4RUN_RETURN_IF_ERROR(error_);
    for (size_t i = 0; i < facts_.size(); ++i)
      if (jobs_[i].program->kind() != schema::PackKind::Scaled)
        facts_[i].scale_min = 0;
    return std::move(facts_);
  }

private:
  void Work() {
    std::vector<uint64_t> scratch;
    while (!failed_) {
      const size_t index = next_++;
      if (index >= tasks_.size())
        return;
      const PackTask &task = tasks_[index];
      PackFacts facts = NoFacts();
      absl::Status status = RunTask(task, scratch, facts);
      std::lock_guard<std::mutex> lock(mutex_);
      if (!status.ok()) {
        // Tasks are taken in order, so that the first bad one is always among
        // those that finish.
        if (index < first_failed_) {
          first_failed_ = index;
          error_ = std::move(status);
        }
        failed_ = true;
        return;
      }
      Merge(facts, facts_[task.pack]);
      done_ += task.bytes;
      if (options_.progress)
        options_.progress(done_, total_);
    }
  }

  absl::Status RunTask(const PackTask &task, std::vector<uint64_t> &scratch,
                       PackFacts &facts) {
    DSV4RUN_ASSIGN_OR_RETURN(std::byte * piece,
                             target_.Acquire(task.offset, task.bytes));
    absl::Status status =
        pack::RunTask(task, jobs_[task.pack], source_, piece, scratch, facts);
    absl::Status released =
        target_.Release(piece, task.offset, task.bytes, status.ok());
    return status.ok() ? released : status;
  }

  const std::vector<PackJob> jobs_;
  const TensorSource &source_;
  PackTarget &target_;
  const PackOptions &options_;
  std::vector<PackTask> tasks_;
  uint64_t total_ = 0;

  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_; ///< of everything below
  std::vector<PackFacts> facts_;
  uint64_t done_ = 0;
  size_t first_failed_ = SIZE_MAX;
  absl::Status error_;
};

/// Memory that holds all weights.
class MemoryTarget final : public PackTarget {
public:
  explicit MemoryTarget(std::byte *weights) : weights_(weights) {}
  absl::Status Begin(uint64_t, size_t) override { return absl::OkStatus(); }
  absl::StatusOr<std::byte *> Acquire(uint64_t offset, uint64_t) override {
    return weights_ + offset;
  }
  absl::Status Release(std::byte *, uint64_t, uint64_t, bool) override {
    return absl::OkStatus();
  }

private:
  std::byte *weights_;
};

} // namespace

absl::StatusOr<std::vector<PackFacts>>
PackWeights(const schema::Manifest &manifest, const TensorSource &source,
            absl::Span<std::byte> weights, const PackOptions &options) {
  if (weights.size() < manifest.weights_bytes())
    return absl::InvalidArgumentError(
        absl::StrCat("memory for weights: expected ", manifest.weights_bytes(),
                     " bytes, found ", weights.size()));
  MemoryTarget target(weights.data());
  return PackInto(manifest, source, target, options);
}

absl::StatusOr<std::vector<PackFacts>>
PackInto(const schema::Manifest &manifest, const TensorSource &source,
         PackTarget &target, const PackOptions &options) {
  DSV4RUN_RETURN_IF_ERROR(CheckHeaders(manifest, source));
  std::vector<PackJob> jobs;
  for (const schema::PackProgram *program : *manifest.packs()) {
    PackJob job;
    job.program = program;
    DSV4RUN_ASSIGN_OR_RETURN(job.shape, ShapeOfPack(*program));
    const auto &buffers = *manifest.buffers();
    job.buffer = buffers.Get(program->buffer())->offset();
    if (program->scales() >= 0)
      job.scales = buffers.Get(program->scales())->offset();
    jobs.push_back(job);
  }
  return Packer(std::move(jobs), source, target, options).Run();
}

} // namespace dsv4run
