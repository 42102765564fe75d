//===- SettingsChecks.cpp - Limits, settings, environment -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "Checks.h"
#include "SystemFiles.h"
#include "absl/strings/str_cat.h"
#include "dsv4run/Support/HumanReadable.h"

namespace dsv4run::doctor {
namespace {

/// Pinned staging memory is a few hundred MiB with many threads.
constexpr uint64_t kLockedBytes = uint64_t{1} << 30;
/// A published checkpoint has dozens of shards; drivers open files per device.
constexpr uint64_t kOpenFiles = 1024;

uint64_t SoftLimit(__rlimit_resource resource) {
  rlimit limit = {};
  getrlimit(resource, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

std::string BytesOrUnlimited(uint64_t bytes) {
  return bytes == UINT64_MAX ? "unlimited" : FormatBytes(bytes);
}

void CheckLimits(Findings &findings) {
  uint64_t locked = SoftLimit(RLIMIT_MEMLOCK), space = SoftLimit(RLIMIT_AS),
           files = SoftLimit(RLIMIT_NOFILE);
  Finding finding{
      Verdict::kOk, "limits",
      absl::StrCat("locked memory ", BytesOrUnlimited(locked),
                   ", address space ", BytesOrUnlimited(space), ", open files ",
                   files == UINT64_MAX ? "unlimited" : absl::StrCat(files)),
      ""};
  if (space != UINT64_MAX)
    finding = {Verdict::kWarning, finding.check, finding.found,
               "HIP reserves address space of the size of all memory: ulimit "
               "-v unlimited"};
  else if (locked < kLockedBytes && geteuid() != 0)
    finding = {Verdict::kNote, finding.check, finding.found,
               "if pinned memory cannot be allocated: ulimit -l unlimited, or "
               "--ulimit memlock=-1 for a container"};
  else if (files < kOpenFiles)
    finding = {Verdict::kWarning, finding.check, finding.found,
               absl::StrCat("ulimit -n ", kOpenFiles)};
  findings.push_back(std::move(finding));
}

void CheckMachine(const std::string &root, Findings &findings) {
  if (ReadSmallFile(root + "proc/sys/kernel/numa_balancing").value_or("0") !=
      "0")
    findings.push_back(
        {Verdict::kNote, "NUMA balancing", "on",
         "the kernel moves pages under copies to the GPU; AMD advises against "
         "it: sudo sysctl kernel.numa_balancing=0"});
}

void CheckEnvironment(Findings &findings) {
  // What hides devices, or makes a run differ from what is documented.
  constexpr struct {
    const char *name;
    Verdict verdict;
    const char *advice;
  } kVariables[] = {
      {"HIP_VISIBLE_DEVICES", Verdict::kNote, ""},
      {"ROCR_VISIBLE_DEVICES", Verdict::kNote, ""},
      {"CUDA_VISIBLE_DEVICES", Verdict::kNote, "HIP obeys it too"},
      {"GPU_DEVICE_ORDINAL", Verdict::kNote, ""},
      {"HSA_OVERRIDE_GFX_VERSION", Verdict::kWarning,
       "unset it: it makes HIP load code for another GPU, whose FP8 codes may "
       "mean other numbers"},
      {"HSA_XNACK", Verdict::kNote, ""},
      {"AMD_SERIALIZE_KERNEL", Verdict::kWarning,
       "unset it unless you look for a failing launch: it serialises launches"},
      {"AMD_SERIALIZE_COPY", Verdict::kWarning,
       "unset it unless you look for a failing copy"},
      {"HIP_LAUNCH_BLOCKING", Verdict::kWarning,
       "unset it unless you look for a failing launch"},
      {"DSV4_HIP_LIBRARY", Verdict::kNote, ""},
      {"DSV4_HIPRTC_LIBRARY", Verdict::kNote, ""},
  };
  for (const auto &variable : kVariables)
    if (const char *value = std::getenv(variable.name))
      findings.push_back(
          {variable.verdict, variable.name, value, variable.advice});
}

} // namespace

void CheckSettings(const std::string &root, Findings &findings) {
  CheckLimits(findings);
  CheckMachine(root, findings);
  CheckEnvironment(findings);
}

} // namespace dsv4run::doctor
