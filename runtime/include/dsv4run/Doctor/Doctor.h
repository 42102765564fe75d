//===- Doctor.h - Whether this machine can run a bundle on a GPU ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_DOCTOR_DOCTOR_H
#define DSV4RUN_DOCTOR_DOCTOR_H

#include <string>
#include <vector>

namespace dsv4run {

enum class Verdict {
  kOk,
  kNote,    ///< to be known, nothing to be done
  kWarning, ///< runs, but not as well as it could
  kMissing, ///< does not run
};

/// One thing that was looked at.
struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string check; ///< a few words
  std::string found;
  std::string advice; ///< what to do; empty if nothing
};

struct DoctorOptions {
  int ordinal = 0;    ///< of the HIP device that bundle and memory are tried on
  std::string bundle; ///< a path, or empty
  std::string weights; ///< of the bundle: a path, or empty
  /// Where dev, proc and sys are.
  std::string root = "/";
};

/// Looks at everything that a run on an AMD GPU needs: kernel driver, device
/// files and their permissions, HIP and its devices, hipRTC, memory, limits,
/// settings, and bundle and checkpoint if they are given. Device files that are
/// missing are kMissing only if HIP shows no device.
std::vector<Finding> Examine(const DoctorOptions &options);

bool AnythingMissing(const std::vector<Finding> &findings);

/// A line per finding, and one for its advice.
std::string FindingsToText(const std::vector<Finding> &findings);
std::string FindingsToJson(const std::vector<Finding> &findings);

} // namespace dsv4run

#endif // DSV4RUN_DOCTOR_DOCTOR_H
