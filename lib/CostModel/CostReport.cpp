//===- CostReport.cpp - Step costs as text and JSON -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4c/CostModel/CostReport.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace dsv4c;
using namespace dsv4c::cost;

static void add(LaunchBytes &to, const LaunchBytes &from) {
  for (int64_t LaunchBytes::*figure :
       {&LaunchBytes::weights, &LaunchBytes::state, &LaunchBytes::values,
        &LaunchBytes::written, &LaunchBytes::touched, &LaunchBytes::requested})
    to.*figure += from.*figure;
}

Resource StepTotals::bound() const {
  return static_cast<Resource>(llvm::max_element(boundBy) - boundBy.begin());
}

StepTotals cost::getTotals(const StepCost &step,
                           const tile::TargetCosts &costs) {
  StepTotals totals;
  for (const LaunchCost &launch : step.launches) {
    ++totals.launches;
    totals.launchSeconds += costs.launchSeconds;
    totals.kernelSeconds += launch.time();
    totals.boundBy[static_cast<int>(launch.bound())] += launch.time();
    add(totals.bytes, launch.bytes);
  }
  return totals;
}

static std::string number(double value) {
  if (value >= 99.95)
    return llvm::formatv("{0:F0}", value);
  return value >= 9.995 ? llvm::formatv("{0:F1}", value)
                        : llvm::formatv("{0:F2}", value);
}

static std::string contextName(int64_t context) {
  if (context >= 1 << 20 && context % (1 << 20) == 0)
    return std::to_string(context >> 20) + "M";
  if (context >= 1 << 10 && context % (1 << 10) == 0)
    return std::to_string(context >> 10) + "K";
  return std::to_string(context);
}

void cost::printSteps(llvm::ArrayRef<StepCost> steps, const StepModel &model,
                      llvm::raw_ostream &os) {
  os << "| T | sequences | context | launches | launching ms | kernels ms | "
        "step ms | tokens/s | weights MB | state MB | mostly bound by |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const StepCost &step : steps) {
    StepTotals totals = getTotals(step, model.getCosts());
    bool fits = step.residentBytes <= model.getCosts().memoryBytes;
    os << "| " << step.shape.tokens << " | " << step.shape.sequences << " | "
       << contextName(step.shape.context) << (fits ? "" : " (1)") << " | "
       << totals.launches << " | " << number(totals.launchSeconds * 1e3)
       << " | " << number(totals.kernelSeconds * 1e3) << " | "
       << number(totals.seconds() * 1e3) << " | "
       << number(step.shape.tokens / totals.seconds()) << " | "
       << number(totals.bytes.weights / 1e6) << " | "
       << number(totals.bytes.state / 1e6) << " | "
       << (totals.launchSeconds > totals.kernelSeconds
               ? "launching"
               : stringifyResource(totals.bound()))
       << " |\n";
  }
  for (const StepCost &step : steps)
    if (step.residentBytes > model.getCosts().memoryBytes) {
      os << "\n(1) weights and state don't fit into the memory of "
         << model.getCosts().device << ".\n";
      break;
    }
}

namespace {
struct KernelLine {
  int64_t launches = 0;
  const LaunchCost *cost = nullptr;
};
} // namespace

/// Launches of a kernel cost the same.
static llvm::MapVector<llvm::StringRef, KernelLine>
groupByKernel(const StepCost &step) {
  llvm::MapVector<llvm::StringRef, KernelLine> kernels;
  for (const LaunchCost &launch : step.launches) {
    KernelLine &line = kernels[launch.kernel];
    ++line.launches;
    line.cost = &launch;
  }
  return kernels;
}

void cost::printKernels(const StepCost &step, const StepModel &model,
                        llvm::raw_ostream &os) {
  os << "| kernel | launches | workgroups | MB |";
  for (int i = 0; i < kResources; ++i)
    os << ' ' << stringifyResource(static_cast<Resource>(i)) << " us |";
  os << " bound by | all launches us |\n|---|---|---|---|";
  for (int i = 0; i < kResources; ++i)
    os << "---|";
  os << "---|---|\n";
  for (auto &[name, line] : groupByKernel(step)) {
    const LaunchCost &cost = *line.cost;
    os << "| " << name << " | " << line.launches << " | " << cost.workgroups
       << " | " << number(cost.bytes.touched / 1e6) << " |";
    for (int i = 0; i < kResources; ++i) {
      bool known = model.hasCode() || i < static_cast<int>(Resource::Mfma);
      os << ' ' << (known ? number(cost.seconds[i] * 1e6) : "?") << " |";
    }
    os << ' ' << stringifyResource(cost.bound()) << " | "
       << number(line.launches *
                 (cost.time() + model.getCosts().launchSeconds) * 1e6)
       << " |\n";
  }
}

static void writeCost(const LaunchCost &launch, const StepModel &model,
                      llvm::json::OStream &json) {
  json.attribute("workgroups", launch.workgroups);
  json.attribute("parameters", launch.parameters);
  json.attributeObject("bytes", [&] {
    json.attribute("weights", launch.bytes.weights);
    json.attribute("state", launch.bytes.state);
    json.attribute("values", launch.bytes.values);
    json.attribute("written", launch.bytes.written);
    json.attribute("touched", launch.bytes.touched);
    json.attribute("requested", launch.bytes.requested);
  });
  if (model.hasCode())
    json.attributeObject("instructions", [&] {
      const InstructionCost &cost = launch.instructions;
      json.attribute("all", cost.instructions);
      json.attribute("mfma", cost.mfma);
      json.attribute("mfma_cycles", cost.mfmaCycles);
      json.attribute("valu", cost.valu);
      json.attribute("valu_cycles", cost.valuCycles);
      json.attribute("lds_accesses", cost.ldsAccesses);
      json.attribute("lds_cycles", cost.ldsCycles);
      json.attribute("global_loads", cost.globalLoads);
      json.attribute("global_stores", cost.globalStores);
      json.attribute("load_rounds", cost.loadRounds);
    });
  json.attributeObject("seconds", [&] {
    for (int i = 0; i < kResources; ++i)
      if (model.hasCode() || i < static_cast<int>(Resource::Mfma))
        json.attribute(stringifyResource(static_cast<Resource>(i)),
                       launch.seconds[i]);
  });
  json.attribute("bound", stringifyResource(launch.bound()));
}

void cost::writeSteps(llvm::ArrayRef<StepCost> steps, const StepModel &model,
                      bool everyLaunch, llvm::json::OStream &json) {
  json.array([&] {
    for (const StepCost &step : steps)
      json.object([&] {
        StepTotals totals = getTotals(step, model.getCosts());
        json.attribute("program", step.program);
        json.attribute("tokens", step.shape.tokens);
        json.attribute("sequences", step.shape.sequences);
        json.attribute("context", step.shape.context);
        json.attribute("seconds", totals.seconds());
        json.attribute("launch_seconds", totals.launchSeconds);
        json.attribute("kernel_seconds", totals.kernelSeconds);
        json.attribute("bound", stringifyResource(totals.bound()));
        json.attribute("resident_bytes", step.residentBytes);
        if (everyLaunch)
          json.attributeArray("launches", [&] {
            for (const LaunchCost &launch : step.launches)
              json.object([&] {
                json.attribute("kernel", launch.kernel);
                json.attribute("label", launch.label);
                writeCost(launch, model, json);
              });
          });
        else
          json.attributeArray("kernels", [&] {
            for (auto &[name, line] : groupByKernel(step))
              json.object([&, name = name, line = line] {
                json.attribute("kernel", name);
                json.attribute("launches", line.launches);
                writeCost(*line.cost, model, json);
              });
          });
      });
  });
}
