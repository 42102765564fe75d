//===- Inspect.cpp - dsv4c inspect ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "dsv4run/Bundle/Inspect.h"
#include "Commands.h"
#include "dsv4c/Target/Amdgpu/CodeObjectInfo.h"
#include "dsv4run/Bundle/OffloadBundle.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace dsv4c;
namespace cl = llvm::cl;

static std::vector<std::pair<std::string, uint64_t>>
getFigures(const amdgcn::KernelInfo &kernel, const tile::TargetFacts &target) {
  const amdgcn::InstructionCounts &counts = kernel.instructions;
  return {{"vgprs", kernel.vgprs},
          {"agprs", kernel.agprs},
          {"sgprs", kernel.sgprs},
          {"vgpr_spills", kernel.vgprSpills},
          {"sgpr_spills", kernel.sgprSpills},
          {"lds", kernel.ldsBytes},
          {"scratch", kernel.scratchBytes},
          {"occupancy", kernel.getOccupancy(target)},
          {"instructions", counts.all},
          {"mfma", counts.matrix},
          {"valu", counts.vector},
          {"salu", counts.scalar},
          {"loads", counts.globalLoads},
          {"loads_16b", counts.wideLoads},
          {"stores", counts.globalStores},
          {"lds_reads", counts.ldsReads},
          {"lds_writes", counts.ldsWrites}};
}

/// Figures of the kernels in GPU code of `bundle`, image by image.
static llvm::Error addFigures(const dsv4run::Bundle &bundle,
                              dsv4run::KernelFigures &figures) {
  for (size_t image = 0; image < bundle.images(); ++image) {
    dsv4run::Bundle selected = bundle.Select(image);
    size_t index = 0;
    for (const auto *object : *selected.manifest().code_objects()) {
      std::string name = object->target()->str();
      absl::Span<const std::byte> section = selected.CodeObject(index++);
      const tile::TargetFacts *target = tile::findTarget(name);
      if (!target || target->kind != tile::TargetKind::AmdGpu)
        continue;
      // Validated with the bundle.
      absl::Span<const std::byte> code =
          *dsv4run::FindOffloadEntry(section, name);
      auto kernels = amdgcn::readKernelInfo(
          {reinterpret_cast<const char *>(code.data()), code.size()}, *target);
      if (!kernels)
        return llvm::createStringError("code for " + name + ": " +
                                       llvm::toString(kernels.takeError()));
      for (const amdgcn::KernelInfo &kernel : *kernels)
        figures[{image, kernel.name}] = getFigures(kernel, *target);
    }
  }
  return llvm::Error::success();
}

/// Writes the HIP C++ of the kernels for `target`. Messages name the bundle and
/// the targets whose sources it has.
static int extractHipSource(const dsv4run::Bundle &bundle,
                            llvm::StringRef target, llvm::StringRef output) {
  std::string found;
  for (size_t image = 0; image < bundle.images(); ++image) {
    const dsv4run::Bundle selected = bundle.Select(image);
    for (const auto *object : *selected.manifest().code_objects()) {
      if (!object->hip())
        continue;
      llvm::StringRef text(object->hip()->text()->c_str(),
                           object->hip()->text()->size());
      if (object->target()->string_view() != std::string_view(target)) {
        found += (found.empty() ? "" : ", ") + object->target()->str();
        continue;
      }
      std::string message;
      auto file = mlir::openOutputFile(output, &message);
      if (!file) {
        llvm::errs() << "dsv4c inspect: " << message << '\n';
        return kFailure;
      }
      file->os() << text;
      file->keep();
      return kSuccess;
    }
  }
  llvm::errs() << "dsv4c inspect: " << bundle.path()
               << ": no HIP source for target '" << target
               << "'; the bundle has sources for: "
               << (found.empty() ? "none" : found) << '\n';
  return kFailure;
}

int dsv4c::runInspect(int argc, char **argv) {
  cl::OptionCategory category("dsv4c inspect");
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model.dsv4>"));
  cl::opt<bool> json("json", cl::cat(category), cl::desc("Print JSON"));
  cl::opt<std::string> hipSource(
      "hip-source", cl::cat(category), cl::value_desc("target"),
      cl::desc("Write the HIP C++ of the target's kernels instead"));
  cl::opt<std::string> output(
      "o", cl::init("-"), cl::cat(category), cl::value_desc("file"),
      cl::desc("Output of --hip-source (default: standard output)"));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "dsv4c inspect: what is in a bundle\n", &llvm::errs()))
    return kBadUsage;
  absl::StatusOr<dsv4run::Bundle> bundle =
      dsv4run::Bundle::Open(input.getValue());
  if (!bundle.ok()) {
    llvm::errs() << "dsv4c inspect: " << std::string(bundle.status().message())
                 << '\n';
    return kFailure;
  }
  if (!hipSource.empty())
    return extractHipSource(*bundle, hipSource, output);
  dsv4run::KernelFigures figures;
  if (llvm::Error error = addFigures(*bundle, figures)) {
    llvm::errs() << "dsv4c inspect: " << input << ": "
                 << llvm::toString(std::move(error)) << '\n';
    return kFailure;
  }
  llvm::outs() << (json ? dsv4run::InspectAsJson(*bundle, figures)
                        : dsv4run::InspectAsText(*bundle, figures));
  return kSuccess;
}
