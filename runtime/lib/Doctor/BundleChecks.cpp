//===- BundleChecks.cpp - Bundle and checkpoint against the device --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Checks.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Checkpoint/Checkpoint.h"
#include "dsv4run/Executor/Model.h"
#include "dsv4run/Pack/PackWeights.h"
#include "dsv4run/Support/HumanReadable.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::doctor {
namespace {

/// Loads the image's code and finds every kernel in it. Returns whether it was
/// the code object, or else its source.
absl::StatusOr<std::string> TryCode(const Bundle &bundle, GpuDevice &device) {
  DSV4RUN_ASSIGN_OR_RETURN(LoadedCode loaded, LoadCode(bundle, device));
  for (const schema::Kernel *kernel : *bundle.manifest().kernels())
    DSV4RUN_RETURN_IF_ERROR(
        loaded.code->FindKernel(kernel->name()->str()).status());
  return absl::StrCat(
      bundle.manifest().kernels()->size(), " kernels loaded from its ",
      loaded.from_source ? "source, compiled by hipRTC" : "code object");
}

void CheckMemory(const schema::Manifest &manifest, GpuDevice &device,
                 Findings &findings) {
  absl::StatusOr<std::optional<uint64_t>> free = device.FreeBytes();
  if (!free.ok() || !*free)
    return;
  const uint64_t weights = manifest.weights_bytes();
  std::string found = absl::StrCat("weights ", FormatBytes(weights));
  if (weights > **free) {
    findings.push_back({Verdict::kMissing, "memory for the bundle",
                        absl::StrCat(found, ", free ", FormatBytes(**free)),
                        "free memory of the device (amd-smi process)"});
    return;
  }
  absl::StatusOr<PoolGeometry> pool = FitPool(manifest, {}, **free - weights);
  if (!pool.ok()) {
    findings.push_back({Verdict::kMissing, "memory for the bundle",
                        absl::StrCat(found, "; ", pool.status().message()),
                        "run with a smaller --max-batch"});
    return;
  }
  const PoolGeometry whole = BundlePool(manifest);
  bool all = pool->entry_pages == whole.entry_pages;
  findings.push_back(
      {all ? Verdict::kOk : Verdict::kNote, "memory for the bundle",
       absl::StrCat(found, ", state for ", pool->max_batch, " sequences",
                    all ? absl::StrCat(" of ", whole.max_context, " tokens")
                        : absl::StrCat(" with ", pool->entry_pages * pool->page,
                                       " tokens in all instead of ",
                                       whole.entry_pages * whole.page)),
       ""});
}

void CheckWeights(const schema::Manifest &manifest, const std::string &path,
                  Findings &findings) {
  auto checkpoint = Checkpoint::Open(path);
  absl::Status status = checkpoint.ok() ? CheckHeaders(manifest, **checkpoint)
                                        : checkpoint.status();
  if (status.ok())
    findings.push_back({Verdict::kOk, "checkpoint",
                        absl::StrCat(path, " has every tensor of the bundle"),
                        ""});
  else
    findings.push_back(
        {Verdict::kMissing, "checkpoint", std::string(status.message()),
         "it has to be the checkpoint that the bundle was compiled for, as "
         "published"});
}

} // namespace

void CheckBundle(const DoctorOptions &options, GpuDevice *device,
                 Findings &findings) {
  absl::StatusOr<Bundle> bundle = Bundle::Open(options.bundle);
  if (!bundle.ok()) {
    findings.push_back({Verdict::kMissing, "bundle",
                        std::string(bundle.status().message()),
                        "dsv4c compile makes one"});
    return;
  }
  if (device) {
    absl::StatusOr<Bundle> selected = SelectImage(*bundle, *device);
    absl::StatusOr<std::string> code =
        selected.ok() ? TryCode(*selected, *device) : selected.status();
    if (code.ok()) {
      bundle = *selected;
      findings.push_back({Verdict::kOk, "bundle",
                          absl::StrCat(options.bundle, ": ", *code), ""});
    } else {
      findings.push_back(
          {Verdict::kMissing, "bundle", std::string(code.status().message()),
           absl::StrCat("compile it for the device: dsv4c compile ... "
                        "--target=",
                        device->properties().target)});
    }
    CheckMemory(bundle->manifest(), *device, findings);
  } else {
    findings.push_back(
        {Verdict::kNote, "bundle",
         absl::StrCat(options.bundle, ": code for ", DescribeTargets(*bundle)),
         ""});
  }
  if (!options.weights.empty())
    CheckWeights(bundle->manifest(), options.weights, findings);
}

} // namespace dsv4run::doctor
