//===- DeviceList.cpp - What this machine offers --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Device/DeviceList.h"

#include <dlfcn.h>

#include "absl/strings/str_cat.h"

namespace dsv4run {
namespace {

DriverProbe Probe(std::string device, const std::vector<std::string> &sonames) {
  DriverProbe probe{std::move(device), "", ""};
  for (const std::string &soname : sonames) {
    if (void *handle = dlopen(soname.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
      dlclose(handle);
      probe.library = soname;
      probe.error.clear();
      return probe;
    }
    const char *error = dlerror();
    probe.error = error ? error : "cannot be opened";
  }
  return probe;
}

} // namespace

std::vector<DriverProbe> ProbeDrivers() {
  std::vector<std::string> hip{"libamdhip64.so"};
  for (int version = 9; version >= 5; --version)
    hip.push_back(absl::StrCat("libamdhip64.so.", version));
  return {Probe("hip", hip), Probe("cuda", {"libcuda.so.1", "libcuda.so"})};
}

} // namespace dsv4run
