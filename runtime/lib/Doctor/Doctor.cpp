//===- Doctor.cpp - Whether this machine can run a bundle on a GPU --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Doctor/Doctor.h"

#include <algorithm>

#include "Checks.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace dsv4run {
namespace {

const char *NameOf(Verdict verdict) {
  switch (verdict) {
  case Verdict::kOk:
    return "ok";
  case Verdict::kNote:
    return "note";
  case Verdict::kWarning:
    return "warning";
  case Verdict::kMissing:
    return "missing";
  }
  return "";
}

std::string Indented(const std::string &text) {
  return absl::StrReplaceAll(text, {{"\n", "\n           "}});
}

} // namespace

std::vector<Finding> Examine(const DoctorOptions &options) {
  // Shown from the kernel upwards, but what HIP says decides how bad it is.
  std::vector<Finding> findings, above;
  std::optional<HipInstallation> hip = doctor::CheckHip(options.ordinal, above);
  std::unique_ptr<GpuDevice> device;
  if (hip)
    device = doctor::CheckDevice(*hip, options.ordinal, above);
  doctor::CheckKernel(options.root, hip.has_value(), findings);
  findings.insert(findings.end(), above.begin(), above.end());
  doctor::CheckSettings(options.root, findings);
  if (!options.bundle.empty())
    doctor::CheckBundle(options, device.get(), findings);
  return findings;
}

bool AnythingMissing(const std::vector<Finding> &findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding &f) {
    return f.verdict == Verdict::kMissing;
  });
}

std::string FindingsToText(const std::vector<Finding> &findings) {
  std::string text;
  for (const Finding &finding : findings) {
    std::string head = NameOf(finding.verdict);
    head.resize(9, ' ');
    absl::StrAppend(&text, head, finding.check, ": ", Indented(finding.found),
                    "\n");
    if (!finding.advice.empty())
      absl::StrAppend(&text, "           -> ", Indented(finding.advice), "\n");
  }
  absl::StrAppend(&text, AnythingMissing(findings)
                             ? "something is missing: see the lines above\n"
                             : "nothing is missing\n");
  return text;
}

std::string FindingsToJson(const std::vector<Finding> &findings) {
  nlohmann::json all = nlohmann::json::array();
  for (const Finding &finding : findings) {
    all.push_back({{"verdict", NameOf(finding.verdict)},
                   {"check", finding.check},
                   {"found", finding.found}});
    if (!finding.advice.empty())
      all.back()["advice"] = finding.advice;
  }
  return nlohmann::json{{"findings", all},
                        {"ready", !AnythingMissing(findings)}}
             .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

} // namespace dsv4run
