//===- LoadModel.cpp - From a command line to a model that runs -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Cli/LoadModel.h"

#include <unistd.h>

#include <chrono>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Device/CudaDevice.h"
#include "dsv4run/Device/HipDevice.h"
#include "dsv4run/Device/HostDevice.h"
#include "dsv4run/Pack/PackOntoDevice.h"
#include "dsv4run/Support/ProgressBar.h"
#include "dsv4run/Support/StatusMacros.h"
#include "dsv4run/Synthetic/SyntheticWeights.h"

namespace dsv4run {

void ModelOptions::AddTo(OptionTable &table) {
  table.Text("weights", "DIR", &weights,
             "checkpoint: a directory, a safetensors file or its index; or\n"
             "\"synthetic\" for weights made in memory");
  table.Text(
      "device", "auto|host|hip|cuda|emulator", &device,
      "host: code for x86-64; hip, hip:N: AMD GPU N; cuda, cuda:N: NVIDIA\n"
      "GPU N; emulator: code for gfx942 without a GPU; auto: a GPU that\n"
      "the bundle has code for, or else the host");
  table.Integer("max-context", "N", &limits.max_context, 1, INT64_MAX,
                "tokens per sequence, to need less memory; default: the "
                "bundle's");
  table.Integer("max-batch", "N", &limits.max_batch, 1, INT32_MAX,
                "sequences at a time, to need less memory; default: the "
                "bundle's");
  table.Flag("no-graph", &no_graph_,
             "GPU: enqueue launch by launch instead of replaying a graph");
  table.Flag("sync-launches", &gpu.wait_for_each_launch,
             "GPU: wait for each launch, so that errors name it");
  table.Text(
      "kernels", "auto|source", &kernels,
      "GPU: source compiles the bundle's HIP source even where its code\n"
      "object fits");
  table.Integer("threads", "N", &threads, 1, 4096, "default: every CPU");
  table.Text("emulator-checks", "LIST", &emulator_checks,
             absl::StrCat("what the emulator checks: all, none, or as in "
                          "all,-lds-race;\ndefault: ",
                          emulator_checks));
  table.Integer("emulator-threads", "N", &emulator_threads, 1, 4096,
                "of the emulator; with 1, race checks see the same order in "
                "every\nrun; default: --threads");
  table.Flag("emulator-keep-steps", &emulator_keep_steps,
             "let steps read what earlier ones left in arena, inputs and\n"
             "outputs");
}

absl::Status ModelOptions::Finish(std::vector<std::string> &positional) {
  if (positional.empty())
    return UsageError("expected a bundle, model.dsv4");
  bundle = positional.front();
  positional.erase(positional.begin());
  if (weights.empty())
    return UsageError("expected --weights DIR, or --weights synthetic");
  if (!counters.empty() && device != "emulator")
    return UsageError("--counters needs --device emulator");
  return FinishDevice();
}

absl::Status ModelOptions::FinishDevice() {
  absl::string_view text = device;
  for (const char *driver : {"hip", "cuda"}) {
    if (!absl::ConsumePrefix(&text, absl::StrCat(driver, ":")))
      continue;
    if (!absl::SimpleAtoi(text, &ordinal) || ordinal < 0)
      return UsageError(absl::StrCat(
          "--device: expected the number of a device behind ", driver,
          ":, found \"", text, "\""));
    device = driver;
    break;
  }
  if (device != "auto" && device != "host" && device != "hip" &&
      device != "cuda" && device != "emulator")
    return UsageError(
        absl::StrCat("--device: expected auto, host, hip, hip:N, cuda, cuda:N "
                     "or emulator, found \"",
                     device, "\""));
  if (kernels != "auto" && kernels != "source")
    return UsageError(absl::StrCat(
        "--kernels: expected auto or source, found \"", kernels, "\""));
  gpu.graphs = !no_graph_;
  gpu.compile_source = kernels == "source";
  if (device == "host" || device == "emulator")
    for (auto [name, given] : {std::pair{"--no-graph", no_graph_},
                               {"--sync-launches", gpu.wait_for_each_launch},
                               {"--kernels source", gpu.compile_source}})
      if (given)
        return UsageError(
            absl::StrCat(name, " needs a GPU, not --device ", device));
  return absl::OkStatus();
}

void ModelOptions::AddCountersTo(OptionTable &table) {
  table.Text("counters", "FILE", &counters,
             "write what the emulator counts as JSON, by launch and kernel");
}

namespace {

/// The first GPU that the bundle has code for; null if there is none, or no
/// driver.
std::unique_ptr<Device> OpenFittingGpu(const Bundle &bundle,
                                       const ModelOptions &options) {
  std::set<std::string> targets;
  for (size_t i = 0; i < bundle.images(); ++i)
    for (const schema::CodeObject *object :
         *bundle.Select(i).manifest().code_objects())
      targets.insert(object->target()->str());
  targets.erase("host");
  if (targets.empty())
    return nullptr;
  if (absl::StatusOr<HipInstallation> hip = FindHip(); hip.ok())
    for (const GpuProperties &gpu : hip->devices)
      if (targets.count(gpu.target))
        if (auto device = OpenHipDevice(gpu.ordinal, options.gpu); device.ok())
          return *std::move(device);
  if (absl::StatusOr<CudaInstallation> cuda = FindCuda(); cuda.ok())
    for (const GpuProperties &gpu : cuda->devices)
      if (targets.count(gpu.target))
        if (auto device = OpenCudaDevice(gpu.ordinal, options.gpu); device.ok())
          return *std::move(device);
  return nullptr;
}

/// Makes the device that the options name.
absl::Status OpenDevice(const ModelOptions &options, const Bundle &bundle,
                        LoadedModel &loaded) {
  if (options.device == "hip") {
    DSV4RUN_ASSIGN_OR_RETURN(loaded.device,
                             OpenHipDevice(options.ordinal, options.gpu));
    return absl::OkStatus();
  }
  if (options.device == "cuda") {
    DSV4RUN_ASSIGN_OR_RETURN(loaded.device,
                             OpenCudaDevice(options.ordinal, options.gpu));
    return absl::OkStatus();
  }
  if (options.device == "auto")
    loaded.device = OpenFittingGpu(bundle, options);
  if (loaded.device)
    return absl::OkStatus();
  if (options.device != "emulator") {
    loaded.device = CreateHostDevice(*loaded.pool);
    return absl::OkStatus();
  }
  EmulatorOptions emulator;
  emulator.checks = options.emulator_checks;
  emulator.threads =
      static_cast<int>(options.emulator_threads.value_or(loaded.pool->size()));
  emulator.count_caches = !options.counters.empty();
  emulator.keep_discarded = options.emulator_keep_steps;
  DSV4RUN_ASSIGN_OR_RETURN(std::unique_ptr<EmulatorDevice> device,
                           EmulatorDevice::Create(emulator));
  loaded.emulator = device.get();
  loaded.device = std::move(device);
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<LoadedModel> LoadModel(const ModelOptions &options) {
  auto start = std::chrono::steady_clock::now();
  LoadedModel loaded;
  DSV4RUN_ASSIGN_OR_RETURN(Bundle bundle, Bundle::Open(options.bundle));
  DSV4RUN_ASSIGN_OR_RETURN(
      loaded.pool,
      ThreadPool::Create({static_cast<int>(options.threads.value_or(0))}));
  DSV4RUN_RETURN_IF_ERROR(OpenDevice(options, bundle, loaded));
  DSV4RUN_ASSIGN_OR_RETURN(bundle, SelectImage(bundle, *loaded.device));
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

  DeviceWeights weights;
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
    DSV4RUN_ASSIGN_OR_RETURN(weights, PackOntoDevice(manifest, *loaded.weights,
                                                     *loaded.device, pack));
  }
  DSV4RUN_ASSIGN_OR_RETURN(loaded.model,
                           Model::Create(std::move(bundle), *loaded.device,
                                         std::move(weights.memory),
                                         weights.facts, options.limits));
  loaded.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  return loaded;
}

} // namespace dsv4run
