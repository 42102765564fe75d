//===- LoadModel.cpp - From a command line to a model that runs -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/LoadModel.h"

#include <unistd.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Device/HostDevice.h"
#include "dsv4run/Pack/PackWeights.h"
#include "dsv4run/Support/ProgressBar.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Synthetic/SyntheticWeights.h"

namespace dsv4run {

void ModelOptions::AddTo(OptionTable &table) {
  table.Text("weights", "DIR", &weights,
             "checkpoint: a directory, a safetensors file or its index; or\n"
             "\"synthetic\" for weights made in memory");
  table.Text("device", "auto|host", &device,
             "this build runs host bundles only");
  table.Integer("threads", "N", &threads, 1, 4096, "default: every CPU");
}

absl::Status ModelOptions::Finish(std::vector<std::string> &positional) {
  if (positional.empty())
    return UsageError("expected a bundle, model.dsv4");
  bundle = positional.front();
  positional.erase(positional.begin());
  if (weights.empty())
    return UsageError("expected --weights DIR, or --weights synthetic");
  if (device != "auto" && device != "host")
    return UsageError(absl::StrCat("--device: expected auto or host, found \"",
                                   device,
                                   "\"; this build runs host bundles only"));
  return absl::OkStatus();
}

absl::StatusOr<LoadedModel> LoadModel(const ModelOptions &options) {
  auto start = std::chrono::steady_clock::now();
  LoadedModel loaded;
  DSV4RUN_ASSIGN_OR_RETURN(Bundle bundle, Bundle::Open(options.bundle));
  DSV4RUN_ASSIGN_OR_RETURN(
      loaded.pool,
      ThreadPool::Create({static_cast<int>(options.threads.value_or(0))}));
  loaded.device = CreateHostDevice(*loaded.pool);
  const schema::Manifest &manifest = bundle.manifest();
  if (options.synthetic()) {
    DSV4RUN_ASSIGN_OR_RETURN(
        ModelConfig config,
        ParseModelConfig(manifest.model()->config()->str(),
                         absl::StrCat(options.bundle, ": config.json")));
    loaded.weights =
        std::make_unique<SyntheticWeights>(config, loaded.pool.get());
  } else {
    DSV4RUN_ASSIGN_OR_RETURN(loaded.weights, Checkpoint::Open(options.weights));
  }

  DSV4RUN_RETURN_IF_ERROR(CheckHeaders(manifest, *loaded.weights));
  DSV4RUN_ASSIGN_OR_RETURN(
      std::unique_ptr<DeviceMemory> memory,
      loaded.device->Allocate(std::max<uint64_t>(1, manifest.weights_bytes())));
  std::vector<PackFacts> facts;
  {
    ProgressBar bar("loading weights", manifest.weights_bytes(), STDERR_FILENO,
                    options.progress ? DetectProgressStyle(STDERR_FILENO)
                                     : ProgressStyle::kNone);
    uint64_t shown = 0;
    PackOptions pack;
    pack.threads = loaded.pool->size();
    pack.progress = [&](uint64_t done, uint64_t) {
      bar.Add(done - shown);
      shown = done;
    };
    // Host memory is the device's: packing writes into place.
    DSV4RUN_ASSIGN_OR_RETURN(
        facts,
        PackWeights(manifest, *loaded.weights,
                    absl::MakeSpan(memory->address(), memory->bytes()), pack));
  }
  DSV4RUN_ASSIGN_OR_RETURN(loaded.model,
                           Model::Create(std::move(bundle), *loaded.device,
                                         std::move(memory), facts));
  loaded.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  return loaded;
}

} // namespace dsv4run
