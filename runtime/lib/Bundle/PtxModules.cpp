//===- PtxModules.cpp - How kernels for NVIDIA GPUs are stored ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/PtxModules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace dsv4run {

std::string PtxKernelName(absl::string_view kernel) {
  std::string name(kernel);
  std::replace(name.begin(), name.end(), '.', '$');
  return name;
}

std::string JoinPtxModules(const std::vector<std::string> &modules) {
  std::string joined;
  for (const std::string &module : modules) {
    joined += module;
    joined += '\0';
  }
  return joined;
}

absl::StatusOr<std::vector<absl::string_view>>
SplitPtxModules(absl::Span<const std::byte> bytes) {
  absl::string_view text(reinterpret_cast<const char *>(bytes.data()),
                         bytes.size());
  if (text.empty() || text.back() != '\0')
    return absl::InvalidArgumentError(
        absl::StrCat("PTX of ", bytes.size(),
                     " bytes: expected modules that each end with a NUL"));
  std::vector<absl::string_view> modules;
  while (!text.empty()) {
    size_t end = text.find('\0');
    modules.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return modules;
}

} // namespace dsv4run
