//===- Report.h - Every figure of a verification --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_VERIFY_REPORT_H
#define DSV4RUN_VERIFY_REPORT_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace dsv4run {

/// One measured number and, if it is judged, the bound that it must keep.
struct Figure {
  enum class Bound { kNone, kAtMost, kAtLeast };

  std::string name; ///< "long: logits: 1 - mean cosine"
  double value = 0;
  Bound bound = Bound::kNone;
  double limit = 0;
  std::string remark; ///< how the limit comes about, or what was left out

  bool passed() const;
};

/// Figures in the order in which they were measured.
class VerifyReport {
public:
  void Note(std::string name, double value, std::string remark = "");
  void AtMost(std::string name, double value, double limit,
              std::string remark = "");
  void AtLeast(std::string name, double value, double limit,
               std::string remark = "");

  const std::vector<Figure> &figures() const { return figures_; }
  /// Whether at least one figure was judged and all of these keep their bounds.
  bool passed() const;
  int judged() const;
  int failed() const;

  /// A line per figure, then the verdict.
  std::string ToText() const;
  nlohmann::json ToJson() const;

private:
  std::vector<Figure> figures_;
};

/// One line of VerifyReport::ToText.
std::string FormatFigure(const Figure &figure);

} // namespace dsv4run

#endif // DSV4RUN_VERIFY_REPORT_H
