//===- CompileFlags.cpp - What dsv4c compile refuses to try ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Compiler.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace dsv4c;

/// The highest level this machine has, or empty.
static std::string machineLevel() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto hasAll = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names,
                        [&](StringRef name) { return features.lookup(name); });
  };
  if (hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return "x86-64-v4";
  if (hasAll({"avx2", "fma", "f16c", "bmi2"}))
    return "x86-64-v3";
  return "";
}

static bool complain(const Twine &message) {
  llvm::errs() << "dsv4c compile: " << message << '\n';
  return false;
}

bool Compiler::checkFlags() { return checkTargets() && checkNumbers(); }

bool Compiler::checkTargets() {
  if (request.fp8 != "auto" && request.fp8 != "ocp" && request.fp8 != "fnuz")
    return complain("--fp8=" + request.fp8 + ": expected auto, ocp or fnuz");
  if (request.targets.empty())
    return complain("--target is missing; this build has: " +
                    tile::getTargetNames());
  llvm::StringSet<> seen;
  for (const std::string &name : request.targets) {
    const tile::TargetFacts *facts = tile::findTarget(name);
    if (!facts)
      return complain(
          "--target=" + name +
          " is not a target of this build; it has: " + tile::getTargetNames());
    if (!seen.insert(name).second)
      return complain("--target=" + name + " is given twice");
    if (!addTarget(*facts))
      return false;
  }
  bool isText = request.emit != Emit::Bundle && request.emit != Emit::Object;
  if (isText && targets.size() > 1)
    return complain("this stage is written for one target at a time; expected "
                    "one --target, found " +
                    llvm::join(request.targets, ", "));
  if (request.emit == Emit::Hip &&
      targets.front().facts->kind != tile::TargetKind::AmdGpu)
    return complain("--emit=hip needs a GPU target; host kernels are emitted as "
                    "llvm or asm");
  return true;
}

bool Compiler::addTarget(const tile::TargetFacts &facts) {
  BackendOptions backend;
  backend.target = &facts;
  backend.jobs = request.jobs;
  backend.gatesAreErrors = !request.ignoreGates;
  backend.keepsHipSource = request.hipSource && request.emit == Emit::Bundle;
  backend.format = facts.format;
  if (facts.hasFp8 && request.fp8 != "auto" && request.targets.size() == 1)
    return complain("--fp8=" + request.fp8 + ": " + facts.name +
                    " computes in " + fp8::stringifyFloatDialect(facts.format));
  if (!facts.hasFp8 && request.fp8 != "auto")
    backend.format = *fp8::symbolizeFloatDialect(request.fp8);
  if (!facts.isGpu()) {
    backend.march = request.march.empty() ? machineLevel() : request.march;
    if (backend.march != "x86-64-v3" && backend.march != "x86-64-v4")
      return complain(
          request.march.empty()
              ? Twine("this machine is below x86-64-v3; name a level with "
                      "--march")
              : "--march=" + request.march +
                    ": expected x86-64-v3 or x86-64-v4");
  }
  Target target;
  target.facts = &facts;
  target.backend = createBackend(backend);
  target.options = std::make_unique<PipelineOptions>();
  target.options->format = backend.format;
  target.options->setTarget(facts);
  target.options->maxBatch = request.maxBatch;
  if (!request.buckets.empty())
    target.options->buckets = ArrayRef(request.buckets);
  target.options->outputRows = std::max<int64_t>(32, request.maxBatch);
  targets.push_back(std::move(target));
  return true;
}

bool Compiler::checkNumbers() {
  if (request.output.empty())
    return complain("-o is missing");
  if (request.output == "-" &&
      (request.emit == Emit::Bundle || request.emit == Emit::Object))
    return complain("-o -: a bundle or object can't go to standard output");
  if (request.maxBatch < 1 || request.maxBatch > 4096)
    return complain("--max-batch=" + Twine(request.maxBatch) +
                    ": expected 1 to 4096");
  if (request.maxContext < 0)
    return complain("--max-context=" + Twine(request.maxContext) +
                    ": expected at least 1, or 0");
  int64_t previous = 0;
  for (int64_t bucket : request.buckets) {
    if (bucket <= previous || bucket > 65536)
      return complain("--buckets: " + Twine(bucket) + " after " +
                      Twine(previous) +
                      "; expected increasing numbers up to 65536");
    previous = bucket;
  }
  return true;
}

bool Compiler::checkOutput() {
  if (request.output == "-")
    return true;
  SmallString<128> folder(llvm::sys::path::parent_path(request.output));
  if (folder.empty())
    folder = ".";
  std::error_code error =
      llvm::sys::fs::is_directory(request.output)
          ? std::make_error_code(std::errc::is_a_directory)
          : llvm::sys::fs::access(folder, llvm::sys::fs::AccessMode::Write);
  return !error ||
         complain("can't write " + request.output + ": " + error.message());
}
