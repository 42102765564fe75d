//===- StepCost.h - A lower bound of a step's time --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For each launch of a step: bytes that move, cycles of the units, and how long
// each of them takes at the rates of TargetCosts.cpp. docs/Roofline.md explains
// the model and what it can't see.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4C_COSTMODEL_STEPCOST_H
#define DSV4C_COSTMODEL_STEPCOST_H

#include "dsv4c/CostModel/InstructionCost.h"
#include "dsv4c/CostModel/StepInputs.h"
#include <array>

namespace dsv4c::cost {

/// Whole lines that a launch touches, each once, in bytes.
struct LaunchBytes {
  int64_t weights = 0, state = 0, values = 0;
  int64_t written = 0;
  /// All that is read or written.
  int64_t touched = 0;
  /// Before caches: what workgroups ask for.
  int64_t requested = 0;
};

/// What may bound a launch. Latency: a wave's waits for loads, one behind the
/// other.
enum class Resource { Hbm, Cache, Mfma, Valu, Lds, Latency };
constexpr int kResources = 6;
llvm::StringRef stringifyResource(Resource resource);

struct LaunchCost {
  std::string kernel, label;
  int64_t workgroups = 0, threads = 0, parameters = 0;
  LaunchBytes bytes;
  InstructionCost instructions;
  /// Seconds of each resource, were it the only one.
  std::array<double, kResources> seconds{};

  Resource bound() const;
  /// Of the kernel, without its launch.
  double time() const { return seconds[static_cast<int>(bound())]; }
};

struct StepCost {
  StepShape shape;
  std::string program;
  std::vector<LaunchCost> launches;
  /// All weights, and the state of the step's sequences.
  int64_t residentBytes = 0;
};

/// What is reported unless something else is asked for.
constexpr int64_t kReportedTokens[] = {1, 16, 64, 1024};
constexpr int64_t kReportedContexts[] = {4096, 32768, 1048576};
/// Steps of up to so many tokens are taken for decoding, with a token of each
/// sequence; larger ones for a chunk of one prompt.
constexpr int64_t kLargestDecode = 64;

/// The smallest program of the entry "step" for `tokens`; null if none is large
/// enough.
exec::ProgramOp findStepProgram(mlir::ModuleOp module, int64_t tokens);

/// Those of the reported tokens and contexts for which `module` has a program
/// and a pool; the longest context that it has if all are longer.
std::vector<StepShape> getReportedShapes(mlir::ModuleOp module);

class StepModel {
public:
  /// `module` has a schedule with planned memory and tile kernels; both stay.
  /// With `code`, instructions are counted in machine code, which is generated
  /// for the kernels of `programs`; without, they are not known.
  static mlir::FailureOr<std::unique_ptr<StepModel>>
  create(mlir::ModuleOp module, const tile::TargetFacts &target,
         llvm::ArrayRef<exec::ProgramOp> programs, bool code,
         unsigned numThreads);

  mlir::FailureOr<StepCost> getCost(exec::ProgramOp program, StepShape shape);

  bool hasCode() const { return !blocks.empty(); }
  const tile::TargetCosts &getCosts() const { return costs; }

private:
  StepModel(mlir::ModuleOp module, const tile::TargetFacts &target,
            const tile::TargetCosts &costs)
      : module(module), symbols(module), target(target), costs(costs) {}
  llvm::LogicalResult generateCode(llvm::ArrayRef<exec::ProgramOp> programs,
                                   unsigned numThreads);
  mlir::FailureOr<LaunchCost> getCost(exec::LaunchOp launch,
                                      const StepInputs &inputs);
  void setSeconds(LaunchCost &launch, const KernelCost &kernel);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  const tile::TargetFacts &target;
  const tile::TargetCosts &costs;
  llvm::StringMap<GpuRegions> regions;
  std::map<std::string, std::vector<amdgcn::MachineBlock>> blocks;
};

} // namespace dsv4c::cost

#endif // DSV4C_COSTMODEL_STEPCOST_H
