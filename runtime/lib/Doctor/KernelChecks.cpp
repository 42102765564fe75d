//===- KernelChecks.cpp - Kernel driver and device files ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "Checks.h"
#include "SystemFiles.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace dsv4run::doctor {
namespace {

/// The group that a device file belongs to, by name if it has one here.
std::string GroupOf(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return "render";
  const group *entry = getgrgid(info.st_gid);
  return entry ? entry->gr_name : absl::StrCat(info.st_gid);
}

std::string GroupAdvice(const std::string &path) {
  std::string group = GroupOf(path);
  return absl::StrCat(
      "join its group and log in again: sudo usermod -aG ", group,
      ",video \"$USER\"\nin a container, start it with --device=/dev/kfd "
      "--device=/dev/dri --group-add ",
      group, " --group-add video");
}

/// "gfx942" of 90402: major, minor and stepping, the last two in hexadecimal
/// (Linux, kfd_topology.h).
std::string TargetOfVersion(int64_t version) {
  return absl::StrCat("gfx", version / 10000, absl::Hex(version / 100 % 100),
                      absl::Hex(version % 100));
}

void CheckModule(const std::string &root, Verdict missing, Findings &findings) {
  std::string module = root + "sys/module/amdgpu";
  if (access(module.c_str(), F_OK) != 0) {
    findings.push_back(
        {missing, "kernel driver", "amdgpu is not loaded",
         "install the amdgpu driver of ROCm (amdgpu-dkms) on the host, then: "
         "sudo modprobe amdgpu"});
    return;
  }
  std::optional<std::string> version = ReadSmallFile(module + "/version");
  findings.push_back({Verdict::kOk, "kernel driver",
                      version ? absl::StrCat("amdgpu ", *version)
                              : "amdgpu, as it comes with the kernel",
                      ""});
}

void CheckKfd(const std::string &root, Verdict missing, Findings &findings) {
  std::string kfd = root + "dev/kfd";
  if (access(kfd.c_str(), F_OK) != 0)
    findings.push_back({missing, "/dev/kfd", "does not exist",
                        "in a container, start it with --device=/dev/kfd "
                        "--device=/dev/dri; on a host, check the kernel "
                        "driver: sudo dmesg | grep -i -e amdgpu -e kfd"});
  else if (access(kfd.c_str(), R_OK | W_OK) != 0)
    findings.push_back({missing, "/dev/kfd",
                        absl::StrCat("not readable and writable for this "
                                     "process (group ",
                                     GroupOf(kfd), "): ", strerror(errno)),
                        GroupAdvice(kfd)});
  else
    findings.push_back({Verdict::kOk, "/dev/kfd", "readable and writable", ""});
}

void CheckRenderNodes(const std::string &root, Verdict missing,
                      Findings &findings) {
  std::vector<std::string> nodes = EntriesOf(root + "dev/dri", "renderD");
  if (nodes.empty()) {
    findings.push_back({missing, "/dev/dri", "no renderD* device",
                        "in a container, start it with --device=/dev/dri"});
    return;
  }
  std::vector<std::string> closed;
  for (const std::string &node : nodes)
    if (access(node.c_str(), R_OK | W_OK) != 0)
      closed.push_back(node);
  if (closed.empty())
    findings.push_back({Verdict::kOk, "/dev/dri",
                        absl::StrCat(nodes.size(), " render nodes, all "
                                                   "readable and writable"),
                        ""});
  else
    findings.push_back(
        {closed.size() == nodes.size() ? missing : Verdict::kWarning,
         "/dev/dri",
         absl::StrCat("not readable and writable: ",
                      absl::StrJoin(closed, ", ")),
         GroupAdvice(closed.front())});
}

/// GPUs as the kernel's topology lists them, which no environment variable
/// hides.
void CheckTopology(const std::string &root, Verdict missing,
                   Findings &findings) {
  std::vector<std::string> targets;
  for (const std::string &node :
       EntriesOf(root + "sys/class/kfd/kfd/topology/nodes", "")) {
    std::string text = ReadSmallFile(node + "/properties").value_or("");
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      std::pair<absl::string_view, absl::string_view> field =
          absl::StrSplit(line, absl::MaxSplits(' ', 1));
      int64_t version = 0;
      // 0 is a CPU.
      if (field.first == "gfx_target_version" &&
          absl::SimpleAtoi(field.second, &version) && version > 0)
        targets.push_back(TargetOfVersion(version));
    }
  }
  if (targets.empty())
    findings.push_back({missing, "GPUs of the kernel",
                        "none in /sys/class/kfd/kfd/topology",
                        "lspci -d 1002: shows whether the machine has one"});
  else
    findings.push_back(
        {Verdict::kOk, "GPUs of the kernel",
         absl::StrCat(targets.size(), ": ", absl::StrJoin(targets, ", ")), ""});
}

void CheckPartitions(const std::string &root, Findings &findings) {
  for (const std::string &card : EntriesOf(root + "sys/class/drm", "card")) {
    std::optional<std::string> compute =
        ReadSmallFile(card + "/device/current_compute_partition");
    if (!compute)
      continue;
    std::string memory =
        ReadSmallFile(card + "/device/current_memory_partition")
            .value_or("unknown");
    std::string name = card.substr(card.rfind('/') + 1);
    if (*compute == "SPX")
      findings.push_back({Verdict::kOk, "partition of " + name,
                          absl::StrCat(*compute, ", ", memory), ""});
    else
      findings.push_back(
          {Verdict::kWarning, "partition of " + name,
           absl::StrCat(*compute, ", ", memory,
                        ": HIP shows a part of the GPU as a device"),
           "kernels are planned for whole GPUs: sudo amd-smi set "
           "--compute-partition SPX"});
  }
}

/// The line that is marked of "0: 132Mhz *\n1: 2100Mhz".
std::string CurrentClock(const std::string &states) {
  for (absl::string_view line : absl::StrSplit(states, '\n'))
    if (line.find('*') != absl::string_view::npos)
      return std::string(line.substr(0, line.find('*')));
  return states;
}

void CheckClocks(const std::string &root, Findings &findings) {
  for (const std::string &card : EntriesOf(root + "sys/class/drm", "card")) {
    std::optional<std::string> core =
        ReadSmallFile(card + "/device/pp_dpm_sclk");
    std::optional<std::string> memory =
        ReadSmallFile(card + "/device/pp_dpm_mclk");
    if (!core || core->empty())
      continue;
    findings.push_back(
        {Verdict::kNote,
         absl::StrCat("clocks of ", card.substr(card.rfind('/') + 1)),
         absl::StrCat(
             "now ", CurrentClock(*core),
             memory && !memory->empty()
                 ? absl::StrCat(", memory ", CurrentClock(*memory))
                 : "",
             ", level ",
             ReadSmallFile(card + "/device/power_dpm_force_performance_level")
                 .value_or("unknown")),
         ""});
  }
}

} // namespace

void CheckKernel(const std::string &root, bool hip_works, Findings &findings) {
  const Verdict missing = hip_works ? Verdict::kNote : Verdict::kMissing;
  CheckModule(root, missing, findings);
  CheckKfd(root, missing, findings);
  CheckRenderNodes(root, missing, findings);
  CheckTopology(root, missing, findings);
  CheckPartitions(root, findings);
  CheckClocks(root, findings);
}

} // namespace dsv4run::doctor
