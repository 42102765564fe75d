//===- CostReport.h - Step costs as text and JSON ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4C_COSTMODEL_COSTREPORT_H
#define DSV4C_COSTMODEL_COSTREPORT_H

#include "dsv4c/CostModel/StepCost.h"

namespace llvm {
class raw_ostream;
namespace json {
class OStream;
} // namespace json
} // namespace llvm

namespace dsv4c::cost {

/// Sums over a step's launches, in seconds and bytes.
struct StepTotals {
  int64_t launches = 0;
  double launchSeconds = 0, kernelSeconds = 0;
  LaunchBytes bytes;
  /// Of the launches that each resource bounds.
  std::array<double, kResources> boundBy{};

  double seconds() const { return launchSeconds + kernelSeconds; }
  Resource bound() const;
};
StepTotals getTotals(const StepCost &step, const tile::TargetCosts &costs);

/// A line per step, as a Markdown table.
void printSteps(llvm::ArrayRef<StepCost> steps, const StepModel &model,
                llvm::raw_ostream &os);
/// A line per kernel of a step, as a Markdown table.
void printKernels(const StepCost &step, const StepModel &model,
                  llvm::raw_ostream &os);
/// An array with an object per step, which has every launch, or else every
/// kernel.
void writeSteps(llvm::ArrayRef<StepCost> steps, const StepModel &model,
                bool everyLaunch, llvm::json::OStream &json);

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_COSTREPORT_H
