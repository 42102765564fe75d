//===- CountersFile.h - What the emulator counted, as JSON ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_CLI_COUNTERSFILE_H
#define DSV4RUN_CLI_COUNTERSFILE_H

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsv4run/Device/EmulatorDevice.h"
#include "nlohmann/json.hpp"

namespace dsv4run {

/// {"launches": [{"kernel", "label", "runs", <counters>}, ...],
///  "kernels": [{"kernel", "runs", <counters>}, ...],
///  "total": {"runs", <counters>}}
/// where <counters> are sums over the runs: "hbm_bytes", ..., instructions by
/// class under "classes" and by opcode under "opcodes". Kernels and the total
/// leave out opcodes and what doesn't add up.
nlohmann::json CountersJson(const EmulatorDevice &device);

/// Writes it to a file.
absl::Status WriteCounters(const EmulatorDevice &device,
                           absl::string_view path);

} // namespace dsv4run

#endif // DSV4RUN_CLI_COUNTERSFILE_H
