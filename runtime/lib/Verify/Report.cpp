//===- Report.cpp - Every figure of a verification ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Verify/Report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dsv4run {

bool Figure::passed() const {
  // Written so that a NaN fails.
  switch (bound) {
  case Bound::kNone:
    return true;
  case Bound::kAtMost:
    return value <= limit;
  case Bound::kAtLeast:
    return value >= limit;
  }
  return false;
}

void VerifyReport::Note(std::string name, double value, std::string remark) {
  figures_.push_back(
      {std::move(name), value, Figure::Bound::kNone, 0, std::move(remark)});
}

void VerifyReport::AtMost(std::string name, double value, double limit,
                          std::string remark) {
  figures_.push_back({std::move(name), value, Figure::Bound::kAtMost, limit,
                      std::move(remark)});
}

void VerifyReport::AtLeast(std::string name, double value, double limit,
                           std::string remark) {
  figures_.push_back({std::move(name), value, Figure::Bound::kAtLeast, limit,
                      std::move(remark)});
}

int VerifyReport::judged() const {
  int count = 0;
  for (const Figure &figure : figures_)
    count += figure.bound != Figure::Bound::kNone;
  return count;
}

int VerifyReport::failed() const {
  int count = 0;
  for (const Figure &figure : figures_)
    count += !figure.passed();
  return count;
}

bool VerifyReport::passed() const { return judged() > 0 && failed() == 0; }

std::string FormatFigure(const Figure &figure) {
  std::string verdict, limit;
  if (figure.bound != Figure::Bound::kNone) {
    verdict = figure.passed() ? "PASS" : "FAIL";
    limit = absl::StrFormat(
        " %s %.4g",
        figure.bound == Figure::Bound::kAtMost ? "<=" : ">=", figure.limit);
  }
  return absl::StrFormat(
      "%-4s  %-52s %10.4g%s%s\n", verdict, figure.name, figure.value, limit,
      figure.remark.empty() ? "" : absl::StrCat("  (", figure.remark, ")"));
}

std::string VerifyReport::ToText() const {
  std::string text;
  for (const Figure &figure : figures_)
    absl::StrAppend(&text, FormatFigure(figure));
  if (judged() == 0)
    return absl::StrCat(text, "FAIL: nothing was judged\n");
  return absl::StrCat(text, passed() ? "PASS: " : "FAIL: ", judged() - failed(),
                      " of ", judged(),
                      " judged figures within their bounds\n");
}

nlohmann::json VerifyReport::ToJson() const {
  nlohmann::json figures = nlohmann::json::array();
  for (const Figure &figure : figures_) {
    nlohmann::json entry = {{"name", figure.name}, {"value", figure.value}};
    if (figure.bound != Figure::Bound::kNone) {
      entry[figure.bound == Figure::Bound::kAtMost ? "at_most" : "at_least"] =
          figure.limit;
      entry["passed"] = figure.passed();
    }
    if (!figure.remark.empty())
      entry["remark"] = figure.remark;
    figures.push_back(std::move(entry));
  }
  return {{"passed", passed()},
          {"judged", judged()},
          {"failed", failed()},
          {"figures", std::move(figures)}};
}

} // namespace dsv4run
