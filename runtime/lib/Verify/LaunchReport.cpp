//===- LaunchReport.cpp - Comparisons of launches, for people and tools ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Verify/CompareLaunches.h"

namespace dsv4run {
namespace {

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / whole;
}

absl::string_view NameOf(Agreement agreement) {
  switch (agreement) {
  case Agreement::SameBits:
    return "same bits";
  case Agreement::NeighbouringCodes:
    return "neighbouring codes";
  case Agreement::CloseValues:
    return "close values";
  }
  return "";
}

nlohmann::json FiguresOf(const ValueComparison &comparison) {
  nlohmann::json figures = {
      {"agreement", std::string(NameOf(comparison.agreement))},
      {"elements", comparison.elements},
      {"bit_different", comparison.elements - comparison.bit_equal},
      {"bit_equal_share", Share(comparison.bit_equal, comparison.elements)},
      {"missing", comparison.missing},
      {"extra", comparison.extra}};
  if (comparison.agreement == Agreement::CloseValues)
    figures["one_minus_cosine"] = 1 - comparison.cosine();
  if (comparison.agreement != Agreement::SameBits) {
    figures["max_ulps"] = comparison.max_ulps;
    figures["near_share"] = Share(comparison.near, comparison.elements);
  }
  return figures;
}

std::string Ulps(int64_t ulps) {
  return ulps == INT64_MAX ? "not finite" : absl::StrCat(ulps);
}

} // namespace

int64_t LaunchReport::elements() const {
  int64_t sum = 0;
  for (const LaunchComparison &launch : comparisons_)
    sum += launch.comparison.elements;
  return sum;
}

int LaunchReport::failed() const {
  return static_cast<int>(
      std::count_if(comparisons_.begin(), comparisons_.end(),
                    [](const LaunchComparison &launch) {
                      return !launch.comparison.Failure().empty();
                    }));
}

bool LaunchReport::passed() const { return elements() > 0 && failed() == 0; }

std::map<std::pair<std::string, std::string>, LaunchReport::Row>
LaunchReport::Rows() const {
  std::map<std::pair<std::string, std::string>, Row> rows;
  for (const LaunchComparison &launch : comparisons_) {
    Row &row = rows[{launch.kernel, launch.value}];
    ++row.launches;
    row.element = launch.element;
    row.sum.Add(launch.comparison);
    row.failed += !launch.comparison.Failure().empty();
  }
  return rows;
}

std::string LaunchReport::ToText() const {
  std::string text;
  size_t width = 0;
  std::map<std::pair<std::string, std::string>, Row> rows = Rows();
  for (const auto &[place, row] : rows)
    width = std::max(width, place.first.size() + place.second.size() + 2);
  absl::StrAppendFormat(&text,
                        "      %-*s  %8s %12s %10s %12s %12s %10s %10s\n",
                        width, "kernel, value", "launches", "elements", "type",
                        "bits differ", "bits equal", "1 - cosine", "max ulps");
  for (const auto &[place, row] : rows) {
    const ValueComparison &sum = row.sum;
    absl::StrAppendFormat(
        &text, "%s  %-*s  %8d %12d %10s %12d %11.4f%% %10s %10s\n",
        row.failed ? "FAIL" : "PASS", width,
        absl::StrCat(place.first, "  ", place.second), row.launches,
        sum.elements, row.element, sum.elements - sum.bit_equal,
        100 * Share(sum.bit_equal, sum.elements),
        sum.agreement == Agreement::CloseValues
            ? absl::StrFormat("%.2g", 1 - sum.cosine())
            : "",
        sum.agreement == Agreement::SameBits ? "" : Ulps(sum.max_ulps));
  }
  for (const LaunchComparison &launch : comparisons_)
    if (std::string failure = launch.comparison.Failure(); !failure.empty())
      absl::StrAppendFormat(&text,
                            "FAIL  %s, %d tokens, \"%s\": %s value %s: %s\n",
                            launch.program, launch.tokens, launch.label,
                            launch.kernel, launch.value, failure);
  absl::StrAppendFormat(
      &text, "%s: %d of %d values agree, %d elements compared\n",
      passed() ? "PASS" : "FAIL", comparisons_.size() - failed(),
      comparisons_.size(), elements());
  return text;
}

nlohmann::json LaunchReport::ToJson() const {
  nlohmann::json kernels = nlohmann::json::array(),
                 launches = nlohmann::json::array();
  for (const auto &[place, row] : Rows()) {
    nlohmann::json entry = FiguresOf(row.sum);
    entry["kernel"] = place.first;
    entry["value"] = place.second;
    entry["element"] = row.element;
    entry["launches"] = row.launches;
    entry["failed"] = row.failed;
    kernels.push_back(std::move(entry));
  }
  for (const LaunchComparison &launch : comparisons_) {
    nlohmann::json entry = FiguresOf(launch.comparison);
    std::string failure = launch.comparison.Failure();
    entry["program"] = launch.program;
    entry["tokens"] = launch.tokens;
    entry["label"] = launch.label;
    entry["kernel"] = launch.kernel;
    entry["value"] = launch.value;
    entry["element"] = launch.element;
    entry["passed"] = failure.empty();
    if (!failure.empty())
      entry["failure"] = failure;
    launches.push_back(std::move(entry));
  }
  return {{"passed", passed()},
          {"elements", elements()},
          {"kernels", std::move(kernels)},
          {"launches", std::move(launches)}};
}

} // namespace dsv4run
